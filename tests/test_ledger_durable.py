"""Durability: what was acknowledged is there after a kill, a full disk and a crowd; what was refused is not."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from consent_banner.errors import LedgerUnavailable
from consent_banner.ledger import Ledger, open_ledger
from consent_banner.ledger.rows import row_of
from consent_banner.ledger.schema import connect
from consent_banner.ledger.store import Store
from consent_banner.ledger.waiting import WaitingRoom
from consent_banner.ledger.writer import Writer
from tests.ledger_cramped import cramped
from tests.ledger_receipts import a_receipt
from tests.redis_server import eventually


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "consent.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{path}", spool="")
    yield ledger
    ledger.close()


def appender(path: Path, threads: int, *number: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "tests.ledger_appender", f"sqlite:///{path}", "-", str(threads), *number]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True)


def said(output: str, word: str) -> set[str]:
    return {line.split()[1] for line in output.splitlines() if line.startswith(word)}


def held(path: Path) -> set[str]:
    ledger = open_ledger(f"sqlite:///{path}", spool="")
    found = [str(receipt.receipt) for receipt in ledger.export()]
    counted = sum(row["number"] for row in ledger.statistics())
    ledger.close()
    assert len(set(found)) == len(found) == counted
    return set(found)


def test_loses_nothing_acknowledged_to_kill_9(path: Path) -> None:
    acknowledged: set[str] = set()
    for _ in range(10):
        process = appender(path, 6)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(random.uniform(0.02, 0.15))  # The moment of the kill is what is tried out here.
        process.send_signal(signal.SIGKILL)
        acknowledged |= said(first + process.communicate()[0], "kept")
    assert len(acknowledged) > 100
    assert acknowledged <= held(path)


def test_serves_four_processes_at_once(path: Path) -> None:
    processes = [appender(path, 4, "100") for _ in range(4)]
    outputs = [process.communicate()[0] for process in processes]
    kept = set().union(*(said(output, "kept") for output in outputs))
    assert len(kept) == 1600
    assert held(path) == kept


def test_commits_once_for_all_who_wait(ledger: Ledger) -> None:
    receipts = [a_receipt() for _ in range(400)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ledger.append, receipts))
    assert {receipt.receipt for receipt in ledger.export()} == {receipt.receipt for receipt in receipts}


def test_refuses_in_time_while_another_writes_and_does_not_write_later(ledger: Ledger, path: Path) -> None:
    late = [a_receipt() for _ in range(3)]
    with another_writing(path), ThreadPoolExecutor(3) as pool:
        began = time.monotonic()
        for outcome in [pool.submit(ledger.append, receipt) for receipt in late]:
            with pytest.raises(LedgerUnavailable):
                outcome.result()
        assert time.monotonic() - began < 1.5
    kept = a_receipt()
    ledger.append(kept)
    assert list(ledger.export()) == [kept]


def test_takes_back_what_was_refused_while_its_commit_was_under_way(path: Path) -> None:
    writer = Writer(Store(str(path)))
    slow = threading.Thread(target=writer.do, args=(lambda _: time.sleep(0.5),))
    slow.start()
    queued = threading.Thread(target=writer.do, args=(lambda _: time.sleep(0.5),))
    queued.start()
    late = a_receipt()
    with pytest.raises(LedgerUnavailable):
        writer.append(row_of(late), patience=0.6, grace=0.1)
    queued.join()
    writer.do(lambda _: None)
    writer.close()
    assert held(path) == set()
    assert total(path, "counters") == 0


def total(path: Path, table: str) -> int:
    with sqlite3.connect(path) as connection:
        found = connection.execute(f"SELECT coalesce(sum(number), 0) FROM {table}").fetchone()[0]
    connection.close()
    return int(found)


def test_is_not_ready_while_nothing_can_be_written(ledger: Ledger, path: Path) -> None:
    assert ledger.status().ready
    with another_writing(path):
        eventually(lambda: not ledger.status().ready, pause=0.1)
        assert "busy" in str(ledger.status().reason)
    eventually(lambda: ledger.status().ready, pause=0.1)


def test_holds_refusals_in_memory_and_writes_them_in_order(ledger: Ledger, path: Path) -> None:
    receipts = [a_receipt(method="reject_all") for _ in range(5)]
    with another_writing(path):
        began = time.monotonic()
        for receipt in receipts:
            ledger.append_later(receipt)
        assert time.monotonic() - began < 1.0
        assert ledger.status().waiting == 5
        assert ledger.chain(receipts[2].receipt) == [receipts[2]]
    eventually(lambda: ledger.status().waiting == 0)
    assert {receipt.receipt for receipt in ledger.export()} == {receipt.receipt for receipt in receipts}


def test_erases_what_waits_in_memory(ledger: Ledger, path: Path) -> None:
    first = a_receipt()
    second = a_receipt(previous=first, method="reject_all")
    third = a_receipt(previous=second, method="reject_all")
    ledger.append(first)
    with another_writing(path):
        ledger.append_later(second)
        ledger.append_later(third)
        with pytest.raises(LedgerUnavailable):
            ledger.erase([third.receipt])
        assert ledger.chain(third.receipt) == [third, second, first]
    assert ledger.erase([third.receipt]) == 3
    eventually(lambda: ledger.status().waiting == 0)
    assert list(ledger.export()) == []


def test_counts_what_memory_has_no_room_for() -> None:
    room = WaitingRoom(2)
    for _ in range(3):
        room.add(row_of(a_receipt()))
    assert (len(room), room.lost) == (2, 1)


def test_writes_what_waits_when_it_is_closed(path: Path) -> None:
    ledger, receipt = open_ledger(f"sqlite:///{path}", spool=""), a_receipt()
    with another_writing(path):
        ledger.append_later(receipt)
    ledger.close()
    assert held(path) == {str(receipt.receipt)}


def check_cramped(told: dict[str, object]) -> None:
    found, kept, refused = set(told["found"]), set(told["kept"]), set(told["refused"])  # type: ignore[call-overload]
    assert kept
    assert refused
    assert found == kept | {told["later"], told["after"]}
    assert float(str(told["slowest"])) < 1.5
    assert (told["ready"], told["waiting"]) == (False, 1)


def test_outlasts_a_file_that_may_not_grow(path: Path) -> None:
    line = [sys.executable, "-m", "tests.ledger_cramped", str(path)]
    check_cramped(json.loads(subprocess.run(line, check=True, capture_output=True).stdout))
    assert held(path)


def test_outlasts_a_full_disk(small_disk: Path) -> None:
    ledger = open_ledger(f"sqlite:///{small_disk}/consent.db", spool="")
    ballast = small_disk / "ballast"

    def fill() -> None:
        with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:  # Until there is no space left.
                file.write(b"\0" * 4096)

    check_cramped(cramped(ledger, fill, ballast.unlink))
    ledger.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte, where this machine lets us make one."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no file system can be mounted here; the file that may not grow stands in for it")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_makes_a_new_file_when_its_own_is_taken_away(ledger: Ledger, path: Path) -> None:
    ledger.append(a_receipt())
    for file in path.parent.glob("consent.db*"):
        file.unlink()
    receipt = a_receipt()
    ledger.append(receipt)
    assert str(receipt.receipt) in held(path)


def test_refuses_when_its_directory_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    ledger = open_ledger(f"sqlite:///{tmp_path}/folder/consent.db", spool="")
    os.rename(tmp_path / "folder", tmp_path / "gone")
    with pytest.raises(LedgerUnavailable):
        ledger.append(a_receipt())
    with pytest.raises(LedgerUnavailable):
        ledger.chain(uuid.uuid4())
    assert not ledger.status().ready
    os.rename(tmp_path / "gone", tmp_path / "folder")
    ledger.append(a_receipt())
    ledger.close()


class another_writing:
    """Somebody else, in a transaction on the same file that does not end."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(str(path))

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *raised: object) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()
