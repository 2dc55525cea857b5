"""Redis behind the file: receipts get there each once, without traffic, whatever is killed, and no request waits."""

from __future__ import annotations

import logging
import random
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from consent_banner.errors import LedgerUnavailable
from consent_banner.ledger import Document, Ledger, open_ledger
from tests.ledger_receipts import a_chain, a_receipt
from tests.redis_server import RedisServer, eventually

Opener = Callable[..., Ledger]


@pytest.fixture
def opened(redis_server: RedisServer, tmp_path: Path) -> Iterator[Opener]:
    """Ledgers of the same Redis: each `machine` has a file of its own."""
    ledgers: list[Ledger] = []

    def start(machine: str = "one", url: str = redis_server.url) -> Ledger:
        ledgers.append(open_ledger(url, spool=str(tmp_path / f"{machine}.db")))
        ledgers[-1].start()
        return ledgers[-1]

    yield start
    for ledger in ledgers:
        ledger.close()


def drained(ledger: Ledger) -> None:
    eventually(lambda: ledger.status().spool == 0)


def test_gets_everything_to_redis(opened: Opener, redis_server: RedisServer) -> None:
    ledger, receipts = opened(), a_chain(3)
    for receipt in receipts:
        ledger.append(receipt, [Document("text", "digest", b"as shown")])
    eventually(lambda: set(redis_server.receipts()) == {str(receipt.receipt) for receipt in receipts})
    assert redis_server.number() == 3
    other = opened("two")
    assert other.chain(receipts[-1].receipt) == receipts[::-1]
    eventually(lambda: other.document("text", "digest") == b"as shown")
    assert {one.receipt for one in other.export()} == {one.receipt for one in receipts}


def test_links_a_chain_across_file_and_redis(opened: Opener) -> None:
    one, two, receipts = opened(), opened("two"), a_chain(4)
    for ledger, receipt in zip([one, two, one, two], receipts, strict=True):
        ledger.append(receipt)
        drained(ledger)
    assert one.chain(receipts[-1].receipt) == two.chain(receipts[-1].receipt) == receipts[::-1]


