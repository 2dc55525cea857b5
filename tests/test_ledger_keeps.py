"""What every ledger promises, told once and held by each: the local file, and the local file with Redis behind it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from consent_banner.ledger import Document, Ledger, open_ledger
from tests.ledger_receipts import a_chain, a_receipt
from tests.redis_server import eventually

TEXT = Document("text", "d" * 64, "Küpsised".encode())


@pytest.fixture(params=["sqlite", "redis"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path}/consent.db"
    if request.param == "redis":
        url = request.getfixturevalue("redis_server").url
    ledger = open_ledger(url, spool=str(tmp_path / "spool.db"))
    ledger.start()
    yield ledger
    ledger.close()


def ids(receipts: object) -> list[uuid.UUID]:
    return [receipt.receipt for receipt in receipts]  # type: ignore[attr-defined]


def test_gives_back_what_it_was_given(ledger: Ledger) -> None:
    receipt = a_receipt(signature="s")
    ledger.append(receipt)
    assert ledger.chain(receipt.receipt) == [receipt]


def test_keeps_a_receipt_once(ledger: Ledger) -> None:
    receipt = a_receipt()
    ledger.append(receipt)
    ledger.append(receipt)
    assert list(ledger.export()) == [receipt]
    assert eventually(ledger.statistics)[0]["number"] == 1


def test_follows_a_chain_from_its_newest(ledger: Ledger) -> None:
    receipts = a_chain(4)
    for receipt in [*receipts, a_receipt()]:
        ledger.append(receipt)
    assert ledger.chain(receipts[-1].receipt) == receipts[::-1]
    assert ledger.chain(receipts[1].receipt) == [receipts[1], receipts[0]]
    assert ledger.chain(receipts[-1].receipt, limit=2) == [receipts[3], receipts[2]]


def test_ends_a_chain_at_a_missing_link(ledger: Ledger) -> None:
    receipt = a_receipt(previous=uuid.uuid4())
    ledger.append(receipt)
    assert ledger.chain(receipt.receipt) == [receipt]
    assert ledger.chain(uuid.uuid4()) == []


def test_is_not_led_round_in_circles(ledger: Ledger) -> None:
    first = a_receipt()
    second = a_receipt(previous=first)
    ledger.append(a_receipt(receipt=first.receipt, previous=second))
    ledger.append(second)
    assert ids(ledger.chain(second.receipt)) == [second.receipt, first.receipt]
    assert ledger.erase([second.receipt]) == 2


def test_erases_a_chain(ledger: Ledger) -> None:
    receipts, other = a_chain(3), a_receipt()
    for receipt in [*receipts, other]:
        ledger.append(receipt)
    assert ledger.erase([receipts[-1].receipt]) == 3
    assert ledger.chain(receipts[-1].receipt) == []
    assert list(ledger.export()) == [other]


def test_erases_one_link_alone(ledger: Ledger) -> None:
    receipts = a_chain(3)
    for receipt in receipts:
        ledger.append(receipt)
    assert ledger.erase([receipts[1].receipt], with_chain=False) == 1
    assert set(ids(ledger.export())) == {receipts[0].receipt, receipts[2].receipt}


def test_erases_what_is_not_there_yet(ledger: Ledger) -> None:
    receipt = a_receipt()
    assert ledger.erase([receipt.receipt]) == 0
    ledger.append(receipt)
    ledger.append_later(receipt)
    assert ledger.chain(receipt.receipt) == []
    assert list(ledger.export()) == []


def test_keeps_documents_as_they_first_came(ledger: Ledger) -> None:
    ledger.append(a_receipt(), [TEXT])
    ledger.keep([Document("text", TEXT.key, b"something else"), Document("policy", "3f9c2a71", b"{}")])
    assert ledger.document("text", TEXT.key) == TEXT.body
    assert ledger.document("text", "3f9c2a71") is None
    assert ledger.documents("text") == {TEXT.key: TEXT.body}
    assert ledger.documents("policy") == {"3f9c2a71": b"{}"}


def test_exports_the_oldest_first(ledger: Ledger) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    receipts = [a_receipt(given_at=now - timedelta(hours=hours)) for hours in (70, 30, 20, 1, 0)]
    for place in (3, 0, 4, 1, 2):
        ledger.append(receipts[place])
    assert list(ledger.export()) == receipts


def test_exports_more_than_a_page(ledger: Ledger) -> None:
    receipts = [a_receipt() for _ in range(1100)]
    for receipt in receipts:
        ledger.append_later(receipt)
    assert set(ids(ledger.export())) == set(ids(receipts))


def test_prunes_the_old_and_keeps_their_numbers(ledger: Ledger) -> None:
    old, new = a_receipt(given_at=datetime.now(UTC).replace(microsecond=0) - timedelta(days=40)), a_receipt()
    ledger.append(old)
    ledger.append(new)
    eventually(lambda: ledger.status().spool == 0)
    numbers = ledger.statistics()
    assert ledger.prune(datetime.now(UTC) - timedelta(days=30)) == 1
    assert list(ledger.export()) == [new]
    assert ledger.chain(old.receipt) == []
    assert ledger.statistics() == numbers
    assert sum(row["number"] for row in numbers) == 2


def test_counts_what_was_chosen(ledger: Ledger) -> None:
    day = datetime(2026, 11, 22, 10, tzinfo=UTC)
    ledger.append(a_receipt(given_at=day))
    ledger.append(a_receipt(given_at=day, categories={"necessary": True, "analytics": False, "marketing": True}))
    ledger.append(a_receipt(given_at=day, method="reject_all", gpc=True, categories={"analytics": False}))
    ledger.count_refusal(date(2026, 11, 22))
    ledger.count_refusal(date(2026, 11, 22))
    expected = [
        {
            "day": "2026-11-22", "revision": "3f9c2a71", "language": "et", "method": "custom", "gpc": False,
            "number": 2, "categories": {
                "necessary": {"granted": 2, "refused": 0},
                "analytics": {"granted": 1, "refused": 1},
                "marketing": {"granted": 1, "refused": 1},
            },
        },
        {
            "day": "2026-11-22", "revision": "3f9c2a71", "language": "et", "method": "reject_all", "gpc": True,
            "number": 1, "categories": {"analytics": {"granted": 0, "refused": 1}},
        },
        {
            "day": "2026-11-22", "revision": None, "language": None, "method": "counted", "gpc": None,
            "number": 2, "categories": {},
        },
    ]  # fmt: skip
    eventually(lambda: ledger.statistics() == expected)


def test_says_that_it_is_ready(ledger: Ledger) -> None:
    status = ledger.status()
    assert status.ready
    assert (status.reason, status.waiting, status.lost) == (None, 0, 0)


def test_is_still_there_when_opened_again(ledger: Ledger, tmp_path: Path) -> None:
    receipt = a_receipt()
    ledger.append(receipt, [TEXT])
    ledger.count_refusal(date(2026, 11, 22))
    ledger.close()
    name = "consent.db" if (tmp_path / "consent.db").exists() else "spool.db"
    again = open_ledger(f"sqlite:///{tmp_path}/{name}", spool="")
    assert again.chain(receipt.receipt) == [receipt]
    assert again.document("text", TEXT.key) == TEXT.body
    assert "counted" in [row["method"] for row in again.statistics()]
    again.close()


def test_leaves_no_trace_of_an_erased_receipt_in_its_files(ledger: Ledger, tmp_path: Path) -> None:
    receipt = a_receipt(text_digest="tell-tale" * 7)
    ledger.append(receipt)
    assert _is_anywhere(tmp_path, b"tell-tale")
    ledger.erase([receipt.receipt])
    eventually(lambda: not _is_anywhere(tmp_path, b"tell-tale"))


def _is_anywhere(folder: Path, content: bytes) -> bool:
    return any(content in file.read_bytes() for file in folder.glob("*.db*") if file.is_file())
