"""What is written to the ledger's tables, and read from them, given a connection. Nothing here begins or commits."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from .protocol import Document
from .rows import Row, time_of

T = TypeVar("T")

Elsewhere = Callable[[uuid.UUID], str | None]

_SLICE = 64


def insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Write receipts and their documents, each once, and count them. What is there or was erased is left alone."""
    for some in sliced({row.id: row for row in rows}.values(), _SLICE):
        known = _known(connection, [row.id for row in some])
        fresh = [row for row in some if row.id not in known]
        if fresh:
            # One statement for all: every step gives up the interpreter's lock, and must queue for it again.
            values = [value for row in fresh for value in (row.id, row.given, row.body)]
            connection.execute(f"INSERT INTO receipts (id, given, body) VALUES {marks(fresh, 3)}", values)
            count(connection, Counter((row.day, label) for row in fresh for label in row.labels))
    insert_documents(connection, (document for row in rows for document in row.documents))


def uncount(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Take receipts back as though they had never been written."""
    for row in rows:
        if connection.execute("DELETE FROM receipts WHERE id = ?", (row.id,)).rowcount:
            count(connection, {(row.day, label): -1 for label in row.labels})


def insert_documents(connection: sqlite3.Connection, documents: Iterable[Document]) -> None:
    """Write documents, each once."""
    fresh = {(document.kind, document.key): document for document in documents}
    for (kind, key), document in fresh.items():
        values = (kind, key, document.body)
        connection.execute("INSERT OR IGNORE INTO documents (kind, key, body) VALUES (?, ?, ?)", values)


def count(connection: sqlite3.Connection, numbers: Mapping[tuple[str, str], int]) -> None:
    """Add to the counters, by day and label."""
    for some in sliced(numbers.items(), _SLICE):
        values = [value for (day, label), number in some for value in (day, label, number)]
        connection.execute(
            f"INSERT INTO counters (day, label, number) VALUES {marks(some, 3)} "
            "ON CONFLICT (day, label) DO UPDATE SET number = number + excluded.number",
            values,
        )


def counters(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """All counters, by day and label."""
    rows = connection.execute("SELECT day, label, number FROM counters WHERE number <> 0")
    return {(day, label): number for day, label, number in rows}


def body(connection: sqlite3.Connection, receipt: bytes) -> str | None:
    """A receipt's body; `""` when it was erased, None when it was never here."""
    row = connection.execute(
        "SELECT body FROM receipts WHERE id = ? UNION ALL SELECT '' FROM tombstones WHERE id = ?", (receipt, receipt)
    ).fetchone()
    return row[0] if row else None


def page(connection: sqlite3.Connection, columns: str, source: str, after: bytes, limit: int) -> list[Any]:
    """The next rows of `receipts` or `tombstones` after an id, oldest first."""
    query = f"SELECT id, {columns} FROM {source} WHERE id > ? ORDER BY id LIMIT ?"
    return connection.execute(query, (after, limit)).fetchall()


def erase(
    connection: sqlite3.Connection, receipts: Iterable[uuid.UUID], with_chain: bool, elsewhere: Elsewhere
) -> tuple[int, set[uuid.UUID]]:
    """Put tombstones in the place of receipts, and of all that `previous` leads to.

    `elsewhere` gives the body of a receipt that the file does not hold, if anybody has it. Returns how many were
    found, and all that are erased now.
    """
    found, erased, left = 0, set[uuid.UUID](), list(receipts)
    while left:
        receipt = left.pop()
        if receipt not in erased:
            erased.add(receipt)
            text = body(connection, receipt.bytes)
            text = elsewhere(receipt) if text is None else text
            found += bool(text)
            bury(connection, receipt, with_chain)
            left += previous_of(text) if with_chain and text else []
    return found, erased


def bury(connection: sqlite3.Connection, receipt: uuid.UUID, chained: bool) -> None:
    """Remove one receipt, and let it never come back. `chained` has its predecessors in Redis follow it."""
    connection.execute("DELETE FROM receipts WHERE id = ?", (receipt.bytes,))
    connection.execute(
        "INSERT INTO tombstones (id, given, chained) VALUES (?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET chained = 1, drained = 0 WHERE excluded.chained > chained",
        (receipt.bytes, time_of(receipt) or int(time.time()), chained),
    )


def previous_of(text: str | bytes) -> list[uuid.UUID]:
    """The receipt before this one, if it names any."""
    previous = json.loads(text)["previous"]
    return [uuid.UUID(previous)] if previous else []


def remove(connection: sqlite3.Connection, source: str, receipts: Sequence[bytes]) -> int:
    """Delete rows of `receipts` or `tombstones` without a trace."""
    return connection.execute(f"DELETE FROM {source} WHERE id IN ({marks(receipts)})", receipts).rowcount


def mark(connection: sqlite3.Connection, name: str) -> str | None:
    """What was noted about the file under a name."""
    row = connection.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def note(connection: sqlite3.Connection, name: str, value: str) -> bool:
    """Note something about the file; False when just that was noted already."""
    known = mark(connection, name) == value
    if not known:
        connection.execute("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)", (name, value))
    return not known


def marks(values: Sequence[Any], width: int = 0) -> str:
    """Question marks for values: `?,?`, or `(?,?,?),(?,?,?)` for rows of a width."""
    one = "(" + ",".join("?" * width) + ")" if width else "?"
    return ",".join([one] * len(values))


def sliced(values: Iterable[T], length: int) -> Iterator[list[T]]:
    """The values, so many at a time."""
    iterator = iter(values)
    while some := list(islice(iterator, length)):
        yield some


def _known(connection: sqlite3.Connection, receipts: Sequence[bytes]) -> set[bytes]:
    some = marks(receipts)
    query = f"SELECT id FROM receipts WHERE id IN ({some}) UNION ALL SELECT id FROM tombstones WHERE id IN ({some})"
    return {row[0] for row in connection.execute(query, (*receipts, *receipts))}
