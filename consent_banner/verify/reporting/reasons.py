"""What checks and the collector say in English, found again in the catalogues: `it answers 503` in any language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ..words import N_

REASONS = (
    # The notice and its controls, as they are drawn.
    N_("it is not there"),
    N_("it has no buttons"),
    N_("it is not displayed"),
    N_("it is invisible"),
    N_("it is transparent"),
    N_("it is %(width)s by %(height)s pixels"),
    N_("it lies outside the window"),
    N_("something lies over it"),
    N_("%(element)s lies over it"),
    N_("it is disabled"),
    N_("it takes no clicks"),
    # An act that did not work.
    N_("it cannot be clicked"),
    N_("clicking it records no choice"),
    N_("the preferences do not open"),
    N_("its switch cannot be clicked"),
    N_("there is no way to withdraw that works"),
    # A refusal that is harder.
    N_("no refusal on the first layer"),
    N_("the refusal's width"),
    N_("the refusal's height"),
    N_("the refusal's font size"),
    N_("the refusal's contrast"),
    N_("the refusal takes more clicks"),
    # A page that cannot be used.
    N_("something covers the page"),
    N_("the page's content is inert"),
    N_("it does not answer"),
    N_("the page cannot be scrolled"),
    N_("the visitor is led elsewhere"),
    N_("the page's content is gone"),
    # A service that does not answer.
    N_("it answers %(status)s"),
    N_("it answers with %(type)s"),
    N_("the page says that the service does not answer"),
)


def recognised(sentence: str) -> tuple[str, dict[str, str]] | None:
    """The message that a sentence was made from, and what was filled into it; None for one that is not known."""
    for message, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return message, found.groupdict()
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Longest first among those without a place to fill, so that the exact sentence wins."""
    ordered = sorted(REASONS, key=lambda message: ("%(" in message, -len(message)))
    return tuple((message, re.compile("".join(_pattern(message)))) for message in ordered)


def _pattern(message: str) -> Iterator[str]:
    position = 0
    for found in re.finditer(r"%\((\w+)\)s", message):
        yield re.escape(message[position : found.start()])
        yield f"(?P<{found[1]}>.+)"
        position = found.end()
    yield re.escape(message[position:])
