"""The answer to a recorded choice, rendered once for both doors: Flask's route, and the callable before it."""

from __future__ import annotations

import json
from typing import Any

from .consent import Consent
from .cookie import CookieSigner
from .recording import Recorded
from .settings import Settings

VARY = "Cookie, Origin, Sec-GPC"
_compact = json.JSONEncoder(separators=(",", ":")).encode


def recorded_body(recorded: Recorded) -> bytes:
    """The new decision as JSON, with the id of its receipt."""
    answer: dict[str, Any] = recorded.decision.as_json()
    answer["receipt"] = str(recorded.consent.receipt) if recorded.receipted else None
    return _compact(answer).encode("ascii")


def consent_cookie(settings: Settings, signer: CookieSigner, consent: Consent) -> str:
    """`Set-Cookie` for a consent (RFC 6265bis, 4.1): for the service's eyes only, and for as long as it holds."""
    age = consent.lifetime_days * 86_400
    return f"{settings.cookie_name}={signer.dump(consent)}; {_where(settings)}HttpOnly; Max-Age={age}; {_HOW}"


_HOW = "Path=/; SameSite=Lax"


def _where(settings: Settings) -> str:
    domain = f"Domain={settings.cookie_domain}; " if settings.cookie_domain else ""
    return f"{domain}Secure; " if settings.cookie_secure else domain
