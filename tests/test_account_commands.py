"""`consent-banner accounts`, and a ledger's file that was made before there were accounts."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from consent_banner.commands import main
from consent_banner.ledger import open_ledger
from consent_banner.ledger.schema import connect
from consent_banner.linking import Accounts

from .conftest import KEY, choose
from .ledger_receipts import a_receipt
from .test_account import SUBJECT, sign_in


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONSENT_SECRET_KEYS", KEY)
    monkeypatch.setenv("CONSENT_LEDGER_URL", f"sqlite:///{tmp_path}/consent.db")


def test_prints_a_token() -> None:
    done = CliRunner().invoke(main, ["accounts", "link", "-"], input=f"{SUBJECT}\n")
    accounts = Accounts([KEY])
    assert done.exit_code == 0
    assert accounts.read(done.stdout.strip(), datetime.now(UTC)) == accounts.names(SUBJECT)


def test_erases_what_an_account_chose(app: Flask) -> None:
    phone, desk = app.test_client(), app.test_client()
    choose(phone)
    sign_in(phone)
    for told in ("1 erased", "0 erased"):
        done = CliRunner().invoke(main, ["accounts", "unlink", SUBJECT])
        assert (done.exit_code, done.stdout.strip()) == (0, told)
    assert sign_in(desk)["reason"] == "none"


def test_a_subject_is_not_empty() -> None:
    assert CliRunner().invoke(main, ["accounts", "link", ""]).exit_code == 2


def test_a_file_of_before_is_brought_up_and_keeps_its_receipts(tmp_path: Path) -> None:
    url, receipt = f"sqlite:///{tmp_path}/consent.db", a_receipt()
    with closing(open_ledger(url, spool="")) as ledger:
        ledger.append(receipt)
    with closing(connect(f"{tmp_path}/consent.db")) as connection:
        for statement in ("DROP TABLE accounts", "DROP TABLE account_links", "PRAGMA user_version = 1"):
            connection.execute(statement)
    with closing(open_ledger(url, spool="")) as ledger:
        assert ledger.chain(receipt.receipt) == [receipt]
        assert ledger.accounts.read(Accounts([KEY]).names(SUBJECT)) is None
