"""An account's choice holds on another machine, and no visitor waits for Redis."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_banner import ConsentBanner

from .conftest import choose, parts_of
from .redis_server import RedisServer, eventually
from .test_account import EVERYTHING, NECESSARY, SUBJECT, allowed, reject, sign_in


@pytest.fixture
def machine(make_app: Callable[..., Flask], redis_server: RedisServer, tmp_path: Path) -> Callable[[str], FlaskClient]:
    """A client of a service of its own, with its own local file, and one Redis behind them all."""

    def made(name: str) -> FlaskClient:
        spool = str(tmp_path / f"{name}.db")
        return make_app(CONSENT_LEDGER_URL=redis_server.url, CONSENT_SPOOL=spool).test_client()

    return made


def carried(device: FlaskClient) -> None:
    """Wait until everything about accounts that this machine knows is in Redis."""
    ledger: Any = parts_of(device.application).ledger
    query = "SELECT drained FROM accounts UNION ALL SELECT drained FROM account_links"

    def done() -> bool:
        with ledger._store.reading() as connection:
            marks = [drained for (drained,) in connection.execute(query)]
        return all(drained > 0 for drained in marks) and ledger.status().spool == 0

    eventually(done)


def test_a_choice_holds_on_another_machine(machine: Callable[[str], FlaskClient]) -> None:
    phone, desk = machine("tallinn"), machine("tartu")
    first = choose(phone).get_json()["receipt"]
    sign_in(phone)
    carried(phone)
    sign_in(desk)
    assert allowed(desk) == EVERYTHING
    assert desk.get("/consent/receipts").get_json()["receipts"][0]["previous"] == first
    reject(desk)
    carried(desk)
    assert sign_in(phone)["ask"] is False
    assert allowed(phone) == NECESSARY


def test_a_browser_is_followed_on_whichever_machine_answers(machine: Callable[[str], FlaskClient]) -> None:
    phone, elsewhere, desk = machine("tallinn"), machine("tartu"), machine("narva")
    choose(phone)
    sign_in(phone)
    carried(phone)
    cookie = phone.get_cookie("consent")
    assert cookie
    elsewhere.set_cookie("consent", cookie.value)
    assert elsewhere.delete("/consent/choices").status_code == 200
    carried(elsewhere)
    sign_in(desk)
    assert allowed(desk) == NECESSARY


def test_erasing_on_one_machine_erases_on_all(machine: Callable[[str], FlaskClient], redis_server: RedisServer) -> None:
    phone, desk, tablet = machine("tallinn"), machine("tartu"), machine("narva")
    choose(phone)
    sign_in(phone)
    carried(phone)
    sign_in(desk)
    carried(desk)
    assert desk.delete("/consent/receipts").status_code == 200
    carried(desk)
    assert sign_in(tablet)["reason"] == "none"
    with redis_server.client as client:
        assert not list(client.scan_iter("consent:{link:*"))
        [account] = client.scan_iter("consent:{account:*")
        found: Any = client.hgetall(account)
    assert (found.keys(), found["body"]) == ({"at", "body"}, "")


def test_unlinking_reaches_every_machine(machine: Callable[[str], FlaskClient]) -> None:
    phone, desk = machine("tallinn"), machine("tartu")
    choose(phone)
    sign_in(phone)
    carried(phone)
    with desk.application.app_context():
        assert ConsentBanner().unlink(SUBJECT) is True
    carried(desk)
    sign_in(phone)
    assert sign_in(machine("narva"))["reason"] == "none"


def test_no_visitor_waits_for_redis(machine: Callable[[str], FlaskClient], redis_server: RedisServer) -> None:
    phone, desk = machine("tallinn"), machine("tartu")
    choose(phone)
    sign_in(phone)
    carried(phone)
    for cut in (redis_server.pause, redis_server.kill):
        cut()
        begun = time.monotonic()
        assert sign_in(phone)["reason"] == "recorded"
        assert choose(phone).status_code == 200
        assert sign_in(desk)["reason"] == "none"  # What only Redis knows is not known, and nothing is granted.
        assert time.monotonic() - begun < 4
    redis_server.start()
    carried(phone)
    eventually(lambda: sign_in(desk)["reason"] == "recorded")
    assert allowed(desk) == EVERYTHING


def test_redis_holds_no_subject(machine: Callable[[str], FlaskClient], redis_server: RedisServer) -> None:
    phone = machine("tallinn")
    choose(phone)
    sign_in(phone)
    carried(phone)
    assert [path.name for path in redis_server.folder.rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in redis_server.folder.rglob("*") if path.is_file())
    assert b"{account:" in written
    assert SUBJECT.encode() not in written
