"""Who may ask from another origin, and who may change anything.

Reading: the exact origin is echoed, with credentials, for origins that the policy lists, and for no other (Fetch, 3.2).
Writing: a browser says where a request comes from; a client that says nothing is no browser and carries no cookie jar.
"""

from __future__ import annotations

from flask import Request, Response

from . import visit
from .problems import problem

PREFLIGHT_SECONDS = 7200  # Chromium remembers no longer than that.
NOT_SHARED = frozenset({"consent_banner.preferences", "consent_banner.save_preferences"})  # They carry a CSRF token.


def share(response: Response) -> Response:
    """Let listed origins read an answer, and answer their preflights."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    here = visit.here()
    if here.request.endpoint in NOT_SHARED:
        return response
    vary = response.headers.get("Vary", "")
    if "Origin" not in vary:
        response.headers["Vary"] = f"{vary}, Origin" if vary else "Origin"
    origin = here.header("HTTP_ORIGIN")
    if origin and origin in here.parts.origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers.setdefault("Access-Control-Expose-Headers", "Retry-After")
        if here.request.method == "OPTIONS":
            _answer_preflight(response)
    return response


def _answer_preflight(response: Response) -> None:
    response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET, HEAD, OPTIONS")
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)


def foreign() -> Response | None:
    """A 403 where a page that the policy does not list asks for a change; None where the request may go on."""
    here = visit.here()
    origin = here.header("HTTP_ORIGIN")
    if origin is not None:
        if origin == _own_origin(here.request) or origin in here.parts.origins:
            return None
        return problem(403, "this origin is not one that the policy lists")
    if here.request.environ.get("HTTP_SEC_FETCH_SITE", "none") in ("same-origin", "same-site", "none"):
        return None
    return problem(403, "a browser asked from another site, without saying from which")


def _own_origin(request: Request) -> str:
    return f"{request.scheme}://{request.host}".lower()
