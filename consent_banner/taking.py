"""A choice is taken, or denied with the reason: who asks how often, under which text, and whether it can be proven.

One straight line for every way in: the JSON call through either door, the preference page, and the notice's own form.
"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from datetime import datetime

from .consent import Choice
from .decision import Decision, Presented, Signals
from .errors import LedgerError
from .parts import Parts
from .recording import Outdated, Recorded


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever chooses: what their request proves and signals, what holds for them now, and from which address."""

    consent: Presented
    signals: Signals
    decision: Decision
    address: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Denied:
    """A grant that was not recorded, so that nothing is granted: its status, the reason, and what would help.

    `retry_after` is in seconds; `revision` is the one in force, for whoever asked under another.
    """

    status: int
    detail: str
    retry_after: int | None = None
    revision: str | None = None

    def headers(self) -> dict[str, str]:
        """`Retry-After`, where waiting helps (RFC 9110, 10.2.3)."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    def members(self) -> dict[str, str]:
        """What the problem carries beyond its title (RFC 9457, 3.2)."""
        return {} if self.revision is None else {"revision": self.revision}


def take(parts: Parts, choice: Choice, asker: Asker) -> Recorded | Denied:
    """Record a choice, for the account too where the browser is linked to one.

    A refusal is never denied; a grant is when it is one too many, outdated or without proof.
    """
    begun = time.monotonic()
    outcome = _take(parts, choice, asker)
    if isinstance(outcome, Recorded):
        parts.following.follow(choice, asker, outcome, begun)
    return outcome


def _take(parts: Parts, choice: Choice, asker: Asker) -> Recorded | Denied:
    wait = parts.limiter.wait("choices", asker.address)
    recorder, before, signals, now = parts.recorder, asker.consent, asker.signals, asker.now
    if not recorder.is_grant(choice, asker.decision):
        settled = dataclasses.replace(choice, revision=parts.policy.revision)
        return (recorder.count if wait else recorder.refuse)(settled, before, signals, now)
    if wait:
        return Denied(429, "too many choices from this address", retry_after=wait)
    try:
        recorder.check_asked(choice, signals.language)
        return recorder.grant(choice, before, signals, now)
    except Outdated as error:
        return Denied(409, str(error), revision=parts.policy.revision)
    except LedgerError:
        return Denied(503, "the choice cannot be recorded just now, so nothing is granted", retry_after=2)