def test_catches_up_without_traffic_when_redis_returns(
    opened: Opener, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = opened()
    ledger.append(a_receipt())
    drained(ledger)
    redis_server.kill()
    eventually(lambda: ledger.status().redis == "down")
    receipts = [a_receipt() for _ in range(50)]
    for receipt in receipts:
        ledger.append(receipt)
    # A round that was under way when Redis ended may still tell of its success.
    eventually(lambda: ledger.status().redis == "down")
    status = ledger.status()
    assert (status.ready, status.spool) == (True, 50)
    redis_server.start()
    eventually(lambda: len(redis_server.receipts()) == 51, seconds=10)
    assert redis_server.number() == 51
    eventually(lambda: ledger.status().redis == "up")
    eventually(lambda: len(caplog.records) == 2)
    assert [record.getMessage().split(" (")[0] for record in caplog.records] == ["Redis is away", "Redis is back"]


def test_drains_what_an_earlier_process_left(opened: Opener, redis_server: RedisServer, tmp_path: Path) -> None:
    alone = open_ledger(f"sqlite:///{tmp_path}/one.db", spool="")
    receipt = a_receipt()
    alone.append(receipt)
    alone.close()
    opened()
    eventually(lambda: set(redis_server.receipts()) == {str(receipt.receipt)})


def test_makes_no_request_wait_for_a_redis_that_hangs(opened: Opener, redis_server: RedisServer) -> None:
    ledger, first = opened(), a_receipt()
    ledger.append(first)
    drained(ledger)
    redis_server.pause()
    try:
        began = time.monotonic()
        receipt = a_receipt(previous=uuid.uuid4())
        ledger.append(receipt)
        ledger.append_later(a_receipt())
        assert time.monotonic() - began < 1
        assert ledger.chain(receipt.receipt) == [receipt]
        assert ledger.document("text", "unknown") is None
        assert ledger.erase([first.receipt]) == 1
        assert ledger.status().ready
        assert time.monotonic() - began < 2
        with pytest.raises(LedgerUnavailable):
            list(ledger.export())
    finally:
        redis_server.resume()
    eventually(lambda: str(receipt.receipt) in redis_server.receipts(), seconds=10)
    eventually(lambda: redis_server.receipts()[str(first.receipt)] == "")


def test_loses_and_doubles_nothing_when_killed_while_draining(redis_server: RedisServer, tmp_path: Path) -> None:
    kept: set[str] = set()
    for _ in range(6):
        line = [sys.executable, "-m", "tests.ledger_appender", redis_server.url, str(tmp_path / "one.db"), "4"]
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            time.sleep(random.uniform(0.1, 0.5))  # The first round begins after 0.1 s, and appending goes on.
            process.send_signal(signal.SIGKILL)
            kept |= {said.split()[1] for said in (first + process.communicate()[0]).splitlines()}
    with closing(open_ledger(redis_server.url, spool=str(tmp_path / "one.db"))) as ledger:
        ledger.start()
        drained(ledger)
        found = {str(receipt.receipt) for receipt in ledger.export()}
        assert kept <= found == set(redis_server.receipts())
        assert redis_server.number() == len(found) == sum(row["number"] for row in ledger.statistics())


def test_has_one_drainer_for_a_file(opened: Opener, redis_server: RedisServer) -> None:
    ledgers = [opened() for _ in range(3)]
    for ledger in ledgers:
        for _ in range(100):
            ledger.append(a_receipt())
    drained(ledgers[0])
    assert len(redis_server.receipts()) == redis_server.number() == 300
    assert [ledger.status().redis for ledger in ledgers] == ["up", "up", "up"]


def test_hands_the_drain_to_a_neighbour(opened: Opener, redis_server: RedisServer) -> None:
    first, second = opened(), opened()
    first.append(a_receipt())
    drained(first)
    first.close()
    second.append(a_receipt())
    eventually(lambda: len(redis_server.receipts()) == 2)


def test_erases_in_redis_too(opened: Opener, redis_server: RedisServer) -> None:
    ledger, receipts = opened(), a_chain(3)
    for receipt in receipts:
        ledger.append(receipt)
    drained(ledger)
    assert ledger.erase([receipts[-1].receipt]) == 3
    eventually(lambda: set(redis_server.receipts().values()) == {""})
    assert redis_server.number() == 3


def test_erases_a_chain_that_another_machine_wrote(opened: Opener, redis_server: RedisServer) -> None:
    one, two, receipts = opened(), opened("two"), a_chain(3)
    for receipt in receipts:
        one.append(receipt)
    drained(one)
    assert two.erase([receipts[-1].receipt]) == 3
    eventually(lambda: set(redis_server.receipts().values()) == {""})
    eventually(lambda: one.chain(receipts[-1].receipt) == one.chain(receipts[0].receipt) == [])


def test_erases_a_chain_in_redis_that_was_away(opened: Opener, redis_server: RedisServer) -> None:
    one, receipts = opened(), a_chain(4)
    for receipt in receipts:
        one.append(receipt)
    drained(one)
    one.close()
    two = opened("two")
    redis_server.kill()
    assert two.erase([receipts[-1].receipt]) == 0
    redis_server.start()
    eventually(lambda: set(redis_server.receipts().values()) == {""}, seconds=10)


def test_erases_what_is_on_its_way(opened: Opener, redis_server: RedisServer) -> None:
    ledger = opened()
    redis_server.kill()
    receipts, other = a_chain(2), a_receipt()
    for receipt in [*receipts, other]:
        ledger.append(receipt)
    assert ledger.erase([receipts[-1].receipt]) == 2
    redis_server.start()
    drained(ledger)
    assert {body for name, body in redis_server.receipts().items() if name != str(other.receipt)} == {""}
    assert list(ledger.export()) == [other]


def test_a_tombstone_outranks_a_receipt_sent_again(opened: Opener, redis_server: RedisServer, tmp_path: Path) -> None:
    one, two, receipt = opened(), opened("two"), a_receipt()
    one.append(receipt)
    drained(one)
    one.close()
    two.erase([receipt.receipt])
    drained(two)
    set_drained(tmp_path / "one.db", "0")
    again = opened()
    drained(again)
    assert redis_server.receipts() == {str(receipt.receipt): ""}
    eventually(lambda: again.chain(receipt.receipt) == [])


def test_sends_the_last_days_again_after_a_loss(opened: Opener, redis_server: RedisServer) -> None:
    ledger, receipts, erased = opened(), a_chain(3), a_receipt()
    for receipt in [*receipts, erased]:
        ledger.append(receipt, [Document("text", "digest", b"as shown")])
    ledger.count_refusal(datetime.now(UTC).date())
    ledger.erase([erased.receipt])
    eventually(lambda: ledger.status().spool == 0 and len(ledger.statistics()) == 2)
    before = redis_server.receipts()
    redis_server.kill()
    for file in redis_server.folder.rglob("*"):
        file.unlink(missing_ok=True) if file.is_file() else None
    redis_server.start()
    eventually(lambda: redis_server.receipts() == before, seconds=10)
    drained(ledger)
    assert redis_server.number() == 3
    assert [row["number"] for row in ledger.statistics()] == [3, 1]
    other = opened("two")
    assert other.document("text", "digest") == b"as shown"


def test_counts_refusals_of_all_machines(opened: Opener) -> None:
    for machine in ("one", "two"):
        for _ in range(3):
            opened(machine).count_refusal(date(2026, 11, 22))
    ledger = opened("three")
    eventually(lambda: [row["number"] for row in ledger.statistics()] == [6])


def test_counts_violations_of_all_machines_and_again_after_a_loss(opened: Opener, redis_server: RedisServer) -> None:
    for machine in ("one", "two"):
        opened(machine).count_violation(date(2026, 11, 22), "acme-pixel", "img-src")
        opened(machine).count_violation(date(2026, 11, 22), None, "script-src")
    expected = [
        {"day": "2026-11-22", "service": None, "directive": "script-src", "violations": 4},
        {"day": "2026-11-22", "service": "acme-pixel", "directive": "img-src", "violations": 4},
    ]
    for machine in ("one", "two"):
        opened(machine).count_violation(date(2026, 11, 22), "acme-pixel", "img-src")
        opened(machine).count_violation(date(2026, 11, 22), None, "script-src")
    ledger = opened("three")
    eventually(lambda: ledger.violations() == expected)
    assert ledger.statistics() == []
    redis_server.kill()
    for file in redis_server.folder.rglob("*"):
        file.unlink(missing_ok=True) if file.is_file() else None
    redis_server.start()
    eventually(lambda: ledger.violations() == expected, seconds=10)


def test_lets_redis_forget_when_the_time_is_over(opened: Opener, redis_server: RedisServer) -> None:
    ledger = opened()
    day = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
    ledger.append(a_receipt(given_at=day))
    drained(ledger)
    with redis_server.client as client:
        [key] = client.scan_iter("consent:*:receipts")
        expires = datetime.fromtimestamp(client.expiretime(key), UTC)
        assert expires == datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1 + 1095)


