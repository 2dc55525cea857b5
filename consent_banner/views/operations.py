"""GET /consent/healthz and /consent/readyz: alive; and able to record."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, json

from . import visit


def register(blueprint: Blueprint) -> None:
    """Add the paths of this conversation."""
    blueprint.add_url_rule("/healthz", "healthz", healthz)
    blueprint.add_url_rule("/readyz", "readyz", readyz)


def healthz() -> Response:
    """200 as long as the process answers."""
    return _answer({"status": "alive"}, 200)


def readyz() -> Response:
    """200 exactly when a grant would be acknowledged; names the state of Redis and the depth of the spool."""
    status = visit.parts().ledger.status()
    answer = {
        "ready": status.ready,
        "redis": status.redis,
        "spool": status.spool,
        "waiting": status.waiting,
        "lost": status.lost,
        "reason": status.reason,
    }
    return _answer(answer, 200 if status.ready else 503)


def _answer(values: Mapping[str, object], status: int) -> Response:
    response = Response(json.dumps(values), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
