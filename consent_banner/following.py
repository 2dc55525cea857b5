"""A signed-in visitor's choice follows the account: from browser to account, and from account to browser.

What becomes of the two is `account.merge`'s to say. Here it is read, recorded and kept, in this order: proof first.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .account import ADOPT, GUEST, KEEP, OTHER, OWN, STORE, AccountChoice, Held, Merged, fingerprint, merge, moment
from .consent import Choice, Consent
from .decision import CLOCK_SKEW, Decision
from .errors import LedgerError
from .ledger import Ledger, Link
from .linking import Names
from .policy import Policy
from .recording import Recorded, Recorder

if TYPE_CHECKING:
    from .taking import Asker

FOLLOWS_FOR = timedelta(hours=1)
_BUSY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Linked:
    """What an answer to a link needs: the decision, the consent where one was recorded, and whether to ask."""

    decision: Decision
    recorded: Recorded | None
    ask: bool


@dataclass(frozen=True, slots=True)
class _Meeting:
    """One link being made: under which names, by whom, what the account chose, and what the browser holds."""

    names: Names
    asker: Asker
    account: AccountChoice | None
    held: Held | None
    link: Link | None


class Following:
    """Links browsers to accounts, and has later choices follow."""

    def __init__(self, policy: Policy, ledger: Ledger, recorder: Recorder) -> None:
        self._policy, self._ledger, self._recorder = policy, ledger, recorder
        services = {each.id for each in policy.services if each.category in policy.required}
        self._required = frozenset(policy.required) | services

    def link(self, names: Names, asker: Asker) -> Linked:
        """Let a browser's consent and an account's choice meet.

        Raises LedgerError where the ledger cannot read or record it: then nothing has changed.
        """
        account = self._current(self._ledger.accounts.read(names), asker.now)
        held, link = self._held(names, asker)
        objects = asker.signals.gpc and held is None
        merged = merge(account, held, objects=objects, required=self._required)
        meeting = _Meeting(names, asker, account, held, link)
        if merged.action == KEEP:
            self._settle(meeting, merged)
        elif merged.action == STORE:
            self._store(meeting)
        else:
            return self._taken_over(meeting, merged)
        return Linked(asker.decision, None, merged.ask)

    def leave(self, asker: Asker) -> None:
        """Let this browser's later choices be its own: its visitor signed out. Raises LedgerError."""
        if isinstance(asker.consent, Consent) and asker.consent.receipt:
            self._ledger.accounts.leave(asker.consent.receipt)

    def follow(self, choice: Choice, asker: Asker, recorded: Recorded, begun: float) -> None:
        """Keep a recorded choice for the account that its browser was linked to within the hour. Never raises.

        What cannot be kept just now is the browser's newest all the same: the next link hands it on. `begun` is when
        the choice came (`time.monotonic`): a ledger that was slow to record is not asked for more.
        """
        before = asker.consent
        if not isinstance(before, Consent) or before.receipt is None or time.monotonic() - begun > _BUSY_SECONDS:
            return
        with contextlib.suppress(LedgerError):
            link = self._ledger.accounts.link(before.receipt)
            if link is not None and link.until > asker.now.timestamp():
                at = int(asker.now.timestamp() * 1000)
                chosen = self._account_choice(recorded.consent, recorded.decision, at, choice)
                renewed = _link(link.name, recorded.consent, chosen, link.until)
                self._ledger.accounts.keep(link.name, chosen, renewed)

    def _current(self, account: AccountChoice | None, now: datetime) -> AccountChoice | None:
        """The choice, where it was made under this policy and has not run out; else it neither grants nor refuses."""
        if account is None or account.revision != self._policy.revision:
            return None
        account = dataclasses.replace(account, lifetime_days=min(account.lifetime_days, self._policy.lifetime_days))
        return account if account.given_at - CLOCK_SKEW <= now < account.ends else None

    def _held(self, names: Names, asker: Asker) -> tuple[Held | None, Link | None]:
        """What the browser holds that is valid and current, and the link of its receipt."""
        consent = asker.consent
        if asker.decision.reason != "recorded" or not isinstance(consent, Consent):
            return None, None
        granted = _granted(asker.decision)
        link = self._ledger.accounts.link(consent.receipt) if consent.receipt else None
        if link is None or link.granted != fingerprint(granted):
            at = moment(consent)
            return Held(min(at, link.at) if link else at, granted, GUEST), link
        return Held(link.at, granted, OWN if link.name in names else OTHER), link

    def _store(self, meeting: _Meeting) -> None:
        """Make this browser's consent the account's choice."""
        consent = meeting.asker.consent
        if isinstance(consent, Consent):
            at = meeting.held.at if meeting.held else moment(consent)
            chosen = self._account_choice(consent, meeting.asker.decision, at)
            wanted = _link(meeting.names[0], consent, chosen, _until(meeting.asker))
            if not _is_known(meeting, wanted):
                self._ledger.accounts.keep(meeting.names[0], chosen, wanted)

    def _settle(self, meeting: _Meeting, merged: Merged) -> None:
        """Have later choices of a browser that keeps its consent follow; written only where that is news."""
        consent, account, link = meeting.asker.consent, meeting.account, meeting.link
        if meeting.held is None or not isinstance(consent, Consent):
            return
        if meeting.held.whose == OTHER and merged.ask:  # It stays the other's, who has signed out since.
            if link and link.until and consent.receipt:
                self._ledger.accounts.leave(consent.receipt)
            return
        same = account is not None and merged.granted == account.granted
        own = account if same else None
        wanted = _link(meeting.names[0], consent, own, _until(meeting.asker), meeting.held.at)
        if wanted and not _is_known(meeting, wanted):
            self._ledger.accounts.keep(meeting.names[0], account, wanted)

    def _taken_over(self, meeting: _Meeting, merged: Merged) -> Linked:
        """Make the account's choice, or what of it was not refused here, this browser's own consent."""
        account, asker = meeting.account, meeting.asker
        if account is None:
            raise AssertionError("only an account's choice is taken over")
        source = account if merged.action == ADOPT else None
        before = asker.consent
        if not isinstance(before, Consent) and account.receipt:  # Behind this proof stands the account's own.
            before = Consent(account.receipt, account.revision, account.given_at, account.lifetime_days)
        choice = self._choice(merged.granted, source, account.language)
        recorded = self._recorder.adopt(choice, before, asker.signals, asker.now, account.given_at)
        recorded = _ending(recorded, account.lifetime_days)
        link = _link(meeting.names[0], recorded.consent, source, _until(asker), account.at)
        with contextlib.suppress(LedgerError):  # The consent is proven; the next link keeps the rest.
            self._ledger.accounts.keep(meeting.names[0], account, link)
        return Linked(recorded.decision, recorded, merged.ask)

    def _choice(self, granted: frozenset[str], source: AccountChoice | None, language: str) -> Choice:
        return Choice(
            categories={each.id: each.id in granted for each in self._policy.categories},
            services={each.id: each.id in granted for each in self._policy.services},
            method=source.method if source else self._method(granted),
            revision=self._policy.revision,
            language=language,
            text=source.text if source else None,
        )

    def _method(self, granted: frozenset[str]) -> str:
        return "custom" if granted - self._required else "reject_all"

    def _account_choice(
        self, consent: Consent, decision: Decision, at: int, choice: Choice | None = None
    ) -> AccountChoice:
        """A browser's consent as the account's choice, told as its receipt tells it, and as the choice just made."""
        receipts = self._ledger.chain(consent.receipt, limit=1) if consent.receipt else []
        told = receipts[0] if receipts else None
        granted = _granted(decision)
        method = told.method if told else self._method(granted)
        return AccountChoice(
            at=at,
            lifetime_days=consent.lifetime_days,
            revision=consent.revision,
            language=told.language if told else decision.language,
            method=choice.method if choice else method,
            gpc=decision.gpc if choice or not told else told.gpc,
            granted=granted,
            text=told.text_digest if told else None,
            receipt=consent.receipt,
        )


