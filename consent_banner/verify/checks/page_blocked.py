"""The page cannot be used without an answer, or after a refusal (EDPB 05/2020, 39 to 41; V13)."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Page, Usable, Visit
from ..facts import Facts, landed
from ..findings import Finding
from ..sites import host_of
from ..words import N_

TITLE = N_("Page blocked")
ADVICE = N_(
    "Take away whatever covers, locks or empties the page: it must work the same without an answer and after a refusal."
)
_MOST = 0.6
_LEFT = 0.25


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per page, against the same page once everything was accepted."""
    for page in facts.evidence.pages:
        for scenario, moment in (("fresh", "last"), ("gpc", "last"), ("reject", "last"), ("withdraw", "last")):
            visit = page.visit(scenario)
            usable = next((each for each in visit.usable if each.moment == moment), None) if visit else None
            reason = _reason(page, usable, _accepted(page)) if usable else None
            if visit and reason:
                yield Finding("page_blocked", page.url, None, scenario, reason)
                break


def _accepted(page: Page) -> Usable | None:
    visit: Visit | None = page.visit("accept")
    worked = visit is not None and visit.answered_ms is not None
    return next((each for each in visit.usable if each.moment == "last"), None) if visit and worked else None


def _reason(page: Page, usable: Usable, accepted: Usable | None) -> dict[str, object] | None:
    if usable.covered >= _MOST and (accepted is None or accepted.covered < _MOST):
        return {"reason": "something covers the page", "share": round(usable.covered, 2), "by": usable.by}
    if usable.inert and not (accepted and accepted.inert):
        return {"reason": "the page's content is inert"}
    if accepted is None:
        return None
    if usable.locked and not accepted.locked:
        return {"reason": "the page cannot be scrolled"}
    stays = any(not _moved(accepted.address, address) for address in landed(page))
    if stays and _moved(usable.address, accepted.address):
        return {"reason": "the visitor is led elsewhere", "url": usable.address}
    if usable.letters < accepted.letters * _LEFT:
        return {"reason": "the page's content is gone", "letters": usable.letters, "accepted": accepted.letters}
    return None


def _moved(one: str, other: str) -> bool:
    def place(address: str) -> tuple[str, str]:
        return host_of(address), address.partition("#")[0].partition("?")[0].partition("://")[2].partition("/")[2]

    return bool(one) and bool(other) and place(one) != place(other)
