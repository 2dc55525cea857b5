"""A table of a policy file, read key by key: what is wrong is noted with its place, and reading goes on."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from .model import Texts

FORM_FIELDS = frozenset({"action", "csrf_token", "language", "next", "revision", "text"})
_IDENTIFIER = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Mistakes(list[str]):
    """Everything that is wrong with a file, each with its place."""

    def note(self, place: str, sentence: str) -> None:
        """Add one mistake, written `place: sentence`."""
        self.append(f"{place}: {sentence}" if place else sentence)


class Table:
    """One table, its place in the file, and the list that its mistakes go to.

    Every reading answers with a harmless value where it notes a mistake, so that one run finds them all.
    """

    def __init__(self, values: Any, place: str, mistakes: Mistakes, known: Iterable[str]) -> None:
        self.place = place
        self.mistakes = mistakes
        self.values: Mapping[str, Any] = values if isinstance(values, dict) else {}
        if not isinstance(values, dict):
            mistakes.note(place, f"must be a table, not {shown(values)}")
        for key in self.values.keys() - set(known):
            mistakes.note(self.at(key), f"is no key that is known here{meant(key, known)}")

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def at(self, key: str) -> str:
        """The place of one key: `services[3].category`."""
        return f"{self.place}.{key}" if self.place else key

    def note(self, key: str, sentence: str) -> None:
        """Note a mistake at one key."""
        self.mistakes.note(self.at(key), sentence)

    def text(self, key: str, *, required: bool = True) -> str:
        """A line of plain text; an empty string where it lacks or is wrong."""
        if key not in self.values:
            if required:
                self.note(key, "is missing")
            return ""
        return self._plain(key, self.values[key])

    def identifier(self) -> str:
        """The `id` of a category or service: what stands in cookies, forms and addresses."""
        text = self.text("id")
        if text and (len(text) > 64 or not _IDENTIFIER.fullmatch(text)):
            self.note("id", f"{shown(text)} must be of small letters, digits and hyphens, at most 64")
        elif text in FORM_FIELDS:
            self.note("id", f'"{text}" is taken: a field of the form has that name')
        return text

    def texts(self, key: str, languages: Sequence[str], *, plain: bool = False) -> Texts:
        """A text in every language; where `plain`, one string may stand for all of them."""
        value = self.values.get(key)
        if value is None:
            self.note(key, "is missing")
        elif plain and isinstance(value, str):
            return dict.fromkeys(languages, self._plain(key, value))
        elif not isinstance(value, dict):
            self.note(key, f"must be a table with a text for each of {', '.join(languages)}, not {shown(value)}")
        else:
            for language in languages:
                if language not in value:
                    self.note(f"{key}.{language}", "is missing")
            return {language: self._plain(f"{key}.{language}", text) for language, text in value.items()}
        return dict.fromkeys(languages, "")

    def links(self, key: str, languages: Sequence[str]) -> Texts:
        """An http or https address, one for all languages or one for each."""
        links = self.texts(key, languages, plain=True)
        for link in dict.fromkeys(links.values()):
            if link and not _is_link(link):
                self.note(key, f"{shown(link)} is no http or https address")
        return links

    def flag(self, key: str, default: bool) -> bool:
        """`true` or `false`."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.note(key, f"must be true or false, not {shown(value)}")
            return default
        return value

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number between two bounds."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.note(key, f"must be a whole number from {low} to {high}, not {shown(value)}")
            return default
        return value

    def each(self, key: str) -> list[tuple[str, Any]]:
        """The items of a list, each with its place; an empty list where the key lacks."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self.note(key, f"must be a list, not {shown(value)}")
            return []
        return [(f"{self.at(key)}[{index}]", item) for index, item in enumerate(value)]

    def strings(self, key: str) -> list[tuple[str, str]]:
        """The strings of a list, each with its place; what is no string is noted and left out."""
        found = []
        for place, item in self.each(key):
            if isinstance(item, str):
                found.append((place, item))
            else:
                self.mistakes.note(place, f"must be a string, not {shown(item)}")
        return found

    def _plain(self, key: str, value: Any) -> str:
        if not isinstance(value, str):
            self.note(key, f"must be a string, not {shown(value)}")
        elif not value.strip():
            self.note(key, "is empty")
        elif _CONTROL.search(value):
            self.note(key, "has a control character in it")
        else:
            return value.strip()
        return ""


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s\"<>]", text)
    except ValueError:
        return False


def meant(word: str, known: Iterable[str]) -> str:
    """`; did you mean "analytics"?` where one of the known words is near, else nothing."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def shown(value: Any) -> str:
    """A value as a message shows it: short, on one line, strings in double quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = '"' + value.replace("\n", " ") + '"'
    else:
        text = str(value).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "…"
