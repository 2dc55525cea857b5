"""GET and DELETE /consent/receipts: the visitor's own proofs (GDPR Art. 15, 17), known by the cookie alone."""

from __future__ import annotations

import json
import re

from flask import Blueprint, Response, request

from ..consent import Consent, Receipt
from ..errors import LedgerError
from . import visit
from .answers import expire_consent_cookie
from .cors import foreign
from .problems import problem

DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def register(blueprint: Blueprint) -> None:
    """Add the paths of this conversation."""
    blueprint.add_url_rule("/receipts", "receipts", receipts)
    blueprint.add_url_rule("/receipts", "erase", erase, methods=["DELETE"])
    blueprint.add_url_rule("/texts/<digest>", "text", text)


def receipts() -> Response:
    """The visitor's receipts, newest first; an empty list for whoever has none."""
    wait = visit.parts().limiter.wait("receipts", request.remote_addr)
    if wait:
        return problem(429, "receipts were read too often from this address", headers={"Retry-After": str(wait)})
    try:
        found = own_receipts()
    except LedgerError:
        return problem(503, "the ledger cannot be read just now", headers={"Retry-After": "2"})
    return _answer(found)


def erase() -> Response:
    """Erase the visitor's receipts and cookie."""
    refused = foreign()
    if refused:
        return refused
    try:
        erase_own()
    except LedgerError:
        return problem(503, "the ledger cannot erase just now; ask again", headers={"Retry-After": "2"})
    response = _answer([])
    expire_consent_cookie(response)
    return response


def own_receipts() -> list[Receipt]:
    """The chain that the request's cookie begins: any validly signed one, expired or not."""
    consent = visit.consent()
    if not isinstance(consent, Consent) or consent.receipt is None:
        return []
    return visit.parts().ledger.chain(consent.receipt)


def erase_own() -> None:
    """Erase that chain. Raises LedgerError where the local file cannot do it."""
    consent = visit.consent()
    if isinstance(consent, Consent) and consent.receipt is not None:
        visit.parts().ledger.erase([consent.receipt])


def text(digest: str) -> Response:
    """The exact text, as shown, that a receipt names (GDPR Art. 7(1)): its SHA-256 is its name."""
    parts = visit.parts()
    if not DIGEST.fullmatch(digest):
        return problem(404, "a text is named by its SHA-256: 64 hex digits")
    known = parts.wordings.find(digest)
    try:
        body = known.document if known else parts.ledger.document("text", digest)
    except LedgerError:
        return problem(503, "the ledger cannot be read just now", headers={"Retry-After": "2"})
    if body is None:
        return problem(404, "no text of that digest is kept")
    response = Response(body, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.set_etag(digest)
    response.make_conditional(request)
    return response


def _answer(found: list[Receipt]) -> Response:
    body = json.dumps({"receipts": [receipt.as_shown() for receipt in found]})
    response = Response(body, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Cookie")
    return response
