"""Refusing takes more than accepting, or looks like less (EDPB 03/2022; Cookie Banner Taskforce, types A, C to E)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..evidence import Notice, Page, Part, Visit
from ..facts import Facts
from ..findings import Finding
from ..words import N_

TITLE = N_("Refusing is harder than accepting")
ADVICE = N_("Leave both buttons as they are: one click each, of one size and one contrast, side by side.")
_AT_LEAST = 0.85
_MEASURES = ("width", "height", "font_size", "contrast")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per page: how it looks, else how many clicks it takes."""
    for page in facts.evidence.pages:
        visits = facts.visits_of(page)
        for scenario, reason in (*_by_looks(visits), *_by_clicks(page)):
            yield Finding("refusal_harder_than_acceptance", page.url, None, scenario, reason)
            break


def _by_looks(visits: list[Visit]) -> Iterator[tuple[str, dict[str, Any]]]:
    for visit in visits:
        if visit.notice is not None and visit.notice.visible:
            reason = _weaker(visit.notice)
            if reason:
                yield visit.scenario, reason


def _weaker(notice: Notice) -> dict[str, Any] | None:
    accept, reject = notice.parts.get("accept-all"), notice.parts.get("reject-all")
    if accept is None or not accept.usable:
        return None
    if reject is None or not reject.usable:
        return {"reason": "no refusal on the first layer", "why": reject.why if reject else "it is not there"}
    for measure in _MEASURES:
        share = _measure(reject, measure) / (_measure(accept, measure) or 1)
        if round(share, 6) < _AT_LEAST:
            return {"reason": f"the refusal's {measure.replace('_', ' ')}", "share": round(share, 2)}
    return None


def _measure(part: Part, name: str) -> float:
    return float(getattr(part, name))


def _by_clicks(page: Page) -> Iterator[tuple[str, dict[str, Any]]]:
    clicks = {}
    for scenario in ("accept", "reject"):
        visit = page.visit(scenario)
        act = visit.act(scenario) if visit else None
        if act is None:
            return
        clicks[scenario] = act
    accept, reject = clicks["accept"], clicks["reject"]
    if accept.clicks is not None and (reject.clicks is None or reject.clicks > accept.clicks):
        needed = {"accept_clicks": accept.clicks, "reject_clicks": reject.clicks, "why": reject.why}
        yield "reject", {"reason": "the refusal takes more clicks", **needed}
