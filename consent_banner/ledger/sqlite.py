"""The ledger in one local file, which is also where every receipt goes first when Redis stands behind it."""

from __future__ import annotations

import atexit
import contextlib
import sqlite3
import threading
import uuid
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from ..consent import Receipt
from ..errors import LedgerError
from . import tables
from .accounts import FileAccounts, erase_linked
from .background import Ticker, watch_forks
from .probe import Probe
from .protocol import Document, Status
from .rows import COUNTED, receipt_of, row_of, table, violation_label, violations_table
from .store import Store
from .waiting import WaitingRoom
from .writer import Writer

_PAGE = 500


class SqliteLedger:
    """Receipts in an SQLite file: durable when `append` returns, shared by all worker processes of one machine."""

    def __init__(self, path: str, retention_days: int = 1095) -> None:
        self._retention = timedelta(days=retention_days)
        self._store = Store(path)
        self._writer = Writer(self._store)
        self.accounts = FileAccounts(self._store, self._writer)
        self._probe = Probe(self._writer)
        self._keeper = Ticker("consent-ledger-keeper", self._tick, 1.0)
        self._renew()
        watch_forks(self)
        atexit.register(_close, weakref.ref(self))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._store.path}>"

    def append(self, receipt: Receipt, documents: Sequence[Document] = ()) -> None:
        """Keep a receipt and its documents: fsynced on return, else LedgerUnavailable within 1.5 s."""
        self._writer.append(row_of(receipt, documents))

    def append_later(self, receipt: Receipt, documents: Sequence[Document] = ()) -> bool:
        """Keep a refusal's receipt now, or as soon as the file takes it. Never raises."""
        row = row_of(receipt, documents)
        if not self._waiting:  # Else the file was away a moment ago, and the order would be lost.
            try:
                self._writer.append(row, patience=0.6, grace=0.2)
                return True
            except LedgerError:
                pass
        self._waiting.add(row)
        self._keeper.start()
        return False

    def count_refusal(self, day: date) -> None:
        """Count a refusal that gets no receipt; written within a second or so."""
        self._tally(day, COUNTED)

    def count_violation(self, day: date, service: str | None, directive: str) -> None:
        """Count a reported violation; written within a second or so."""
        self._tally(day, violation_label(service, directive))

    def chain(self, newest: uuid.UUID, limit: int = 1000) -> list[Receipt]:
        """One visitor's receipts, newest first. Follows `previous`, and no link twice."""
        return self._follow(newest, limit, self._body)

    def erase(self, receipts: Iterable[uuid.UUID], *, with_chain: bool = True) -> int:
        """Remove receipts and their chains for good, those that wait in this process's memory too."""
        wanted = list(receipts)
        elsewhere = self._elsewhere(wanted, with_chain)
        found, erased = self._writer.do(lambda connection: _erase(connection, wanted, with_chain, elsewhere))
        self._waiting.discard(receipt.bytes for receipt in erased)
        self._erased = True
        self._keeper.start()
        return int(found)

    def keep(self, documents: Iterable[Document]) -> None:
        """Keep documents, each once."""
        wanted = list(documents)
        self._writer.do(lambda connection: tables.insert_documents(connection, wanted))

    def document(self, kind: str, key: str) -> bytes | None:
        """A document's body, or None."""
        with self._store.reading() as connection:
            query = "SELECT body FROM documents WHERE kind = ? AND key = ?"
            row = connection.execute(query, (kind, key)).fetchone()
        return row[0] if row else None

    def documents(self, kind: str) -> dict[str, bytes]:
        """All documents of a kind, by key."""
        with self._store.reading() as connection:
            return dict(connection.execute("SELECT key, body FROM documents WHERE kind = ?", (kind,)).fetchall())

    def export(self) -> Iterator[Receipt]:
        """Every receipt, oldest first. Reads page by page, so that nobody waits for it."""
        for _, body in self._rows("receipts", "body"):
            yield receipt_of(body)

    def prune(self, before: datetime) -> int:
        """Remove the receipts given before a time. Writes page by page, so that nobody waits for it."""
        limit = int(before.timestamp())
        self._remove("tombstones", (row[0] for row in self._rows("tombstones", "given") if row[1] < limit))
        return self._remove("receipts", (row[0] for row in self._rows("receipts", "given") if row[1] < limit))

    def statistics(self) -> list[dict[str, Any]]:
        """What was chosen, by day, revision, language, method and signal. Outlives pruning and erasure."""
        return table(self._counters())

    def violations(self) -> list[dict[str, Any]]:
        """What browsers reported as held back, by day, service and directive."""
        return violations_table(self._counters())

    def status(self) -> Status:
        """How the ledger is doing."""
        reason = self._probe.reason()
        return Status(reason is None, "none", 0, len(self._waiting), self._waiting.lost, reason)

    def start(self) -> None:
        """Let retries and retention go on without traffic."""
        self._keeper.start()

    def close(self) -> None:
        """Write what waits in memory, if the file takes it, and let go of the file."""
        self._keeper.stop()
        with contextlib.suppress(LedgerError):
            self._flush()
        self._writer.close()
        self._store.close()

    def before_fork(self) -> None:
        """Nothing to put down: what waits in memory stays with the parent."""

    def after_fork(self, child: bool) -> None:
        """In a child, begin with an empty memory."""
        if child:
            self._renew()

    def _renew(self) -> None:
        self._waiting = WaitingRoom()
        self._counted: Counter[tuple[str, str]] = Counter()
        self._counting = threading.Lock()
        self._erased, self._pruned = False, ""

    def _tally(self, day: date, label: str) -> None:
        with self._counting:
            self._counted[(day.isoformat(), label)] += 1
        self._keeper.start()

    def _follow(self, newest: uuid.UUID, limit: int, look_up: tables.Elsewhere) -> list[Receipt]:
        found: dict[uuid.UUID, Receipt] = {}
        wanted: uuid.UUID | None = newest
        while wanted and wanted not in found and len(found) < limit:
            body = look_up(wanted)
            if not body:
                break
            found[wanted] = receipt_of(body)
            wanted = found[wanted].previous
        return list(found.values())

    def _elsewhere(self, receipts: Iterable[uuid.UUID], with_chain: bool) -> tables.Elsewhere:
        """Where to look for receipts that are to be erased and not in the file."""
        return self._waiting.find

    def _body(self, receipt: uuid.UUID) -> str | None:
        """A receipt's body; `""` when it was erased, None when it is not here."""
        with self._store.reading() as connection:
            found = tables.body(connection, receipt.bytes)
        return self._waiting.find(receipt) if found is None else found

    def _rows(self, source: str, columns: str) -> Iterator[Any]:
        last = b""
        while True:
            with self._store.reading() as connection:
                rows = tables.page(connection, columns, source, last, _PAGE)
            yield from rows
            if len(rows) < _PAGE:
                return
            last = rows[-1][0]

    def _remove(self, source: str, receipts: Iterable[bytes]) -> int:
        work = [partial(tables.remove, source=source, receipts=some) for some in tables.sliced(receipts, _PAGE)]
        return sum(self._writer.do(some) for some in work)

    def _counters(self) -> dict[tuple[str, str], int]:
        with contextlib.suppress(LedgerError):
            self._flush_counted()
        with self._store.reading() as connection:
            return tables.counters(connection)

    def _tick(self) -> None:
        with contextlib.suppress(LedgerError):
            self._flush()
            self._retain()

    def _flush(self) -> None:
        self._flush_counted()
        while rows := self._waiting.first(_PAGE):
            self._writer.do(partial(tables.insert, rows=rows))
            self._waiting.discard(row.id for row in rows)
        if self._erased:
            self._erased = False
            self._store.checkpoint()

    def _flush_counted(self) -> None:
        with self._counting:
            counted, self._counted = self._counted, Counter()
        try:
            if counted:
                self._writer.do(partial(tables.count, numbers=counted))
        except LedgerError:
            with self._counting:
                self._counted.update(counted)
            raise

    def _retain(self) -> None:
        """Remove what is older than the retention, once a day and by one process."""
        today = datetime.now(UTC).date().isoformat()
        if self._pruned != today:
            is_ours = self._writer.do(partial(tables.note, name="pruned", value=today))
            self._pruned = today
            if is_ours:
                self._daily()

    def _daily(self) -> None:
        now = datetime.now(UTC)
        SqliteLedger.prune(self, now - self._retention)
        self.accounts.prune(int(now.timestamp()))


def _erase(
    connection: sqlite3.Connection, receipts: Iterable[uuid.UUID], with_chain: bool, elsewhere: tables.Elsewhere
) -> tuple[int, set[uuid.UUID]]:
    found, erased = tables.erase(connection, receipts, with_chain, elsewhere)
    erase_linked(connection, erased)
    return found, erased


def _close(ledger: weakref.ref[SqliteLedger]) -> None:
    living = ledger()
    if living is not None:
        living.close()
