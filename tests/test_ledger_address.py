"""Addresses of ledgers: a wrong one is told apart at the start, by the name of its variable, without its password."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from consent_banner.errors import ConfigurationError
from consent_banner.ledger import open_ledger
from tests.ledger_receipts import a_receipt

SECRET = "hunter2"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "consent.db",
        "mysql://root:hunter2@db/consent",
        "sqlite://consent.db",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:////no/such/directory/consent.db",
        "sqlite:////tmp",
        "redis://",
        "redis://:hunter2@host:notaport/0",
        "redis://:hunter2@host:99999/0",
        "redis://:hunter2@host:6379/0?no_such_option=1",
        "redis://:hunter2@host:6379/0?socket_timeout=hunter2",
        "unix://",
        "redis+sentinel://:hunter2@host:26379",
        "redis+sentinel://:hunter2@/service",
        "redis+sentinel://:hunter2@host:26379/service/first",
        "redis+sentinel://:hunter2@host:26379/service?colour=red",
        "redis+cluster://:hunter2@host:port",
        "redis+cluster://:hunter2@host:6379,",
        "redis+cluster://:hunter2@host:6379/3",
    ],
)
def test_refuses_what_is_no_address(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CONSENT_LEDGER_URL") as caught:
        open_ledger(url, spool=str(tmp_path / "spool.db"))
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:1/0",
        "redis://user:hunter2@127.0.0.1:1",
        "rediss://:hunter2@127.0.0.1:1/2",
        "unix:///no/such/socket?db=1",
        "redis+sentinel://:hunter2@127.0.0.1:1,[::1]:2/service/1?sentinel_password=hunter2",
        "redis+cluster://user:hunter2@127.0.0.1:1,127.0.0.1",
    ],
)
def test_takes_a_redis_that_is_away(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ledger = open_ledger(url, spool=str(tmp_path / "spool.db"))
    receipt = a_receipt()
    ledger.append(receipt)
    status = ledger.status()
    assert (status.ready, status.redis, status.spool) == (True, "down", 1)
    assert ledger.chain(receipt.receipt) == [receipt]
    assert SECRET not in repr(ledger) + str(status) + caplog.text
    ledger.close()


def test_names_both_variables_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_ledger("redis://host:x", spool=str(tmp_path / "missing" / "spool.db"))
    assert [mistake.partition(":")[0] for mistake in caught.value.mistakes] == ["CONSENT_LEDGER_URL", "CONSENT_SPOOL"]


@pytest.mark.parametrize(
    "content", [b"not a database, by any means\n" * 50, b"SQLite format 3\0 and then nonsense" * 99]
)
def test_refuses_a_file_that_is_no_database(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"CONSENT_SPOOL: .*notes\.txt"):
        open_ledger("redis://127.0.0.1:1", spool=str(tmp_path / "notes.txt"))
    assert (tmp_path / "notes.txt").read_bytes() == content


def test_refuses_the_database_of_something_else(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE guests (name TEXT)")
    other.close()
    with pytest.raises(ConfigurationError, match=r"CONSENT_LEDGER_URL: .*something else"):
        open_ledger(f"sqlite:///{tmp_path}/other.db", spool="")


def test_reads_three_slashes_as_relative_and_four_as_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_ledger("sqlite:///here.db", spool="").close()
    open_ledger(f"sqlite:///{tmp_path}/there%20.db", spool="").close()
    assert {"here.db", "there .db"} <= {file.name for file in tmp_path.iterdir()}


def test_stays_with_its_file_when_the_directory_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ledger = open_ledger("sqlite:///here.db", spool="")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    ledger.append(a_receipt())
    ledger.close()
    assert not list((tmp_path / "elsewhere").iterdir())
