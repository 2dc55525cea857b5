"""Finds `static/` and `translations/`: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder of that name. Raises FileNotFoundError where neither an install nor a checkout has it."""
    for place in (PACKAGE / name, PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"consent_banner is installed without its folder {name!r}")


def text(*parts: str) -> str:
    """The text of one file below `static/`."""
    return folder("static").joinpath(*parts).read_text(encoding="utf-8")


@cache
def available_languages() -> frozenset[str]:
    """The languages that the package has a catalogue for: the folders of `translations/`."""
    return frozenset(path.parent.parent.name for path in folder("translations").glob("*/LC_MESSAGES/*.po"))
