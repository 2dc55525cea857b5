"""A service's request went out though this visitor had not allowed it (ePrivacy Directive Art. 5(3); V01 to V04)."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import Finding
from ..telling import told
from ..words import N_

TITLE = N_("Fired without consent")
ADVICE = N_(
    "Mark the tag with data-consent so that it waits; where another script loads it, mark that script. "
    "If it is marked already, its category in the policy and on the page differ. "
    "The guard cannot hold a tag that stands in the markup: the browser asks for it before any script has run."
)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per service and scenario, with the first request that should not have been."""
    for page, visit in facts.visits:
        for service in facts.declared.gated:
            granted = facts.grants(visit, service)
            seen = facts.early(page, visit, service) + ([] if granted else facts.fired(page, visit, service))
            if seen:
                yield Finding(
                    "fired_without_consent", page.url, service.id, visit.scenario,
                    told(visit, seen[0], len(seen), service.id),
                )  # fmt: skip
