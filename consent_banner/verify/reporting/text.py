"""For a terminal: a table for each page, then what is wrong and what to change. Words first; colour on request."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ..judging import Report
from .account import Account
from .grid import WIDTH, Pen, drawn, word
from .matrix import Matrix, left_out, matrix, unrecorded
from .plain import line, plain, shortened
from .telling import Told


def render(account: Account) -> str:
    """Every page, and one line that sums up."""
    pen = Pen(account.colour)
    lines = [line for report in account.reports for line in _page(account, report, pen)]
    lines += [wrapped for remark in account.remarks() for wrapped in _wrapped(remark)]
    return "\n".join([*lines, *_summary(account, pen)]) + "\n"


def _page(account: Account, report: Report, pen: Pen) -> Iterator[str]:
    words, _ = account.words, account.words.speech.gettext
    address = shortened(report.page.url, WIDTH)
    yield pen.write(address, "bold")
    yield pen.write("─" * len(address), "quiet")
    yield pen.write(_verdict(account, report), "let_through" if report.passed else "leaks")
    yield ""
    table = matrix(report, account.facts)
    yield from drawn(account, table, pen)
    yield from (pen.write(text, "quiet") for text in _wrapped(_legend(account, table)))
    missing = left_out(report.page, account.facts)
    if missing:
        yield from _wrapped(_("Not checked: %(names)s", names=", ".join(map(words.scenario, missing))))
    for visit in unrecorded(report.page):
        yield from _wrapped(_("The choice was not recorded: %(name)s", name=account.failed(visit)))
    yield from _findings(account, report, pen)
    yield from ("", "")


def _verdict(account: Account, report: Report) -> str:
    words = account.words.speech
    number = len(report.findings)
    verdict = words.ngettext("%(num)s finding", "%(num)s findings", number) if number else words.gettext("Passed")
    known = words.gettext("known: %(number)s", number=len(report.known)) if report.known else ""
    return ", ".join(filter(None, [verdict, known]))


def _legend(account: Account, table: Matrix) -> str:
    legend = [f"{word(account, state)}: {account.words.meaning(state)}" for state in table.states()]
    if any(cell.known for row in table.rows for cell in row.cells):
        legend.append("*: " + account.words.speech.gettext("known already"))
    return "; ".join(legend)


def _findings(account: Account, report: Report, pen: Pen) -> Iterator[str]:
    for findings, style in ((report.findings, "bold"), (report.known, "quiet")):
        for kind, number, group in account.by_kind(findings):
            known = f", {account.words.speech.gettext('known already')}" if style == "quiet" else ""
            yield ""
            yield pen.write(f"{account.words.title(kind)} ({number}{known})", style)
            yield from _wrapped(account.words.advice(kind), "  ")
            for told in group:
                yield from _told(account, told, pen, excused=style == "quiet")


def _told(account: Account, told: Told, pen: Pen, *, excused: bool) -> Iterator[str]:
    _ = account.words.speech.gettext
    yield ""
    about = f" ({told.about})" if told.about else ""
    yield from (pen.write(text, "bold") for text in _wrapped(f"▲ {told.subject}{about}", "  ", "    "))
    pairs = [(_("Seen"), "; ".join(map(account.seen, told.seen)))]
    pairs += [(detail.label, detail.value) for detail in told.details]
    entry = account.excuse(told) if excused else None
    if entry:
        pairs.append((_("Known until"), f"{account.words.day(entry.until)}: {line(entry.reason)}"))
    wide = max(len(label) for label, _value in pairs) + 6
    for label, value in pairs:
        yield from _wrapped(value, f"    {label}".ljust(wide), " " * wide)
    if told.change:
        yield f"    {_('What to change')}"
        yield from _code("-", told.tag or "", pen, "leaks")
        yield from _code("+", told.change, pen, "let_through")
    elif told.tag:
        yield f"    {account.words.tag_as_it_stands()}"
        yield from _code(" ", told.tag, pen, "quiet")


def _code(sign: str, markup: str, pen: Pen, style: str) -> Iterator[str]:
    """A line to be copied: broken between attributes first, and within one only where it would not fit at all."""
    for row in plain(markup).splitlines():
        for number, text in enumerate(textwrap.wrap(row, WIDTH - 10, break_on_hyphens=False)):
            yield pen.write(f"      {sign} {'  ' if number else ''}{text}", style)


def _wrapped(text: str, first: str = "", after: str | None = None) -> list[str]:
    """Text in lines of at most WIDTH. Long words, such as addresses, break only where they must."""
    after = first if after is None else after
    return textwrap.wrap(line(text), WIDTH, initial_indent=first, subsequent_indent=after, break_on_hyphens=False)


def _summary(account: Account, pen: Pen) -> Iterator[str]:
    words = account.words.speech
    number, pages = len(account.findings), len(account.reports)
    parts = [
        words.ngettext("%(num)s finding", "%(num)s findings", number) if number else words.gettext("Passed"),
        words.gettext("pages: %(number)s", number=pages),
        words.gettext("of them clean: %(number)s", number=account.passed),
    ]
    if account.known:
        parts.append(words.gettext("known: %(number)s", number=len(account.known)))
    yield pen.write("; ".join(parts) + ".", "leaks" if number else "let_through")
