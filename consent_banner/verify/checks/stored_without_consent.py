"""A service stored something though this visitor had not allowed it (ePrivacy Directive Art. 5(3))."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Page, Stored, Visit
from ..facts import Facts
from ..findings import Finding
from ..words import N_

TITLE = N_("Stored without consent")
ADVICE = N_("Find what sets it, a script or the server itself, and let it wait for consent.")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per service and scenario."""
    for page, visit in facts.visits:
        for service in facts.declared.gated:
            seen = facts.early_stored(page, visit, service)
            if not facts.grants(visit, service):
                found = facts.stored(page, visit, service)
                seen += [item for item in found if visit.scenario != "withdraw" or _is_new(facts, page, visit, item)]
            if seen:
                yield Finding("stored_without_consent", page.url, service.id, visit.scenario, shown(seen))


def _is_new(facts: Facts, page: Page, visit: Visit, item: Stored) -> bool:
    """Whether something after a withdrawal is no remainder: it was there before, or another site set it anew."""
    return was_there(page, visit, item) or (item.moment == "header" and not facts.is_reachable(page, item))


def was_there(page: Page, visit: Visit, item: Stored) -> bool:
    """Whether something was there before anybody had agreed: then a withdrawal did not fail to delete it."""
    fresh = page.visit("fresh")
    before = [each for each in visit.stored if each.moment == "loaded"] + list(fresh.stored if fresh else ())
    return any((each.kind, each.name, each.place) == (item.kind, item.name, item.place) for each in before)


def shown(items: list[Stored]) -> dict[str, object]:
    """The evidence of stored things: the first, and the names of all."""
    first = items[0]
    return {
        "kind": first.kind,
        "name": first.name,
        "domain": first.place,
        "frame": first.frame,
        "after_ms": first.at_ms,
        "days": None if first.days is None else round(first.days, 1),
        "http_only": first.http_only or None,
        "names": sorted({item.name for item in items}) if len(items) > 1 else None,
    }
