"""In a throttled browser: until a first visitor sees the notice, and until an allowed tag runs for one who returns."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from bench.browser import BYTES_PER_SECOND, CPU, LATENCY, MISSING, available, awaited, browser, moment, new_tab
from bench.rivals import MISSING as NO_RIVALS
from bench.rivals import install
from bench.servers import free_port, granian, serving, settings
from bench.tables import Table, Target, paired

NAMES = {
    "hand": ("hand-written notice in the page's own HTML", "tag that nothing gates"),
    "server": ("ours, server-rendered", "ours, decision inlined"),
    "script": ("ours, by the script", "ours, by the check"),
    "orejime": ("orejime", "orejime"),
    "cookieconsent": ("vanilla-cookieconsent", "vanilla-cookieconsent"),
}
_ACCEPT = "[data-accept], [data-consent-part=accept-all], .orejime-Banner-saveButton, #cc-main [data-role=all]"
Visits = Mapping[str, list[tuple[float, float]]]


def run(times: int = 7) -> Iterator[Table]:
    """Visits in turn, a fresh browser each; every browser comes twice."""
    if not (available() and install()):
        yield Table("notice", [], notes=[NO_RIVALS if available() else MISSING])
        return
    visits: dict[str, list[tuple[float, float]]] = {way: [] for way in NAMES}
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with serving(granian("bench.site:site", port, 4), port, settings(Path(folder)), core=None) as base:
            for _ in range(times):
                for way, found in visits.items():
                    found.append(_visit(base, way))
    yield _first(visits)
    yield _returning(visits)


def _visit(base: str, way: str) -> tuple[float, float]:
    """Come for the first time, accept, and come back in another tab."""
    with browser() as driver:
        shown = moment(driver, f"{base}/first/{way}", "benchShown")
        driver.execute_script(f"document.querySelector({_ACCEPT!r}).click()")
        awaited(driver, "return benchGone()", f"{way}: acceptance")
        new_tab(driver)
        return shown, moment(driver, f"{base}/returning/{way}", "benchTag")


def _first(visits: Visits) -> Table:
    shown = {way: [first for first, _ in found] for way, found in visits.items()}
    table = _table("First visit: notice fully shown", shown, 0)
    ours = paired(shown["server"], shown["hand"])
    table.targets = [Target("server-rendered / hand-written", ours, 1.15, at_most=True)]
    for rival in ("orejime", "cookieconsent"):
        ahead = paired(shown["script"], shown[rival])
        table.targets.append(Target(f"by the script / {NAMES[rival][0]}", ahead, 1, at_most=True))
    return table


def _returning(visits: Visits) -> Table:
    ran = {way: [later for _, later in found] for way, found in visits.items()}
    table = _table("Returning visit: first allowed tag runs", ran, 1)
    table.targets = [Target("decision inlined / not gated", paired(ran["server"], ran["hand"]), 1.1, at_most=True)]
    return table


def _table(title: str, moments: Mapping[str, list[float]], kind: int) -> Table:
    rounds = len(moments["hand"])
    throttle = f"CPU x{CPU}, {LATENCY} ms, {BYTES_PER_SECOND * 8 / 1e6:.1f} Mbit/s"
    table = Table(f"{title} (ms; {throttle}; medians of {rounds} visits)", ["median", "fastest", "of hand-written"])
    for way, found in moments.items():
        table.add(NAMES[way][kind], round(median(found)), round(min(found)), paired(found, moments["hand"]))
    return table
