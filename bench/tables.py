"""Plain tables for people: medians side by side, then each figure against its target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and what it should be: `at_most` is a ceiling, otherwise `bound` is a floor."""

    what: str
    value: float
    bound: float
    at_most: bool = False
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def line(self) -> str:
        """`check / constant callable   0.61  at or above 0.55  met`."""
        side = "at or below" if self.at_most else "at or above"
        value, bound = (f"{figure(each)}{self.unit}" for each in (self.value, self.bound))
        return f"  {self.what:<58} {value:>10}   {side} {bound:<10} {'met' if self.met else 'MISSED'}"


@dataclass(slots=True)
class Table:
    """One table: a title, its columns, rows that begin with a name, and the targets that its figures have."""

    title: str
    columns: Sequence[str]
    rows: list[tuple[str, Sequence[float | str]]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, *values: float | str) -> None:
        """One row."""
        self.rows.append((name, values))

    def text(self) -> str:
        """The whole table as lines."""
        cells = [[name, *map(figure, values)] for name, values in self.rows]
        widths = _widths([["", *self.columns], *cells])
        lines = [self.title, "-" * len(self.title)]
        lines += [_row(row, widths) for row in [["", *self.columns], *cells]]
        lines += [""] * bool(self.targets) + [target.line() for target in self.targets]
        return "\n".join(lines + [f"  ({note})" for note in self.notes]) + "\n"


def figure(value: Any) -> str:
    """A number with as many digits as mean something; anything else as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}"


def medians(samples: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The median of each column of rounds."""
    return tuple(median(column) for column in zip(*samples, strict=True))


def paired(tops: Sequence[float], bottoms: Sequence[float]) -> float:
    """The median of the ratios of neighbouring rounds, which noise that lasts longer than a round leaves alone."""
    return median(top / bottom for top, bottom in zip(tops, bottoms, strict=True))


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        f"{cell:<{width}}" if not at else f"{cell:>{width}}"
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  " + "  ".join([first, *others])
