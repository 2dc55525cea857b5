"""A declared service that stays silent although it was granted: it measures nothing, and asks for consent in vain."""

from __future__ import annotations

from collections.abc import Iterator

from ..declared import Service
from ..facts import Facts
from ..findings import Finding
from ..words import N_

TITLE = N_("Never fired")
ADVICE = N_("Check the name in data-consent and the address of the tag; or take the service out of the policy.")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per service that is silent on every page of the run, told with the first page that granted it."""
    for service in facts.declared.gated:
        granted = [(page, visit) for page, visit in facts.visits if facts.grants(visit, service)]
        if granted and (service.hosts or service.items) and not _was_seen(facts, service):
            page, visit = granted[0]
            evidence = {"hosts": list(service.hosts), "pages": len({each.url for each, _ in granted})}
            yield Finding("never_fired", page.url, service.id, visit.scenario, evidence)


def _was_seen(facts: Facts, service: Service) -> bool:
    return any(
        facts.was_heard(page, visit, service) or facts.kept(page, visit, service, "accept")
        for page, visit in facts.visits
    )
