"""The drainer: carries what the local file holds to Redis, one process per file, killed at any moment without harm."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import uuid
from collections.abc import Sequence
from datetime import timedelta

from ..errors import LedgerUnavailable
from . import shelves
from .account_shelf import FleetAccounts
from .background import logger, watch_forks
from .line import Line
from .remote import REDIS_ERRORS, Masters
from .spool import Spool

_OVERLAP_SECONDS = 900


class Turn:
    """An advisory lock beside the file. The kernel hands it on when its holder dies, however it dies."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: int | None = None
        watch_forks(self)

    def taken(self) -> bool:
        """Whether it is this process's turn; tries to make it so."""
        if self._descriptor is None:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
            else:
                self._descriptor = descriptor
        return self._descriptor is not None

    def release(self) -> None:
        """Let another process have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def before_fork(self) -> None:
        """Nothing to put down: the parent keeps its turn."""

    def after_fork(self, child: bool) -> None:
        """A child closes its copy, or it would hold the parent's turn beyond the parent's death."""
        if child:
            self.release()


class Drainer:
    """Does one round at a time: all that waits, each part marked only after Redis confirmed it."""

    def __init__(self, spool: Spool, accounts: FleetAccounts, line: Line, turn: Turn, retention: timedelta) -> None:
        self._spool, self._accounts, self._line = spool, accounts, line
        self._turn, self._retention = turn, retention
        self._said_away = False
        self._seen = 0.0
        self._days: set[str] = set()

    def round(self) -> None:
        """Drain, or only look after Redis where another process drains."""
        if not self._turn.taken():
            self._line.look()
            return
        with contextlib.suppress(LedgerUnavailable):  # Redis or the file is away: everything goes on waiting.
            self._line.use(self._drain)
        self._say()

    def _drain(self, masters: Masters) -> None:
        """Every part on its own, so that a master that is away holds up no more than what is its own."""
        self._look_for_losses(masters)
        failed: Exception | None = None
        parts = (self._receipts, self._tombstones, self._learn_erasures, self._accounts.carry, self._documents)
        for part in (*parts, self._counted):
            try:
                part(masters)
            except REDIS_ERRORS as error:
                failed = error
        if failed:
            raise failed

    def _look_for_losses(self, masters: Masters) -> None:
        found, known = shelves.identities(masters), self._spool.known_masters()
        if known and found - known:
            self._days.clear()
            self._spool.send_again()
            self._accounts.send_again()
        if not known or found - known:
            self._spool.note_masters(found)

    def _learn_erasures(self, masters: Masters) -> None:
        question = ("ZRANGEBYSCORE", shelves.ERASED, self._seen - _OVERLAP_SECONDS, "+inf", "WITHSCORES")
        [answer] = shelves.ask(masters, [question])
        self._spool.follow(shelves.announced(member) for member in answer[::2])
        self._seen = max(self._seen, *map(float, answer[1::2]), 0.0)

    def _documents(self, masters: Masters) -> None:
        while documents := self._spool.documents():
            for parcel in shelves.delivered(masters, [shelves.document_parcel(one) for one in documents]):
                self._spool.mark_document(parcel.carries)

    def _counted(self, masters: Masters) -> None:
        counted = self._spool.counted()
        if counted:
            self._list(masters, {day for day, _, _ in counted})
            file = self._spool.file()
            for parcel in shelves.delivered(masters, [shelves.counted_parcel(*each, file) for each in counted]):
                self._spool.mark_counted(*parcel.carries)

    def _tombstones(self, masters: Masters) -> None:
        while tombstones := self._spool.tombstones():
            self._erase(masters, tombstones)

    def _erase(self, masters: Masters, tombstones: Sequence[tuple[bytes, int]]) -> None:
        # Predecessors that only Redis holds are looked up first: once a receipt is empty there, they are out of reach.
        chained = [uuid.UUID(bytes=receipt) for receipt, follows in tombstones if follows]
        questions = [("HGET", shelves.receipts_key(*shelves.place_of(one)), str(one)) for one in chained]
        bodies = [body for body in shelves.ask(masters, questions) if body]
        self._spool.bury(uuid.UUID(previous) for body in bodies if (previous := json.loads(body)["previous"]))
        shelves.delivered(masters, [shelves.announcement(tombstones)])
        for parcel in shelves.delivered(masters, list(shelves.erase_parcels(tombstones, self._retention))):
            arrived = set(parcel.carries)
            self._spool.mark_tombstones(one for one in tombstones if one[0] in arrived)

    def _receipts(self, masters: Masters) -> None:
        """All receipts that wait. Where a part of a cluster is away, the other parts still get theirs."""
        failed: Exception | None = None
        rows = self._spool.receipts()
        while rows:
            content = [(receipt, body) for receipt, body, _ in rows]
            days = {shelves.place_of(uuid.UUID(bytes=receipt))[0] for receipt, _ in content}
            self._list(masters, days)
            confirmed, error = shelves.deliver(masters, list(shelves.append_parcels(content, self._retention)))
            self._spool.mark_receipts([receipt for parcel in confirmed for receipt in parcel.carries])
            failed = error or failed
            rows = self._spool.receipts((rows[-1][2], rows[-1][0])) if confirmed else []
        if failed:
            raise failed

    def _list(self, masters: Masters, days: set[str]) -> None:
        """Have days listed, by which export and statistics find them, before anything is put there."""
        if fresh := days - self._days:
            shelves.delivered(masters, [shelves.days_parcel(fresh)])
            self._days |= fresh

    def _say(self) -> None:
        """One line when Redis goes away, and one when it returns."""
        away = self._line.away
        if away and not self._said_away:
            logger.warning("Redis is away (%s); receipts wait in the local file", self._line.trouble)
        elif self._said_away and not away:
            logger.warning("Redis is back")
        self._said_away = away
