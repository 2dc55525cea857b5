"""Judges evidence: every check over every page, a verdict for each service. Pure: same evidence, same report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .checks import check
from .declared import Service
from .evidence import Evidence, Page
from .facts import Facts
from .findings import KINDS, Finding


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a service stands on a page: `gated`, `leaks`, or `silent` (granted, and never fired)."""

    id: str
    category: str
    verdict: str
    fired: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found on one page. `known` are findings that the baseline excuses; they do not count."""

    page: Page
    revision: str
    browser: str
    services: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    known: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found that is not known already."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """The report as the contract has it (§7)."""
        services = [
            {"id": each.id, "category": each.category, "verdict": each.verdict, "fired": dict(each.fired)}
            for each in self.services
        ]
        values: dict[str, Any] = {
            "url": self.page.url,
            "revision": self.revision,
            "browser": self.browser,
            "passed": self.passed,
            "services": services,
            "findings": [each.as_json() for each in self.findings],
        }
        return {**values, "known": [each.as_json() for each in self.known]} if self.known else values


def judge(evidence: Evidence) -> list[Report]:
    """A report for each page, its findings in the order of their kinds, the gravest first."""
    facts = Facts(evidence)
    found = [finding for kind in KINDS for finding in check(kind)(facts)]
    return [_report(facts, page, [each for each in found if each.page == page.url]) for page in evidence.pages]


def _report(facts: Facts, page: Page, findings: Sequence[Finding]) -> Report:
    leaking = {each.service for each in findings if each.kind in _LEAKS}
    services = tuple(_verdict(facts, page, service, service.id in leaking) for service in facts.declared.services)
    return Report(page, facts.declared.revision, facts.evidence.browser, services, tuple(findings))


_LEAKS = frozenset({"fired_without_consent", "stored_without_consent", "kept_after_withdrawal", "fails_open"})


def _verdict(facts: Facts, page: Page, service: Service, leaks: bool) -> Verdict:
    fired = {visit.scenario: facts.is_active(page, visit, service) for visit in facts.visits_of(page)}
    word = "leaks" if leaks else "gated" if any(fired.values()) else "silent"
    return Verdict(service.id, service.category, word, fired)
