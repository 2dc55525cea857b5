"""Real servers on free ports of the loopback, on a core of their own where there are two, stopped by their own id."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEY = secrets.token_urlsafe(32)  # Of this run alone.
_PATIENCE = 20.0


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def pinned(core: int) -> list[str]:
    """What keeps a command on one core, so that server and load do not chase each other; nothing where it cannot."""
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core])] if shutil.which("taskset") and len(cores) > core else []


def granian(target: str, port: int, threads: int) -> list[str]:
    """One worker; `threads` is how many requests it has in Python at once."""
    flags = ["--workers", "1", "--blocking-threads", str(threads), "--http", "1", "--no-ws", "--log-level", "error"]
    return [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), *flags, target]


def gunicorn(target: str, port: int, threads: int) -> list[str]:
    """One worker with threads, which keeps connections alive."""
    flags = ["--worker-class", "gthread", "--workers", "1", "--threads", str(threads), "--log-level", "error"]
    return [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--keep-alive", "75", *flags, target]


def settings(folder: Path, **more: str) -> dict[str, str]:
    """The service's variables for a run in a folder of its own, with the packaged policy and no rate limit."""
    return {
        "CONSENT_SECRET_KEYS": KEY,
        "CONSENT_LEDGER_URL": f"sqlite:///{folder}/consent.db",
        "CONSENT_RATE_LIMIT": "off",
        "CONSENT_COOKIE_SECURE": "0",
        **more,
    }


@contextmanager
def serving(command: Sequence[str], port: int, environment: Mapping[str, str], core: int | None = 0) -> Iterator[str]:
    """The address of a server that answers, until the block ends. Raises RuntimeError where it does not start."""
    process = subprocess.Popen(
        [*(pinned(core) if core is not None else []), *command],
        cwd=ROOT,
        env={**clean_environment(), **environment},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        _await_port(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        _stop(process)


def clean_environment() -> dict[str, str]:
    """The environment without any settings of the service's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CONSENT_")}


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"no server came up: {' '.join(map(str, process.args))}")  # type: ignore[arg-type]


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, and end what is left of its own process group."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(8)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
