"""What the guard costs a page that has nothing to hold: main-thread time, over 2,000 elements and 200 requests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from selenium.webdriver import Chrome

from bench.browser import MISSING, available, awaited, browser
from bench.servers import free_port, granian, serving, settings
from bench.tables import Table, Target

NAMES = {"plain": "without any script of ours", "script": "banner.js", "guard": "banner.js with the guard"}
FELT = 50.0
"""Milliseconds: a task that keeps the main thread longer is one that visitors may notice (W3C Long Tasks API)."""


def run(times: int = 5) -> Iterator[Table]:
    """Visits in turn, a fresh browser each."""
    if not available():
        yield Table("guard", [], notes=[MISSING])
        return
    spent: dict[str, list[tuple[float, float]]] = {way: [] for way in NAMES}
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with serving(granian("bench.site:site", port, 4), port, settings(Path(folder)), core=None) as base:
            for _ in range(times):
                for way, found in spent.items():
                    found.append(_visit(base, way))
    yield _table(spent)


def _visit(base: str, way: str) -> tuple[float, float]:
    """The main thread's processor time in tasks and in scripts alone, in ms, whatever else the machine does."""
    with browser() as driver:
        driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 1})
        driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        driver.get(f"{base}/busy/{way}")
        awaited(driver, "return window.benchBusy", way)
        metrics = _metrics(driver)
        return metrics["TaskDuration"] * 1e3, metrics["ScriptDuration"] * 1e3


def _metrics(driver: Chrome) -> Mapping[str, float]:
    return {each["name"]: each["value"] for each in driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]}


def _table(spent: Mapping[str, list[tuple[float, float]]]) -> Table:
    title = "The guard on a page with nothing to hold: 2,000 elements, 200 requests (ms of processor time, medians)"
    table = Table(title, ["all tasks", "scripts"])
    for way, found in spent.items():
        table.add(NAMES[way], *(median(each) for each in zip(*found, strict=True)))
    added = [later[1] - earlier[1] for later, earlier in zip(spent["guard"], spent["script"], strict=True)]
    table.targets = [Target("the guard adds, in scripts", median(added), FELT, at_most=True, unit=" ms")]
    return table
