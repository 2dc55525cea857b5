"""Something optional is ticked before the visitor ticks it (GDPR recital 32; CJEU C-673/17 Planet49, 44 to 65)."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import Finding
from ..words import N_

TITLE = N_("Preselected")
ADVICE = N_("Nothing but the necessary may be ticked. Find the script or the markup that ticks it.")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per page."""
    for page in facts.evidence.pages:
        for visit in facts.visits_of(page):
            optional = [name for name in visit.ticked if not facts.declared.categories.get(name, False)]
            if optional:
                yield Finding("preselected", page.url, None, visit.scenario, {"names": sorted(set(optional))})
                break
