"""Real servers for tests: granian, gunicorn and nginx as subprocesses on free ports, stopped by their own ids."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .conftest import KEY, POLICY

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PATIENCE = 20.0


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(what: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Ask again and again until something is so. Raises AssertionError when it takes too long."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def answers(url: str) -> bool:
    """Whether something answers there with a 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """The environment of a stand-alone service: a ledger of its own in a folder, and the policy of the tests."""
    policy = folder / "policy.toml"
    if not policy.exists():
        policy.write_text(POLICY, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSENT_")}
    return kept | {
        "CONSENT_SECRET_KEYS": KEY,
        "CONSENT_POLICY": str(policy),
        "CONSENT_LEDGER_URL": f"sqlite:///{folder}/consent.db",
        "CONSENT_SPOOL": str(folder / "spool.db"),
        "CONSENT_COOKIE_SECURE": "0",
        "CONSENT_RATE_LIMIT": "off",
        "PYTHONUNBUFFERED": "1",
        **changes,
    }


def granian(port: int, *options: str) -> list[str]:
    """The command line of the stand-alone service on granian."""
    base = [str(BIN / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    return [*base, "--workers", "1", "--blocking-threads", "8", "--no-ws", *options, "wsgi:app"]


def gunicorn(port: int, *options: str) -> list[str]:
    """The command line of the stand-alone service on gunicorn."""
    return [str(BIN / "gunicorn"), "--bind", f"127.0.0.1:{port}", "--threads", "8", *options, "wsgi:app"]


@contextmanager
def running(
    command: Sequence[str], folder: Path, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process and its children until the end of the block; what it writes goes to `server.log` in the folder."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, and whatever it leaves behind in its own session."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(8)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(8)


@contextmanager
def start_service(
    folder: Path, command: Callable[..., list[str]] = granian, options: Sequence[str] = (), **env: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The stand-alone service, started for real: its address (without the prefix) and its process.

    >>> with start_service(tmp_path, CONSENT_DEMO="1") as (url, process): ...
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    variables = environment(folder, **env)
    health = f"{url}{variables.get('CONSENT_URL_PREFIX', '/consent')}/healthz"
    with running(command(port, *options), folder, variables) as process:
        wait_until(lambda: process.poll() is not None or answers(health))
        assert process.poll() is None, (folder / "server.log").read_text()
        yield url, process
