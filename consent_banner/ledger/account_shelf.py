"""The choices of accounts in a fleet: written to the local file first, carried to Redis, read from wherever is newer.

In Redis an account is one hash, by its keyed name: the newest choice, and which receipts have to do with it. Each of
these has a key of its own, by which any machine finds the account of a browser.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import LedgerUnavailable
from ..linking import Names
from . import shelves
from .accounts import FileAccounts
from .line import Line
from .protocol import Link
from .remote import Masters
from .shelves import Parcel
from .spool import KEPT_SECONDS
from .store import Store
from .writer import Writer

_SLICE = 200
_ITS_LINK = "link:"

# The newest is kept, whichever comes first; what was erased, whole, stays away.
_NEWEST = """
local known = redis.call('HGET', KEYS[1], 'at')
if known and tonumber(known) >= tonumber(ARGV[1]) then return 0 end
if ARGV[3] == '' then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'at', ARGV[1], 'body', ARGV[3])
return redis.call('EXPIREAT', KEYS[1], ARGV[2])
"""


_LIST = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIREAT', KEYS[1], ARGV[3]) end
return 1
"""


class FleetAccounts(FileAccounts):
    """Accounts in the local file and in Redis. No visitor waits for Redis longer than for a short question."""

    def __init__(self, store: Store, writer: Writer, quick: Line) -> None:
        super().__init__(store, writer)
        self._quick = quick

    def link(self, receipt: uuid.UUID) -> Link | None:
        """Which account a receipt has to do with, as this file knows, or else Redis, when it answers."""
        return super().link(receipt) or self._asked(receipt)

    def names_of(self, receipts: Iterable[uuid.UUID]) -> Names:
        """The accounts that receipts have to do with."""
        links = [self.link(receipt) for receipt in receipts]
        return tuple({link.name for link in links if link})

    def carry(self, masters: Masters) -> None:
        """Bring what waits to Redis. Raises an error of Redis where that fails; then it goes on waiting."""
        while rows := self._waiting("accounts", "name, at, ends, body"):
            self._forget_links(masters, [name for name, _, _, body in rows if not body])
            for parcel in shelves.delivered(masters, [_choice_parcel(*row) for row in rows]):
                self._do("UPDATE accounts SET drained = ? WHERE name = ? AND at = ?", _now(), *parcel.carries)
        while rows := self._waiting("account_links", "receipt, name, at, granted, until, ends"):
            links = [Link(uuid.UUID(bytes=row[0]), *row[1:]) for row in rows]
            shelves.delivered(masters, [_listing_parcel(link) for link in links])
            query = "UPDATE account_links SET drained = ? WHERE receipt = ? AND name = ? AND at = ? AND until = ?"
            for parcel in shelves.delivered(masters, [_link_parcel(link) for link in links]):
                self._do(query, _now(), *parcel.carries)

    def send_again(self) -> None:
        """Let everything wait again that went to Redis in the last days: its master may have lost some of it."""
        since = _now() - KEPT_SECONDS
        for source in ("accounts", "account_links"):
            self._do(f"UPDATE {source} SET drained = -1 WHERE drained > {since}")

    def _row(self, name: bytes) -> tuple[int, str] | None:
        here = super()._row(name)
        try:
            [found] = self._quick.use(lambda masters: shelves.ask(masters, [("HMGET", _key(name), "at", "body")]))
        except LedgerUnavailable:
            return here
        there = (int(found[0]), str(found[1], "utf-8")) if found[0] is not None else None
        return max(here, there) if here and there else here or there

    def _asked(self, receipt: uuid.UUID) -> Link | None:
        try:
            [found] = self._quick.use(lambda masters: shelves.ask(masters, [("GET", _link_key(receipt))]))
        except LedgerUnavailable:
            return None
        if found is None:
            return None
        name, *rest = json.loads(found)
        return Link(receipt, bytes.fromhex(name), *rest)

    def _forget_links(self, masters: Masters, erased: Sequence[bytes]) -> None:
        """Take away the keys of an erased account's receipts, while Redis still knows which they are."""
        fields = shelves.ask(masters, [("HKEYS", _key(name)) for name in erased])
        texts = [str(field, "ascii") for some in fields for field in some]
        keys = [_link_key(uuid.UUID(text[len(_ITS_LINK) :])) for text in texts if text.startswith(_ITS_LINK)]
        shelves.delivered(masters, [Parcel(key, [("DEL", key)], None) for key in keys])

    def _waiting(self, source: str, columns: str) -> list[Any]:
        query = f"SELECT {columns} FROM {source} WHERE drained <= 0 LIMIT {_SLICE}"
        with self._store.reading() as connection:
            return connection.execute(query).fetchall()

    def _do(self, query: str, *values: Any) -> None:
        self._writer.do(lambda connection: connection.execute(query, values))


def _now() -> int:
    return int(time.time())


def _key(name: bytes) -> str:
    return f"consent:{{account:{name.hex()}}}"


def _link_key(receipt: uuid.UUID) -> str:
    return f"consent:{{link:{receipt}}}"


def _choice_parcel(name: bytes, at: int, ends: int, body: str) -> Parcel[tuple[Any, ...]]:
    return Parcel(_key(name), [("EVAL", _NEWEST, 1, _key(name), at, ends, body)], (name, at))


def _listing_parcel(link: Link) -> Parcel[None]:
    key = _key(link.name)
    return Parcel(key, [("EVAL", _LIST, 1, key, f"{_ITS_LINK}{link.receipt}", link.at, link.ends)], None)


def _link_parcel(link: Link) -> Parcel[tuple[Any, ...]]:
    key, value = _link_key(link.receipt), json.dumps([link.name.hex(), *link[2:]], separators=(",", ":"))
    commands = [("SET", key, value), ("EXPIREAT", key, link.ends)]
    return Parcel(key, commands, (link.receipt.bytes, link.name, link.at, link.until))
