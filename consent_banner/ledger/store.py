"""The connections of one process to one ledger file: one that writes, one that reads, none that a fork inherits."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import LedgerUnavailable
from .background import watch_forks
from .schema import connect, is_busy


class Seat:
    """One connection, and the lock of whoever uses it. Opened when needed, and again when its file was replaced."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._held = False
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    @contextmanager
    def taken(self) -> Iterator[sqlite3.Connection]:
        """The connection, for the caller alone. After an error that is more than a busy file it is opened afresh."""
        with self._lock:
            try:
                yield self._connected()
            except sqlite3.Error as error:
                if not is_busy(error):
                    self.close()
                raise

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def hold(self) -> None:
        """Wait for the user, then close, and stay closed until `release`: no connection may be open in a fork.

        SQLite's file locks do not pass to a child, but its memory of holding them does.
        """
        self._held = self._lock.acquire(timeout=5)
        if self._held:
            self.close()

    def release(self) -> None:
        """Let users in again."""
        if self._held:
            self._held = False
            self._lock.release()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None or self._file != _identity(self._path):
            self.close()
            self._connection = connect(self._path)
            self._file = _identity(self._path)
        return self._connection


class Store:
    """One ledger file, as this process sees it. Reading does not wait for writing."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._writer, self._reader = Seat(path), Seat(path)
        watch_forks(self)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The one writing connection."""
        with self._writer.taken() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The one reading connection, for a short query. Raises LedgerUnavailable where the file cannot be read."""
        try:
            with self._reader.taken() as connection:
                yield connection
        except sqlite3.Error as error:
            raise LedgerUnavailable(f"the ledger's file cannot be read: {error}") from error

    def checkpoint(self) -> None:
        """Empty the write-ahead log into the file, so that no erased receipt is left in it, unless readers are busy."""
        with contextlib.suppress(sqlite3.Error), self.writing() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        for seat in (self._writer, self._reader):
            seat.hold()
            seat.release()

    def before_fork(self) -> None:
        """Close, so that a child inherits no connection."""
        self._writer.hold()
        self._reader.hold()

    def after_fork(self, child: bool) -> None:
        """Open again when next used."""
        if child:
            self._writer, self._reader = Seat(self.path), Seat(self.path)
        else:
            self._writer.release()
            self._reader.release()


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
