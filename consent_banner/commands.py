"""The command line: a thin shell over the package. 0 done or nothing found, 1 findings, 2 could not run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import click
from flask import Flask

from . import __version__
from .errors import ConfigurationError, ConsentError, PolicyError
from .ledger import Ledger, Seal, open_ledger
from .policy import packaged_policy, read_policy_file
from .settings import Settings, new_key, read_settings


class Shelved(click.Group):
    """A group some of whose commands are imported when they are called: a service has no use for a browser's driver."""

    def __init__(self, *given: Any, shelf: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(*given, **more)
        self.shelf = shelf or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, shelved ones too."""
        return sorted({*super().list_commands(ctx), *self.shelf})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name."""
        if cmd_name not in self.shelf:
            return super().get_command(ctx, cmd_name)
        module, _, name = self.shelf[cmd_name].partition(":")
        return cast(click.Command, getattr(import_module(module), name))


SHELF = {
    "accounts": "consent_banner.account_commands:accounts",
    "catalogue": "consent_banner.policy.catalogue_command:catalogue",
    "verify": "consent_banner.verify.command:verify",
}


@click.group(cls=Shelved, shelf=SHELF)
@click.version_option(__version__, prog_name="consent-banner")
def main() -> None:
    """Ask for consent, prove it, and let load only what was allowed."""


@main.group(cls=Shelved, shelf={"suggest": "consent_banner.verify.command:suggest"})
def policy() -> None:
    """Read policy files, and write what they lack."""


@policy.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check_policy(file: Path | None) -> None:
    """Say everything that is wrong with a policy FILE, or with the one in force."""
    with failing():
        file = file or read_settings({"CONSENT_SECRET_KEYS": "-" * 43, **operator_config()}).policy
        try:
            found = read_policy_file(file) if file else packaged_policy()
        except PolicyError as error:
            click.echo("\n".join(error.mistakes))
            sys.exit(1)
    click.echo(f"{file or 'the packaged policy'}: good, revision {found.revision}", err=True)


@main.group()
def keys() -> None:
    """Make secret keys."""


@keys.command("new")
def new_secret() -> None:
    """Print a fresh key for CONSENT_SECRET_KEYS."""
    click.echo(new_key())


@main.group()
def records() -> None:
    """Read, erase and count the receipts of the ledger."""


@records.command("export")
def export() -> None:
    """Print every receipt as JSON lines, oldest first. A receipt whose signature is broken is told on stderr."""
    broken = 0
    with opened_ledger() as (ledger, settings):
        seal = Seal(settings.secret_keys)
        for receipt in ledger.export():
            click.echo(json.dumps(receipt.as_shown(), ensure_ascii=False))
            if not seal.verify(receipt):
                broken += 1
                click.echo(f"{receipt.receipt}: the signature does not hold", err=True)
    sys.exit(1 if broken else 0)


@records.command("erase")
@click.argument("receipts", metavar="RECEIPT...", nargs=-1, required=True, type=click.UUID)
def erase(receipts: tuple[UUID, ...]) -> None:
    """Erase receipts by their ids, for good."""
    with opened_ledger() as (ledger, _settings):
        number = ledger.erase(receipts, with_chain=False)
    click.echo(f"{number} erased")


@records.command("prune")
@click.option("--before", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="A date; else the retention.")
def prune(before: datetime | None) -> None:
    """Remove the receipts given before a date, else those whose retention has run out."""
    with opened_ledger() as (ledger, settings):
        limit = before or datetime.now(UTC) - timedelta(days=settings.retention_days)
        number = ledger.prune(limit.replace(tzinfo=limit.tzinfo or UTC))
    click.echo(f"{number} removed")


@records.command("stats")
def stats() -> None:
    """Print per day what was chosen, and what browsers reported as held back, as JSON lines; nobody is in it."""
    with opened_ledger() as (ledger, _settings):
        for row in (*ledger.statistics(), *ledger.violations()):
            click.echo(json.dumps(row, ensure_ascii=False))


def records_group(app: Flask) -> click.Group:
    """The same commands as `flask consent …`, which take their settings from the application."""

    class Within(Shelved):
        """Runs its commands with the application's config before the environment."""

        def invoke(self, ctx: click.Context) -> object:
            ctx.obj = app.config
            return super().invoke(ctx)

    return Within("consent", commands=main.commands, help=main.help, shelf=main.shelf)


@contextmanager
def opened_ledger() -> Iterator[tuple[Ledger, Settings]]:
    """The ledger as the operator set it, and the settings; closed in the end. Tells what goes wrong, and exits."""
    with failing():
        settings = read_settings(operator_config())
        _must_exist(settings)
        ledger = open_ledger(settings.ledger_url, spool=settings.spool, retention_days=settings.retention_days)
        try:
            yield ledger, settings
        finally:
            ledger.close()


def operator_config() -> Mapping[str, Any]:
    """The application's config within `flask consent …`; empty where the environment alone counts."""
    return click.get_current_context().find_object(dict) or {}


def _must_exist(settings: Settings) -> None:
    """A mistyped path would be a new, empty ledger, and its silence would look like an answer."""
    scheme, _, path = settings.ledger_url.partition(":///")
    if scheme == "sqlite" and not Path(path).is_file():
        raise ConfigurationError([f"CONSENT_LEDGER_URL: no such file: {path}"])


@contextmanager
def failing() -> Iterator[None]:
    """Tell in one line each, on stderr, why a command could not run, and exit with 2."""
    try:
        yield
    except ConfigurationError as error:
        for mistake in error.mistakes:
            click.echo(f"consent-banner: {mistake}", err=True)
        sys.exit(2)
    except ConsentError as error:
        click.echo(f"consent-banner: {error}", err=True)
        sys.exit(2)
