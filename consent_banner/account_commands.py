"""`consent-banner accounts`: tokens for applications that are not in Python, and the erasure of an account's choice."""

from __future__ import annotations

import sys

import click

from .commands import failing, opened_ledger, operator_config
from .linking import Accounts
from .settings import read_settings


@click.group("accounts")
def accounts() -> None:
    """Link browsers to accounts, and erase what accounts chose. A SUBJECT of `-` is read from stdin."""


@accounts.command("link")
@click.argument("subject")
def link(subject: str) -> None:
    """Print a token for POST /consent/link, which links whoever presents it within five minutes."""
    with failing():
        click.echo(Accounts(read_settings(operator_config()).secret_keys).token(_named(subject)))


@accounts.command("unlink")
@click.argument("subject")
def unlink(subject: str) -> None:
    """Erase what an account chose, for good. Browsers keep their own consents."""
    with opened_ledger() as (ledger, settings):
        erased = ledger.accounts.erase(Accounts(settings.secret_keys).names(_named(subject)))
    click.echo("1 erased" if erased else "0 erased")


def _named(subject: str) -> str:
    """The subject, which a list of processes need not show."""
    found = sys.stdin.readline().rstrip("\n") if subject == "-" else subject
    if not found:
        raise click.UsageError("a subject is not empty")
    return found
