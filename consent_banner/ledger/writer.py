"""One writer per process, who commits once for all who wait.

Threads that each fsync their own commit starve one another (a p99 of half a second with sixteen). Here they hand in
entries; one thread takes all that have gathered, writes them in one transaction, and tells each how it went.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import LedgerUnavailable
from . import tables
from .background import logger, spawn, watch_forks
from .rows import Row
from .schema import is_busy
from .store import Store

Work = Callable[[sqlite3.Connection], Any]

_PATIENCE = 1.0
_GRACE = 0.4
_MOST_AT_ONCE = 512
# Asked for again and again, in short steps: SQLite's own waiting sleeps longer each time, and late comers overtake it.
_TURN_MILLISECONDS = 2


class Entry:
    """Something to be written: a receipt's row, or any other piece of work inside the transaction.

    Two flags can each be taken once. Whoever takes the first decides whether it is written at all: the writer, or the
    waiter who gives up. Whoever takes the second decides whether it stands: the writer after the commit, or the waiter.
    """

    __slots__ = ("_claimed", "_done", "_settled", "error", "result", "row", "work")

    def __init__(self, *, row: Row | None = None, work: Work | None = None) -> None:
        self.row, self.work = row, work
        self.result: Any = None
        self.error: BaseException | None = None
        self._claimed, self._settled, self._done = threading.Lock(), threading.Lock(), threading.Lock()
        self._done.acquire()

    @property
    def given_up(self) -> bool:
        """Whether its waiter went away before it was written."""
        return self._claimed.locked()

    def claim(self) -> bool:
        """Take the decision whether it is written; False when it was taken before."""
        return self._claimed.acquire(blocking=False)

    def settle(self) -> bool:
        """Take the decision whether it stands; False when it was taken before."""
        return self._settled.acquire(blocking=False)

    def tell(self) -> None:
        """Wake the waiter."""
        self._done.release()

    def outcome(self, patience: float, grace: float) -> Any:
        """Wait for the result. Raises LedgerUnavailable in time, and then the entry is never written, or undone."""
        if not self._done.acquire(timeout=patience) and (self.claim() or self._disown(grace)):
            raise LedgerUnavailable("the ledger's file is busy or too slow")
        if self.error is not None:
            raise LedgerUnavailable(f"the ledger's file cannot be written: {self.error}") from self.error
        return self.result

    def _disown(self, grace: float) -> bool:
        """Wait a little for a commit under way; True when it is to be undone, False when it is through."""
        return not self._done.acquire(timeout=grace) and self.settle()


class Writer:
    """Takes entries from any thread; its own thread begins with the first one, in every process anew."""

    _entries: queue.SimpleQueue[Entry | None]
    _gathered: list[Entry]
    _undone: list[Row]
    _starting: threading.Lock
    _thread: threading.Thread | None

    def __init__(self, store: Store) -> None:
        self._store = store
        self._renew()
        watch_forks(self)

    def append(self, row: Row, patience: float = _PATIENCE, grace: float = _GRACE) -> None:
        """Write a receipt. Returns once it is durable, raises LedgerUnavailable otherwise."""
        self._hand_in(Entry(row=row)).outcome(patience, grace)

    def do(self, work: Work, patience: float = _PATIENCE, grace: float = _GRACE) -> Any:
        """Do a piece of work inside a transaction of its neighbours, and return its result once that is durable."""
        return self._hand_in(Entry(work=work)).outcome(patience, grace)

    def close(self) -> None:
        """Write what was handed in, and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._entries.put(None)
            thread.join(3)

    def before_fork(self) -> None:
        """Nothing to put down: the store closes the connection between two commits."""

    def after_fork(self, child: bool) -> None:
        """In a child, begin anew: what was handed in belongs to the parent."""
        if child:
            self._renew()

    def _renew(self) -> None:
        self._entries = queue.SimpleQueue()
        self._gathered, self._undone = [], []
        self._starting = threading.Lock()
        self._thread = None

    def _hand_in(self, entry: Entry) -> Entry:
        self._entries.put(entry)
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = spawn("consent-ledger-writer", self._run)
        return entry

    def _run(self) -> None:
        while self._gather():
            try:
                self._round()
            except BaseException as error:
                if not (isinstance(error, sqlite3.Error) and is_busy(error)):  # Else the same ones try again.
                    self._refuse(error)

    def _gather(self) -> bool:
        """Wait for an entry, or go on with those that found the file busy; False when it is time to end."""
        self._gathered = [entry for entry in self._gathered if not entry.given_up]
        if not self._gathered:
            entry = self._entries.get()
            if entry is None:
                return False
            self._gathered.append(entry)
        return True

    def _round(self) -> None:
        with self._store.writing() as connection:
            connection.execute(f"PRAGMA busy_timeout = {_TURN_MILLISECONDS}")
            connection.execute("BEGIN IMMEDIATE")
            batch: list[Entry] = []
            try:
                batch = self._take()
                tables.uncount(connection, self._undone)
                _write(connection, batch)
                connection.execute("COMMIT")
            except BaseException as error:
                _roll_back(connection)
                _tell(batch, error)
                raise
        self._undone = [entry.row for entry in batch if not entry.settle() and entry.row is not None]
        _tell(batch, None)
        if self._undone:
            self._undo()

    def _take(self) -> list[Entry]:
        try:
            while len(self._gathered) < _MOST_AT_ONCE:
                entry = self._entries.get_nowait()
                if entry is None:
                    self._entries.put(None)
                    break
                self._gathered.append(entry)
        except queue.Empty:
            pass
        batch, self._gathered = [entry for entry in self._gathered if entry.claim()], []
        return batch

    def _undo(self) -> None:
        """Take back what was written after its waiter had been told that it was not."""
        try:
            with self._store.writing() as connection, connection:
                connection.execute("BEGIN IMMEDIATE")
                tables.uncount(connection, self._undone)
            self._undone = []
        except sqlite3.Error:
            logger.warning("receipts that were refused for lateness are in the file, and will be removed")

    def _refuse(self, error: BaseException) -> None:
        """Tell all who wait now that it cannot be done, rather than let each find out."""
        refused, self._gathered = [entry for entry in self._gathered if entry.claim()], []
        _tell(refused, error)


def _write(connection: sqlite3.Connection, batch: Sequence[Entry]) -> None:
    tables.insert(connection, [entry.row for entry in batch if entry.row is not None])
    for entry in batch:
        if entry.work is not None:
            entry.result = entry.work(connection)


def _tell(batch: Sequence[Entry], error: BaseException | None) -> None:
    for entry in batch:
        entry.error = error
        entry.tell()


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
