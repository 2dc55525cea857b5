"""What `consent-banner verify` finds in the zoo, and whom it accuses there; the same by a scanner; what a run costs."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from subprocess import SubprocessError

from bench.browser import MISSING, available
from bench.processes import Cost, cost
from bench.rivals import MISSING as NO_RIVALS
from bench.rivals import install
from bench.scanner import PLAIN, EnglishZoo, Scan, sample, scan, version
from bench.servers import free_port, granian, serving, settings
from bench.tables import Table, Target
from consent_banner.errors import ConsentError
from consent_banner.verify.command import policy_values
from consent_banner.verify.findings import KINDS
from consent_banner.verify.judging import judge
from consent_banner.verify.running import Options, Run
from tests.sites.zoo import Zoo, ZooPage

WAIT = 2.5  # Seconds on each page of the zoo, whose timers are shorter.
EVERY = 4  # Of how many pages the scanner gets one: it visits them one after another.
SECONDS, MEMORY, SEVERAL, TOGETHER = 40, 800, 20, 300
_COMMAND = str(Path(sys.executable).with_name("consent-banner"))


def run(times: int = 3) -> Iterator[Table]:
    """The zoo, then the scanner over a sample of it, then the cost. What cannot be measured leaves the rest alone."""
    if not available():
        yield Table("verify", [], notes=[MISSING])
        return
    yield from _told("The zoo", _found)
    yield from _told("What a run of consent-banner verify costs", lambda: iter([_cost(times)]))


def _told(title: str, part: Callable[[], Iterator[Table]]) -> Iterator[Table]:
    try:
        yield from part()
    except (ConsentError, RuntimeError, OSError, SubprocessError) as error:
        yield Table(title, [], notes=[f"not measured: {error}"])


def _found() -> Iterator[Table]:
    with Zoo() as zoo:
        outcomes, seconds = judged(zoo, zoo.pages)
    yield _zoo(outcomes, seconds)
    yield from _told("Beside gdpr-cookie-scanner", lambda: iter([_beside(outcomes, seconds)]))


# -- the zoo ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """A page and the kinds that were found on it, without those that cannot be told apart from its own.

    `found` is whether its own is among them, against the service that it is seeded in.
    """

    page: ZooPage
    kinds: frozenset[str]
    found: bool

    @property
    def wrong(self) -> frozenset[str]:
        """What it is accused of, and did not do."""
        return self.kinds - {self.page.kind or ""}

    def faults(self) -> list[str]:
        """What to say of it: nothing, where all is well."""
        missed = [f"missed: {self.page.name}"] if self.page.kind and not self.found else []
        return missed + [f"wrongly accused: {self.page.name} of {kind}" for kind in sorted(self.wrong)]


def judged(zoo: Zoo, pages: Sequence[ZooPage]) -> tuple[list[Outcome], float]:
    """All pages visited in one run and judged one by one, and the seconds that a page took."""
    began = time.monotonic()
    options = Options(wait=WAIT, arguments=zoo.browser_arguments, policy=policy_values(zoo.policy_file))
    evidence = Run([page.address for page in pages], options).collect()
    seconds = (time.monotonic() - began) / len(pages)
    reports = {page.url: judge(replace(evidence, pages=(page,)))[0] for page in evidence.pages}
    outcomes = []
    for page in pages:
        told = {(each.kind, each.service) for each in reports[page.address].findings}
        kinds = frozenset(kind for kind, _ in told) - set(page.also)
        outcomes.append(Outcome(page, kinds, (page.kind, page.service) in told))
    return outcomes, seconds


def _zoo(outcomes: Sequence[Outcome], seconds: float) -> Table:
    title = f"The zoo: {len(outcomes)} pages in all scenarios by consent-banner verify, {seconds:.1f} s a page"
    table = Table(title, ["pages", "found", "wrongly accused"])
    for kind in (*KINDS, None):
        _row(table, kind or "clean", [each for each in outcomes if each.page.kind == kind])
    _row(table, "all", outcomes)
    table.targets = [Target("recall", recall(outcomes), 1.0), Target("precision", precision(outcomes), 1.0)]
    table.notes = [
        "found: the seeded kind, against the service it is seeded in; wrongly accused: of any other kind, save those"
        " that cannot be told apart",
        "recall: found / pages that break a promise; precision: found / all kinds that were reported, each once a page",
        *(fault for each in outcomes for fault in each.faults()),
    ]
    return table


def _row(table: Table, name: str, outcomes: Sequence[Outcome]) -> None:
    broken = any(each.page.kind for each in outcomes)
    found = sum(each.found for each in outcomes) if broken else ""
    table.add(name, len(outcomes), found, sum(bool(each.wrong) for each in outcomes))


def recall(outcomes: Sequence[Outcome]) -> float:
    """Which part of what there is was found."""
    return _part(sum(each.found for each in outcomes), sum(bool(each.page.kind) for each in outcomes))


def precision(outcomes: Sequence[Outcome]) -> float:
    """Which part of what was reported is there, counted once for each page and kind."""
    return _part(sum(each.found for each in outcomes), sum(len(each.kinds) for each in outcomes))


def _part(some: float, of: int) -> float:
    return some / of if of else 0.0


# -- beside the scanner -----------------------------------------------------------------------------------------------


def _beside(outcomes: Sequence[Outcome], seconds: float) -> Table:
    if not install():
        return Table("Beside gdpr-cookie-scanner", [], notes=[NO_RIVALS])
    with EnglishZoo() as zoo:
        pages = sample(zoo.pages, EVERY)
        plain, scans = scanned(zoo, pages)
    paths = {page.path for page in pages}
    return compared([each for each in outcomes if each.page.path in paths], seconds, plain, scans)


def scanned(zoo: Zoo, pages: Sequence[ZooPage]) -> tuple[Scan, list[tuple[ZooPage, Scan]]]:
    """What the scanner says of the plain page, and of each other. Raises RuntimeError where it does not run here."""
    plain = scan(next(page for page in zoo.pages if page.name == PLAIN), zoo.browser_arguments)
    if plain.failed:
        raise RuntimeError(f"it cannot be driven here: {plain.failed}")
    return plain, [(page, scan(page, zoo.browser_arguments)) for page in pages]


def compared(outcomes: Sequence[Outcome], own: float, plain: Scan, scans: Sequence[tuple[ZooPage, Scan]]) -> Table:
    """Both tools over the same pages. `own` are the seconds that a page takes ours."""
    broken = sum(bool(page.kind) for page, _ in scans)
    share = f"every {EVERY}th page of the zoo, {broken} that break a promise and {len(scans) - broken} clean"
    table = Table(f"Beside gdpr-cookie-scanner {version()}: {share}", ["caught", "accused", *_MEASURES, "s a page"])
    wrong = sum(bool(each.wrong) for each in outcomes)
    _tool(table, "consent-banner verify", sum(each.found for each in outcomes), wrong, broken, own)
    told = [page for page, each in scans if each.issues - plain.issues]
    caught = [page for page in told if page.kind]
    took = [each.seconds for _, each in scans if not each.failed]
    _tool(table, "gdpr-cookie-scanner", len(caught), len(told) - len(caught), broken, _part(sum(took), len(took)))
    table.notes = [
        *_RULES,
        f"on the clean plain page it raises: {'; '.join(sorted(words for _, words in plain.issues)) or 'nothing'}",
        f"it caught: {', '.join(page.name for page in caught) or 'nothing'}",
        *(f"it accused: {page.name}" for page in told if not page.kind),
        *(f"no report of {page.name}: {each.failed}" for page, each in scans if each.failed),
    ]
    return table


_MEASURES = ("recall", "precision")
_RULES = (
    "recall: caught / pages that break a promise; precision: caught / (caught + accused)",
    "ours: caught is the right kind against the right service; accused is of any other, on any page; nine visits a"
    " page, side by side, the time is that of the whole zoo",
    "the scanner: caught is any issue that it does not raise on the clean plain page; accused is a clean page with such"
    " an issue; three states a page, one page after another",
    "it reads no Estonian, so it gets the same pages with the banner in English; the few that have none are left out",
)


def _tool(table: Table, name: str, caught: int, accused: int, broken: int, seconds: float) -> None:
    exact = _part(caught, caught + accused) if caught + accused else "nothing told"
    table.add(name, caught, accused, _part(caught, broken), exact, seconds)


# -- the cost ---------------------------------------------------------------------------------------------------------


def _cost(times: int) -> Table:
    one, several = _of_demo(times), _of_several()
    table = Table("What a run of consent-banner verify costs, as a process", ["seconds", "peak PSS MiB", "left over"])
    seconds, peak = median(each.seconds for each in one), max(each.peak for each in one)
    left = sum(each.left for each in one)
    table.add(f"a page of the demo, all scenarios (median of {len(one)})", seconds, peak, left)
    table.add(f"{SEVERAL} clean pages of the zoo in one run", several.seconds, several.peak, several.left)
    table.targets = [
        Target("a page in all scenarios", seconds, SECONDS, at_most=True, unit=" s"),
        Target("a page: peak PSS of all processes", peak, MEMORY, at_most=True, unit=" MiB"),
        Target(f"{SEVERAL} pages", several.seconds, TOGETHER, at_most=True, unit=" s"),
        Target("processes left over", left + several.left, 0, at_most=True),
    ]
    table.notes = [f"{each} found something on clean pages" for each in _accusers(one, several)]
    return table


def _accusers(one: Sequence[Cost], several: Cost) -> list[str]:
    runs = [("a run over the demo", each) for each in one] + [("the run over the zoo", several)]
    return [name for name, each in runs if each.code]


def _of_demo(times: int) -> list[Cost]:
    """The demo's page with the most tags, once more each time."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environment = settings(Path(folder), CONSENT_DEMO="1")
        with serving(granian("wsgi:app", port, 8), port, environment, core=None) as base:
            return [cost(_COMMAND, "verify", f"{base}/koolitus") for _ in range(times)]


def _of_several() -> Cost:
    """Clean pages of the zoo, evenly spread."""
    with Zoo() as zoo:
        clean = [page.address for page in zoo.pages if not page.kind]
        addresses = [clean[at * len(clean) // SEVERAL] for at in range(SEVERAL)]
        arguments = [f"--browser-arg={each}" for each in zoo.browser_arguments]
        return cost(_COMMAND, "verify", *addresses, f"--policy={zoo.policy_file}", *arguments)
