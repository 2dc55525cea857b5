"""The choice's fast door: a plain POST of a plain grant, answered in front of Flask.

Only the way there is shorter. What decides (`taking.py`) and what is answered (`answering.py`) is the Flask route's
own, and whatever is unusual (another origin, a query, a body in pieces, a malformed choice, two cookies) goes on to
that route with its body as it came.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .answering import VARY, consent_cookie, recorded_body
from .checking import Headers, presented
from .choosing import MAX_BYTES, read_choice
from .consent import Choice
from .decision import Signals, decide
from .errors import ChoiceError
from .i18n import negotiate
from .parts import Parts
from .recording import Recorded
from .taking import Asker, Denied, take
from .views.problems import PROBLEM, problem_body

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Answered = tuple[str, Headers, list[bytes]]
_NEAR = frozenset({"same-origin", "same-site", "none"})
_STATUS = {409: "409 CONFLICT", 429: "429 TOO MANY REQUESTS", 503: "503 SERVICE UNAVAILABLE"}


class ChoicesDoor:
    """Answers plain `POST /choices`; None where the Flask route is to judge."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def answer(self, environ: WSGIEnvironment, token: str | None) -> Answered | None:
        """Status, headers and body for a request with at most one plain consent cookie."""
        if not self._is_plain(environ):
            return None
        choice = self._choice(environ)
        if choice is None:
            return None
        outcome = take(self._parts, choice, self._asker(environ, token))
        answered = self._recorded(outcome, environ) if isinstance(outcome, Recorded) else self._denied(outcome)
        status, headers, body = answered
        headers += self._shared(environ.get("HTTP_ORIGIN"))
        headers.append(("Content-Length", str(len(body))))
        return status, headers, [body]

    def _is_plain(self, environ: WSGIEnvironment) -> bool:
        """JSON of a known, small length, sent by a page of ours, or by no browser at all (`views/cors.py`)."""
        get = environ.get
        if get("CONTENT_TYPE") != "application/json" or get("QUERY_STRING") or "HTTP_TRANSFER_ENCODING" in environ:
            return False
        length = get("CONTENT_LENGTH") or ""
        if not (length.isascii() and length.isdigit() and 0 < int(length) <= MAX_BYTES):
            return False
        origin = get("HTTP_ORIGIN")
        if origin is None:
            return get("HTTP_SEC_FETCH_SITE", "none") in _NEAR
        return origin == f"{environ['wsgi.url_scheme']}://{get('HTTP_HOST')}" or origin in self._parts.origins

    def _choice(self, environ: WSGIEnvironment) -> Choice | None:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        try:
            return read_choice(body, self._parts.policy)
        except ChoiceError:
            environ["wsgi.input"] = io.BytesIO(body)
            return None

    def _asker(self, environ: WSGIEnvironment, token: str | None) -> Asker:
        parts, now = self._parts, datetime.now(UTC)
        consent = presented(parts.signer, () if token is None else (token,))
        language = negotiate(parts.policy.languages, environ.get("HTTP_ACCEPT_LANGUAGE"))
        signals = Signals(environ.get("HTTP_SEC_GPC") == "1", language)
        decision = decide(parts.policy, consent, signals, now)
        return Asker(consent, signals, decision, environ.get("REMOTE_ADDR"), now)

    def _recorded(self, recorded: Recorded, environ: WSGIEnvironment) -> tuple[str, Headers, bytes]:
        parts, consent = self._parts, recorded.consent
        cookie = consent_cookie(parts.settings, parts.signer, consent)
        gone = parts.leftovers.expire(environ.get("HTTP_COOKIE"), environ.get("HTTP_HOST"), consent.services)
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Vary", VARY)]
        headers += [("Set-Cookie", each) for each in (cookie, *gone)]
        return "200 OK", headers, recorded_body(recorded)

    def _denied(self, denied: Denied) -> tuple[str, Headers, bytes]:
        headers = [*denied.headers().items(), ("Content-Type", PROBLEM), ("Cache-Control", "no-store")]
        body = problem_body(denied.status, denied.detail, more=denied.members())
        return _STATUS[denied.status], [*headers, ("Vary", "Origin")], body

    def _shared(self, origin: str | None) -> Headers:
        headers = [("X-Content-Type-Options", "nosniff")]
        if origin and origin in self._parts.origins:
            headers.append(("Access-Control-Allow-Origin", origin))
            headers.append(("Access-Control-Allow-Credentials", "true"))
            headers.append(("Access-Control-Expose-Headers", "Retry-After"))
        return headers
