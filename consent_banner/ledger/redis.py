"""The ledger of a fleet: every receipt is durable in the local file first, and flows together in Redis behind it."""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from ..consent import Receipt, iso
from ..errors import LedgerError
from . import archive, tables
from .account_shelf import FleetAccounts
from .background import Ticker
from .drain import Drainer, Turn
from .line import Line
from .protocol import Document, Status
from .remote import Connector, Masters
from .rows import receipt_of, table, violations_table
from .shelves import TIMELESS
from .spool import Spool
from .sqlite import SqliteLedger

T = TypeVar("T")

_CHAIN_SECONDS = 1.0
_LONGEST_CHAIN = 1000
_LINKED_CHAIN = 20
_DRAINER_SILENCE = 3.0


class RedisLedger(SqliteLedger):
    """No request waits for Redis: writing is the local file's, reading asks Redis for what the file lacks, briefly."""

    def __init__(self, path: str, connector: Connector, retention_days: int = 1095) -> None:
        super().__init__(path, retention_days)
        self._line = Line(connector, connecting=0.5, reading=2.0, pause=0.0)
        self._quick = Line(connector, connecting=0.2, reading=0.4, pause=3.0)
        self._spool = Spool(self._store, self._writer)
        self._turn = Turn(f"{path}-lock")
        self.accounts: FleetAccounts = FleetAccounts(self._store, self._writer, self._quick)
        self._drainer = Drainer(self._spool, self.accounts, self._line, self._turn, self._retention)
        self._carrier = Ticker("consent-ledger-drainer", self._drainer.round, 1.0)

    def append(self, receipt: Receipt, documents: Sequence[Document] = ()) -> None:
        """Keep a receipt and its documents, durable here on return; Redis has them some seconds later."""
        self._carrier.start()
        super().append(receipt, documents)

    def append_later(self, receipt: Receipt, documents: Sequence[Document] = ()) -> bool:
        """Keep a refusal's receipt now, or as soon as the file takes it. Never raises."""
        self._carrier.start()
        return super().append_later(receipt, documents)

    def erase(self, receipts: Iterable[uuid.UUID], *, with_chain: bool = True) -> int:
        """Remove receipts and their chains, and what accounts chose with them, as Redis knows them."""
        wanted = list(receipts)
        chains = [self.chain(newest, _LINKED_CHAIN if with_chain else 1) for newest in wanted]
        names = self.accounts.names_of({*wanted, *(one.receipt for chain in chains for one in chain)})
        found = super().erase(wanted, with_chain=with_chain)
        if names:
            self.accounts.erase(names)
        return found

    def chain(self, newest: uuid.UUID, limit: int = 1000) -> list[Receipt]:
        """One visitor's receipts, newest first: the file's, and Redis's where the file lacks one and Redis answers."""
        return self._follow(newest, limit, self._anywhere())

    def document(self, kind: str, key: str) -> bytes | None:
        """A document's body, from here or else from Redis, or None."""
        found = super().document(kind, key)
        return found if found is not None else self._asked(lambda masters: archive.document(masters, kind, key), None)

    def documents(self, kind: str) -> dict[str, bytes]:
        """All documents of a kind, by key: Redis's too, when it answers."""
        return {**self._asked(lambda masters: archive.documents(masters, kind), {}), **super().documents(kind)}

    def export(self) -> Iterator[Receipt]:
        """Every receipt of the fleet, oldest first, each once. Raises LedgerUnavailable when Redis is away."""
        last = b""
        for receipt, body, is_here in heapq.merge(self._here(), self._there(), self._timeless()):
            if receipt != last and (is_here or self._body(uuid.UUID(bytes=receipt)) != ""):
                last = receipt
                yield receipt_of(body)

    def prune(self, before: datetime) -> int:
        """Remove the receipts given before a time, here and in Redis. Raises LedgerUnavailable when that is away."""
        unsent = self._spool.unsent(before)
        removed = self._line.use(lambda masters: archive.prune(masters, iso(before)))
        super().prune(before)
        return removed + unsent

    def statistics(self) -> list[dict[str, Any]]:
        """What was chosen in the whole fleet, some seconds behind; on this machine alone while Redis is away."""
        return table(self._fleets_counters())

    def violations(self) -> list[dict[str, Any]]:
        """What browsers reported as held back, to the whole fleet; to this machine alone while Redis is away."""
        return violations_table(self._fleets_counters())

    def status(self) -> Status:
        """How the ledger is doing. Redis being away does not make it less ready."""
        here = super().status()
        return dataclasses.replace(here, redis="up" if self._is_up() else "down", spool=self._spooled())

    def start(self) -> None:
        """Let draining, retries and retention go on without traffic."""
        super().start()
        self._carrier.start()

    def close(self) -> None:
        """Write what waits in memory, and let another process drain. What Redis lacks goes on waiting in the file."""
        self._carrier.stop()
        super().close()
        self._turn.release()

    def _anywhere(self) -> tables.Elsewhere:
        """Look a receipt up here, and then in Redis, for a second in all."""
        deadline = time.monotonic() + _CHAIN_SECONDS

        def look_up(receipt: uuid.UUID) -> str | None:
            body = self._body(receipt)
            if body is None and time.monotonic() < deadline:
                return self._asked(lambda masters: archive.body(masters, receipt), None)
            return body

        return look_up

    def _elsewhere(self, receipts: Iterable[uuid.UUID], with_chain: bool) -> tables.Elsewhere:
        found: dict[uuid.UUID, str | None] = {}
        look_up = self._anywhere()

        def remember(receipt: uuid.UUID) -> str | None:
            found[receipt] = look_up(receipt)
            return found[receipt]

        for newest in receipts:
            self._follow(newest, _LONGEST_CHAIN if with_chain else 1, remember)
        return lambda receipt: self._waiting.find(receipt) or found.get(receipt)

    def _asked(self, work: Callable[[Masters], T], otherwise: T) -> T:
        """What Redis says, or something else when it is away."""
        try:
            return self._quick.use(work)
        except LedgerError:
            return otherwise

    def _fleets_counters(self) -> dict[tuple[str, str], int]:
        here = self._counters()
        return self._asked(archive.counters, here)

    def _here(self) -> Iterator[tuple[bytes, str, bool]]:
        return ((receipt, body, True) for receipt, body in self._rows("receipts", "body"))

    def _there(self) -> Iterator[tuple[bytes, str, bool]]:
        for day in self._line.use(archive.days):
            if day != TIMELESS:
                yield from self._day(day)

    def _timeless(self) -> Iterator[tuple[bytes, str, bool]]:
        yield from self._day(TIMELESS)

    def _day(self, day: str) -> Iterator[tuple[bytes, str, bool]]:
        for receipt, body in self._line.use(lambda masters: archive.receipts(masters, day)):
            yield receipt, body, False

    def _is_up(self) -> bool:
        """As the drainer found it in the last seconds; without one, by asking."""
        if self._line.silence() < _DRAINER_SILENCE:
            return not self._line.away
        return self._quick.look()

    def _spooled(self) -> int:
        with contextlib.suppress(LedgerError):
            return self._spool.number()
        return 0

    def _daily(self) -> None:
        """Redis lets its receipts expire by itself; the file lets go of those that have long been there."""
        super()._daily()
        self._spool.forget()
