"""POST and DELETE /consent/link: a visitor signed in, and what they chose follows the account; or signed out.

The token is the application's to hand over (`ConsentBanner.link`): it names the account to us, and to nobody else.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response

from ..answering import VARY
from ..choosing import parsed
from ..errors import ChoiceError, LedgerError
from ..following import Linked
from . import visit
from .answers import set_consent_cookie
from .choices import asker, json_body
from .cors import foreign
from .problems import problem


def register(blueprint: Blueprint) -> None:
    """Add the paths of this conversation."""
    blueprint.add_url_rule("/link", "link", link, methods=["POST"])
    blueprint.add_url_rule("/link", "leave", leave, methods=["DELETE"])


def link() -> Response:
    """Let this browser and an account meet: 200 with the decision, its receipt where one was made, and `ask`."""
    body = json_body("a link")
    if isinstance(body, Response):
        return body
    try:
        token = _token(body)
    except ChoiceError as error:
        return problem(400, "the link is malformed", error.errors)
    parts, who = visit.parts(), asker()
    wait = parts.limiter.wait("links", who.address)
    if wait:
        return problem(429, "too many links from this address", headers={"Retry-After": str(wait)})
    names = parts.accounts.read(token, who.now)
    if names is None:
        return problem(403, "the token is none of ours, or has expired; ask the application for a fresh one")
    try:
        return _answer(parts.following.link(names, who))
    except LedgerError:
        return problem(503, "the ledger cannot do this just now; ask again", headers={"Retry-After": "2"})


def leave() -> Response:
    """The visitor signed out: what this browser chooses from now on is its own. Its consent stays."""
    refused = foreign()
    if refused:
        return refused
    try:
        visit.parts().following.leave(asker())
    except LedgerError:
        return problem(503, "the ledger cannot do this just now; ask again", headers={"Retry-After": "2"})
    return _answer(Linked(visit.decision(), None, ask=False))


def _token(body: bytes) -> str:
    """The token in a JSON body. Raises ChoiceError with every bad field."""
    values = parsed(body)
    errors = [(f"#/{name[:100]}", "is no key of a link") for name in values.keys() - {"token"}]
    token = values.get("token")
    if not isinstance(token, str):
        errors.append(("#/token", "must be a string" if "token" in values else "is missing"))
    if errors or not isinstance(token, str):
        raise ChoiceError(sorted(errors))
    return token


def _answer(linked: Linked) -> Response:
    recorded = linked.recorded
    answer: dict[str, Any] = linked.decision.as_json()
    answer["receipt"] = str(recorded.consent.receipt) if recorded else None
    answer["ask"] = linked.ask
    headers = {"Cache-Control": "no-store", "Vary": VARY}
    response = Response(json.dumps(answer), headers=headers, content_type="application/json")
    if recorded:
        set_consent_cookie(response, recorded.consent)
    return response
