"""POST /consent/reports: browsers say what a Content-Security-Policy held back, and it is counted, by day.

Counted are the service, by its host, and the directive; a host of no service is forgotten. Nothing of a visitor or a
page is kept,
and no cookie is read. Browsers are believed, so the numbers show where to look, and prove nothing.
"""

from __future__ import annotations

from flask import Blueprint, Response

from ..gates.violations import Violation, read_violations
from . import visit
from .choices import limited_body
from .cors import foreign
from .problems import problem

# A browser gathers a minute's reports into one body, each of which quotes the page's whole policy.
MAX_BYTES = {"application/csp-report": 16 * 1024, "application/reports+json": 64 * 1024}


def register(blueprint: Blueprint) -> None:
    """Add the paths of this conversation."""
    blueprint.add_url_rule("/reports", "reports", report, methods=["POST"])


def report() -> Response:
    """Count what a browser reports: 204, or a problem that says why not."""
    refused = foreign() or _too_often()
    if refused:
        return refused
    here = visit.here()
    most = MAX_BYTES.get(here.request.mimetype)
    if most is None:
        return problem(415, "reports are sent as application/csp-report or application/reports+json")
    body = limited_body(here.request, most)
    if body is None:
        return problem(413, f"a report is at most {most} bytes")
    violations = read_violations(body)
    if violations is None:
        return problem(400, "this is no report")
    _count(violations)
    return _done()


def _too_often() -> Response | None:
    here = visit.here()
    wait = here.parts.limiter.wait("reports", here.request.remote_addr)
    return problem(429, "too many reports", headers={"Retry-After": str(wait)}) if wait else None


def _count(violations: list[Violation]) -> None:
    parts, day = visit.parts(), visit.now().date()
    for each in violations:
        service = parts.hosts.owner(each.host) if each.host else None
        parts.ledger.count_violation(day, service, each.directive)


def _done() -> Response:
    response = Response(status=204, headers={"Cache-Control": "no-store"})
    del response.headers["Content-Type"]
    return response
