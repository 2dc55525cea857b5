"""GET /consent/check, which every page asks before it loads a tag, and its gates for nginx.

Decided from the signed cookie alone: no ledger is read, so this stays up and quick whatever the ledger is doing.
Plain requests are answered before they come here (`front.py`); these routes are the reference.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from ..checking import Answer
from . import visit


def register(blueprint: Blueprint) -> None:
    """Add the paths of this conversation."""
    blueprint.add_url_rule("/check", "check", check)
    blueprint.add_url_rule("/check/<name>", "gate", gate)


def check() -> Response:
    """Say what may load for this visitor."""
    return _response(visit.parts().checks.whole(visit.decision(), request.headers.get("Origin")))


def gate(name: str) -> Response:
    """Say whether one category or service may load: 204 or 403 (nginx makes an error 500 of anything else)."""
    return _response(visit.parts().checks.gate(name, visit.decision(), request.headers.get("Origin")))


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, answer.headers)
    if response.status_code == 204:
        del response.headers["Content-Type"]  # The framework's default, for a body that is not there.
    return response
