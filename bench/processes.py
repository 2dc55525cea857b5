"""A command as a whole process with all that it starts: how long it takes, what memory it has, and what it leaves."""

from __future__ import annotations

import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

import psutil

from bench.servers import clean_environment

EVERY = 0.5  # Seconds between two looks at the memory.
_GONE = (psutil.NoSuchProcess, psutil.AccessDenied)  # Between two looks, or between being found and being read.
_GRACE = 1.0
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took. `peak` is the PSS of all its processes together, in MiB; `left`, how many outlived it."""

    seconds: float
    peak: float
    left: int
    code: int


def cost(*command: str) -> Cost:
    """Run a command to its end. Raises RuntimeError, with its last words, where it says that it could not run (2)."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, tempfile.TemporaryFile("w+") as said:
        environment = {**clean_environment(), "TMPDIR": folder}
        began = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said)
        family = Family(psutil.Process(process.pid), folder)
        try:
            peak = _watched(process, family)
            seconds = time.monotonic() - began
        finally:
            _end(process)
            left = family.end()
        if process.returncode not in (0, 1):
            raise RuntimeError(f"{command[0]}: exit code {process.returncode}: {_last(said)}")
    return Cost(seconds, peak / _MIB, left, process.returncode)


@dataclass(slots=True)
class Family:
    """A process and all that it started, also those that have left its tree: they are told by a folder of their own."""

    root: psutil.Process
    folder: str
    _seen: set[psutil.Process] = field(default_factory=set)

    def alive(self) -> set[psutil.Process]:
        """All that run now."""
        with suppress(*_GONE):
            self._seen |= {self.root, *self.root.children(recursive=True)}
        self._seen |= {each for each in psutil.process_iter() if self._marked(each)}
        return {each for each in self._seen if _runs(each)}

    def pss(self) -> int:
        """Their memory in bytes, what they share counted once."""
        return sum(map(_pss, self.alive()))

    def end(self) -> int:
        """How many are left once the first has ended; they are stopped."""
        deadline = time.monotonic() + _GRACE
        while (left := self.alive()) and time.monotonic() < deadline:
            time.sleep(0.05)
        for each in left:
            with suppress(*_GONE):
                each.kill()
        return len(left)

    def _marked(self, process: psutil.Process) -> bool:
        with suppress(*_GONE):
            return any(self.folder in word for word in process.cmdline())
        return False


def _watched(process: subprocess.Popen[bytes], family: Family) -> int:
    """The most memory that was seen until the process ended."""
    peak = 0
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(EVERY)
            return peak
        peak = max(peak, family.pss())


def _runs(process: psutil.Process) -> bool:
    with suppress(*_GONE):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _pss(process: psutil.Process) -> int:
    with suppress(*_GONE):
        return int(process.memory_full_info().pss)
    return 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it, if it has not ended: asked first, so that it closes its browser."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        process.wait()


def _last(said: IO[str]) -> str:
    said.seek(0)
    return (said.read().strip().splitlines() or ["it says nothing"])[-1]
