"""Answers to a choice: the decision, the cookie that carries it on, and the traces of wrong cookies swept away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask import Response, request

from ..answering import VARY, consent_cookie, recorded_body
from ..consent import Consent
from ..policy.hosts import cookie_domains
from ..recording import Recorded
from . import visit


def recorded_response(recorded: Recorded) -> Response:
    """200, the new decision with the id of its receipt, and the signed cookie."""
    headers = {"Cache-Control": "no-store", "Vary": VARY}
    response = Response(recorded_body(recorded), headers=headers, content_type="application/json")
    set_consent_cookie(response, recorded.consent)
    return response


def set_consent_cookie(response: Response, consent: Consent) -> None:
    """Set the cookie, and expire what services without a grant left.

    Where the request brought two consent cookies, every other one that this host can reach is expired first.
    """
    here = visit.here()
    if len(here.consent_cookies) > 1:
        _expire_others(response)
    response.headers.add("Set-Cookie", consent_cookie(here.parts.settings, here.parts.signer, consent))
    _expire_leftovers(response, consent.services)


def expire_consent_cookie(response: Response) -> None:
    """Take the cookie away, its duplicates with it, and what services were allowed to keep by it."""
    settings = visit.parts().settings
    if len(visit.consent_cookies()) > 1:
        _expire_others(response)
    _expire(response, settings.cookie_domain)
    _expire_leftovers(response, ())


def _expire_leftovers(response: Response, granted: Collection[str]) -> None:
    here = visit.here()
    for each in here.parts.leftovers.expire(here.header("HTTP_COOKIE"), here.header("HTTP_HOST"), granted):
        response.headers.add("Set-Cookie", each)


def _expire_others(response: Response) -> None:
    own = visit.parts().settings.cookie_domain
    for domain in (None, *cookie_domains(request.host.partition(":")[0].lower())):
        if domain != own:
            _expire(response, domain)


def _expire(response: Response, domain: str | None) -> None:
    response.set_cookie(
        visit.parts().settings.cookie_name, "", max_age=0, expires=datetime(1970, 1, 1), **_attributes(domain)
    )


def _attributes(domain: str | None) -> dict[str, Any]:
    """`HttpOnly; SameSite=Lax; Path=/`, for a cookie that only the service reads (RFC 6265bis)."""
    settings = visit.parts().settings
    return {"domain": domain, "path": "/", "secure": settings.cookie_secure, "httponly": True, "samesite": "Lax"}
