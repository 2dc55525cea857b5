"""The consent service does not answer, or not as it should: nobody can be asked, and nothing may load."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import BLOCKED, Page, Request, Visit
from ..facts import Facts
from ..findings import Finding
from ..words import N_

TITLE = N_("Service unreachable")
ADVICE = N_("Check the address of banner.js and of the service, and that the proxy in between lets it through.")
_PATIENCE_MS = 4000
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
        reason = _reason(page.service, request) or _silence(page.service, request, visit)
        if reason:
            return {"url": request.url, "after_ms": request.after_ms, "status": request.status, "reason": reason}
    if any(state.reason == "unreachable" for state in visit.states):
        return {"url": f"{page.service}check", "reason": "the page says that the service does not answer"}
    return None


def _silence(service: str, request: Request, visit: Visit) -> str | None:
    """Whether a check was never answered, though the visitor stayed long enough."""
    stayed = max((item.at_ms for item in visit.stored), default=0) - request.at_ms
    unanswered = request.status is None and request.error is None and request.kind != "websocket"
    is_check = request.url.startswith(f"{service}check") and request.method == "GET"
    return "it does not answer" if is_check and unanswered and stayed > _PATIENCE_MS else None


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
