"""Something is stored that the policy does not name (ePrivacy Directive Art. 5(3); CJEU C-673/17, 72 to 81)."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Page, Stored
from ..facts import Facts, is_service
from ..findings import Finding
from ..known import keeper_of
from ..sites import host_of, site_of
from ..words import N_
from .stored_without_consent import shown

TITLE = N_("Undeclared storage")
ADVICE = N_("Declare it with its lifetime and purpose in the policy, or find what sets it and take that out.")
_JUDGED = frozenset({"cookie", "local_storage", "session_storage", "indexed_db"})


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per page, stored thing and site."""
    for page in facts.evidence.pages:
        seen: dict[tuple[str, str, str], tuple[str, Stored]] = {}
        for visit in facts.visits_of(page):
            for item in facts.items(page, visit):
                if item.kind in _JUDGED and not _is_declared(facts, page, item):
                    seen.setdefault((item.kind, item.name, _site(item)), (visit.scenario, item))
        for scenario, item in seen.values():
            evidence = {**shown([item]), "known_as": keeper_of(item.kind, item.name, item.place)}
            yield Finding("undeclared_storage", page.url, None, scenario, evidence)


def _is_declared(facts: Facts, page: Page, item: Stored) -> bool:
    ours = facts.is_ours(page, _address(item))
    if facts.declared.is_own(item.kind, item.name) and (ours or is_service(page, _address(item))):
        return True
    keepers = facts.declared.keeping(item.kind, item.name, item.place)
    # What only services of this site declare is not declared for another site.
    if keepers and (ours or any(not facts.is_ours(page, f"http://{host}") for each in keepers for host in each.hosts)):
        return True
    return item.frame is not None and page.service is not None and item.frame.startswith(page.service)


def _address(item: Stored) -> str:
    return item.place if "://" in item.place else f"http://{item.place.lstrip('.')}"


def _site(item: Stored) -> str:
    return site_of(host_of(_address(item)))
