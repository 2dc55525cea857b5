"""Reads markup as a visitor reads it: words, headings, links and controls, without a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "br", "img", "meta", "link", "hr"}
SILENT = {"style", "script", "title"}


@dataclass
class Element:
    """An element of a page: its name, attributes and children; strings are text."""

    name: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Its text on one line, without what no visitor reads."""
        parts = [each if isinstance(each, str) else each.words for each in self.children if not _silent(each)]
        return re.sub(r"\s+", " ", " ".join(parts)).strip()

    def every(self, name: str = "", **attributes: str | None) -> list[Element]:
        """The elements below it of a name and with attributes (`data_consent_part="save"`; None: that lack it)."""
        wanted = {key.replace("_", "-"): value for key, value in attributes.items()}
        below = [each for each in self.children if isinstance(each, Element)]
        found = []
        for each in below:
            fits = all(each.attributes.get(key) == value for key, value in wanted.items())
            found += ([each] if fits and name in ("", each.name) else []) + each.every(name, **attributes)
        return found

    def one(self, name: str = "", **attributes: str | None) -> Element:
        (found,) = self.every(name, **attributes)
        return found


def _silent(child: Element | str) -> bool:
    return isinstance(child, Element) and child.name in SILENT


def read(markup: str) -> Element:
    """The page, or the fragment of one."""
    reader = _Reader()
    reader.feed(markup)
    return reader.open[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while any(each.name == tag for each in self.open[1:]):
            if self.open.pop().name == tag:
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order."""
    return [each for each in re.split(r"(?<=[.!?])\s+(?=[A-ZÕÄÖÜ„“])", text) if each.strip()]
