"""How often one client address may grant, or read receipts. Addresses are kept hashed, and only while they count."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import math
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from limits import RateLimitItem
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger("consent_banner.limiting")
PAUSE = 5.0  # Seconds for which a Redis that failed is left alone.
PATIENCE = 0.3  # Seconds that one request waits for it.
_OPTIONS: Mapping[str, Any] = {
    "socket_timeout": 0.25,
    "socket_connect_timeout": 0.25,
    "retry": Retry(NoBackoff(), 0),
}


class RateLimiter:
    """Counts in Redis, over all workers, where the ledger is Redis; in this process alone while Redis is away.

    By counters that end with their window: the library's list of moments would keep every address for good.
    """

    def __init__(self, limits: Sequence[RateLimitItem], ledger_url: str, key: str) -> None:
        self._limits = tuple(limits)
        self._url = ledger_url if not ledger_url.startswith("sqlite:") else None
        self._key = key.encode()
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared: SlidingWindowCounterRateLimiter | None = None
        self._not_before = 0.0

    def wait(self, kind: str, address: str | None) -> int:
        """Count one call of a kind from an address. Returns 0 where it may go on, else the seconds to wait."""
        if not self._limits:
            return 0
        who = self._hashed(address or "unknown")
        limiter = self._over_all_workers()
        if limiter is not None:
            try:
                return self._hit(limiter, kind, who)
            except Exception:  # Whatever the driver raises: a limiter that is down must not take the service along.
                log.warning("rate limits are counted per process while Redis is away")
                self._shared, self._not_before = None, time.monotonic() + PAUSE
        return self._hit(self._local, kind, who)

    def _hit(self, limiter: SlidingWindowCounterRateLimiter, kind: str, who: str) -> int:
        for limit in self._limits:
            if not limiter.hit(limit, "consent", kind, who):
                reset = limiter.get_window_stats(limit, "consent", kind, who).reset_time
                return max(1, math.ceil(reset - time.time()))
        return 0

    def _over_all_workers(self) -> SlidingWindowCounterRateLimiter | None:
        """The limiter in Redis; None where there is none, and while it is being reached."""
        if self._url is not None and self._shared is None and time.monotonic() >= self._not_before:
            self._not_before = time.monotonic() + PAUSE
            connecting = threading.Thread(target=self._connect, args=(self._url,), daemon=True)
            connecting.start()
            connecting.join(PATIENCE)
        return self._shared

    def _connect(self, url: str) -> None:
        """Reach Redis beside the requests: a cluster that is away takes seconds to say so."""
        address = url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url
        try:
            more: dict[str, Any] = {"sentinel_kwargs": _OPTIONS} if address.startswith("redis+sentinel:") else {}
            storage = cast(Storage, storage_from_string(address, **_OPTIONS, **more))
            if storage.check():
                self._shared = SlidingWindowCounterRateLimiter(storage)
        except Exception as error:  # As above.
            log.info("no rate limits over all workers: %s", type(error).__name__)

    def _hashed(self, address: str) -> str:
        """An address that names nobody. IPv6 counts by its /64: one subscriber has all of it."""
        try:
            parsed = ipaddress.ip_address(address)
            if parsed.version == 6:
                address = str(ipaddress.ip_network((parsed, 64), strict=False))
        except ValueError:
            return self._mac(address)
        return self._mac(address)

    def _mac(self, address: str) -> str:
        return hmac.new(self._key, address.encode(), hashlib.sha256).hexdigest()[:24]
