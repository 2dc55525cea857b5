"""The table of a page for a terminal: services down, scenarios across, columns as narrow as their words let them be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .account import Account
from .matrix import Cell, Matrix, Row
from .plain import shortened

WIDTH = 100
_NARROWEST = 7
_NAME = 19
_STYLES = {"bold": "1", "leaks": "1;31", "let_through": "32", "silent": "33", "held": "2", "unseen": "2", "quiet": "2"}


class Pen:
    """Writes in a style where the terminal shall show it, plainly otherwise."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def write(self, text: str, style: str) -> str:
        """The text, between the codes of a style."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._colour and text.strip() else text


def drawn(account: Account, table: Matrix, pen: Pen) -> Iterator[str]:
    """The table in lines of at most WIDTH; in several parts where the scenarios do not fit side by side."""
    names = {row.service: shortened(account.words.service(row.service), _NAME) for row in table.rows}
    first = max(map(len, names.values()), default=0) + 2
    fit = (WIDTH - first) // _NARROWEST
    for start in range(0, len(table.scenarios) if table.rows else 0, fit):
        part = slice(start, start + fit)
        heads = [account.words.scenario(each) for each in table.scenarios[part]]
        widths = _widths(heads, [[_told(account, cell) for cell in row.cells[part]] for row in table.rows], first)
        yield from (pen.write(text, "quiet") for text in _head(heads, widths, first))
        for row in table.rows:
            yield names[row.service].ljust(first) + _line(account, row, row.cells[part], widths, pen)
        yield ""


def word(account: Account, state: str) -> str:
    """A state as the table has it: short, the leak in capitals."""
    _ = account.words.speech.gettext
    return {
        "held": "–",
        "let_through": _("fired"),
        "leaks": _("LEAK"),
        "silent": _("silent"),
        "unseen": "·",
    }[state]


def _told(account: Account, cell: Cell) -> str:
    return word(account, cell.state) + ("*" if cell.known else "")


def _line(account: Account, row: Row, cells: Sequence[Cell], widths: Sequence[int], pen: Pen) -> str:
    told = (
        pen.write(_told(account, cell), cell.state) + " " * (width - len(_told(account, cell)))
        for cell, width in zip(cells, widths, strict=True)
    )
    return "".join(told).rstrip()


def _widths(heads: Sequence[str], cells: Sequence[Sequence[str]], first: int) -> list[int]:
    """As wide as the longest word, the widest column giving way until all of them fit."""
    widths = [
        max(_NARROWEST, 1 + max(map(len, [*head.split(), *(row[number] for row in cells)])))
        for number, head in enumerate(heads)
    ]
    while sum(widths) > WIDTH - first and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _head(heads: Sequence[str], widths: Sequence[int], first: int) -> Iterator[str]:
    columns = [list(_broken(head, width - 1)) for head, width in zip(heads, widths, strict=True)]
    deepest = max(map(len, columns))
    for number in range(deepest):
        cells = (
            (column[number - deepest + len(column)] if number >= deepest - len(column) else "").ljust(width)
            for column, width in zip(columns, widths, strict=True)
        )
        yield (" " * first + "".join(cells)).rstrip()


def _broken(head: str, width: int) -> Iterator[str]:
    """Words in lines; one that is too long is cut with a hyphen."""
    line = ""
    for each in head.replace("-", "- ").split():
        if line and len(line) + 1 + len(each) > width:
            yield line
            line = ""
        line += each if not line or line.endswith("-") else f" {each}"
        while len(line) > width:
            yield line[: width - 1] + "-"
            line = line[width - 1 :]
    if line:
        yield line
