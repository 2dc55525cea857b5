"""What to change, made easy to see: two lines of markup in pieces, those that differ marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

_PIECES = re.compile(r"""\s+|[^\s="'<>]+=|"[^"]*"|'[^']*'|[^\s"'>]+|.""")
_MOST_PIECES = 300
Pieces = list[tuple[str, bool]]


def compared(before: str, after: str) -> tuple[Pieces, Pieces]:
    """Both lines in pieces, each with whether it stands in this one alone. Joined, they are the lines as they were."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if max(len(old), len(new)) > _MOST_PIECES:
        return [(before, False)], [(after, False)]
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    gone = [(old[a:b], step != "equal") for step, a, b, _, _ in steps]
    come = [(new[c:d], step != "equal") for step, _, _, c, d in steps]
    return list(_joined(gone)), list(_joined(come))


def _joined(runs: list[tuple[list[str], bool]]) -> Iterator[tuple[str, bool]]:
    """Runs as text; white space at the ends of a changed one is not marked."""
    for pieces, changed in runs:
        text = "".join(pieces)
        if not changed or not text.strip():
            yield from [(text, False)] if text else []
            continue
        bare = text.strip()
        start = text.index(bare)
        for part, marked in ((text[:start], False), (bare, True), (text[start + len(bare) :], False)):
            if part:
                yield part, marked
