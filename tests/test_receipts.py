"""Receipts: every choice proven, the chain kept, the text at hand, each to be had and erased by its visitor alone."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_banner.consent import Receipt
from consent_banner.cookie import CookieSigner
from consent_banner.ledger import Seal
from consent_banner.policy import Policy, read_policy

from .conftest import DAY, KEY, POLICY, choose, consent_of, parts_of

FIELDS = {
    "receipt": str, "given_at": str, "revision": str, "language": str, "method": str, "gpc": bool, "categories": dict,
    "services": dict, "text_digest": str, "previous": (str, type(None)), "signature": str,
}  # fmt: skip


def receipts(client: FlaskClient, **headers: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/consent/receipts", headers=headers).get_json()["receipts"]
    return found


def kept(app: Flask) -> list[Receipt]:
    return list(parts_of(app).ledger.export())


@pytest.fixture
def history(client: FlaskClient) -> list[dict[str, Any]]:
    """What a visitor has who agreed to all, kept analytics, and withdrew."""
    choose(client)
    choose(client, "custom", categories={"analytics": True})
    client.delete("/consent/choices")
    return receipts(client)


class TestProof:
    def test_C16_says_what_was_asked_and_answered(self, client: FlaskClient, policy: Policy) -> None:
        before = datetime.now(UTC).replace(microsecond=0)
        answered = choose(client, "custom", categories={"analytics": True}, services={"hotjar": False}, language="en")
        (receipt,) = receipts(client)
        assert receipt["receipt"] == answered.get_json()["receipt"]
        assert before <= datetime.fromisoformat(receipt["given_at"]) <= datetime.now(UTC)
        assert (receipt["revision"], receipt["language"], receipt["method"]) == (policy.revision, "en", "custom")
        assert receipt["categories"] == {"necessary": True, "preferences": False, "analytics": True, "marketing": False}
        assert receipt["services"] == {"counter": True, "hotjar": False, "acme-pixel": False}
        assert (receipt["gpc"], receipt["previous"]) == (False, None)

    def test_R01_every_field_is_there_and_typed(self, history: list[dict[str, Any]]) -> None:
        for receipt in history:
            assert set(receipt) == set(FIELDS)
            assert all(isinstance(receipt[name], kind) for name, kind in FIELDS.items())
            assert uuid.UUID(receipt["receipt"]).version == 7
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", receipt["given_at"])

    def test_R02_refusals_and_withdrawals_are_events_in_a_chain(self, history: list[dict[str, Any]]) -> None:
        assert [each["method"] for each in history] == ["withdraw", "custom", "accept_all"]
        assert [each["previous"] for each in history] == [history[1]["receipt"], history[2]["receipt"], None]
        assert history[0]["categories"] == {
            "necessary": True,
            "preferences": False,
            "analytics": False,
            "marketing": False,
        }

    @pytest.mark.parametrize("field", sorted(FIELDS.keys() - {"signature"}))
    def test_R02_C16_an_edited_receipt_is_detected(self, app: Flask, field: str) -> None:
        choose(app.test_client())
        (receipt,) = kept(app)
        seal, values = Seal([KEY]), receipt.as_json()
        changed: dict[str, Any] = {"gpc": True, "categories": {}, "services": {}, "given_at": "2020-01-01T00:00:00Z"}
        other = str(uuid.uuid4())
        edited = Receipt.from_json(values | {field: changed.get(field, other)})
        assert seal.verify(receipt)
        assert not seal.verify(edited)
        assert not Seal(["o" * 40]).verify(receipt)

    def test_I12_a_download_proves_itself(self, app: Flask, history: list[dict[str, Any]]) -> None:
        versions = {str(each.receipt): each.version for each in kept(app)}
        for shown in history:
            assert Seal([KEY]).verify(Receipt.from_json({**shown, "version": versions[shown["receipt"]]}))

    def test_C17_holds_no_more_than_it_needs(self, app: Flask, tmp_path) -> None:  # type: ignore[no-untyped-def]
        client = app.test_client()
        client.get("/consent/check", headers={"User-Agent": "Sekretbrowser/1.0"})
        headers = {
            "User-Agent": "Sekretbrowser/1.0",
            "Referer": "https://jutt.ai/sekret",
            "X-Forwarded-For": "203.0.113.77",
        }
        body = {"method": "accept_all", "categories": dict.fromkeys(read_policy(POLICY).optional, True),
                "revision": read_policy(POLICY).revision}  # fmt: skip
        answer = client.post(
            "/consent/choices", json=body, headers=headers, environ_base={"REMOTE_ADDR": "203.0.113.77"}
        )
        assert answer.status_code == 200
        parts_of(app).ledger.close()
        written = b"".join(path.read_bytes() for path in tmp_path.glob("consent.db*"))
        for secret in (b"Sekretbrowser", b"sekret", b"203.0.113", KEY.encode()):
            assert secret not in written


class TestText:
    def test_R03_its_name_is_its_digest(self, client: FlaskClient, history: list[dict[str, Any]]) -> None:
        for digest in {each["text_digest"] for each in history}:
            answer = client.get(f"/consent/texts/{digest}")
            assert hashlib.sha256(answer.data).hexdigest() == digest
            assert answer.content_type == "text/html; charset=utf-8"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert "immutable" in answer.headers["Cache-Control"]

    def test_C16_is_the_one_that_the_markup_carries(self, client: FlaskClient) -> None:
        for language in ("et", "en"):
            markup = client.get(f"/consent/banner?lang={language}").get_data(as_text=True)
            found = re.search(r'data-consent-text="([0-9a-f]{64})"', markup)
            assert found
            assert choose(client, text=found[1], language=language).status_code == 200
            assert receipts(client)[0]["text_digest"] == found[1]
            text = client.get(f"/consent/texts/{found[1]}").get_data(as_text=True)
            assert f'lang="{language}"' in text
            for words in ("We use cookies", "Acme Pixel") if language == "en" else ("Loeb külastusi.", "Acme Pixel"):
                assert words in text

    def test_outlives_the_policy_that_showed_it(self, make_app: Callable[..., Flask], client: FlaskClient) -> None:
        choose(client)
        digest = receipts(client)[0]["text_digest"]
        shown = client.get(f"/consent/texts/{digest}").data
        newer = make_app(POLICY.replace("Loeb külastusi.", "Loeb, kes käis.")).test_client()
        assert newer.get(f"/consent/texts/{digest}").data == shown
        assert choose(newer, text=digest).status_code == 409

    @pytest.mark.parametrize(
        "name", ["0" * 64, "0" * 63, "G" * 64, "..%2f..%2fetc%2fpasswd", "%00" * 32, "\u00fc", "A" * 64]
    )
    def test_of_any_other_name_there_is_none(self, client: FlaskClient, name: str) -> None:
        assert client.get(f"/consent/texts/{name}").status_code == 404

    def test_a_refusal_under_an_unknown_text_makes_none_up(self, client: FlaskClient) -> None:
        choose(client, "reject_all", text="0" * 64)
        assert receipts(client)[0]["text_digest"] is None


class TestOwn:
    def test_are_newest_first_and_for_no_cache(self, client: FlaskClient, history: list[dict[str, Any]]) -> None:
        answer = client.get("/consent/receipts")
        ids = [each["receipt"] for each in history]
        assert ids == sorted(ids, reverse=True)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]

    @pytest.mark.parametrize("cookie", [None, "consent=", "consent=x", "consent=a; consent=b"])
    def test_belong_to_the_cookie_alone(self, app: Flask, history: list[dict[str, Any]], cookie: str | None) -> None:
        stranger = app.test_client(use_cookies=False)
        assert len(history) == 3
        assert receipts(stranger, **({"Cookie": cookie} if cookie else {})) == []

    def test_an_expired_or_outdated_cookie_shows_them_too(self, app: Flask, policy: Policy) -> None:
        client = app.test_client()
        receipt = uuid.UUID(choose(client).get_json()["receipt"])
        older = read_policy(POLICY.replace('version = "1"', 'version = "0"'))
        for made_by, age in ((policy, 300 * DAY), (older, DAY)):
            consent = consent_of(made_by, datetime.now(UTC) - age, receipt=receipt)
            stranger = app.test_client(use_cookies=False)
            token = CookieSigner(made_by, [KEY]).dump(consent)
            assert [each["receipt"] for each in receipts(stranger, Cookie=f"consent={token}")] == [str(receipt)]

    def test_a_forged_receipts_id_shows_nothing(
        self, app: Flask, policy: Policy, history: list[dict[str, Any]]
    ) -> None:
        forged = CookieSigner(policy, ["f" * 40]).dump(consent_of(policy, receipt=uuid.UUID(history[0]["receipt"])))
        assert receipts(app.test_client(use_cookies=False), Cookie=f"consent={forged}") == []

    def test_503_while_the_ledger_is_gone(self, make_app: Callable[..., Flask], tmp_path) -> None:  # type: ignore[no-untyped-def]
        (tmp_path / "ledger").mkdir()
        client = make_app(CONSENT_LEDGER_URL=f"sqlite:///{tmp_path}/ledger/consent.db").test_client()
        choose(client)
        shutil.rmtree(tmp_path / "ledger")
        for method in ("GET", "DELETE"):
            answer = client.open("/consent/receipts", method=method)
            assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
            assert "Set-Cookie" not in answer.headers


class TestErased:
    def test_are_gone_with_the_cookie(self, app: Flask, client: FlaskClient, history: list[dict[str, Any]]) -> None:
        copy = client.get_cookie("consent")
        assert copy
        answer = client.delete("/consent/receipts")
        assert (answer.status_code, answer.get_json()) == (200, {"receipts": []})
        assert client.get_cookie("consent") is None
        assert kept(app) == []
        assert client.get("/consent/check").get_json()["reason"] == "none"
        stranger = app.test_client(use_cookies=False)
        assert receipts(stranger, Cookie=f"consent={copy.value}") == []
        checked = stranger.get("/consent/check", headers={"Cookie": f"consent={copy.value}"})
        assert checked.get_json()["reason"] == "recorded"  # A copy passes until it expires: the contract says so.

    def test_only_ones_own_are(self, app: Flask, client: FlaskClient, history: list[dict[str, Any]]) -> None:
        other = app.test_client()
        choose(other)
        client.delete("/consent/receipts")
        assert len(kept(app)) == len(receipts(other)) == 1

    def test_without_a_cookie_nothing_is(self, app: Flask, history: list[dict[str, Any]]) -> None:
        assert app.test_client().delete("/consent/receipts").status_code == 200
        assert len(kept(app)) == 3

    def test_duplicates_of_the_cookie_go_too(self, app: Flask) -> None:
        client = app.test_client(use_cookies=False)
        headers = {"Cookie": "consent=a; consent=b", "Host": "www.jutt.ai"}
        domains = re.findall(r"Domain=([^;,]+)", str(client.delete("/consent/receipts", headers=headers).headers))
        assert sorted(domains) == ["jutt.ai", "www.jutt.ai"]


def test_R04_are_kept_for_the_time_told(app: Flask, client: FlaskClient, history: list[dict[str, Any]]) -> None:
    assert parts_of(app).ledger.prune(datetime.now(UTC) - DAY) == 0
    assert parts_of(app).ledger.prune(datetime.now(UTC) + DAY) == 3
    assert receipts(client) == []


def test_the_chain_goes_on_after_a_refusal_over_the_limit(make_app: Callable[..., Flask]) -> None:
    client = make_app(CONSENT_RATE_LIMIT="2/hour").test_client()
    first = choose(client).get_json()["receipt"]
    second = choose(client, "reject_all").get_json()["receipt"]
    assert choose(client, "reject_all").get_json()["receipt"] is None
    assert [each["receipt"] for each in receipts(client)] == [second, first]
    assert json.dumps(client.get("/consent/check").get_json()).count('"recorded"') == 1
