"""The consent service does not answer, or not as it should: nobody can be asked, and nothing may load."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import BLOCKED, Page, Request, Visit
from ..facts import Facts
from ..findings import Finding
from ..words import N_

TITLE = N_("Service unreachable")
ADVICE = N_("Check the address of banner.js and of the service, and that the proxy in between lets it through.")
_TYPES = {"banner.js": "javascript", "check": "json", "choices": "json"}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per page."""
    for page in facts.evidence.pages:
        for visit in page.visits:
            evidence = trouble(page, visit)
            if evidence:
                yield Finding("service_unreachable", page.url, None, visit.scenario, evidence)
                break


def trouble(page: Page, visit: Visit) -> dict[str, object] | None:
    """What is wrong with the service in a visit that did not block it."""
    if visit.scenario == BLOCKED or page.service is None:
        return None
    for request in visit.requests:
        reason = _reason(page.service, request)
        if reason:
            return {"url": request.url, "after_ms": request.after_ms, "status": request.status, "reason": reason}
    loaded = visit.state("loaded")
    if loaded and loaded.reason == "unreachable":
        return {"url": f"{page.service}check", "reason": "the page says that the service does not answer"}
    return None


def _reason(service: str, request: Request) -> str | None:
    name = request.url.removeprefix(service).partition("?")[0]
    if not request.url.startswith(service) or name not in _TYPES or request.method == "OPTIONS":
        return None
    if request.status is None:
        return None if request.error is None or "ABORT" in request.error else request.error
    if request.status >= 400 and request.status not in (409, 429):
        return f"it answers {request.status}"
    if request.status == 200 and request.content_type and _TYPES[name] not in request.content_type:
        return f"it answers with {request.content_type}"
    return None
