"""A receipt as the ledger writes it down: one row of compact JSON, and the counters that it moves."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from ..consent import Receipt
from .protocol import Document

COUNTED = '["counted"]'
# Counters that no receipt moves: each file sends Redis its own total, under the label with the file's name behind it.
TALLIES = ('["counted"%', '["violation"%')
_VIOLATION = '["violation"'
_COLUMNS = ("day", "service", "directive", "violations")
_compact = json.JSONEncoder(separators=(",", ":")).encode


class Row(NamedTuple):
    """A receipt, serialised once. `given` is in seconds since 1970; `day` and `labels` name its counters."""

    id: bytes
    given: int
    body: str
    day: str
    labels: tuple[str, ...]
    documents: tuple[Document, ...] = ()


def row_of(receipt: Receipt, documents: Sequence[Document] = ()) -> Row:
    """Serialise a receipt, in the caller's thread, so that the writer only writes."""
    values = receipt.as_json()
    body = _compact(values)
    given = int(receipt.given_at.timestamp())
    return Row(receipt.receipt.bytes, given, body, values["given_at"][:10], labels_of(values), tuple(documents))


def receipt_of(body: str | bytes) -> Receipt:
    """The way back from a row's body."""
    return Receipt.from_json(json.loads(body))


def labels_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The counters of one receipt: the first for the receipt itself, then one per category and answer."""
    group = [values["revision"], values["language"], values["method"], int(values["gpc"])]
    return _labels(*group, tuple(values["categories"].items()))


@lru_cache(maxsize=512)
def _labels(
    revision: str, language: str, method: str, gpc: int, categories: tuple[tuple[str, bool], ...]
) -> tuple[str, ...]:
    group = [revision, language, method, gpc]
    return (_label(group), *(_label([*group, name, int(granted)]) for name, granted in categories))


def table(counters: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Counters, by day and label, as the rows of `Ledger.statistics`, oldest first."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for (day, label), number in sorted(counters.items()):
        if label.startswith(_VIOLATION):
            continue
        group, answer = _group(label)
        row = rows.setdefault((day, *group), _blank(day, group))
        if answer:
            row["categories"].setdefault(answer[0], {"granted": 0, "refused": 0})
            row["categories"][answer[0]]["granted" if answer[1] else "refused"] += number
        else:
            row["number"] += number
    return list(rows.values())


def violation_label(service: str | None, directive: str) -> str:
    """The counter of a reported violation."""
    return _compact(["violation", service, directive])


def violations_table(counters: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Counters, by day and label, as the rows of `Ledger.violations`, oldest first."""
    total: Counter[tuple[str, str | None, str]] = Counter()
    for (day, label), number in counters.items():
        if label.startswith(_VIOLATION):
            total[(day, *json.loads(label)[1:3])] += number
    rows = sorted(total.items(), key=lambda row: (row[0][0], row[0][1] or "", row[0][2]))
    return [dict(zip(_COLUMNS, (*place, number), strict=True)) for place, number in rows]


def tally_field(label: str, file: str) -> str:
    """How Redis names one file's part of a counter that no receipt moves."""
    return _compact([*json.loads(label), file])


def day_of(receipt: uuid.UUID) -> str | None:
    """The day that an id in UUIDv7 layout carries, such as `2026-11-22`; None for any other id."""
    moment = time_of(receipt)
    return datetime.fromtimestamp(moment, UTC).date().isoformat() if moment else None


def time_of(receipt: uuid.UUID) -> int:
    """The second that an id in UUIDv7 layout carries; 0 for any other id."""
    seconds = (receipt.int >> 80) // 1000
    return seconds if receipt.version == 7 and seconds < 253_402_300_800 else 0


def _label(parts: list[Any]) -> str:
    return _compact(parts)


def _group(label: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    parts = json.loads(label)
    if parts[0] == "counted" and len(parts) < 4:
        return (None, None, "counted", None), ()
    return tuple(parts[:4]), tuple(parts[4:])


def _blank(day: str, group: tuple[Any, ...]) -> dict[str, Any]:
    revision, language, method, gpc = group
    gpc = None if gpc is None else bool(gpc)
    row = {"day": day, "revision": revision, "language": language, "method": method, "gpc": gpc}
    return {**row, "number": 0, "categories": {}}
