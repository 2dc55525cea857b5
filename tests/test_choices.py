"""A choice: recorded before it permits anything, or refused with every mistake; a refusal always succeeds.

All of it through both doors: the callable in front of Flask, and the Flask route behind it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent_banner.consent import Consent
from consent_banner.cookie import CookieSigner
from consent_banner.policy import Policy, read_policy

from .conftest import DAY, KEY, POLICY, choose, consent_of, parts_of, route

REFUSAL = {"method": "reject_all"}
NOTHING = {"necessary": True, "preferences": False, "analytics": False, "marketing": False}
EVERYTHING = dict.fromkeys(NOTHING, True)


@pytest.fixture(params=["front", "route"])
def make_app(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Callable[..., Flask]:
    """Applications that are entered by one door or the other."""
    enter = route if request.param == "route" else lambda app: app
    return lambda *given, **settings: enter(make_app(*given, **settings))


def post(client: FlaskClient, body: Any, **headers: str) -> Any:
    """POST a body as it stands."""
    data = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post("/consent/choices", data=data, content_type="application/json", headers=headers)


def cookie_of(answer: Any) -> str:
    """The value of the one consent cookie that an answer sets."""
    (header,) = answer.headers.getlist("Set-Cookie")
    return str(SimpleCookie(header)["consent"].value)


def pointers(answer: Any) -> list[str]:
    """Where the mistakes of a refused choice are."""
    assert answer.content_type == "application/problem+json"
    return [error["pointer"] for error in answer.get_json().get("errors", [])]


@pytest.fixture
def gone(make_app: Callable[..., Flask], tmp_path) -> Callable[[], FlaskClient]:  # type: ignore[no-untyped-def]
    """A client of a service whose ledger goes away when the fixture is called."""
    (tmp_path / "ledger").mkdir()
    client = make_app(CONSENT_LEDGER_URL=f"sqlite:///{tmp_path}/ledger/consent.db").test_client()

    def go() -> FlaskClient:
        shutil.rmtree(tmp_path / "ledger")
        return client

    return go


class TestAnswer:
    def test_is_the_new_decision_with_its_receipt(self, client: FlaskClient, policy: Policy) -> None:
        answer = choose(client)
        decision = answer.get_json()
        assert (answer.status_code, answer.content_type) == (200, "application/json")
        assert (decision["decided"], decision["reason"], decision["revision"]) == (True, "recorded", policy.revision)
        assert decision["categories"] == EVERYTHING
        assert decision["services"] == dict.fromkeys(policy.category_of, True)
        assert decision["receipt"][14] == "7"  # UUIDv7
        assert answer.headers["Cache-Control"] == "no-store"

    def test_holds_for_the_next_check(self, client: FlaskClient) -> None:
        decision = choose(client).get_json()
        receipt = decision.pop("receipt")
        checked = client.get("/consent/check").get_json()
        assert checked == decision
        assert receipt not in json.dumps(checked)

    def test_times_are_the_servers(self, client: FlaskClient) -> None:
        before = datetime.now(UTC).replace(microsecond=0)
        decision = choose(client).get_json()
        given, until = (datetime.fromisoformat(decision[key]) for key in ("given_at", "expires_at"))
        assert before <= given <= datetime.now(UTC)
        assert until - given == 180 * DAY

    def test_speaks_the_language_of_the_choice(self, client: FlaskClient) -> None:
        assert choose(client, language="en").get_json()["language"] == "en"

    def test_K01_K02_K03_C19_sets_the_cookie(self, client: FlaskClient) -> None:
        ages = []
        for method in ("accept_all", "reject_all"):
            (header,) = choose(client, method).headers.getlist("Set-Cookie")
            morsel = SimpleCookie(header)["consent"]
            assert (morsel["httponly"], morsel["secure"], morsel["samesite"]) == (True, True, "Lax")
            assert (morsel["path"], morsel["domain"]) == ("/", "")
            ages.append(int(morsel["max-age"]))
        assert ages == [180 * 86_400] * 2
        assert ages[0] <= 400 * 86_400

    def test_K03_over_plain_http_and_for_a_domain(self, make_app: Callable[..., Flask]) -> None:
        app = make_app(CONSENT_COOKIE_SECURE="0", CONSENT_COOKIE_DOMAIN="jutt.ai")
        header = choose(app.test_client()).headers["Set-Cookie"]
        assert "Domain=jutt.ai" in header
        assert "Secure" not in header

    def test_K04_K06_the_cookie_is_small_and_verified(self, client: FlaskClient, signer: CookieSigner) -> None:
        answer = choose(client)
        consent = signer.load(cookie_of(answer))
        assert isinstance(consent, Consent)
        assert str(consent.receipt) == answer.get_json()["receipt"]
        assert len(answer.headers["Set-Cookie"]) < 512

    def test_K08_only_an_answer_to_a_choice_sets_it(self, client: FlaskClient) -> None:
        paths = ["check", "check/analytics", "banner.js?lang=et", "banner?lang=et", "policy.json", "declaration",
                 "receipts", "healthz", "readyz", "texts/" + "0" * 64]  # fmt: skip
        for path in paths:
            assert "Set-Cookie" not in client.get(f"/consent/{path}").headers
        assert "Set-Cookie" not in client.get("/.well-known/gpc.json").headers
        assert "consent=" not in str(client.get("/consent/preferences").headers.getlist("Set-Cookie"))
        for refused in (post(client, "{"), post(client, {"method": "x"}), choose(client, revision="00000000")):
            assert "Set-Cookie" not in refused.headers

    def test_K05_never_asks_for_third_party_use(self, client: FlaskClient) -> None:
        assert "SameSite=None" not in str(choose(client).headers)


class TestSecondCookies:
    @pytest.mark.parametrize(
        ("domain", "host", "expired"),
        [
            ("", "www.jutt.ai", ["www.jutt.ai", "jutt.ai"]),
            ("jutt.ai", "consent.jutt.ai:8443", ["", "consent.jutt.ai"]),
            ("", "localhost:8000", []),
            ("", "127.0.0.1:8000", []),
            ("", "[::1]:8000", []),
        ],
    )
    def test_are_expired_by_the_answer(
        self, make_app: Callable[..., Flask], domain: str, host: str, expired: list[str]
    ) -> None:
        client = make_app(CONSENT_COOKIE_DOMAIN=domain).test_client(use_cookies=False)
        answer = post(client, REFUSAL, Cookie="consent=a; consent=b", Host=host)
        *gone, last = [SimpleCookie(header)["consent"] for header in answer.headers.getlist("Set-Cookie")]
        assert sorted(each["domain"] for each in gone) == sorted(expired)
        assert {(each.value, each["max-age"], each["path"]) for each in gone} <= {("", "0", "/")}
        assert (last["domain"], last["max-age"]) == (domain, str(180 * 86_400))

    @pytest.mark.parametrize(
        "host", ["a..b", ".", "x" * 70 + ".jutt.ai", "a b", "", "jutt.ai.", "é".encode().decode("latin-1")]
    )
    def test_no_host_makes_a_refusal_break(self, app: Flask, host: str) -> None:
        client = app.test_client(use_cookies=False)
        assert post(client, REFUSAL, Cookie="consent=a; consent=b", Host=host).status_code in (200, 400)


BAD = [
    ("", ["#"]),
    ("{", ["#"]),
    ("[]", ["#"]),
    ("null", ["#"]),
    ('"accept_all"', ["#"]),
    (b"\xff\xfe", ["#"]),
    ('{"method": "reject_all", "method": "accept_all"}', ["#"]),
    ('{"method": "custom", "categories": {"analytics": false, "analytics": true}}', ["#"]),
    ("[" * 4000, ["#"]),
    ('{"a":' * 1300 + "1" + "}" * 1300, ["#"]),
    ('{"method": "reject_all", "language": NaN}', ["#/language"]),
    ("9" * 8000, ["#"]),
    ({}, ["#/method"]),
    ({"method": None}, ["#/method"]),
    ({"method": "withdraw"}, ["#/method"]),
    ({"method": ["accept_all"]}, ["#/method"]),
    ({"method": "reject_all", "colour": "red"}, ["#/colour"]),
    ({"method": "reject_all", "a/b~c": 1}, ["#/a~1b~0c"]),
    ({"method": "reject_all", "\ud800": 1}, ["#/\ud800"]),
    ({"method": "custom", "categories": {"turundus": True}, "revision": "x"}, ["#/categories/turundus"]),
    ({"method": "custom", "services": {"hotjarr": False}}, ["#/services/hotjarr"]),
    ({"method": "custom", "services": {"analytics": False}}, ["#/services/analytics"]),
    ({"method": "custom", "categories": {"counter": False}}, ["#/categories/counter"]),
    ({"method": "custom", "categories": {"__proto__": False}}, ["#/categories/__proto__"]),
    ({"method": "custom", "categories": []}, ["#/categories"]),
    ({"method": "custom", "categories": None}, ["#/categories"]),
    ({"method": "custom", "services": "all"}, ["#/services"]),
    ({"method": "custom", "categories": {"analytics": 1}}, ["#/categories/analytics"]),
    ({"method": "custom", "categories": {"analytics": "true"}}, ["#/categories/analytics"]),
    ({"method": "custom", "categories": {"analytics": None}}, ["#/categories/analytics"]),
    ({"method": "custom", "categories": {"necessary": False}}, ["#/categories/necessary"]),
    ({"method": "custom", "categories": {"analytics": True}}, ["#/revision"]),
    ({"method": "custom", "services": {"counter": True}}, ["#/revision"]),
    ({"method": "custom", "categories": {"analytics": True}, "revision": 7}, ["#/revision"]),
    ({"method": "reject_all", "language": "fi"}, ["#/language"]),
    ({"method": "reject_all", "language": 1}, ["#/language"]),
    ({"method": "reject_all", "text": 1}, ["#/text"]),
    ({"method": "accept_all", "revision": "x"}, ["#/method"]),
    ({"method": "accept_all", "revision": "x", "categories": {"analytics": True}}, ["#/method"]),
    ({"method": "accept_all", "revision": "x", "categories": EVERYTHING, "services": {"hotjar": False}}, ["#/method"]),
    ({"method": "reject_all", "revision": "x", "categories": {"analytics": True}}, ["#/method"]),
    ({"method": "reject_all", "revision": "x", "services": {"counter": True}}, ["#/method"]),
    (
        {"method": 1, "categories": {"x": True, "analytics": "no"}, "language": "fi", "z": 0},
        ["#/categories/analytics", "#/categories/x", "#/language", "#/method", "#/z"],
    ),
]


class TestMalformed:
    @pytest.mark.parametrize(("body", "expected"), BAD, ids=range(len(BAD)))
    def test_says_every_mistake_with_its_pointer(self, client: FlaskClient, body: Any, expected: list[str]) -> None:
        answer = post(client, body)
        assert answer.status_code == 400
        assert pointers(answer) == expected
        problem = answer.get_json()
        assert set(problem) == {"type", "title", "status", "detail", "errors"}
        assert (problem["status"], problem["title"]) == (400, "Bad Request")
        assert client.get("/consent/receipts").get_json() == {"receipts": []}

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "",
                                      "application/jsonp", "text/json", "application/problem+json"])  # fmt: skip
    def test_415_unless_it_is_json(self, client: FlaskClient, kind: str) -> None:
        answer = client.post("/consent/choices", data=json.dumps(REFUSAL), content_type=kind)
        assert (answer.status_code, answer.content_type) == (415, "application/problem+json")

    def test_a_charset_does_not_matter(self, client: FlaskClient) -> None:
        answer = client.post(
            "/consent/choices", data=json.dumps(REFUSAL), content_type="Application/JSON; charset=utf-8"
        )
        assert answer.status_code == 200

    def test_413_over_eight_kibibytes(self, client: FlaskClient) -> None:
        body = json.dumps(REFUSAL)
        assert post(client, body.ljust(8192)).status_code == 200
        answer = post(client, body.ljust(8193))
        assert (answer.status_code, answer.content_type) == (413, "application/problem+json")

    def test_405_for_any_other_method(self, client: FlaskClient) -> None:
        for method in ("GET", "PUT", "PATCH"):
            answer = client.open("/consent/choices", method=method)
            assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
            assert {"POST", "DELETE"} <= set(answer.headers["Allow"].split(", "))

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["accept_all", "custom"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["categories", "services", "method", "revision", "analytics", "counter", "x"]),
                    inner,
                )
            ),
            max_leaves=12,
        )
    )
    def test_no_body_grants_by_accident(self, app: Flask, body: Any) -> None:
        client = app.test_client()
        answer = post(client, body)
        assert answer.status_code in (200, 400, 409)
        assert client.get("/consent/check").get_json()["categories"] == NOTHING  # The revision in force is not guessed.


class TestGrant:
    @pytest.mark.parametrize(
        ("body", "granted"),
        [
            ({"method": "custom", "categories": {"analytics": True}}, {"analytics", "counter", "hotjar"}),
            ({"method": "custom", "categories": {"analytics": True}, "services": {"hotjar": False}},
             {"analytics", "counter"}),
            ({"method": "custom", "services": {"hotjar": True}}, {"hotjar"}),
            ({"method": "custom", "categories": {"analytics": False}, "services": {"counter": True}}, {"counter"}),
        ],
    )  # fmt: skip
    def test_C10_holds_exactly_as_chosen(self, client: FlaskClient, body: Any, granted: set[str]) -> None:
        answer = choose(client, **body)
        decision = client.get("/consent/check").get_json()
        assert answer.status_code == 200
        assert {key for key, yes in (decision["categories"] | decision["services"]).items() if yes} == granted | {
            "necessary"
        }

    def test_C18_409_under_another_revision(self, client: FlaskClient, policy: Policy) -> None:
        answer = choose(client, revision="00000000")
        assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
        assert answer.get_json()["revision"] == policy.revision
        assert client.get("/consent/check").get_json()["reason"] == "none"

    @pytest.mark.parametrize("text", ["", "0" * 64, "x", "../x", "\x00", "é"])
    def test_409_under_an_unknown_text(self, client: FlaskClient, policy: Policy, text: str) -> None:
        answer = choose(client, text=text)
        assert (answer.status_code, answer.get_json()["revision"]) == (409, policy.revision)
        assert client.get("/consent/receipts").get_json() == {"receipts": []}

    def test_503_when_no_store_takes_it(self, gone: Callable[[], FlaskClient]) -> None:
        answer = choose(gone())
        assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
        assert int(answer.headers["Retry-After"]) > 0
        assert "Set-Cookie" not in answer.headers

    def test_an_outdated_consent_grants_nothing_so_keeping_it_is_a_grant(
        self, app: Flask, policy: Policy
    ) -> None:  # fmt: skip
        older = read_policy(POLICY.replace('version = "1"', 'version = "0"'))
        client = app.test_client()
        client.set_cookie("consent", CookieSigner(older, [KEY]).dump(consent_of(older)))
        assert choose(client, revision=older.revision).status_code == 409


class TestRefusal:
    @pytest.mark.parametrize("revision", [None, "00000000", "x" * 100])
    @pytest.mark.parametrize("text", [None, "0" * 64, "rubbish"])
    def test_is_never_409(self, client: FlaskClient, policy: Policy, revision: str | None, text: str | None) -> None:
        choose(client)
        values = {"revision": revision, "text": text}
        answer = post(client, REFUSAL | {key: value for key, value in values.items() if value is not None})
        assert answer.status_code == 200
        assert answer.get_json()["categories"] == NOTHING
        assert answer.get_json()["revision"] == policy.revision
        assert client.get("/consent/check").get_json()["reason"] == "recorded"

    @pytest.mark.parametrize("how", ["refuse", "withdraw"])
    def test_is_never_503(self, gone: Callable[[], FlaskClient], how: str) -> None:
        client = gone()
        answer = post(client, REFUSAL) if how == "refuse" else client.delete("/consent/choices")
        assert answer.status_code == 200
        assert client.get("/consent/check").get_json()["reason"] == "recorded"

    def test_a_narrowing_is_one(self, gone: Callable[[], FlaskClient], policy: Policy, signer: CookieSigner) -> None:
        client = gone()
        both = frozenset({"necessary", "analytics", "marketing"})
        client.set_cookie(
            "consent", signer.dump(consent_of(policy, categories=both, services=frozenset(policy.category_of)))
        )
        answer = post(client, {"method": "custom", "categories": {"analytics": True}, "revision": "00000000"})
        assert answer.status_code == 200
        assert answer.get_json()["categories"] == NOTHING | {"analytics": True}

    def test_C13_C14_a_withdrawal_takes_everything_optional_away(self, client: FlaskClient) -> None:
        choose(client)
        answer = client.delete("/consent/choices")
        assert (answer.status_code, answer.get_json()["categories"]) == (200, NOTHING)
        assert not any(answer.get_json()["services"].values())
        assert answer.get_json()["receipt"]
        assert client.get("/consent/check").get_json()["categories"] == NOTHING

    def test_a_withdrawal_reads_no_body(self, client: FlaskClient) -> None:
        assert client.delete("/consent/choices", data="{" * 9000, content_type="text/plain").status_code == 200


class TestSignal:
    def test_C23_an_explicit_choice_outranks_it_and_the_receipt_notes_it(
        self, client: FlaskClient, policy: Policy
    ) -> None:
        body = {"method": "custom", "categories": {"analytics": True}, "revision": policy.revision}
        assert post(client, body, **{"Sec-GPC": "1"}).status_code == 200
        decision = client.get("/consent/check", headers={"Sec-GPC": "1"}).get_json()
        assert (decision["reason"], decision["categories"]["analytics"], decision["gpc"]) == ("recorded", True, True)
        (receipt,) = client.get("/consent/receipts").get_json()["receipts"]
        assert receipt["gpc"] is True


class TestLifetime:
    def test_C18_C19_asks_again_after_it_and_not_before(self, app: Flask, policy: Policy, signer: CookieSigner) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        client = app.test_client(use_cookies=False)
        for categories in (frozenset({"necessary"}), frozenset(EVERYTHING)):
            for age, reason in ((timedelta(days=179, hours=23), "recorded"), (180 * DAY, "expired")):
                token = signer.dump(consent_of(policy, now - age, categories=categories, services=frozenset()))
                checked = client.get("/consent/check", headers={"Cookie": f"consent={token}"}).get_json()
                assert checked["reason"] == reason

    def test_C18_another_version_asks_again(self, make_app: Callable[..., Flask], client: FlaskClient) -> None:
        token = cookie_of(choose(client))
        newer = make_app(POLICY.replace('version = "1"', 'version = "2"')).test_client(use_cookies=False)
        decision = newer.get("/consent/check", headers={"Cookie": f"consent={token}"}).get_json()
        assert (decision["decided"], decision["reason"], decision["categories"]) == (False, "outdated", NOTHING)

    def test_K06_keys_rotate(self, make_app: Callable[..., Flask], client: FlaskClient) -> None:
        token = cookie_of(choose(client))
        for keys, reason in ((f"{'n' * 40},{KEY}", "recorded"), ("n" * 40, "invalid")):
            rotated = make_app(CONSENT_SECRET_KEYS=keys).test_client(use_cookies=False)
            assert rotated.get("/consent/check", headers={"Cookie": f"consent={token}"}).get_json()["reason"] == reason


def test_a_grant_is_in_the_file_before_it_is_answered(app: Flask, tmp_path) -> None:  # type: ignore[no-untyped-def]
    import sqlite3

    receipt = choose(app.test_client()).get_json()["receipt"]
    with sqlite3.connect(f"file:{tmp_path}/consent.db?mode=ro", uri=True) as file:
        (bodies,) = file.execute("SELECT group_concat(body) FROM receipts").fetchone()
    file.close()
    assert receipt in bodies
    assert parts_of(app).ledger.status().ready
