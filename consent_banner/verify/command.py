"""`consent-banner verify`: a thin shell over collecting, judging and reporting. 0, or 1 with findings, or 2."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import click

from ..errors import ConfigurationError, ConsentError
from ..parts import own_storage
from ..policy import read_policy_file
from ..views.policy import policy_as_json
from . import evidence as evidence_file
from .baseline import Baseline, read_baseline
from .evidence import Evidence
from .findings import KINDS
from .judging import Report, judge
from .reporting import FORMATS, render
from .running import Options, Run
from .suggesting import NOTHING_DECLARED, suggestions

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("verify")
@click.argument("urls", metavar="URL...", nargs=-1)
@click.option("--policy", type=_FILE, help="The policy to hold the pages against; else what their service serves.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", type=_FILE, help="Where the report goes; else to the terminal.")
@click.option("--wait", type=click.FloatRange(0.5, 120), default=5.0, show_default=True, help="Seconds on each page.")
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="Only this scenario; may be repeated.")
@click.option("--evidence", type=_FILE, help="Write what was seen, to be judged again.")
@click.option("--judge", "judged", type=_FILE, help="Judge such a file again, without a browser.")
@click.option("--browser", "kind", type=click.Choice(["chrome", "firefox"]), default="chrome", show_default=True)
@click.option("--browser-arg", "arguments", multiple=True, metavar="ARG", help="Passed on verbatim; may be repeated.")
@click.option("--sitemap", metavar="URL", help="Verify every page of a sitemap.")
@click.option("--crawl", type=click.IntRange(1, 500), metavar="N", help="Follow links until there are N pages.")
@click.option("--fail-on", multiple=True, type=click.Choice(KINDS), help="Only these kinds fail; may be repeated.")
@click.option("--baseline", type=_FILE, help="A file of known findings, each with a date until which it is excused.")
@click.option("--lang", type=click.Choice(["et", "en"]), default="en", show_default=True, help="The report's language.")
def verify(**given: Any) -> None:
    """Prove with a real browser that every tag on a page is silent until allowed, and fires once allowed."""
    with failing():
        baseline = read_baseline(given["baseline"]) if given["baseline"] else None
        evidence = _evidence(given)
        if given["evidence"]:
            _write(given["evidence"], evidence_file.to_json(evidence))
        today = datetime.now(UTC).date()
        judged = judge(evidence)
        reports = baseline.excuse(judged, today) if baseline else judged
        _warn(baseline, judged, today)
        colour = given["output"] is None and sys.stdout.isatty()
        text = render(reports, evidence, given["form"], given["lang"], colour=colour, baseline=baseline, today=today)
        if given["output"]:
            _write(given["output"], text)
        else:
            click.echo(text, nl=False)
    sys.exit(1 if _fails(reports, given["fail_on"]) else 0)


@click.command("suggest")
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option("--policy", type=_FILE, help="The policy so far; else what the pages' service serves, or none.")
@click.option("--wait", type=click.FloatRange(0.5, 120), default=5.0, show_default=True, help="Seconds on each page.")
@click.option("--browser", "kind", type=click.Choice(["chrome", "firefox"]), default="chrome", show_default=True)
@click.option("--browser-arg", "arguments", multiple=True, metavar="ARG", help="Passed on verbatim; may be repeated.")
def suggest(**given: Any) -> None:
    """Write the policy entries that the undeclared services of pages need, as TOML."""
    with failing():
        options = Options(
            wait=given["wait"],
            scenarios=("fresh", "accept"),
            arguments=given["arguments"],
            kind=given["kind"],
            policy=policy_values(given["policy"]),
            fallback=NOTHING_DECLARED,
        )
        with progress() as told:
            text = suggestions(Run(given["urls"], options, told).collect())
    click.echo(text or "# Everything that was seen is declared.")


def _evidence(given: dict[str, Any]) -> Evidence:
    if given["judged"]:
        evidence = evidence_file.from_json(_read(given["judged"]))
        return replace(evidence, policy=policy_values(given["policy"]) or evidence.policy)
    if not given["urls"] and not given["sitemap"]:
        raise click.UsageError("Name a page, a --sitemap, or evidence to --judge.")
    options = Options(
        wait=given["wait"],
        scenarios=given["scenarios"],
        arguments=given["arguments"],
        kind=given["kind"],
        policy=policy_values(given["policy"]),
        sitemap=given["sitemap"],
        crawl=given["crawl"],
    )
    with progress() as told:
        return Run(given["urls"], options, told).collect()


def policy_values(file: Path | None) -> dict[str, Any] | None:
    """A policy file as the values of `policy.json`. Raises ConfigurationError with every mistake."""
    if file is None:
        return None
    policy = read_policy_file(file)
    return policy_as_json(policy, own_storage(policy))


def _warn(baseline: Baseline | None, reports: Sequence[Report], today: date) -> None:
    """Tell of entries that excuse nothing any more, in whatever format the report is."""
    for entry in baseline.expired(today) if baseline else ():
        click.echo(f"consent-banner: no longer excused: {entry.described()}", err=True)
    for entry in baseline.stale(reports, today) if baseline else ():
        click.echo(f"consent-banner: nothing to excuse: {entry.described()}", err=True)


def _fails(reports: Sequence[Report], kinds: Sequence[str]) -> bool:
    return any(not kinds or finding.kind in kinds for report in reports for finding in report.findings)


@contextmanager
def progress() -> Iterator[Any]:
    """A bar on the terminal; silence where there is none."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label="Visiting", file=sys.stderr, show_pos=True) as bar:

        def told(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield told


@contextmanager
def failing() -> Iterator[None]:
    """Tell in one line each, on stderr, why it could not run, and exit with 2. A SIGTERM ends it as Ctrl-C does."""
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except ConfigurationError as error:
        for mistake in error.mistakes:
            click.echo(f"consent-banner: {mistake}", err=True)
        sys.exit(2)
    except ConsentError as error:
        click.echo(f"consent-banner: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        click.echo("consent-banner: stopped", err=True)
        sys.exit(2)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8"
        raise ConfigurationError([f"{file}: {reason}"]) from None


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError([f"{file}: {error.strerror or 'cannot be written'}"]) from None
