"""A choice becomes a consent: first the proof, then the permission. One straight line, with no way back.

A grant is acknowledged only once its receipt is durable. A refusal always succeeds, whatever the ledger does.
"""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import datetime

from . import __version__
from .choosing import grants_more, refusal
from .consent import Choice, Consent, Receipt, new_receipt_id
from .decision import Decision, Presented, Signals, decide
from .errors import ConsentError
from .ledger import Document, Ledger, Seal
from .policy import Policy
from .policy.changes import snapshot
from .wording import Wording, Wordings


class Outdated(ConsentError):
    """A grant asked under another revision than the one in force, or under an unknown text. Ask again."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an answer to a choice needs: the consent for the cookie, its decision, and whether a receipt exists."""

    consent: Consent
    decision: Decision
    receipted: bool


class Recorder:
    """Turns choices into consents, each with its receipt in the ledger."""

    def __init__(self, policy: Policy, ledger: Ledger, seal: Seal, wordings: Wordings) -> None:
        self._policy = policy
        self._ledger = ledger
        self._seal = seal
        self._wordings = wordings
        self._kept: set[str] = set()

    def is_grant(self, choice: Choice, current: Decision) -> bool:
        """Whether a choice grants anything anew: more than before, or the same again for another lifetime."""
        if grants_more(choice, current):
            return True
        same = (choice.categories, choice.services) == (current.categories, current.services)
        return same and not self._refuses_all(choice)

    def check_asked(self, choice: Choice, language: str) -> None:
        """Raise Outdated unless a grant names the revision in force and a text that this policy asks with."""
        if choice.revision != self._policy.revision:
            raise Outdated("the policy has changed since this was asked")
        if self._wording(choice, language) is None:
            raise Outdated("this text is not one that the service asks with")

    def grant(self, choice: Choice, before: Presented, signals: Signals, now: datetime) -> Recorded:
        """Record a grant. Raises LedgerError where its receipt cannot be made durable: then nothing is granted."""
        receipt, documents = self._receipt(choice, before, signals, now)
        self._ledger.append(receipt, documents)  # First: no permission without proof.
        self._kept.update(document.key for document in documents)
        return self._recorded(choice, receipt.receipt, signals, now, receipted=True)

    def refuse(self, choice: Choice, before: Presented, signals: Signals, now: datetime) -> Recorded:
        """Record a refusal, a narrowing or a withdrawal. Never fails: its receipt follows when it can."""
        receipt, documents = self._receipt(choice, before, signals, now)
        durable = self._ledger.append_later(receipt, documents)
        given_at = now if durable else self._proven(choice, before, now)
        return self._recorded(choice, receipt.receipt, signals, given_at, receipted=True)

    def count(self, choice: Choice, before: Presented, signals: Signals, now: datetime) -> Recorded:
        """Let a refusal through that is over the rate limit: it holds, and is counted instead of receipted."""
        self._ledger.count_refusal(now.date())
        if not isinstance(before, Consent):
            return self._recorded(choice, None, signals, now, receipted=False)
        # The visitor's chain goes on from the last receipt.
        given_at = self._proven(choice, before, now)
        return self._recorded(choice, before.receipt, signals, given_at, receipted=False)

    def adopt(self, choice: Choice, before: Presented, signals: Signals, now: datetime, given_at: datetime) -> Recorded:
        """Record in this browser what was chosen elsewhere at `given_at`, from when it holds and runs out.

        `choice.text` is the digest of what was shown there. Raises LedgerError as `grant` does; what grants nothing
        beyond the consent before never fails.
        """
        receipt, documents = self._receipt(choice, before, signals, now)
        receipt = self._seal.sign(dataclasses.replace(receipt, text_digest=choice.text))
        if grants_more(choice, decide(self._policy, before, signals, now)):
            self._ledger.append(receipt, documents)
        elif not self._ledger.append_later(receipt, documents):
            given_at = min(given_at, self._proven(choice, before, now))
        return self._recorded(choice, receipt.receipt, signals, given_at, receipted=True)

    def _refuses_all(self, choice: Choice) -> bool:
        nothing = refusal(self._policy, choice.method)
        return (choice.categories, choice.services) == (nothing.categories, nothing.services)

    def _proven(self, choice: Choice, before: Presented, now: datetime) -> datetime:
        """The time that a choice without a durable receipt counts from: what it still grants was proven before."""
        if self._refuses_all(choice) or not isinstance(before, Consent):
            return now
        return min(before.given_at, now)

    def _wording(self, choice: Choice, language: str) -> Wording | None:
        if choice.text is None:
            return self._wordings.wording(choice.language or language)
        return self._wordings.find(choice.text)

    def _receipt(
        self, choice: Choice, before: Presented, signals: Signals, now: datetime
    ) -> tuple[Receipt, list[Document]]:
        wording = self._wording(choice, signals.language)
        receipt = Receipt(
            receipt=new_receipt_id(now),
            given_at=now.replace(microsecond=0),
            revision=self._policy.revision,
            language=wording.language if wording else choice.language or signals.language,
            method=choice.method,
            gpc=signals.gpc,
            categories=dict(choice.categories),
            services=dict(choice.services),
            text_digest=wording.digest if wording else None,  # A refusal of an unknown text: no digest is made up.
            previous=before.receipt if isinstance(before, Consent) else None,
            version=__version__,
        )
        return self._seal.sign(receipt), self._documents(wording)

    def _documents(self, wording: Wording | None) -> list[Document]:
        found = []
        if self._policy.revision not in self._kept:
            found.append(Document("policy", self._policy.revision, snapshot(self._policy)))
        if wording and wording.digest not in self._kept:
            found.append(Document("text", wording.digest, wording.document))
        return found

    def _recorded(
        self, choice: Choice, receipt: uuid.UUID | None, signals: Signals, now: datetime, *, receipted: bool
    ) -> Recorded:
        consent = Consent(
            receipt=receipt,
            revision=self._policy.revision,
            given_at=now.replace(microsecond=0),
            lifetime_days=self._policy.lifetime_days,
            categories=frozenset(name for name, yes in choice.categories.items() if yes),
            services=frozenset(name for name, yes in choice.services.items() if yes),
        )
        language = choice.language or signals.language
        decision = decide(self._policy, consent, dataclasses.replace(signals, language=language), now)
        return Recorded(consent, decision, receipted)
