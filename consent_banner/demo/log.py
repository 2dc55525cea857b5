"""What truly arrived at the stand-ins: counted where it arrives, never told by the page."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

MOST = 2_000


@dataclass(frozen=True, slots=True)
class Hit:
    """One request that a vendor's stand-in received. `at` is in milliseconds since 1970, as JavaScript counts.

    `host` and `service` are the vendor's own; `page` is the Referer, of which WebKit tells other sites the origin
    alone; `cookies` names what the browser sent along.
    """

    at: int
    method: str
    host: str
    path: str
    query: str
    service: str | None
    page: str | None
    cookies: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Every field, for tests and for the panel."""
        return asdict(self)


class HitLog:
    """Every hit since the last start, for several threads at once.

    The list keeps the newest 2,000; the counts and last times keep all of them.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._hits: deque[Hit] = deque(maxlen=MOST)
        self._counts: Counter[str] = Counter()
        self._last: dict[str, int] = {}

    def add(self, hit: Hit) -> None:
        """Keep a hit."""
        with self._lock:
            self._hits.append(hit)
            if hit.service is not None:
                self._counts[hit.service] += 1
                self._last[hit.service] = hit.at

    def clear(self) -> None:
        """Start over."""
        with self._lock:
            self._hits.clear()
            self._counts.clear()
            self._last.clear()

    def hits(self, newest: int = MOST) -> list[Hit]:
        """The newest hits, in the order in which they arrived."""
        with self._lock:
            return list(self._hits)[-newest:]

    def fired(self, service: str) -> tuple[int, int | None]:
        """How many requests of a service arrived, and when the last one did."""
        with self._lock:
            return self._counts[service], self._last.get(service)
