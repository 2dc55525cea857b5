"""Redis in its larger shapes: a master that Sentinel replaces, and a cluster that loses a master."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from consent_banner.ledger import Document, Ledger, open_ledger
from tests.ledger_receipts import a_chain, a_receipt
from tests.redis_server import RedisServer, Watched, eventually


def test_follows_sentinel_to_a_new_master(sentinel: Watched, tmp_path: Path) -> None:
    with closing(open_ledger(sentinel.url, spool=str(tmp_path / "spool.db"))) as ledger:
        ledger.start()
        receipts = a_chain(20)
        for receipt in receipts[:10]:
            ledger.append(receipt)
        eventually(lambda: ledger.status().spool == 0)
        assert set(sentinel.replica.receipts()) == set()  # It is no master yet.
        sentinel.master.kill()
        for receipt in receipts[10:]:
            ledger.append(receipt)
        eventually(lambda: _arrived(sentinel.replica) == 20, seconds=20)
        eventually(lambda: ledger.status().spool == 0)
        assert sentinel.replica.number() == 20
        assert ledger.status().redis == "up"


def _arrived(server: RedisServer) -> int:
    """How many receipts a server has; none while it hangs up on everybody, as one does that becomes the master."""
    try:
        return len(server.receipts())
    except RedisError:
        return 0


@pytest.fixture
def ledger(cluster: list[RedisServer], tmp_path: Path) -> Iterator[Ledger]:
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in cluster[:3])
    with closing(open_ledger(f"redis+cluster://{hosts}", spool=str(tmp_path / "spool.db"))) as ledger:
        ledger.start()
        yield ledger


def test_survives_the_loss_of_a_cluster_s_master(ledger: Ledger, cluster: list[RedisServer], tmp_path: Path) -> None:
    receipts = a_chain(400)
    for receipt in receipts[:200]:
        ledger.append(receipt, [Document("text", "digest", b"as shown")])
    eventually(lambda: ledger.status().spool == 0)
    assert all(server.receipts() for server in cluster[:3])
    cluster[0].kill()
    for receipt in receipts[200:]:
        ledger.append(receipt)
    eventually(lambda: ledger.status().spool == 0, seconds=20)
    left = cluster[1:]
    assert sum(len(server.receipts()) for server in left) == sum(server.number() for server in left) == 400
    assert sum(row["number"] for row in ledger.statistics()) == 400
    assert {one.receipt for one in ledger.export()} == {one.receipt for one in receipts}
    other = open_ledger(f"redis+cluster://127.0.0.1:{left[0].port}", spool=str(tmp_path / "other.db"))
    assert len(other.chain(receipts[-1].receipt)) > 100
    assert other.document("text", "digest") == b"as shown"
    other.close()
    assert ledger.erase([receipts[-1].receipt]) == 400
    eventually(lambda: {body for server in left for body in server.receipts().values()} == {""})
    assert ledger.chain(a_receipt().receipt) == []
