"""Reports: what was judged, for a terminal, for programs, for CI, and for people to read and print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime

from ..baseline import Baseline
from ..evidence import Evidence
from ..judging import Report
from . import as_json, html, junit, text
from .account import Account

_FORMATS: Mapping[str, Callable[[Account], str]] = {
    "text": text.render,
    "json": as_json.render,
    "junit": junit.render,
    "html": html.render,
}
FORMATS = tuple(_FORMATS)
"""The formats by the names of `--format`."""


def render(
    reports: Sequence[Report],
    evidence: Evidence,
    format: str,
    language: str,
    *,
    colour: bool = False,
    baseline: Baseline | None = None,
    today: date | None = None,
) -> str:
    """The reports on some evidence in one of FORMATS, in a language that the package has a catalogue for.

    `colour` is for the terminal. With a `baseline`, by which `reports` were excused before, text and HTML say why and
    until when a finding is known on the day `today` (UTC's, by default), and which entries do nothing any more.
    """
    account = Account(
        tuple(reports), evidence, language, baseline or Baseline(), today or datetime.now(UTC).date(), colour
    )
    return _FORMATS[format](account)
