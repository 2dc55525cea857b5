"""What may load: one pure function, which everything that gates anything renders.

It knows neither Flask, nor a database, nor a clock. In doubt the answer is no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from .consent import Consent, iso
from .policy import Policy

CLOCK_SKEW = timedelta(seconds=60)


class Unreadable:
    """A cookie that proves nothing: unsigned, malformed, doubled, empty. Never a consent, whatever it says."""

    def __repr__(self) -> str:
        return "UNREADABLE"


UNREADABLE: Final = Unreadable()

Presented = Consent | Unreadable | None
"""What a request brings: a consent with a good signature, something unreadable, or nothing."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the browser says of itself: Global Privacy Control (`Sec-GPC: 1`), and the language to answer in."""

    gpc: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What may load for one request, and why. `given_at` and `expires_at` are None unless it was recorded."""

    decided: bool
    reason: str
    revision: str
    gpc: bool
    language: str
    categories: Mapping[str, bool]
    services: Mapping[str, bool]
    given_at: datetime | None = None
    expires_at: datetime | None = None
    previous_revision: str | None = None

    def allows(self, name: str) -> bool:
        """Whether a category or a service is granted. A name that the policy lacks never is."""
        return self.categories.get(name, False) or self.services.get(name, False)

    def as_json(self) -> dict[str, Any]:
        """The decision as the check endpoint answers it (contract §2)."""
        answer: dict[str, Any] = {
            "decided": self.decided,
            "reason": self.reason,
            "revision": self.revision,
            "gpc": self.gpc,
            "language": self.language,
            "given_at": iso(self.given_at) if self.given_at else None,
            "expires_at": iso(self.expires_at) if self.expires_at else None,
            "categories": dict(self.categories),
            "services": dict(self.services),
        }
        if self.previous_revision:
            answer["previous_revision"] = self.previous_revision
        return answer


def decide(policy: Policy, consent: Presented, signals: Signals, now: datetime) -> Decision:
    """Say what may load. An explicit, valid, current choice outranks the signal; nothing else grants anything.

    `now` is timezone-aware. Never raises for any consent that the cookie can carry (contract §1).
    """
    reason = standing(policy, consent, now)
    if reason == "recorded" and isinstance(consent, Consent):
        return _recorded(policy, consent, signals)
    previous = consent.revision if reason == "outdated" and isinstance(consent, Consent) else None
    if signals.gpc:
        return _refused(policy, signals, "gpc", decided=not policy.asked_despite_gpc)
    return _refused(policy, signals, reason, previous=previous)


def standing(policy: Policy, consent: Presented, now: datetime) -> str:
    """What a presented consent is worth, before any signal: `none`, `invalid`, `expired`, `outdated` or `recorded`."""
    if consent is None:
        return "none"
    if isinstance(consent, Unreadable) or consent.given_at > now + CLOCK_SKEW:
        return "invalid"
    if now >= expiry(policy, consent):
        return "expired"
    return "recorded" if consent.revision == policy.revision else "outdated"


def expiry(policy: Policy, consent: Consent) -> datetime:
    """When a consent ends: as told when it was given, or sooner where the policy has become stricter."""
    return consent.given_at + timedelta(days=min(consent.lifetime_days, policy.lifetime_days))


def _recorded(policy: Policy, consent: Consent, signals: Signals) -> Decision:
    return Decision(
        decided=True,
        reason="recorded",
        revision=policy.revision,
        gpc=signals.gpc,
        language=signals.language or policy.languages[0],
        categories={each.id: each.required or each.id in consent.categories for each in policy.categories},
        services={each.id: each.category in policy.required or each.id in consent.services for each in policy.services},
        given_at=consent.given_at,
        expires_at=expiry(policy, consent),
    )


def _refused(
    policy: Policy, signals: Signals, reason: str, *, decided: bool = False, previous: str | None = None
) -> Decision:
    return Decision(
        decided=decided,
        reason=reason,
        revision=policy.revision,
        gpc=signals.gpc,
        language=signals.language or policy.languages[0],
        categories={each.id: each.required for each in policy.categories},
        services={each.id: each.category in policy.required for each in policy.services},
        previous_revision=previous,
    )
