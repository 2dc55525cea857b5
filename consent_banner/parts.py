"""The parts of the service, wired for one application. Whatever is wrong with the set-up is found here, all at once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .checking import Checks
from .cookie import CookieSigner
from .errors import ConfigurationError, LedgerError
from .following import Following
from .gates.hosts import ServiceHosts
from .i18n import speech
from .ledger import Ledger, Seal, open_ledger
from .leftovers import Leftovers
from .limiting import RateLimiter
from .linking import Accounts
from .policy import Lifetime, Policy, Stored, packaged_policy, read_policy_file
from .policy.hosts import Origins
from .recording import Recorder
from .settings import Settings, draft_settings
from .wording import Wordings

SESSION_COOKIE = "consent-session"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the views need, made once."""

    settings: Settings
    policy: Policy
    origins: Origins
    signer: CookieSigner
    hosts: ServiceHosts
    checks: Checks
    seal: Seal
    ledger: Ledger
    limiter: RateLimiter
    wordings: Wordings
    recorder: Recorder
    accounts: Accounts
    following: Following
    own_storage: tuple[Stored, ...]
    leftovers: Leftovers


def assemble(config: Mapping[str, Any], session_cookie: str = SESSION_COOKIE) -> Parts:
    """Make the parts. Raises ConfigurationError with every mistake of the settings, the policy and the ledger."""
    settings, mistakes = draft_settings(config)
    policy, ledger = _opened(settings, mistakes)
    signer = CookieSigner(policy, settings.secret_keys)
    origins = Origins(policy.origins)
    seal = Seal(settings.secret_keys)
    hosts = ServiceHosts(policy)
    own = own_storage(policy, settings.cookie_name, session_cookie)
    wordings = Wordings(policy, settings, own, Earlier(ledger))
    recorder = Recorder(policy, ledger, seal, wordings)
    return Parts(
        settings=settings,
        policy=policy,
        origins=origins,
        signer=signer,
        hosts=hosts,
        checks=Checks(policy, signer, origins, None if settings.csp == "off" else hosts.sources),
        seal=seal,
        ledger=ledger,
        limiter=RateLimiter(settings.rate_limits, settings.ledger_url, settings.secret_keys[0]),
        wordings=wordings,
        recorder=recorder,
        accounts=Accounts(settings.secret_keys),
        following=Following(policy, ledger, recorder),
        own_storage=own,
        leftovers=Leftovers(policy, (each.name for each in own if each.kind == "cookie")),
    )


def load_policy(settings: Settings) -> Policy:
    """The policy in force: the operator's file, else that of jutt.ai."""
    return read_policy_file(settings.policy) if settings.policy else packaged_policy()


def _opened(settings: Settings, mistakes: Sequence[str]) -> tuple[Policy, Ledger]:
    mistakes = list(mistakes)
    policy = ledger = None
    try:
        policy = load_policy(settings)
    except ConfigurationError as error:
        mistakes += [f"CONSENT_POLICY: {mistake}" for mistake in error.mistakes]
    try:
        ledger = open_ledger(settings.ledger_url, spool=settings.spool, retention_days=settings.retention_days)
    except ConfigurationError as error:
        mistakes += error.mistakes
    if policy is None or ledger is None or mistakes:
        if ledger is not None:
            ledger.close()
        raise ConfigurationError(mistakes)
    return policy, ledger


class Earlier:
    """The policies that visitors were asked under before, by revision: read from the ledger, at most every so often."""

    SECONDS = 1.0

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._found: Mapping[str, bytes] = {}
        self._read_at = -self.SECONDS

    def __call__(self) -> Mapping[str, bytes]:
        """What was read last; nothing new while the ledger is away."""
        if time.monotonic() - self._read_at >= self.SECONDS:
            self._read_at = time.monotonic()
            with contextlib.suppress(LedgerError):
                self._found = self._ledger.documents("policy")
        return self._found


def own_storage(
    policy: Policy, cookie_name: str = "consent", session_cookie: str = SESSION_COOKIE
) -> tuple[Stored, ...]:
    """What the service itself keeps in a browser, all of it necessary and declared (ePD Art. 5(3))."""

    def stored(name: str, kind: str, lifetime: Lifetime, purpose: str) -> Stored:
        return Stored(name, kind, lifetime, {each: speech(each).gettext(purpose) for each in policy.languages})

    days, session, persistent = Lifetime(policy.lifetime_days, "day"), Lifetime(0, "session"), Lifetime(0, "persistent")
    return (
        stored(cookie_name, "cookie", days, N_("remembers your choice")),
        stored(session_cookie, "cookie", session, N_("protects the settings form")),
        stored("consent", "session_storage", session, N_("remembers your choice in this tab")),
        stored("consent", "local_storage", persistent, N_("tells other tabs of your choice")),
        stored("consent-pending", "local_storage", persistent, N_("keeps a refusal until it is recorded")),
    )


def N_(message: str) -> str:
    """Mark a message for translation that is translated elsewhere (the convention of gettext)."""
    return message
