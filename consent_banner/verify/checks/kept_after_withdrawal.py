"""What a service had stored with consent is still there after the withdrawal (GDPR Art. 7(3), 17(1)(b))."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import Finding
from ..words import N_
from .stored_without_consent import shown, was_there

TITLE = N_("Kept after withdrawal")
ADVICE = N_(
    "The banner deletes what the policy declares at this site. Declare the exact name, and find what writes it again "
    "when the page is left or loaded."
)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per service. Cookies of other sites are out of anybody's reach here, and are not counted."""
    for page, visit in facts.visits:
        if visit.scenario != "withdraw" or visit.withdrawn_ms is None:
            continue
        for service in facts.declared.gated:
            found = [item for item in facts.kept(page, visit, service, "fresh") if item.moment in ("last", "left")]
            kept = [each for each in found if facts.is_reachable(page, each) and not was_there(page, visit, each)]
            if kept:
                yield Finding("kept_after_withdrawal", page.url, service.id, visit.scenario, shown(kept))
