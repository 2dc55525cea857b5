"""Service by scenario: who was held, let through, silent, and who leaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..declared import Service
from ..evidence import BLOCKED, Page, Visit
from ..facts import ANSWERLESS, Facts
from ..findings import Finding
from ..judging import Report, Verdict

STATES = ("held", "let_through", "leaks", "silent")
_ACCUSING = frozenset({"fired_without_consent", "stored_without_consent", "kept_after_withdrawal", "fails_open"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One service in one scenario. `state` is one of STATES, or `unseen`: nothing to see, and nothing to say of it."""

    scenario: str
    state: str
    known: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One service in every scenario that was visited."""

    service: str
    category: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A page's table: scenarios across, services down."""

    scenarios: tuple[str, ...]
    rows: tuple[Row, ...]

    def states(self) -> list[str]:
        """The states that occur, for a legend that explains no others."""
        return [state for state in STATES if any(cell.state == state for row in self.rows for cell in row.cells)]


def matrix(report: Report, facts: Facts) -> Matrix:
    """The table of a report's page. The visit with the service blocked comes last, if there was one."""
    visits = sorted(report.page.visits, key=lambda visit: visit.scenario == BLOCKED)
    services = {each.id: each for each in facts.declared.services}
    rows = tuple(
        Row(verdict.id, verdict.category, tuple(_cells(report, facts, visits, verdict, services)))
        for verdict in report.services
    )
    return Matrix(tuple(visit.scenario for visit in visits), rows)


def expected(facts: Facts) -> tuple[str, ...]:
    """Every scenario that a full run visits (contract §7), to tell what a partial one left out."""
    only = (f"only:{category}" for category in facts.declared.optional)
    return ("fresh", "gpc", "reject", "accept", *only, "withdraw")


def left_out(page: Page, facts: Facts) -> list[str]:
    """The scenarios of a full run in which a page was not visited."""
    return [scenario for scenario in expected(facts) if page.visit(scenario) is None]


def unrecorded(page: Page) -> Iterator[Visit]:
    """Visits that chose or withdrew something, without that ever being recorded."""
    for visit in page.visits:
        withdrawn = visit.scenario != "withdraw" or visit.withdrawn_ms is not None
        if visit.scenario not in ANSWERLESS and (visit.answered_ms is None or not withdrawn):
            yield visit


def _cells(
    report: Report, facts: Facts, visits: list[Visit], verdict: Verdict, services: dict[str, Service]
) -> Iterator[Cell]:
    service = services[verdict.id]
    for visit in visits:
        now, before = (_accused(findings, service, visit) for findings in (report.findings, report.known))
        if now or before:
            yield Cell(visit.scenario, "leaks", known=not now)
        else:
            active = verdict.fired.get(visit.scenario, False) or _despite_blocking(facts, report.page, visit, service)
            yield Cell(visit.scenario, _state(facts, visit, service, active))


def _accused(findings: tuple[Finding, ...], service: Service, visit: Visit) -> bool:
    return any(
        each.kind in _ACCUSING and each.service == service.id and each.scenario == visit.scenario for each in findings
    )


def _despite_blocking(facts: Facts, page: Page, visit: Visit, service: Service) -> bool:
    """`fired` leaves out the visit with the service blocked, and a service that leaks anyway fails no more open."""
    return visit.scenario == BLOCKED and bool(facts.fired(page, visit, service) or facts.stored(page, visit, service))


def _state(facts: Facts, visit: Visit, service: Service, active: bool) -> str:
    if not (service.hosts or service.items):
        return "unseen"
    if facts.grants(visit, service):
        necessary = facts.declared.categories.get(service.category, False)
        return "let_through" if active else "unseen" if necessary else "silent"
    return "leaks" if active else "held"
