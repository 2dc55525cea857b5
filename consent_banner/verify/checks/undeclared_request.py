"""A request to another site that the policy does not name: a recipient of whom nobody was told (GDPR Art. 13(1)(e))."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Request, Visit
from ..facts import Facts
from ..findings import Finding
from ..known import known_as
from ..sites import host_of
from ..telling import told
from ..words import N_

TITLE = N_("Undeclared request")
ADVICE = N_(
    "Add the service to the policy and mark its tag, or take the tag out. "
    "“consent-banner policy suggest” writes the entry."
)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per page and host, with all scenarios in which it was seen."""
    for page in facts.evidence.pages:
        seen: dict[str, list[tuple[Visit, Request]]] = {}
        for visit in facts.visits_of(page):
            for request in facts.strangers(page, visit):
                seen.setdefault(host_of(request.url), []).append((visit, request))
        for host, sightings in seen.items():
            visit, request = sightings[0]
            scenarios = list(dict.fromkeys(each.scenario for each, _ in sightings))
            evidence = told(visit, request, len(sightings), None)
            evidence |= {"host": host, "known_as": known_as(host), "scenarios": scenarios}
            yield Finding("undeclared_request", page.url, None, visit.scenario, evidence)
