"""The ledger's file as a spool: what still has to go to Redis, and what is known to be there."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from . import tables
from .accounts import drop_linked
from .protocol import Document
from .rows import TALLIES
from .store import Store
from .writer import Writer

KEPT_SECONDS = 7 * 86_400
_FIRST = (1, b"\xff" * 17)
_SLICE = 500
_TALLIED = "(label LIKE ? OR label LIKE ?)"
_MARKED_AT_ONCE = 100  # Visitors' receipts are written between two such transactions.
_BYTES_AT_ONCE = 2_000_000


class Spool:
    """Reads what waits for Redis and marks what got there. Used by one drainer at a time."""

    def __init__(self, store: Store, writer: Writer) -> None:
        self._store, self._writer = store, writer

    def number(self) -> int:
        """How many receipts and tombstones wait."""
        query = "SELECT (SELECT count(*) FROM receipts WHERE drained <= 0) + "
        return int(self._all(query + "(SELECT count(*) FROM tombstones WHERE drained <= 0)")[0][0])

    def unsent(self, before: datetime) -> int:
        """How many receipts given before a time were never in Redis."""
        query = "SELECT count(*) FROM receipts WHERE drained = 0 AND given < ?"
        return int(self._all(query, (int(before.timestamp()),))[0][0])

    def receipts(self, before: tuple[int, bytes] = _FIRST) -> list[tuple[bytes, str, int]]:
        """Some receipts that wait, as id, body and mark: the newest first, and what is only sent again last."""
        query = (
            "SELECT id, body, drained FROM receipts WHERE drained <= 0 AND (drained, id) < (?, ?) "
            "ORDER BY drained DESC, id DESC LIMIT ?"
        )
        rows = self._all(query, (min(before[0], 1), before[1], _SLICE))
        return _no_more_than(rows, _BYTES_AT_ONCE)

    def tombstones(self) -> list[tuple[bytes, int]]:
        """Some tombstones that wait, as id and whether their chain follows."""
        return self._all("SELECT id, chained FROM tombstones WHERE drained <= 0 LIMIT ?", (_SLICE,))

    def documents(self) -> list[Document]:
        """Some documents that wait."""
        rows = self._all("SELECT kind, key, body FROM documents WHERE drained <= 0 LIMIT 20")
        return [Document(*row) for row in rows]

    def counted(self) -> list[tuple[str, str, int]]:
        """The counters that no receipt moves and that Redis does not know yet, as day, label and number."""
        return self._all(f"SELECT day, label, number FROM counters WHERE {_TALLIED} AND number <> sent", TALLIES)

    def file(self) -> str:
        """The name that this file goes by in Redis."""
        with self._store.reading() as connection:
            return tables.mark(connection, "file") or ""

    def mark_receipts(self, receipts: Sequence[bytes]) -> None:
        """Note that receipts are in Redis."""
        for some in tables.sliced(receipts, _MARKED_AT_ONCE):
            self._update(f"UPDATE receipts SET drained = ? WHERE id IN ({tables.marks(some)})", [_now(), *some])

    def mark_tombstones(self, tombstones: Iterable[tuple[bytes, int]]) -> None:
        """Note that tombstones are in Redis, unless one was told meanwhile to take its chain along."""
        values = [(_now(), receipt, chained) for receipt, chained in tombstones]
        query = "UPDATE tombstones SET drained = ? WHERE id = ? AND chained = ?"
        self._writer.do(lambda connection: connection.executemany(query, values))

    def mark_document(self, document: Document) -> None:
        """Note that a document is in Redis."""
        values = [_now(), document.kind, document.key]
        self._update("UPDATE documents SET drained = ? WHERE kind = ? AND key = ?", values)

    def mark_counted(self, day: str, label: str, number: int) -> None:
        """Note which number Redis knows for a day and label."""
        self._update("UPDATE counters SET sent = ? WHERE day = ? AND label = ?", [number, day, label])

    def bury(self, receipts: Iterable[uuid.UUID]) -> None:
        """Erase receipts and their chains here too, as Redis or another machine has it."""
        wanted = list(receipts)
        self._writer.do(lambda connection: _bury(connection, wanted))

    def follow(self, erased: Iterable[tuple[uuid.UUID, bool]]) -> None:
        """Erase here what another machine erased, unless that is known already."""
        wanted = list(erased)
        known = {row[0] for row in self._all("SELECT id FROM tombstones")} if wanted else set()
        fresh = [(receipt, chained) for receipt, chained in wanted if receipt.bytes not in known]
        if fresh:
            self._writer.do(lambda connection: _follow(connection, fresh))

    def known_masters(self) -> set[str] | None:
        """The run ids of the masters that the file was last drained to; None when it never was."""
        with self._store.reading() as connection:
            noted = tables.mark(connection, "masters")
        return set(json.loads(noted)) if noted else None

    def note_masters(self, identities: set[str]) -> None:
        """Remember the masters' run ids."""
        self._writer.do(partial(tables.note, name="masters", value=json.dumps(sorted(identities))))

    def send_again(self) -> None:
        """Let everything wait again that went to Redis in the last days: its master may have lost some of it."""
        since = _now() - KEPT_SECONDS
        for source in ("receipts", "tombstones"):
            some = f"SELECT id FROM {source} WHERE drained > {since} LIMIT {_SLICE}"
            self._repeat(f"UPDATE {source} SET drained = -1 WHERE id IN ({some})")
        self._update("UPDATE documents SET drained = -1 WHERE drained > 0", [])
        self._update(f"UPDATE counters SET sent = -1 WHERE {_TALLIED}", TALLIES)

    def forget(self) -> None:
        """Remove the receipts that have long been in Redis: the file is a spool, and no second archive."""
        some = f"SELECT id FROM receipts WHERE drained BETWEEN 1 AND {_now() - KEPT_SECONDS} LIMIT {_SLICE}"
        self._repeat(f"DELETE FROM receipts WHERE id IN ({some})")

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._store.reading() as connection:
            return connection.execute(query, values).fetchall()

    def _update(self, query: str, values: Sequence[Any]) -> int:
        return int(self._writer.do(lambda connection: connection.execute(query, values).rowcount))

    def _repeat(self, query: str) -> None:
        """Run a statement that takes a slice at a time until nothing is left, so that no writer waits for long."""
        while self._update(query, []):
            pass


def _bury(connection: sqlite3.Connection, receipts: Iterable[uuid.UUID]) -> None:
    tables.erase(connection, receipts, True, _nowhere)


def _follow(connection: sqlite3.Connection, announced: Iterable[tuple[uuid.UUID, bool]]) -> None:
    for receipt, chained in announced:
        drop_linked(connection, tables.erase(connection, [receipt], chained, _nowhere)[1])


def _nowhere(receipt: uuid.UUID) -> str | None:
    return None


def _no_more_than(rows: list[tuple[bytes, str, int]], size: int) -> list[tuple[bytes, str, int]]:
    taken, total = list[tuple[bytes, str, int]](), 0
    for row in rows:
        total += len(row[1])
        if taken and total > size:
            break
        taken.append(row)
    return taken


def _now() -> int:
    return int(time.time())
