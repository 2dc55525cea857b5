"""With the consent service blocked, something optional loads all the same (GDPR Art. 25(2); V16)."""

from __future__ import annotations

from collections.abc import Iterator

from ..declared import Service
from ..evidence import BLOCKED, Page
from ..facts import Facts
from ..findings import Finding
from ..telling import told
from ..words import N_
from .stored_without_consent import shown

TITLE = N_("Fails open")
ADVICE = N_("Take out whatever loads the tag when the banner does not come: no answer means no.")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per service that keeps still without an answer, but not without the service."""
    for page in facts.evidence.pages:
        blocked = page.visit(BLOCKED)
        if blocked is None:
            continue
        for service in facts.declared.gated:
            fired, stored = facts.fired(page, blocked, service), facts.stored(page, blocked, service)
            if (fired or stored) and not _leaks_anyway(facts, page, service):
                evidence = told(blocked, fired[0], len(fired), service.id) if fired else shown(stored)
                yield Finding("fails_open", page.url, service.id, BLOCKED, evidence)


def _leaks_anyway(facts: Facts, page: Page, service: Service) -> bool:
    fresh = page.visit("fresh")
    return fresh is not None and bool(facts.fired(page, fresh, service) or facts.stored(page, fresh, service))
