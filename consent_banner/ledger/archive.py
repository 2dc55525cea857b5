"""Reading what Redis holds, and removing from it what is past its time."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator

from . import shelves
from .remote import Masters
from .tables import sliced

_QUESTIONS_AT_ONCE = 512
_FIELDS_AT_ONCE = 500


def body(masters: Masters, receipt: uuid.UUID) -> str | None:
    """A receipt's body; `""` when it was erased, None when it is not there."""
    key = shelves.receipts_key(*shelves.place_of(receipt))
    [found] = shelves.ask(masters, [("HGET", key, str(receipt))])
    return None if found is None else str(found, "utf-8")


def document(masters: Masters, kind: str, name: str) -> bytes | None:
    """A document's body, or None."""
    key = shelves.documents_key(kind)
    found: bytes | None = shelves.ask(masters, [("HGET", key, name)])[0]
    return found


def documents(masters: Masters, kind: str) -> dict[str, bytes]:
    """All documents of a kind, by key."""
    key = shelves.documents_key(kind)
    [found] = shelves.ask(masters, [("HGETALL", key)])
    return {str(name, "utf-8"): content for name, content in found.items()}


def counters(masters: Masters) -> dict[tuple[str, str], int]:
    """All counters of the whole fleet, by day and label."""
    total: Counter[tuple[str, str]] = Counter()
    places = [(day, bucket) for day in days(masters) for bucket in shelves.BUCKETS]
    for some in sliced(places, _QUESTIONS_AT_ONCE):
        answers = shelves.ask(masters, [("HGETALL", shelves.counters_key(*place)) for place in some])
        for (day, _), answer in zip(some, answers, strict=True):
            for label, number in answer.items():
                total[(day, str(label, "utf-8"))] += int(number)
    return dict(total)


def days(masters: Masters) -> list[str]:
    """The days that have anything, oldest first."""
    [found] = shelves.ask(masters, [("SMEMBERS", shelves.DAYS)])
    return sorted(str(day, "ascii") for day in found)


def receipts(masters: Masters, day: str) -> list[tuple[bytes, str]]:
    """A day's receipts as id and body, oldest first."""
    found = [pair for bucket in shelves.BUCKETS for pair in _bucket(masters, shelves.receipts_key(day, bucket))]
    return sorted({receipt.bytes: text for receipt, text in found if text}.items())


def prune(masters: Masters, before: str) -> int:
    """Remove the receipts given before a time, written as a receipt writes it. Returns how many."""
    # A day of Redis is that of the id, which was made in the same moment as the receipt, give or take a clock.
    dated = [day for day in days(masters) if day <= before[:10] or day == shelves.TIMELESS]
    return sum(_prune_bucket(masters, day, bucket, before) for day in dated for bucket in shelves.BUCKETS)


def _prune_bucket(masters: Masters, day: str, bucket: str, before: str) -> int:
    key = shelves.receipts_key(day, bucket)
    old = [str(one) for one, text in _bucket(masters, key) if text and json.loads(text)["given_at"] < before]
    for some in sliced(old, _FIELDS_AT_ONCE):
        masters.of(key).hdel(key, *some)
    return len(old)


def _bucket(masters: Masters, key: str) -> Iterator[tuple[uuid.UUID, str]]:
    for name, content in masters.of(key).hscan_iter(key, count=_FIELDS_AT_ONCE):
        yield uuid.UUID(str(name, "ascii")), str(content, "utf-8")
