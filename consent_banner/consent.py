"""The values that travel: what a visitor says (`Choice`), what was recorded (`Consent`), and its proof (`Receipt`).

Nothing here knows Flask, a database or a clock.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

METHODS = ("accept_all", "reject_all", "custom")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a visitor says, already held against the policy: every category and service has its answer.

    `text` is the digest of the text that was shown, or None where the client sent none.
    """

    categories: Mapping[str, bool]
    services: Mapping[str, bool]
    method: str
    revision: str | None = None
    language: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """A choice that was recorded: what the signed cookie carries, and nothing more.

    `receipt` is the id of its proof, None where a refusal was counted and not receipted.
    """

    receipt: uuid.UUID | None
    revision: str
    given_at: datetime
    lifetime_days: int
    categories: frozenset[str] = field(default_factory=frozenset)
    services: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof of one consent. No address, no user agent: only what was asked, and what was answered.

    `categories` and `services` name everything that was offered, with the answer to each.
    `signature` covers all other fields (`ledger.seal`); `previous` is the same visitor's receipt before this one.
    """

    receipt: uuid.UUID
    given_at: datetime
    revision: str
    language: str
    method: str
    gpc: bool
    categories: Mapping[str, bool]
    services: Mapping[str, bool]
    text_digest: str | None
    previous: uuid.UUID | None
    version: str
    signature: str = ""

    def as_json(self) -> dict[str, Any]:
        """Every field, as the ledger keeps it: strings, booleans, null, and times in UTC (ISO 8601, seconds)."""
        return {
            "receipt": str(self.receipt),
            "given_at": iso(self.given_at),
            "revision": self.revision,
            "language": self.language,
            "method": self.method,
            "gpc": self.gpc,
            "categories": dict(self.categories),
            "services": dict(self.services),
            "text_digest": self.text_digest,
            "previous": str(self.previous) if self.previous else None,
            "version": self.version,
            "signature": self.signature,
        }

    def as_shown(self) -> dict[str, Any]:
        """The receipt as visitors, exports and the contract have it: all but the version of the service."""
        shown = self.as_json()
        del shown["version"]
        return shown

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Receipt:
        """The way back from `as_json`. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            receipt=uuid.UUID(values["receipt"]),
            given_at=datetime.fromisoformat(values["given_at"]),
            revision=values["revision"],
            language=values["language"],
            method=values["method"],
            gpc=values["gpc"],
            categories=values["categories"],
            services=values["services"],
            text_digest=values["text_digest"],
            previous=uuid.UUID(values["previous"]) if values["previous"] else None,
            version=values["version"],
            signature=values["signature"],
        )


def iso(moment: datetime) -> str:
    """`2026-11-22T10:00:00Z`: UTC, whole seconds, as every answer of the service writes time."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def new_receipt_id(now: datetime) -> uuid.UUID:
    """An id in UUIDv7 layout (RFC 9562, 5.7): milliseconds first, so ledgers stay sorted; then 74 random bits."""
    milliseconds = int(now.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    random = int.from_bytes(_randomness.take()) >> 6
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return uuid.UUID(int=value)


class _Randomness:
    """The system's random bytes, ten at a time, fetched in blocks: a call for each id would cost more than the id."""

    def __init__(self) -> None:
        self.renew()
        os.register_at_fork(after_in_child=self.renew)  # Two processes must not make the same ids.

    def renew(self) -> None:
        """Begin a new block."""
        self._lock = threading.Lock()
        self._block = b""

    def take(self) -> bytes:
        """Ten bytes that nobody has had."""
        with self._lock:
            if not self._block:
                self._block = os.urandom(1280)
            taken, self._block = self._block[:10], self._block[10:]
        return taken


_randomness = _Randomness()
