"""Findings that are known already: a TOML file says which, why, and until when they are put up with.

[[known]]
kind = "undeclared_request"
host = "*.fonts.example"           # service, page, host and name narrow it down; * stands for anything
page = "/campaign/*"               # an address, or the path of one
until = 2026-12-31                 # that day included; from then on it counts again
reason = "The agency moves the fonts to our own host (ticket 4711)."
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import ConfigurationError
from ..policy.table import Mistakes, Table, meant, shown
from .findings import KINDS, Finding
from .judging import Report
from .sites import host_of

_KNOWN = ("kind", "service", "page", "host", "name", "until", "reason")


@dataclass(frozen=True, slots=True)
class Known:
    """One entry. What it leaves out may be anything; what it names must be so for the whole finding."""

    kind: str
    until: date
    reason: str
    service: str | None = None
    page: str | None = None
    host: str | None = None
    name: str | None = None

    def covers(self, page: str) -> bool:
        """Whether it speaks of a page: by its address, or by its path where the entry starts with a slash."""
        if self.page is None:
            return True
        return _fits(self.page, _path(page) if self.page.startswith("/") else page)

    def matches(self, finding: Finding) -> bool:
        """Whether it speaks of a finding; where one tells of several names, of each of them."""
        seen = finding.evidence
        names = [str(name) for name in seen.get("names") or [seen.get("name") or ""]]
        host = seen.get("host") or host_of(str(seen.get("url") or ""))
        return (
            self.kind == finding.kind
            and self.service in (None, finding.service)
            and self.covers(finding.page)
            and (self.host is None or _fits(self.host.lower(), str(host).lower()))
            and (self.name is None or all(_fits(self.name, name) for name in names))
        )

    def described(self) -> str:
        """The entry on one line, by what it names: `undeclared_request host=*.fonts.example`."""
        parts = ((key, getattr(self, key)) for key in ("service", "page", "host", "name"))
        return " ".join([self.kind, *(f"{key}={value}" for key, value in parts if value is not None)])


@dataclass(frozen=True, slots=True)
class Baseline:
    """Every entry of a file."""

    known: tuple[Known, ...] = ()

    def excuse(self, reports: Sequence[Report], today: date) -> list[Report]:
        """The reports with what an unexpired entry speaks of moved to `known`, where it counts no more."""
        return [self._excused(report, today) for report in reports]

    def entry(self, finding: Finding, today: date) -> Known | None:
        """The first unexpired entry that speaks of a finding."""
        return next((each for each in self.known if each.until >= today and each.matches(finding)), None)

    def expired(self, today: date) -> tuple[Known, ...]:
        """The entries whose last day is past. They excuse nothing."""
        return tuple(each for each in self.known if each.until < today)

    def stale(self, reports: Sequence[Report], today: date) -> tuple[Known, ...]:
        """Unexpired entries that speak of a page of this run, and of no finding there: they can go."""
        found = [finding for report in reports for finding in (*report.findings, *report.known)]
        pages = [report.page.url for report in reports]
        return tuple(
            each
            for each in self.known
            if each.until >= today and any(map(each.covers, pages)) and not any(map(each.matches, found))
        )

    def _excused(self, report: Report, today: date) -> Report:
        excused = [self.entry(each, today) is not None for each in report.findings]
        known = tuple(each for each, is_known in zip(report.findings, excused, strict=True) if is_known)
        left = tuple(each for each, is_known in zip(report.findings, excused, strict=True) if not is_known)
        return replace(report, findings=left, known=(*report.known, *known))


def read_baseline(path: Path) -> Baseline:
    """The baseline in a TOML file. Raises ConfigurationError with every mistake and its place."""
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigurationError([f"{path}: the file is not UTF-8 (byte {error.start})"]) from None
    except OSError as error:
        raise ConfigurationError([f"{path}: {error.strerror or 'cannot be read'}"]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError([f"{path}: no TOML: {error}"]) from None
    mistakes = Mistakes()
    known = tuple(_entries(Table(values, "", mistakes, ("known",))))
    if mistakes:
        raise ConfigurationError([f"{path}: {mistake}" for mistake in mistakes])
    return Baseline(known)


def _entries(table: Table) -> Iterator[Known]:
    seen: dict[Known, str] = {}
    for place, item in table.each("known"):
        entry = _entry(Table(item, place, table.mistakes, _KNOWN))
        same = replace(entry, reason="", until=date.max)
        if same in seen and entry.kind:
            table.mistakes.note(place, f"says the same as {seen[same]}")
        seen.setdefault(same, place)
        yield entry


def _entry(table: Table) -> Known:
    kind = table.text("kind")
    if kind and kind not in KINDS:
        near = meant(kind, KINDS) or f"; it must be one of {', '.join(KINDS)}"
        table.note("kind", f"{shown(kind)} is no kind of finding{near}")
    optional = {key: table.text(key, required=False) or None for key in ("service", "page", "host", "name")}
    return Known(kind=kind, until=_until(table), reason=table.text("reason"), **optional)


def _until(table: Table) -> date:
    value: Any = table.values.get("until")
    if value is None:
        table.note("until", "is missing: what is known must come to an end")
    elif isinstance(value, datetime) or not isinstance(value, date):
        table.note("until", f"must be a date without quotes, such as 2026-12-31, not {shown(value)}")
    else:
        return value
    return date.max


def _fits(pattern: str, text: str) -> bool:
    return _pattern(pattern).fullmatch(text) is not None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Only `*` means more than itself; addresses are full of `?`."""
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", pattern))), re.DOTALL)


def _path(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
