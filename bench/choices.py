"""Choices recorded durably per second, through HTTP, beside the constant route of the same server and the bare disk."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.disk import group_commits
from bench.load import MISSING, Call, Measured, available, load
from bench.servers import free_port, granian, serving, settings
from bench.tables import Table, Target, medians, paired
from bench.visitor import accepting

CLIENTS = 16
THREADS = 16  # A thread waits for the disk while others go on: as many as there are clients.


def run(times: int = 5, seconds: int = 2) -> Iterator[Table]:
    """Grants by 16 clients that keep their connections, the rate limiter off, in rounds that take turns."""
    if not available():
        yield Table("choices", [], notes=[MISSING])
        return
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:  # On a disk: /tmp may be memory.
        yield _measure(Path(folder), times, seconds)


def _measure(folder: Path, times: int, seconds: int) -> Table:
    port = free_port()
    with serving(granian("bench.applications:service", port, THREADS), port, settings(folder)) as base:
        calls = accepting(base, "/constant"), accepting(base)
        grants = sum(load(call, 1, CLIENTS).requests for call in calls[1:])
        found = [_round(calls, folder, seconds) for _ in range(times)]
    constant, recorded, disk = (list(column) for column in zip(*found, strict=True))
    grants += sum(one.requests for one in recorded)
    return _table(constant, recorded, disk, _receipts(folder) - grants)


def _round(calls: tuple[Call, Call], folder: Path, seconds: int) -> tuple[Measured, Measured, float]:
    constant, choices = calls
    return load(constant, seconds, CLIENTS), load(choices, seconds, CLIENTS), group_commits(folder, seconds, CLIENTS)


def _receipts(folder: Path) -> int:
    with sqlite3.connect(folder / "consent.db") as connection:
        return int(connection.execute("SELECT COUNT(*) FROM receipts").fetchone()[0])


def _table(constant: list[Measured], recorded: list[Measured], disk: list[float], unanswered: int) -> Table:
    title = f"Choices on granian: grants recorded durably, 1 worker, {CLIENTS} clients, medians of {len(disk)} rounds"
    table = Table(title, ["per second", "p50 ms", "p99 ms", "failed"])
    for name, found in (("constant Flask route, the same POST", constant), ("POST /consent/choices", recorded)):
        middles = medians([(one.per_second, one.p50, one.p99) for one in found])
        table.add(name, *middles, sum(one.failed for one in found))
    table.add("the disk's own group commit", median(disk), "", "", "")
    table.targets = _targets(constant, recorded, disk)
    # Those on their way when a round ended are in the ledger and were not counted; fewer would be a loss.
    verdict = "none lost" if unanswered >= 0 else f"{-unanswered} LOST"
    table.notes = [f"every choice that was answered is in the ledger afterwards: {verdict}"]
    return table


def _targets(constant: list[Measured], recorded: list[Measured], disk: list[float]) -> list[Target]:
    speeds = [one.per_second for one in recorded]
    quarter = Target("choices / constant Flask route", paired(speeds, [one.per_second for one in constant]), 0.25)
    commits = Target("choices / the disk's own group commit", paired(speeds, disk), 0.6)
    lower = quarter if 0.25 * median(one.per_second for one in constant) < 0.6 * median(disk) else commits
    steady = Target("choices: p99 / p50", median(one.p99 / one.p50 for one in recorded), 5, at_most=True)
    return [lower, steady]
