"""What an account chose, and how that meets what a browser holds: values, and one pure rule.

Nothing here knows Flask, a database or a clock. An account is a keyed name and nothing else (`linking.py`).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from .consent import Consent

KEEP: Final = "keep"
ADOPT: Final = "adopt"
NARROW: Final = "narrow"
STORE: Final = "store"

GUEST: Final = "guest"
OWN: Final = "own"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """An account's newest choice, with nobody in it. `at` is in milliseconds since 1970, by the server's clock.

    `granted` names every category and service that was agreed to, the required ones among them; `receipt` proves it.
    `gpc` says whether it was made in sight of the signal.
    """

    at: int
    lifetime_days: int
    revision: str
    language: str
    method: str
    gpc: bool
    granted: frozenset[str]
    text: str | None = None
    receipt: uuid.UUID | None = None

    @property
    def given_at(self) -> datetime:
        """When it was chosen, in whole seconds."""
        return datetime.fromtimestamp(self.at // 1000, UTC)

    @property
    def ends(self) -> datetime:
        """When it has run out."""
        return self.given_at + timedelta(days=self.lifetime_days)

    def as_json(self) -> dict[str, Any]:
        """Every field but `at`, as a store keeps it."""
        return {
            "lifetime_days": self.lifetime_days,
            "revision": self.revision,
            "language": self.language,
            "method": self.method,
            "gpc": self.gpc,
            "granted": sorted(self.granted),
            "text": self.text,
            "receipt": str(self.receipt) if self.receipt else None,
        }

    @classmethod
    def from_json(cls, at: int, values: Mapping[str, Any]) -> AccountChoice:
        """The way back from `as_json`. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            at=at,
            lifetime_days=values["lifetime_days"],
            revision=values["revision"],
            language=values["language"],
            method=values["method"],
            gpc=values["gpc"],
            granted=frozenset(values["granted"]),
            text=values["text"],
            receipt=uuid.UUID(values["receipt"]) if values["receipt"] else None,
        )


@dataclass(frozen=True, slots=True)
class Held:
    """A valid, current consent of the browser that links: since when, what it grants, and whose choice it is.

    `OWN` was this account's own before, `OTHER` is another account's, and `GUEST` is anybody's: nobody was signed in.
    """

    at: int
    granted: frozenset[str]
    whose: str = GUEST


class Merged(NamedTuple):
    """What becomes of the two: the browser keeps, adopts or narrows its consent, or the account stores it.

    `granted` is what the browser holds afterwards; `ask` says that the visitor should be asked what now counts.
    """

    action: str
    granted: frozenset[str]
    ask: bool = False


def merge(
    account: AccountChoice | None,
    held: Held | None,
    *,
    objects: bool = False,
    required: frozenset[str] = frozenset(),
) -> Merged:
    """The newest wins, save that signing in never makes a grant of what a guest refused.

    Both are valid under the policy in force, or None. `objects` says that the browser signals an objection (Global
    Privacy Control) and holds no choice: without a choice made in sight of it, it counts as a refusal too. `required`
    is what needs no consent. Another account's consent is never taken for this one's, whatever its age.
    """
    if held is None:
        return _into_an_empty_browser(account, objects and not (account and account.gpc), required)
    if account is None:
        return Merged(KEEP, held.granted, ask=True) if held.whose == OTHER else Merged(STORE, held.granted)
    if held.at > account.at and held.whose != OTHER:
        return Merged(STORE, held.granted)
    if held.granted == account.granted:
        return Merged(KEEP, held.granted)
    if held.whose == OWN and held.at < account.at:
        return Merged(ADOPT, account.granted)
    return _guarded(account.granted, held.granted)


def _into_an_empty_browser(account: AccountChoice | None, objects: bool, required: frozenset[str]) -> Merged:
    if account is None:
        return Merged(KEEP, required)
    if objects and account.granted - required:
        return Merged(KEEP, required, ask=True)
    return Merged(ADOPT, account.granted)


def _guarded(account: frozenset[str], held: frozenset[str]) -> Merged:
    """What both grant. Where the account grants more, the browser refused that, and is asked."""
    both, ask = account & held, bool(account - held)
    if both == held:
        return Merged(KEEP, held, ask)
    return Merged(NARROW if ask else ADOPT, both, ask)


def moment(consent: Consent) -> int:
    """When a consent was chosen, in milliseconds: its receipt's id says it finer than its own whole seconds."""
    given_at = int(consent.given_at.timestamp())
    if consent.receipt is not None and consent.receipt.version == 7:
        milliseconds = consent.receipt.int >> 80
        if milliseconds // 1000 == given_at:
            return milliseconds
    return given_at * 1000


def fingerprint(granted: Iterable[str]) -> str:
    """What is granted, in 16 hex digits: tells whether a consent is still just what was handed to an account."""
    return hashlib.blake2b("\n".join(sorted(granted)).encode(), digest_size=8).hexdigest()
