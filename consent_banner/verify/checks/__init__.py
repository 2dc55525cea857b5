"""One check a file: a title, what to do, and a pure function over the facts. Fixtures stand beside it as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import cast

from ..facts import Facts
from ..findings import KINDS, Finding

Check = Callable[[Facts], Iterator[Finding]]

MODULES: Mapping[str, ModuleType] = {kind: import_module(f"{__name__}.{kind}") for kind in KINDS}


def check(kind: str) -> Check:
    """The function that finds one kind."""
    return cast(Check, MODULES[kind].find)


def title(kind: str) -> str:
    """What a kind is called, to be translated."""
    return cast(str, MODULES[kind].TITLE)


def advice(kind: str) -> str:
    """What to do about a kind, to be translated."""
    return cast(str, MODULES[kind].ADVICE)