def test_drops_from_the_file_what_has_long_been_in_redis(
    opened: Opener, redis_server: RedisServer, tmp_path: Path
) -> None:
    ledger, receipts = opened(), a_chain(2)
    for receipt in receipts:
        ledger.append(receipt)
    drained(ledger)
    ledger.close()
    set_drained(tmp_path / "one.db", "drained - 8 * 86400")
    again = opened()
    again.append(a_receipt(previous=receipts[-1]))
    eventually(lambda: rows(tmp_path / "one.db") == 1)
    assert again.chain(receipts[-1].receipt) == receipts[::-1]
    assert len(redis_server.receipts()) >= 2


def test_tells_nobody_its_password(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = RedisServer(tmp_path / "guarded", "--requirepass", "hunter2").start()
    wrong = open_ledger(f"redis://:hunter3@127.0.0.1:{server.port}", spool=str(tmp_path / "wrong.db"))
    right = open_ledger(f"redis://:hunter2@127.0.0.1:{server.port}", spool=str(tmp_path / "right.db"))
    with closing(wrong), closing(right), closing(server):
        for ledger in (wrong, right):
            ledger.append(a_receipt())
        eventually(lambda: caplog.records)
        drained(right)
        assert (right.status().redis, wrong.status().redis) == ("up", "down")
        with pytest.raises(LedgerUnavailable) as caught:
            list(wrong.export())
        assert "hunter" not in caplog.text + repr(caught.value) + repr(wrong) + str(wrong.status())


def set_drained(path: Path, value: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE receipts SET drained = {value}")
        connection.execute("DELETE FROM marks WHERE name = 'pruned'")


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM receipts").fetchone()[0])
