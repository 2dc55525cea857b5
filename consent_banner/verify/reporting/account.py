"""What every format tells of: the reports, their evidence, the language, and what the baseline has to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ..baseline import Baseline, Known
from ..evidence import Evidence, Visit
from ..facts import Facts
from ..findings import KINDS, Finding
from ..judging import Report
from .telling import Sighting, Told, tell
from .words import Words


@dataclass(frozen=True)
class Account:
    """One run, to be told in one language."""

    reports: tuple[Report, ...]
    evidence: Evidence
    language: str
    baseline: Baseline
    today: date
    colour: bool = False

    @cached_property
    def facts(self) -> Facts:
        """The evidence held against its policy."""
        return Facts(self.evidence)

    @cached_property
    def words(self) -> Words:
        """Everything that is said, in the language."""
        return Words(self.evidence, self.language)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that counts, over all pages."""
        return tuple(finding for report in self.reports for finding in report.findings)

    @property
    def known(self) -> tuple[Finding, ...]:
        """All that the baseline excuses, over all pages."""
        return tuple(finding for report in self.reports for finding in report.known)

    @property
    def passed(self) -> int:
        """How many pages are clean."""
        return sum(report.passed for report in self.reports)

    def told(self, findings: Sequence[Finding]) -> list[Told]:
        """Findings of one page as a reader wants them."""
        return tell(findings, self.words, {each.id: each.category for each in self.facts.declared.services})

    def by_kind(self, findings: Sequence[Finding]) -> Iterator[tuple[str, int, list[Told]]]:
        """Every kind among a page's findings, the gravest first, with their number and what is told of them."""
        for kind in KINDS:
            found = [finding for finding in findings if finding.kind == kind]
            if found:
                yield kind, len(found), self.told(found)

    def seen(self, sighting: Sighting) -> str:
        """A sighting on one line: `No answer (after 412 ms)`."""
        scenario = self.words.scenario(sighting.scenario)
        if sighting.time is None:
            return scenario
        return self.words.speech.gettext("%(scenario)s (after %(time)s)", scenario=scenario, time=sighting.time)

    def failed(self, visit: Visit) -> str:
        """A visit that did not do what it was to do, and why not: `Accept all (it cannot be clicked)`."""
        why = next((act.why for act in reversed(visit.acts) if act.why), None)
        scenario = self.words.scenario(visit.scenario)
        return f"{scenario} ({self.words.reason(why)})" if why else scenario

    def excuse(self, told: Told) -> Known | None:
        """The entry of the baseline that speaks of what is told."""
        return self.baseline.entry(told.findings[0], self.today)

    def remarks(self) -> Iterator[str]:
        """A sentence for each entry of the baseline that does nothing."""
        _ = self.words.speech.gettext
        for entry in self.baseline.expired(self.today):
            until = self.words.day(entry.until)
            yield _("Expired on %(date)s, and excuses nothing: %(entry)s", date=until, entry=entry.described())
        for entry in self.baseline.stale(self.reports, self.today):
            yield _("Matches nothing any more, and can go: %(entry)s", entry=entry.described())
