"""POST and DELETE /consent/choices: a visitor chooses, and the choice is proven before it permits anything.

Plain grants are answered before they come here (`front.py`); these routes are the reference.
"""

from __future__ import annotations

from flask import Blueprint, Request, Response

from ..choosing import MAX_BYTES, read_choice, refusal
from ..consent import Choice
from ..errors import ChoiceError
from ..recording import Recorded
from ..taking import Asker, take
from . import visit
from .answers import recorded_response
from .cors import foreign
from .problems import problem


def register(blueprint: Blueprint) -> None:
    """Add the paths of this conversation."""
    blueprint.add_url_rule("/choices", "choose", choose, methods=["POST"])
    blueprint.add_url_rule("/choices", "withdraw", withdraw, methods=["DELETE"])


def choose() -> Response:
    """Record a choice: 200 with the decision and the cookie, or a problem that says what would do."""
    body = json_body("a choice")
    if isinstance(body, Response):
        return body
    try:
        choice = read_choice(body, visit.parts().policy)
    except ChoiceError as error:
        return problem(400, "the choice is malformed", error.errors)
    outcome = record(choice)
    return recorded_response(outcome) if isinstance(outcome, Recorded) else outcome


def withdraw() -> Response:
    """Take every optional category back. Always succeeds (GDPR Art. 7(3))."""
    refused = foreign()
    if refused:
        return refused
    return recorded_response(withdrawn())


def withdrawn() -> Recorded:
    """Record a withdrawal, as its own method tells the ledger."""
    outcome = record(refusal(visit.parts().policy, "withdraw", visit.language()))
    if not isinstance(outcome, Recorded):
        raise AssertionError("a withdrawal asks for nothing, so nothing can refuse it")
    return outcome


def record(choice: Choice) -> Recorded | Response:
    """The recorded choice; for a grant that cannot be recorded, the problem that says why."""
    outcome = take(visit.parts(), choice, asker())
    if isinstance(outcome, Recorded):
        return outcome
    return problem(outcome.status, outcome.detail, headers=outcome.headers(), more=outcome.members())


def asker() -> Asker:
    """Whoever sent the current request."""
    here = visit.here()
    return Asker(here.consent, here.signals, here.decision, here.request.remote_addr, visit.now())


def json_body(what: str) -> bytes | Response:
    """The body of a change that a page of ours asks for as JSON; else the problem: 403, 413 or 415."""
    refused = foreign()
    if refused:
        return refused
    here = visit.here()
    if here.request.mimetype != "application/json":
        return problem(415, f"{what} is sent as application/json")
    body = limited_body(here.request)
    return problem(413, f"{what} is at most {MAX_BYTES} bytes") if body is None else body


def limited_body(request: Request, most: int = MAX_BYTES) -> bytes | None:
    """The body, read no further than is allowed, chunked or not; None where there is more."""
    if (request.content_length or 0) > most:
        return None
    body = request.stream.read(most + 1)
    return None if len(body) > most else body
