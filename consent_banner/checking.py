"""The check's answers, rendered once for both doors: the Flask route, and the small callable in front of Flask.

Nothing here reads the ledger. What depends on the request is its cookie, its signal, its language and its origin.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .cookie import CookieSigner
from .decision import CLOCK_SKEW, UNREADABLE, Decision, Presented, Signals, decide
from .policy import Policy
from .policy.hosts import Origins

VARY = "Cookie, Origin, Sec-GPC"
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the check, ready to send. It holds from `since` until `until` (seconds of the epoch)."""

    status: str
    headers: Headers
    body: list[bytes]
    since: float
    until: float
    recorded: bool


def presented(signer: CookieSigner, values: Sequence[str]) -> Presented:
    """What the consent cookies of a request prove: none, one, or, sent twice, nothing at all."""
    if not values:
        return None
    return signer.load(values[0]) if len(values) == 1 else UNREADABLE


class Checks:
    """Answers `GET /check` and `GET /check/<name>` for one policy."""

    def __init__(
        self, policy: Policy, signer: CookieSigner, origins: Origins, sources: Callable[[Decision], str] | None = None
    ) -> None:
        """`sources` spells the granted hosts for a Content-Security-Policy, where the check is to say them too."""
        self._policy = policy
        self._sources = sources
        self._signer = signer
        self._origins = origins
        self._names = frozenset(each.id for each in policy.categories) | frozenset(policy.category_of)

    def decide(self, cookies: Sequence[str], signals: Signals, now: datetime) -> Decision:
        """The decision for a request's consent cookies and signals."""
        return decide(self._policy, presented(self._signer, cookies), signals, now)

    def expects(self, name: str, origin: str | None) -> bool:
        """Whether a check is for all or a name that the policy has, and from no origin or one that it lists."""
        return (not name or name in self._names) and (origin is None or origin in self._origins)

    def whole(self, decision: Decision, origin: str | None) -> Answer:
        """The decision as JSON."""
        body = json.dumps(decision.as_json(), separators=(",", ":")).encode()
        headers = self._headers(decision, origin) + _content("application/json", body)
        return _answer("200 OK", headers, body, decision)

    def gate(self, name: str, decision: Decision, origin: str | None) -> Answer:
        """One category's or service's gate: 204 or 403, all that nginx's `auth_request` understands."""
        reason = decision.reason if name in self._names else "unknown"
        headers = self._headers(decision, origin)
        headers.append(("X-Consent-Reason", reason))
        if decision.allows(name):
            return _answer("204 No Content", headers, b"", decision)
        problem = {"type": "about:blank", "title": "Not granted", "status": 403, "detail": f"reason: {reason}"}
        body = json.dumps(problem, separators=(",", ":")).encode()
        return _answer("403 Forbidden", headers + _content("application/problem+json", body), body, decision)

    def _headers(self, decision: Decision, origin: str | None) -> Headers:
        headers = [("Cache-Control", "no-store"), ("Vary", VARY), ("X-Content-Type-Options", "nosniff")]
        if origin and origin in self._origins:
            headers.append(("Access-Control-Allow-Origin", origin))
            headers.append(("Access-Control-Allow-Credentials", "true"))
            headers.append(("Access-Control-Expose-Headers", "X-Consent-Reason"))
        if self._sources is not None:
            headers.append(("X-Consent-CSP", self._sources(decision)))
        return headers


def _content(kind: str, body: bytes) -> Headers:
    return [("Content-Type", kind), ("Content-Length", str(len(body)))]


def _answer(status: str, headers: Headers, body: bytes, decision: Decision) -> Answer:
    recorded = decision.given_at is not None and decision.expires_at is not None
    since = decision.given_at - CLOCK_SKEW if decision.given_at else _EVER
    until = decision.expires_at if decision.expires_at else _NEVER
    return Answer(status, headers, [body], since.timestamp(), until.timestamp(), recorded)


_EVER = datetime.fromtimestamp(0, UTC)
_NEVER = _EVER + timedelta(days=365_000)
