"""One file for people: to be opened, sent on and printed. It needs no script, and nothing from anywhere else.

Its own Content-Security-Policy allows its one stylesheet, by digest, and pictures that it carries: whatever a page may
have put into the evidence, nothing runs here and nothing is asked for.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache

from ... import assets
from ...rendering import render as render_template
from ..evidence import Visit
from ..findings import KINDS
from ..judging import Report
from .account import Account
from .change import Pieces, compared
from .matrix import Matrix, left_out, matrix, unrecorded
from .plain import line, picture, shortened, web_address
from .telling import Told
from .timeline import Timeline, Track, timeline

_MOST_SUBJECTS = 4
_COMMENTS = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit as it is shown: its course, and what it looked like."""

    scenario: str
    course: Timeline
    requests: int
    screenshot: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the run as it is shown."""

    anchor: str
    report: Report
    name: str
    link: str | None
    table: Matrix
    groups: tuple[tuple[str, int, list[Told]], ...]
    known: tuple[Told, ...]
    visits: tuple[Seen, ...]
    left_out: str
    unrecorded: str


def render(account: Account) -> str:
    """The whole run as one HTML document."""
    sheets = [_sheet(account, number, report) for number, report in enumerate(account.reports, 1)]
    style = stylesheet()
    return render_template(
        "verify.html",
        account.language,
        account=account,
        words=account.words,
        sheets=sheets,
        kinds=_kinds(account, sheets),
        style=style,
        csp=_policy(style),
        line=line,
        shortened=shortened,
        change_of=_change,
        course_of=_course,
    )


@cache
def stylesheet() -> str:
    """The look of every page of ours, and what reports have beside it; dark on screens alone, paper stays white."""
    both = _COMMENTS.sub("", assets.text("css", "site.css") + assets.text("css", "verify.css")).strip()
    return both.replace("@media (prefers-color-scheme: dark)", "@media screen and (prefers-color-scheme: dark)")


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _sheet(account: Account, number: int, report: Report) -> Sheet:
    scenario = account.words.scenario
    return Sheet(
        anchor=f"page-{number}",
        report=report,
        name=shortened(report.page.url),
        link=web_address(report.page.url),
        table=matrix(report, account.facts),
        groups=tuple(account.by_kind(report.findings)),
        known=tuple(account.told(report.known)),
        visits=tuple(_seen(account, report, visit) for visit in report.page.visits),
        left_out=", ".join(map(scenario, left_out(report.page, account.facts))),
        unrecorded=", ".join(map(account.failed, unrecorded(report.page))),
    )


def _seen(account: Account, report: Report, visit: Visit) -> Seen:
    course = timeline(account.facts, report.page, visit, account.words)
    return Seen(visit.scenario, course, sum(track.requests for track in course.tracks), picture(visit.screenshot))


def _kinds(account: Account, sheets: list[Sheet]) -> list[tuple[str, int, str, list[Sheet]]]:
    """Every kind that was found: its number, what it is about, and the pages, for the summary on top."""
    summary = []
    for kind in KINDS:
        found = [(sheet, number, group) for sheet in sheets for each, number, group in sheet.groups if each == kind]
        subjects = dict.fromkeys(shortened(told.subject, 60) for _, _, group in found for told in group)
        named, more = list(subjects)[:_MOST_SUBJECTS], len(subjects) - _MOST_SUBJECTS
        if more > 0:
            named.append(account.words.speech.gettext("%(number)s more", number=more))
        if found:
            number = sum(number for _, number, _ in found)
            summary.append((kind, number, ", ".join(named), [sheet for sheet, _, _ in found]))
    return summary


def _change(told: Told) -> tuple[Pieces, Pieces] | None:
    return compared(told.tag or "", told.change) if told.change else None


def _course(account: Account, course: Timeline) -> str:
    """A timeline in one sentence, for those who do not see it."""
    words = account.words

    def said(track: Track) -> str:
        judged = ", ".join(filter(None, [words.track(track.state), words.requests(track.requests)]))
        return f"{track.name}: {judged}"

    return "; ".join([*map(said, course.tracks), *(name for _at, name in course.moments)])