def _link(name: bytes, consent: Consent, chosen: AccountChoice | None, until: int, at: int = 0) -> Link | None:
    """A receipt's link to an account and to a choice of it; where the browser keeps its own, as old as `at`."""
    if consent.receipt is None:
        return None
    at, granted = (chosen.at, fingerprint(chosen.granted)) if chosen else (at, "")
    ends = consent.given_at + timedelta(days=consent.lifetime_days)
    return Link(consent.receipt, name, at, granted, until, int(ends.timestamp()))


def _is_known(meeting: _Meeting, wanted: Link | None) -> bool:
    """Whether the same was kept lately: signed-in pages link again and again, and most of them tell nothing new."""
    known = meeting.link
    lately = known is not None and known.until > (meeting.asker.now + FOLLOWS_FOR / 2).timestamp()
    return lately and known is not None and wanted is not None and known[:4] == wanted[:4]


def _until(asker: Asker) -> int:
    return int((asker.now + FOLLOWS_FOR).timestamp())


def _granted(decision: Decision) -> frozenset[str]:
    answers = {**decision.categories, **decision.services}
    return frozenset(name for name, yes in answers.items() if yes)


def _ending(recorded: Recorded, days: int) -> Recorded:
    """A consent that was taken over ends when the choice that it came from does."""
    consent = dataclasses.replace(recorded.consent, lifetime_days=min(days, recorded.consent.lifetime_days))
    ends = consent.given_at + timedelta(days=consent.lifetime_days)
    decision = dataclasses.replace(recorded.decision, expires_at=ends)
    return dataclasses.replace(recorded, consent=consent, decision=decision)
