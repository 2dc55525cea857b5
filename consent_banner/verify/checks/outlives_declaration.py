"""A cookie lives longer than visitors were told (CJEU C-673/17 Planet49, 75 to 81; requirements I03)."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Stored
from ..facts import Facts
from ..findings import Finding
from ..sites import host_of, site_of
from ..words import N_
from .stored_without_consent import shown

TITLE = N_("Outlives its declaration")
ADVICE = N_("Correct the lifetime in the policy, or have the cookie set for the time that was declared.")
_TOLERANCE = 1.0  # Clocks, and rounding to whole days, are no lie.


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per page and cookie, for its longest life seen."""
    for page in facts.evidence.pages:
        seen: dict[tuple[str, str], tuple[str, Stored, float]] = {}
        for visit in facts.visits_of(page):
            for item in facts.items(page, visit):
                declared, key = _outlived(facts, item), (item.name, site_of(_host(item)))
                if declared is not None and _lives(item) > _lives(seen[key][1] if key in seen else None):
                    seen[key] = visit.scenario, item, declared
        for scenario, item, declared in seen.values():
            owners = facts.declared.keeping(item.kind, item.name, item.place)
            evidence = {**shown([item]), "declared_days": round(declared, 1)}
            yield Finding("outlives_declaration", page.url, owners[0].id if owners else None, scenario, evidence)


def _host(item: Stored) -> str:
    return host_of(item.place) or item.place.lstrip(".")


def _lives(item: Stored | None) -> float:
    return (item.days or 0.0) if item else -1.0


def _outlived(facts: Facts, item: Stored) -> float | None:
    """The longest declared life that a cookie outlives, in days: 0 where it was to end with the session."""
    lifetimes = facts.declared.lifetimes(item.kind, item.name, item.place)
    if item.kind != "cookie" or item.days is None or not lifetimes:
        return None
    longest = max(0.0 if each is None else each for each in lifetimes)
    return longest if item.days > longest + _TOLERANCE else None
