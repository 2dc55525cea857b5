"""One line to Redis, which knows when it is cut and then leaves off for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ..errors import LedgerUnavailable
from .background import watch_forks
from .remote import REDIS_ERRORS, Connector, Masters

T = TypeVar("T")


class Line:
    """Connects when first used, in every process anew. `pause` is how many seconds a cut line is left alone."""

    away: bool
    trouble: str
    _masters: Masters | None
    _tried: float

    def __init__(self, connector: Connector, *, connecting: float, reading: float, pause: float) -> None:
        self._connector, self._waits, self._pause = connector, (connecting, reading), pause
        self.after_fork(child=True)
        watch_forks(self)

    def use(self, work: Callable[[Masters], T]) -> T:
        """The result of some work with Redis. Raises LedgerUnavailable when Redis is away, at once if it just was."""
        if self.away and self.silence() < self._pause:
            raise LedgerUnavailable("Redis is away")
        if self.away:
            self._tried = time.monotonic()  # One tries whether it is back; the others need not wait for that too.
        masters = self._masters = self._masters or self._connector(*self._waits)
        try:
            result = work(masters)
        except REDIS_ERRORS as error:
            self._cut(masters, error)
            raise LedgerUnavailable(f"Redis is away: {self.trouble}") from None
        self.away, self._tried = False, time.monotonic()
        return result

    def look(self) -> bool:
        """Whether Redis answers."""
        try:
            self.use(lambda masters: [client.ping() for client in masters.all()])
        except LedgerUnavailable:
            return False
        return True

    def silence(self) -> float:
        """How many seconds ago it was last known whether Redis is there."""
        return time.monotonic() - self._tried

    def before_fork(self) -> None:
        """Nothing to put down: the sockets stay the parent's."""

    def after_fork(self, child: bool) -> None:
        """In a child, connect afresh."""
        if child:
            self._masters = None
            self._tried = float("-inf")
            self.away, self.trouble = False, ""

    def _cut(self, masters: Masters, error: Exception) -> None:
        self._tried = time.monotonic()
        self.away, self.trouble = True, type(error).__name__  # No more than its name: a message might quote an address.
        masters.renew()
