"""Answers to a choice: the decision, the cookie that carries it on, and the traces of wrong cookies swept away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request

from ..answering import VARY, consent_cookie, recorded_body
from ..consent import Consent
from ..recording import Recorded
from . import visit


def recorded_response(recorded: Recorded) -> Response:
    """200, the new decision with the id of its receipt, and the signed cookie."""
    headers = {"Cache-Control": "no-store", "Vary": VARY}
    response = Response(recorded_body(recorded), headers=headers, content_type="application/json")
    set_consent_cookie(response, recorded.consent)
    return response


def set_consent_cookie(response: Response, consent: Consent) -> None:
    """Set the cookie; where the request brought two, expire every other one that this host can reach first."""
    here = visit.here()
    if len(here.consent_cookies) > 1:
        _expire_others(response)
    response.headers.add("Set-Cookie", consent_cookie(here.parts.settings, here.parts.signer, consent))


def expire_consent_cookie(response: Response) -> None:
    """Take the cookie away, and its duplicates with it."""
    settings = visit.parts().settings
    if len(visit.consent_cookies()) > 1:
        _expire_others(response)
    _expire(response, settings.cookie_domain)


def _expire_others(response: Response) -> None:
    own = visit.parts().settings.cookie_domain
    host = request.host.partition(":")[0].lower()
    labels = host.split(".")
    is_name = all(0 < len(label) < 64 for label in labels) and not labels[-1].isdigit() and host[0] != "["
    parents = [".".join(labels[index:]) for index in range(len(labels) - 1)] if is_name else []
    for domain in (None, *parents):
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
