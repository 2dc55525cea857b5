"""The ledger's file: its tables, and a connection to it that keeps what it is told to keep."""

from __future__ import annotations

import secrets
import sqlite3
import time

BUSY_SECONDS = 1.2
_APPLICATION = 0x434F4E53

# `drained`: 0 waits for Redis, -1 is to be sent to it again, anything else is when it was there (seconds since 1970).
_RECEIPTS = """
CREATE TABLE receipts (
    id BLOB PRIMARY KEY, given INTEGER NOT NULL, body TEXT NOT NULL, drained INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX receipts_drained ON receipts (drained);
CREATE TABLE tombstones (
    id BLOB PRIMARY KEY, given INTEGER NOT NULL, chained INTEGER NOT NULL, drained INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX tombstones_drained ON tombstones (drained);
CREATE TABLE documents (
    kind TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, drained INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE counters (
    day TEXT NOT NULL, label TEXT NOT NULL, number INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, label)
) WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

# An account is a keyed name; one that was erased has an empty body. `at` is in milliseconds since 1970,
# `ends` and `until` are in seconds.
_ACCOUNTS = """
CREATE TABLE accounts (
    name BLOB PRIMARY KEY, at INTEGER NOT NULL, ends INTEGER NOT NULL, body TEXT NOT NULL,
    drained INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX accounts_drained ON accounts (drained);
CREATE TABLE account_links (
    receipt BLOB PRIMARY KEY, name BLOB NOT NULL, at INTEGER NOT NULL, granted TEXT NOT NULL, until INTEGER NOT NULL,
    ends INTEGER NOT NULL, drained INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX account_links_name ON account_links (name);
CREATE INDEX account_links_drained ON account_links (drained);
"""

# A file of version N has had the first N steps. Steps are added, and never changed.
_STEPS = (_RECEIPTS, _ACCOUNTS)
_VERSION = len(_STEPS)


class ForeignFile(sqlite3.DatabaseError):
    """The file is a database, but no ledger that this version can read."""


def connect(path: str) -> sqlite3.Connection:
    """Open the ledger's file, made if it is missing: in WAL mode, fsynced at every commit, no implicit transactions."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        _settle(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def is_busy(error: sqlite3.Error) -> bool:
    """Say whether somebody else is merely writing just now, so that the same thing may go through later."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _settle(connection: sqlite3.Connection) -> None:
    version = _version(connection)
    _wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # An erased receipt leaves no bytes behind in free pages.
    if version < _VERSION:
        _bring_up(connection)


def _version(connection: sqlite3.Connection) -> int:
    """How many steps the file has had: none, when it is fresh."""
    version, application, tables = _identity(connection)
    if application == _APPLICATION and version > _VERSION:
        raise ForeignFile("it was written by a newer version of consent-banner")
    if application == _APPLICATION:
        return version
    if version or tables:
        raise ForeignFile("it is the database of something else")
    return 0


def _identity(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """What the file says it is, all of one moment: another worker may be making its tables just now."""
    within = connection.in_transaction
    if not within:
        connection.execute("BEGIN")
    try:
        queries = ("PRAGMA user_version", "PRAGMA application_id", "SELECT count(*) FROM sqlite_master")
        version, application, tables = (connection.execute(query).fetchone()[0] for query in queries)
    finally:
        if not within:
            connection.execute("COMMIT")
    return version, application, tables


def _wal(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:  # Changing the mode does not wait for its turn by itself.
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    if mode != "wal":
        raise ForeignFile("its file system allows no write-ahead log (a network share?)")


def _bring_up(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        _take_steps(connection, _version(connection))  # Another process may have been first.
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _take_steps(connection: sqlite3.Connection, taken: int) -> None:
    for statement in "".join(_STEPS[taken:]).split(";"):
        connection.execute(statement)
    if not taken:
        connection.execute("INSERT INTO marks VALUES ('file', ?)", (secrets.token_hex(8),))
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {_VERSION}")
