"""A signed-in visitor's choice follows the account, from one device to the next, and nobody's name is kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from werkzeug.test import TestResponse

from consent_banner import ConsentBanner
from consent_banner.cookie import CookieSigner
from consent_banner.linking import Accounts
from consent_banner.policy import Policy

from .conftest import DAY, KEY, POLICY, choose, consent_of, parts_of, route
from .test_preferences import send

SUBJECT = "kasutaja-4711@example.ee"
Sign = Callable[..., TestResponse]


@pytest.fixture(params=["before Flask", "in Flask"])
def app(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Flask:
    """Choices come by either door; links by the one that there is."""
    return make_app() if request.param == "before Flask" else route(make_app())


def token(app: Flask, subject: str = SUBJECT) -> str:
    with app.app_context():
        return ConsentBanner().link(subject)


def sign_in(device: FlaskClient, subject: str = SUBJECT, **headers: str) -> Any:
    """What an application's signed-in page does."""
    answer = device.post("/consent/link", json={"token": token(device.application, subject)}, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def reject(device: FlaskClient) -> Any:
    return choose(device, "reject_all")


def allowed(device: FlaskClient) -> set[str]:
    return {name for name, yes in device.get("/consent/check").get_json()["categories"].items() if yes}


EVERYTHING = {"necessary", "preferences", "analytics", "marketing"}
NECESSARY = {"necessary"}


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def desk(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_choice_made_on_one_device_holds_on_the_next(phone: FlaskClient, desk: FlaskClient) -> None:
    chosen = choose(phone, "custom", categories={"analytics": True}, services={"hotjar": False}).get_json()
    assert sign_in(phone)["receipt"] is None
    answer = sign_in(desk)
    assert answer["ask"] is False
    for member in ("decided", "reason", "revision", "categories", "services", "given_at", "expires_at"):
        assert answer[member] == chosen[member]
    check = desk.get("/consent/check").get_json()
    assert {name: answer[name] for name in check} == check


def test_the_next_device_has_a_receipt_of_its_own_that_names_the_first(phone: FlaskClient, desk: FlaskClient) -> None:
    first = choose(phone).get_json()["receipt"]
    sign_in(phone)
    second = sign_in(desk)["receipt"]
    newest, oldest = desk.get("/consent/receipts").get_json()["receipts"]
    assert (newest["receipt"], newest["previous"], oldest["receipt"]) == (second, first, first)
    assert newest["method"] == oldest["method"] == "accept_all"
    assert newest["text_digest"] == oldest["text_digest"]
    assert parts_of(desk.application).seal.verify(parts_of(desk.application).ledger.chain(UUID(second))[0])


@pytest.mark.parametrize(("first", "then", "holds"), [(choose, reject, NECESSARY), (reject, choose, EVERYTHING)])
def test_the_newest_choice_wins(
    phone: FlaskClient, desk: FlaskClient, first: Sign, then: Sign, holds: set[str]
) -> None:
    first(phone)
    sign_in(phone)
    sign_in(desk)
    then(desk)
    sign_in(desk)
    assert sign_in(phone)["ask"] is False
    assert allowed(phone) == allowed(desk) == holds


def test_a_choice_follows_without_another_link(phone: FlaskClient, desk: FlaskClient) -> None:
    choose(phone)
    sign_in(phone)
    phone.delete("/consent/choices")
    sign_in(desk)
    assert allowed(desk) == NECESSARY
    choose(desk)
    sign_in(phone)
    assert allowed(phone) == EVERYTHING


def test_a_choice_on_the_preference_page_follows_too(make_app: Callable[..., Flask]) -> None:
    app = make_app(CONSENT_COOKIE_SECURE="0")
    phone, desk = app.test_client(), app.test_client()
    choose(phone)
    sign_in(phone)
    assert send(phone, "withdraw").status_code == 303
    sign_in(desk)
    assert allowed(desk) == NECESSARY


def test_a_refusal_over_the_rate_limit_follows_too(make_app: Callable[..., Flask]) -> None:
    app = make_app(CONSENT_RATE_LIMIT="3/hour")
    phone, desk = app.test_client(), app.test_client()
    choose(phone)
    sign_in(phone)
    choose(desk), choose(desk)
    desk.delete_cookie("consent")
    assert phone.delete("/consent/choices").get_json()["receipt"] is None
    sign_in(desk)
    assert allowed(desk) == NECESSARY


def test_a_guest_s_refusal_is_not_overridden_without_asking(phone: FlaskClient, desk: FlaskClient) -> None:
    reject(desk)
    choose(phone)
    sign_in(phone)
    for _ in range(2):  # However often the page links.
        answer = sign_in(desk)
        assert (answer["ask"], answer["receipt"]) == (True, None)
        assert allowed(desk) == NECESSARY
    sign_in(phone)
    assert allowed(phone) == EVERYTHING


def test_whoever_was_asked_and_says_yes_has_it(phone: FlaskClient, desk: FlaskClient) -> None:
    reject(desk)
    choose(phone)
    sign_in(phone)
    sign_in(desk)
    choose(desk, "custom", categories={"marketing": True})
    assert allowed(desk) == {"necessary", "marketing"}
    assert sign_in(desk)["ask"] is False
    sign_in(phone)
    assert allowed(phone) == {"necessary", "marketing"}


def test_what_either_refused_stays_refused(phone: FlaskClient, desk: FlaskClient) -> None:
    choose(desk, "custom", categories={"analytics": True})
    choose(phone, "custom", categories={"marketing": True})
    sign_in(phone)
    answer = sign_in(desk)
    assert answer["ask"] is True
    assert answer["receipt"]
    assert allowed(desk) == NECESSARY
    assert sign_in(desk)["receipt"] is None
    sign_in(phone)
    assert allowed(phone) == {"necessary", "marketing"}


def test_a_signal_is_not_overridden_without_asking(phone: FlaskClient, desk: FlaskClient) -> None:
    choose(phone)
    sign_in(phone)
    answer = sign_in(desk, **{"Sec-GPC": "1"})
    assert (answer["ask"], answer["reason"], answer["receipt"]) == (True, "gpc", None)
    assert allowed(desk) == NECESSARY


def test_nothing_is_set_or_said_where_nobody_has_chosen(phone: FlaskClient) -> None:
    answer = phone.post("/consent/link", json={"token": token(phone.application)})
    assert "Set-Cookie" not in answer.headers
    body = answer.get_json()
    assert (body["decided"], body["reason"], body["receipt"], body["ask"]) == (False, "none", None, False)
    assert answer.headers["Cache-Control"] == "no-store"


def test_signing_out_ends_it(phone: FlaskClient, desk: FlaskClient) -> None:
    choose(phone)
    sign_in(phone)
    assert phone.delete("/consent/link").status_code == 200
    assert allowed(phone) == EVERYTHING
    reject(phone)
    sign_in(desk)
    assert allowed(desk) == EVERYTHING


def test_another_account_in_the_same_browser_does_not_inherit(phone: FlaskClient, desk: FlaskClient) -> None:
    choose(phone)
    sign_in(phone)
    for _ in range(2):
        assert sign_in(phone, "another")["ask"] is True
    assert sign_in(desk, "another")["reason"] == "none"
    reject(phone)
    sign_in(desk)
    assert allowed(desk) == EVERYTHING


def test_accounts_do_not_meet(phone: FlaskClient, desk: FlaskClient) -> None:
    choose(phone)
    sign_in(phone)
    assert sign_in(desk, SUBJECT + "0")["reason"] == "none"


def test_an_outdated_choice_grants_nothing(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    phone = make_app().test_client()
    choose(phone)
    sign_in(phone)
    desk = make_app(POLICY.replace('version = "1"', 'version = "2"')).test_client()
    assert sign_in(desk)["reason"] == "none"


def test_an_expired_choice_grants_nothing(
    phone: FlaskClient, desk: FlaskClient, policy: Policy, signer: CookieSigner, make_app: Callable[..., Flask]
) -> None:
    old = datetime.now(UTC).replace(microsecond=0) - 100 * DAY
    phone.set_cookie("consent", signer.dump(consent_of(policy, old)))
    sign_in(phone)
    assert sign_in(desk)["expires_at"] == (old + 180 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    stricter = make_app(POLICY.replace("lifetime_days = 180", "lifetime_days = 90")).test_client()
    assert sign_in(stricter)["reason"] == "none"


def test_the_visitor_s_erasure_erases_it(phone: FlaskClient, desk: FlaskClient) -> None:
    choose(phone)
    sign_in(phone)
    sign_in(desk)
    assert desk.delete("/consent/receipts").status_code == 200
    assert sign_in(desk)["reason"] == "none"
    tablet = phone.application.test_client()
    assert sign_in(tablet)["reason"] == "none"


def test_unlinking_erases_it(phone: FlaskClient, desk: FlaskClient) -> None:
    choose(phone)
    sign_in(phone)
    with phone.application.app_context():
        assert ConsentBanner().unlink(SUBJECT) is True
        assert ConsentBanner().unlink(SUBJECT) is False
    assert sign_in(desk)["reason"] == "none"
    sign_in(phone)  # An older consent does not bring it back.
    assert sign_in(desk)["reason"] == "none"
    assert allowed(phone) == EVERYTHING


def test_it_is_removed_once_it_has_run_out(phone: FlaskClient, tmp_path: Path) -> None:
    choose(phone)
    sign_in(phone)
    accounts = parts_of(phone.application).ledger.accounts
    accounts.prune(int((datetime.now(UTC) + 179 * DAY).timestamp()))  # type: ignore[attr-defined]
    assert rows(tmp_path) == (1, 1)
    accounts.prune(int((datetime.now(UTC) + 181 * DAY).timestamp()))  # type: ignore[attr-defined]
    assert rows(tmp_path) == (0, 0)


def rows(folder: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(folder / "consent.db")) as connection:
        count = "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM account_links)"
        found: tuple[int, int] = connection.execute(count).fetchone()
    return found


def test_no_subject_is_written_or_told(
    phone: FlaskClient, desk: FlaskClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        choose(phone)
        sign_in(phone)
        sign_in(desk)
    parts_of(phone.application).ledger.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"accept_all" in written
    told = caplog.text.encode() + token(phone.application).encode()
    for form in (SUBJECT.encode(), SUBJECT.encode().hex().encode(), b"4711"):
        assert form not in written
        assert form not in told


def test_a_grant_that_cannot_be_proven_is_not_adopted(phone: FlaskClient, desk: FlaskClient, tmp_path: Path) -> None:
    choose(phone)
    sign_in(phone)
    link = token(desk.application)
    with closing(sqlite3.connect(tmp_path / "consent.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = desk.post("/consent/link", json={"token": link})
        other.execute("ROLLBACK")
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (503, False)
    assert allowed(desk) == NECESSARY


def test_403_for_a_token_that_is_none(phone: FlaskClient, signer: CookieSigner, policy: Policy) -> None:
    good = token(phone.application)
    choose(phone)
    cookie = phone.get_cookie("consent")
    assert cookie
    forged = Accounts(["x" * 40]).token(SUBJECT)
    for wrong in ("", "x", good[:-2], good + "A", "A" + good, forged, cookie.value, "ä", "a" * 8000):
        answer = phone.post("/consent/link", json={"token": wrong})
        assert (answer.status_code, answer.content_type) == (403, "application/problem+json"), wrong


def test_a_token_is_no_cookie(phone: FlaskClient) -> None:
    phone.set_cookie("consent", token(phone.application))
    assert phone.get("/consent/check").get_json()["reason"] == "invalid"


def test_a_token_holds_for_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts, now = Accounts([KEY]), datetime.now(UTC)
    made = accounts.token(SUBJECT)
    assert accounts.read(made, now + timedelta(minutes=4)) == accounts.names(SUBJECT)
    assert accounts.read(made, now + timedelta(minutes=5, seconds=2)) is None
    assert accounts.read(made, now - timedelta(minutes=2)) is None


def test_a_token_made_at_another_time_is_refused(phone: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    early = int((datetime.now(UTC) - timedelta(minutes=6)).timestamp())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: early)
    old = token(phone.application)
    monkeypatch.undo()
    assert phone.post("/consent/link", json={"token": old}).status_code == 403


def test_a_choice_outlives_the_key_that_named_its_account(make_app: Callable[..., Flask]) -> None:
    phone = make_app().test_client()
    choose(phone)
    sign_in(phone)
    second = make_app(CONSENT_SECRET_KEYS=f"{'n' * 40},{KEY}").test_client()
    assert second.post("/consent/link", json={"token": token(phone.application)}).status_code == 200
    assert sign_in(make_app(CONSENT_SECRET_KEYS=f"{'n' * 40},{KEY}").test_client())["reason"] == "recorded"
    third = make_app(CONSENT_SECRET_KEYS="n" * 40).test_client()  # It moved to the new name when it was linked.
    assert sign_in(third)["reason"] == "recorded"


def test_a_name_tells_nothing_without_the_key() -> None:
    assert not set(Accounts([KEY]).names(SUBJECT)) & set(Accounts(["x" * 40]).names(SUBJECT))
    assert Accounts([KEY]).names(SUBJECT) == Accounts([KEY]).names(SUBJECT) != Accounts([KEY]).names(SUBJECT + "0")


@pytest.mark.parametrize("subject", ["", None, 7])
def test_a_subject_is_a_string(app: Flask, subject: Any) -> None:
    with pytest.raises(ValueError, match="subject"):
        token(app, subject)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{}", "#/token"),
        (b'{"token": 7}', "#/token"),
        (b'{"token": "x", "subject": "y"}', "#/subject"),
        (b"[]", "#"),
        (b"token", "#"),
    ],
)
def test_400_names_what_is_malformed(phone: FlaskClient, body: bytes, pointer: str) -> None:
    answer = phone.post("/consent/link", data=body, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_foreign_pages_large_bodies_and_other_types_are_refused(phone: FlaskClient) -> None:
    body = json.dumps({"token": token(phone.application)})

    def status(data: str, kind: str = "application/json", **headers: str) -> int:
        return phone.post("/consent/link", data=data, content_type=kind, headers=headers).status_code

    assert status(body, Origin="https://evil.example") == 403
    assert status(body, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert status(body, "text/plain") == 415
    assert status(body + " " * 9000) == 413
    assert status(body, Origin="https://shop.jutt.ai") == 200
    assert phone.delete("/consent/link", headers={"Origin": "https://evil.example"}).status_code == 403


def test_listed_origins_may_read_the_answer(phone: FlaskClient) -> None:
    origin = {"Origin": "https://shop.jutt.ai"}
    preflight = phone.options("/consent/link", headers=origin)
    assert {"POST", "DELETE"} <= set(preflight.headers["Access-Control-Allow-Methods"].split(", "))
    answer = phone.post("/consent/link", json={"token": token(phone.application)}, headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_429_for_one_link_too_many(make_app: Callable[..., Flask]) -> None:
    phone = make_app(CONSENT_RATE_LIMIT="2/hour").test_client()
    for _ in range(2):
        sign_in(phone)
    answer = phone.post("/consent/link", json={"token": token(phone.application)})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert choose(phone).status_code == 200
