"""What a ledger promises, whichever store stands behind it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Protocol

from ..account import AccountChoice
from ..consent import Receipt
from ..linking import Names


@dataclass(frozen=True, slots=True)
class Document:
    """What a receipt points at: the exact text shown (`text`, by its digest) or a policy (`policy`, by revision)."""

    kind: str
    key: str
    body: bytes


class Link(NamedTuple):
    """A receipt that has to do with an account.

    `at` (milliseconds) and `granted` (`account.fingerprint`) say which choice of the account it stands for; an empty
    `granted` says that it is the browser's own, as old as `at`. Until `until` (seconds), what is chosen next is the
    account's too.
    """

    receipt: uuid.UUID
    name: bytes
    at: int
    granted: str
    until: int
    ends: int


@dataclass(frozen=True, slots=True)
class Status:
    """How the ledger is doing. `ready` is exactly whether a grant would be acknowledged now; `reason` says why not.

    `spool` counts what is durable here and not yet in Redis, `waiting` what is in this process's memory alone, and
    `lost` what that memory had no room for.
    """

    ready: bool
    redis: Literal["none", "up", "down"]
    spool: int
    waiting: int
    lost: int
    reason: str | None


class Accounts(Protocol):
    """The newest choice of each account, by names that name nobody. Every method may raise LedgerUnavailable."""

    def read(self, names: Names) -> AccountChoice | None:
        """The newest choice under any of an account's names; None where there is none, or it was erased."""

    def link(self, receipt: uuid.UUID) -> Link | None:
        """Which account a receipt has to do with, if any."""

    def keep(self, name: bytes, choice: AccountChoice | None, link: Link | None) -> None:
        """Keep an account's choice, unless it has a newer one, and a link. Returns once both are durable."""

    def leave(self, receipt: uuid.UUID) -> None:
        """Let what is chosen after a receipt be the browser's alone: its visitor signed out."""

    def erase(self, names: Names) -> bool:
        """Erase an account's choice and its links for good. Returns whether there was one here."""


class Ledger(Protocol):
    """Where proof of consent is kept: append, read back, erase, each with a promise.

    Erasing a receipt erases the account's choice that it proves.
    """

    @property
    def accounts(self) -> Accounts:
        """The choices of accounts."""

    def append(self, receipt: Receipt, documents: Sequence[Document] = ()) -> None:
        """Keep a receipt for good, and the documents it points at.

        Returns once both would survive a power cut. Raises LedgerUnavailable within 1.5 s otherwise, and then the
        receipt does not turn up later either.
        """

    def append_later(self, receipt: Receipt, documents: Sequence[Document] = ()) -> bool:
        """Keep a refusal's receipt as soon as it can be kept. Never raises and never takes a second.

        Returns whether it is durable already; else it waits in memory.
        """

    def count_refusal(self, day: date) -> None:
        """Count a refusal that gets no receipt. Costs no write of its own, and never raises."""

    def count_violation(self, day: date, service: str | None, directive: str) -> None:
        """Count a reported violation of a Content-Security-Policy: cheap as above, and nobody is in it."""

    def chain(self, newest: uuid.UUID, limit: int = 1000) -> list[Receipt]:
        """One visitor's receipts, newest first, by their `previous`. A missing link ends the list."""

    def erase(self, receipts: Iterable[uuid.UUID], *, with_chain: bool = True) -> int:
        """Remove receipts, and all that `previous` leads to, for good: one still on its way is refused on arrival.

        Returns how many receipts were found. Raises LedgerUnavailable when the local file cannot do it.
        """

    def keep(self, documents: Iterable[Document]) -> None:
        """Keep documents, each once. Raises LedgerUnavailable when they are not durable."""

    def document(self, kind: str, key: str) -> bytes | None:
        """A document's body, or None."""

    def documents(self, kind: str) -> dict[str, bytes]:
        """All documents of a kind, by key."""

    def export(self) -> Iterator[Receipt]:
        """Every receipt, oldest first, each once."""

    def prune(self, before: datetime) -> int:
        """Remove the receipts given before a time; the statistics stay. Returns how many."""

    def statistics(self) -> list[dict[str, Any]]:
        """What was chosen, without anybody in it: one row per day, revision, language, method and signal.

        A row is `{"day", "revision", "language", "method", "gpc", "number", "categories"}`, the last being
        `{"analytics": {"granted": 3, "refused": 9}, …}`. Refusals counted without a receipt have the method
        `counted`, and neither revision, language, gpc nor categories. Counted on the way in, never by reading receipts.
        """

    def violations(self) -> list[dict[str, Any]]:
        """What browsers reported as held back: `{"day", "service", "directive", "violations"}`, oldest first.

        `service` is None for what belongs to none of the policy's. Browsers are believed: these numbers prove nothing.
        """

    def status(self) -> Status:
        """Say whether a grant would be acknowledged now, by trying a small durable write (at most 0.5 s ago)."""

    def start(self) -> None:
        """Let the background work (retries, retention, Redis) go on without traffic, in forked children too."""

    def close(self) -> None:
        """Write what still waits in memory, if it can be written, and let go of files and connections."""
