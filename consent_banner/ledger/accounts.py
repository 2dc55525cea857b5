"""The choices of accounts, in the ledger's file: by a keyed name, the newest of each, and which receipts were theirs.

The file knows no subject: a name is an HMAC (`linking.py`). What was erased leaves an empty body, for Redis to follow.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterable, Sequence
from functools import partial

from ..account import AccountChoice
from ..linking import Names
from . import tables
from .protocol import Link
from .store import Store
from .writer import Writer

_ERASED_SECONDS = 400 * 86_400
_SLICE = 500
_PATIENCE, _GRACE = 0.5, 0.2


class FileAccounts:
    """Accounts in one ledger file. Every method raises LedgerUnavailable where the file cannot do it."""

    def __init__(self, store: Store, writer: Writer) -> None:
        self._store, self._writer = store, writer

    def read(self, names: Names) -> AccountChoice | None:
        """The newest choice under any of an account's names; None where there is none, or it was erased."""
        found = [row for name in names if (row := self._row(name))]
        at, body = max(found, default=(0, ""))
        return AccountChoice.from_json(at, json.loads(body)) if body else None

    def link(self, receipt: uuid.UUID) -> Link | None:
        """Which account a receipt has to do with, if any."""
        query = "SELECT name, at, granted, until, ends FROM account_links WHERE receipt = ?"
        with self._store.reading() as connection:
            row = connection.execute(query, (receipt.bytes,)).fetchone()
        return Link(receipt, *row) if row else None

    def keep(self, name: bytes, choice: AccountChoice | None, link: Link | None) -> None:
        """Keep an account's choice, unless it has a newer one, and a link."""
        self._writer.do(lambda connection: _keep(connection, name, choice, link), _PATIENCE, _GRACE)

    def leave(self, receipt: uuid.UUID) -> None:
        """Let what is chosen after a receipt be the browser's alone: its visitor signed out."""
        link = self.link(receipt)
        if link is not None and link.until:
            self.keep(link.name, None, link._replace(until=0))

    def erase(self, names: Names) -> bool:
        """Erase an account's choice and its links for good. Returns whether there was one here."""
        known = self.read(names) is not None
        self._writer.do(lambda connection: _erase(connection, names))
        return known

    def prune(self, now: int) -> None:
        """Remove what ended before a time (seconds since 1970)."""
        for source, key in (("accounts", "name"), ("account_links", "receipt")):
            some = f"SELECT {key} FROM {source} WHERE ends < {now} LIMIT {_SLICE}"
            query = f"DELETE FROM {source} WHERE {key} IN ({some})"
            while self._writer.do(partial(_changed, query=query)):
                pass

    def _row(self, name: bytes) -> tuple[int, str] | None:
        with self._store.reading() as connection:
            row: tuple[int, str] | None = connection.execute(
                "SELECT at, body FROM accounts WHERE name = ?", (name,)
            ).fetchone()
        return row


def erase_linked(connection: sqlite3.Connection, receipts: Iterable[uuid.UUID]) -> None:
    """Erase the accounts that erased receipts have to do with: no choice outlives its proof."""
    for some in tables.sliced(receipts, _SLICE):
        query = f"SELECT DISTINCT name FROM account_links WHERE receipt IN ({tables.marks(some)})"
        found = connection.execute(query, [receipt.bytes for receipt in some]).fetchall()
        _erase(connection, [name for (name,) in found])


def drop_linked(connection: sqlite3.Connection, receipts: Iterable[uuid.UUID]) -> None:
    """Let go of the same, where another machine erased it and tells Redis so itself."""
    for some in tables.sliced(receipts, _SLICE):
        query = f"SELECT name FROM account_links WHERE receipt IN ({tables.marks(some)})"
        values = [receipt.bytes for receipt in some]
        connection.execute(f"DELETE FROM accounts WHERE drained > 0 AND name IN ({query})", values)
        connection.execute(f"DELETE FROM account_links WHERE receipt IN ({tables.marks(some)})", values)


def now_ms() -> int:
    """The server's time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _keep(connection: sqlite3.Connection, name: bytes, choice: AccountChoice | None, link: Link | None) -> None:
    if choice is not None:
        body = json.dumps(choice.as_json(), separators=(",", ":"))
        connection.execute(_NEWEST, (name, choice.at, int(choice.ends.timestamp()), body))
    if link is not None:
        values: Sequence[object] = (link.receipt.bytes, *link[1:])
        connection.execute(
            "INSERT INTO account_links (receipt, name, at, granted, until, ends) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (receipt) DO UPDATE SET name = excluded.name, at = excluded.at, granted = excluded.granted, "
            "until = excluded.until, ends = excluded.ends, drained = 0",
            values,
        )


def _erase(connection: sqlite3.Connection, names: Iterable[bytes]) -> None:
    for name in names:
        connection.execute("DELETE FROM account_links WHERE name = ?", (name,))
        connection.execute(_ERASED, (name, now_ms(), int(time.time()) + _ERASED_SECONDS))


def _changed(connection: sqlite3.Connection, query: str) -> int:
    return connection.execute(query).rowcount


_NEWEST = (
    "INSERT INTO accounts (name, at, ends, body) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
    "at = excluded.at, ends = excluded.ends, body = excluded.body, drained = 0 WHERE excluded.at > accounts.at"
)
_ERASED = (
    "INSERT INTO accounts (name, at, ends, body) VALUES (?, ?, ?, '') ON CONFLICT (name) DO UPDATE SET "
    "at = max(accounts.at + 1, excluded.at), ends = excluded.ends, body = '', drained = 0"
)
