"""Forks: a server may load the application first and fork its workers afterwards, even while the ledger is at work."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from consent_banner.ledger import open_ledger
from tests.ledger_receipts import a_receipt
from tests.redis_server import RedisServer, eventually


def fork_and_append(url: str, spool: Path) -> str:
    line = [sys.executable, "-m", "tests.ledger_forking", url, str(spool), "3", "150"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_opens_neither_threads_nor_connections_by_itself(tmp_path: Path) -> None:
    before = threading.active_count()
    open_files = set(os.listdir("/proc/self/fd"))
    ledger = open_ledger(f"sqlite:///{tmp_path}/consent.db", spool="")
    assert threading.active_count() == before
    assert len(set(os.listdir("/proc/self/fd"))) == len(open_files)
    ledger.close()


def test_appends_in_parent_and_children_alike(tmp_path: Path) -> None:
    output = fork_and_append(f"sqlite:///{tmp_path}/consent.db", tmp_path / "unused")
    kept = {line.split()[1] for line in output.splitlines() if line.startswith("kept")}
    ledger = open_ledger(f"sqlite:///{tmp_path}/consent.db", spool="")
    assert len(kept) == 600
    assert {str(receipt.receipt) for receipt in ledger.export()} == kept
    ledger.close()


def test_drains_on_in_children(tmp_path: Path, redis_server: RedisServer) -> None:
    output = fork_and_append(redis_server.url, tmp_path / "spool.db")
    threads = [line for line in output.splitlines() if line.startswith("threads")]
    assert threads == ["threads consent-ledger-drainer,consent-ledger-keeper,consent-ledger-writer"] * 3
    kept = {line.split()[1] for line in output.splitlines() if line.startswith("kept")}
    ledger = open_ledger(redis_server.url, spool=str(tmp_path / "spool.db"))
    ledger.start()
    eventually(lambda: set(redis_server.receipts()) == kept)
    assert redis_server.number() == len(kept) == 600
    ledger.close()


def test_hands_the_drain_on_when_the_parent_dies(tmp_path: Path, redis_server: RedisServer) -> None:
    """A child must not hold its dead parent's turn: it is another process that drains on."""
    code = (
        "import os, sys, time\nfrom consent_banner.ledger import open_ledger\n"
        "ledger = open_ledger(sys.argv[1], spool=sys.argv[2]); ledger.start(); time.sleep(1.3)\n"
        "ledger.close() if os.fork() == 0 else os.kill(os.getpid(), 9)\nprint('orphan', flush=True)\nsys.stdin.read()"
    )
    line = [sys.executable, "-c", code, redis_server.url, str(tmp_path / "spool.db")]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"orphan\n"
        ledger, receipt = open_ledger(redis_server.url, spool=str(tmp_path / "spool.db")), a_receipt()
        ledger.append(receipt)
        eventually(lambda: str(receipt.receipt) in redis_server.receipts())
        ledger.close()
