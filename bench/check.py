"""The check against a constant WSGI callable and a constant Flask route, on granian and on gunicorn."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.load import MISSING, Call, Measured, available, rounds
from bench.servers import free_port, granian, gunicorn, serving, settings
from bench.tables import Table, Target, medians, paired
from bench.visitor import cookie

Command = Callable[[str, int, int], list[str]]
Rounds = Mapping[str, list[Measured]]

CALLABLE, ROUTE = "constant WSGI callable", "constant Flask route"
NONE, RECORDED, GATE = "check, no cookie", "check, a valid cookie", "check/analytics, a valid cookie"


@dataclass(frozen=True, slots=True)
class Server:
    """One WSGI server, one worker, and how many threads it has for all that it serves."""

    name: str
    command: Command
    threads: int


# On granian more threads only pass the interpreter's lock around; on gunicorn a thread is a connection being answered.
GRANIAN, GUNICORN = Server("granian", granian, 1), Server("gunicorn gthread", gunicorn, 4)


def run(times: int = 7, seconds: int = 1) -> Iterator[Table]:
    """Both servers. The targets are those on granian, which is recommended."""
    if not available():
        yield Table("check", [], notes=[MISSING])
        return
    for server in (GRANIAN, GUNICORN):
        found = _measure(server, times, seconds)
        yield _table(server, found, times)


def _measure(server: Server, times: int, seconds: int) -> Rounds:
    with _calls(server) as calls:
        return dict(zip(calls, rounds(list(calls.values()), times, seconds), strict=True))


@contextmanager
def _calls(server: Server) -> Iterator[dict[str, Call]]:
    """Three servers side by side, of which one at a time is asked."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        constant, hello, service = (
            stack.enter_context(_served(server, name, folder)) for name in ("constant", "hello", "service")
        )
        signed = {"Cookie": cookie(service)}
        yield {
            CALLABLE: Call(f"{constant}/"),
            ROUTE: Call(f"{hello}/constant"),
            NONE: Call(f"{service}/consent/check"),
            RECORDED: Call(f"{service}/consent/check", headers=signed),
            GATE: Call(f"{service}/consent/check/analytics", headers=signed),
        }


@contextmanager
def _served(server: Server, name: str, folder: Path) -> Iterator[str]:
    port = free_port()
    command = server.command(f"bench.applications:{name}", port, server.threads)
    with serving(command, port, settings(folder)) as base:
        yield base


def _table(server: Server, found: Rounds, times: int) -> Table:
    title = f"Check on {server.name}: 1 worker, {server.threads} thread(s), 16 clients, medians of {times} rounds"
    table = Table(title, ["requests/s", "p50 ms", "p99 ms", "failed"])
    for name, each in found.items():
        speed, middle, slow = medians([(one.per_second, one.p50, one.p99) for one in each])
        table.add(name, speed, middle, slow, sum(one.failed for one in each))
    table.targets = _targets(found) if server is GRANIAN else []
    # On a busy machine p99 tells of the machine: how the constant callable fares says how much.
    table.notes = [f"the constant callable's own p99 / p50: {_spread(found[CALLABLE]):.2f}"]
    return table


def _targets(found: Rounds) -> list[Target]:
    targets = []
    for name in (NONE, RECORDED, GATE):
        targets.append(Target(f"{name} / {CALLABLE}", _ratio(found, name, CALLABLE), 0.55))
        targets.append(Target(f"{name} / {ROUTE}", _ratio(found, name, ROUTE), 3.5))
        targets.append(Target(f"{name}: p99 / p50", _spread(found[name]), 3, at_most=True))
    return targets


def _ratio(found: Rounds, top: str, bottom: str) -> float:
    return paired([one.per_second for one in found[top]], [one.per_second for one in found[bottom]])


def _spread(found: list[Measured]) -> float:
    return median(one.p99 / one.p50 for one in found)
