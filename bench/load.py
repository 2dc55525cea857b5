"""Load over HTTP by `wrk`: requests per second, and how long they took."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.servers import pinned

MISSING = "wrk is not installed; on Debian: apt-get install wrk"
_REPORT = """
done = function(summary, latency, requests)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format('\\n@{"requests":%d,"micros":%d,"p50":%d,"p99":%d,"failed":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed))
end
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, asked again and again."""

    address: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None

    def script(self) -> str:
        """The request in wrk's own language (Lua)."""
        lines = [f"wrk.method = {json.dumps(self.method)}"]
        lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in self.headers.items()]
        lines += [f"wrk.body = [==[{self.body}]==]"] if self.body is not None else []
        return "\n".join(lines) + _REPORT


@dataclass(frozen=True, slots=True)
class Measured:
    """One round: requests answered, per second too, the median and the slowest hundredth in ms, and the failures."""

    requests: int
    per_second: float
    p50: float
    p99: float
    failed: int


def available() -> bool:
    """Whether there is a load generator on this machine."""
    return shutil.which("wrk") is not None


def load(call: Call, seconds: int = 2, clients: int = 16, core: int | None = 1) -> Measured:
    """Ask for some seconds from clients that keep their connections."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(call.script())
        script.flush()
        flags = ["-t", "1", "-c", str(clients), "-d", f"{seconds}s", "-s", script.name]
        command = [*(pinned(core) if core is not None else []), "wrk", *flags, call.address]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return _measured(done.stdout)


def rounds(calls: Sequence[Call], times: int, seconds: int, clients: int = 16) -> list[list[Measured]]:
    """Every call's rounds, taken in turn (A B C A B C), after one short round each to warm up."""
    for call in calls:
        load(call, 1, clients)
    found: list[list[Measured]] = [[] for _ in calls]
    for _ in range(times):
        for call, measured in zip(calls, found, strict=True):
            measured.append(load(call, seconds, clients))
    return found


def _measured(output: str) -> Measured:
    match = re.search(r"@(\{.*\})", output)
    if match is None:
        raise RuntimeError(f"wrk said: {output}")
    seen = json.loads(match.group(1))
    per_second = seen["requests"] / seen["micros"] * 1e6
    return Measured(seen["requests"], per_second, seen["p50"] / 1000, seen["p99"] / 1000, seen["failed"])
