"""The check: the decision over HTTP, the same through both doors, never kept by a cache, never waiting for the ledger.

Both doors are the callable in front of Flask and the Flask route behind it (`consent_banner/front.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from consent_banner.consent import Consent
from consent_banner.cookie import CookieSigner
from consent_banner.policy import Policy, read_policy

from .conftest import DAY, KEY, POLICY, consent_of, parts_of, route

REQUIRED_ONLY = {"necessary": True, "preferences": False, "analytics": False, "marketing": False}
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["front", "route"])
def through(request: pytest.FixtureRequest) -> Callable[[Flask], FlaskClient]:
    """A client that enters an application by one door or the other, and keeps no cookies."""
    enter = route if request.param == "route" else lambda app: app
    return lambda app: enter(app).test_client(use_cookies=False)


@pytest.fixture
def door(app: Flask, through: Callable[[Flask], FlaskClient]) -> FlaskClient:
    return through(app)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def cookies_of(policy: Policy, signer: CookieSigner, now: datetime) -> dict[str, str | None]:
    """The cookie headers of the truth table's first column."""
    older = read_policy(POLICY.replace('version = "1"', 'version = "0"'))
    good = signer.dump(consent_of(policy, now - DAY))
    stranger = CookieSigner(policy, ["s" * 40]).dump(consent_of(policy, now - DAY))
    outdated = CookieSigner(older, [KEY])
    return {
        "none": None,
        "another cookie": "session=x; lang=et",
        "valid": f"consent={good}",
        "valid among others": f"a=b; consent={good}; c=d",
        "skewed": f"consent={signer.dump(consent_of(policy, now + 50 * SECOND))}",
        "outdated": f"consent={outdated.dump(consent_of(older, now - DAY))}",
        "expired": f"consent={signer.dump(consent_of(policy, now - 180 * DAY))}",
        "expired, outdated": f"consent={outdated.dump(consent_of(older, now - 180 * DAY))}",
        "future": f"consent={signer.dump(consent_of(policy, now + 90 * SECOND))}",
        "flipped": f"consent={good[:20]}{'A' if good[20] != 'A' else 'B'}{good[21:]}",
        "another key": f"consent={stranger}",
        "cut": f"consent={good[:-1]}",
        "oversized": f"consent={'a' * 5000}",
        "garbage": "consent=%7B%22analytics%22%3Atrue%7D",
        "empty": "consent=",
        "bare": "consent",
        "twice": f"consent={good}; consent={good}",
        "twice, one empty": f"consent={good}; consent",
        "non-ascii": "consent=\u00e9\u00ff",
    }


ROWS = [
    ("none", False, False, "none"),
    ("another cookie", False, False, "none"),
    ("valid", False, True, "recorded"),
    ("valid", True, True, "recorded"),
    ("valid among others", False, True, "recorded"),
    ("skewed", False, True, "recorded"),
    ("outdated", False, False, "outdated"),
    ("expired", False, False, "expired"),
    ("expired, outdated", False, False, "expired"),
    ("none", True, True, "gpc"),
    ("outdated", True, True, "gpc"),
    ("expired", True, True, "gpc"),
]
INVALID = (
    "future", "flipped", "another key", "cut", "oversized", "garbage", "empty", "bare", "twice", "twice, one empty",
    "non-ascii",
)  # fmt: skip
ROWS += [(what, False, False, "invalid") for what in INVALID] + [(what, True, True, "gpc") for what in INVALID]


@pytest.mark.parametrize(("what", "gpc", "decided", "reason"), ROWS)
def test_C20_C23_follows_the_truth_table(
    door: FlaskClient,
    policy: Policy,
    signer: CookieSigner,
    now: datetime,
    what: str,
    gpc: bool,
    decided: bool,
    reason: str,
) -> None:
    headers = {"Sec-GPC": "1"} if gpc else {}
    cookie = cookies_of(policy, signer, now)[what]
    answer = door.get("/consent/check", headers=headers | ({"Cookie": cookie} if cookie else {}))
    decision = answer.get_json()
    assert answer.status_code == 200
    assert (decision["decided"], decision["reason"], decision["gpc"]) == (decided, reason, gpc)
    recorded = reason == "recorded"
    assert decision["categories"] == {**REQUIRED_ONLY, "analytics": recorded}
    assert decision["services"] == {"counter": recorded, "hotjar": False, "acme-pixel": False}
    assert (decision["given_at"] is not None) == (decision["expires_at"] is not None) == recorded
    assert ("previous_revision" in decision) == (reason == "outdated")


def test_a_quoted_cookie_means_what_flask_reads_in_it(
    door: FlaskClient, policy: Policy, signer: CookieSigner
) -> None:  # fmt: skip
    quoted = {"Cookie": f'consent="{signer.dump(consent_of(policy))}"'}
    assert door.get("/consent/check", headers=quoted).get_json()["reason"] == "recorded"


def test_names_its_members_and_no_more(door: FlaskClient, policy: Policy, signer: CookieSigner, now: datetime) -> None:
    cookie = {"Cookie": f"consent={signer.dump(consent_of(policy, now - DAY))}"}
    decision = door.get("/consent/check", headers=cookie).get_json()
    assert list(decision) == [
        "decided", "reason", "revision", "gpc", "language", "given_at", "expires_at", "categories", "services"
    ]  # fmt: skip
    assert decision["given_at"] == (now - DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert decision["expires_at"] == (now + 179 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert decision["revision"] == policy.revision


def test_outdated_says_which_revision_was_asked_before(
    door: FlaskClient, policy: Policy, signer: CookieSigner, now: datetime
) -> None:
    cookie = cookies_of(policy, signer, now)["outdated"]
    older = read_policy(POLICY.replace('version = "1"', 'version = "0"'))
    decision = door.get("/consent/check", headers={"Cookie": cookie or ""}).get_json()
    assert decision["previous_revision"] == older.revision


@pytest.mark.parametrize("signal", ["0", "true", "1, 1", "01", "１", "1;", ""])
def test_C23_the_signal_counts_when_it_is_exactly_1(door: FlaskClient, signal: str) -> None:
    decision = door.get("/consent/check", headers={"Sec-GPC": signal.encode().decode("latin-1")}).get_json()
    assert (decision["gpc"], decision["reason"]) == (False, "none")


def test_C23_a_category_that_the_signal_does_not_answer_is_asked_about(
    make_app: Callable[..., Flask], through: Callable[[Flask], FlaskClient]
) -> None:
    app = make_app(POLICY.replace('id = "analytics"\n', 'id = "analytics"\ngpc = false\n', 1))
    decision = through(app).get("/consent/check", headers={"Sec-GPC": "1"}).get_json()
    assert (decision["decided"], decision["reason"]) == (False, "gpc")
    assert decision["categories"] == REQUIRED_ONLY


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("", None, "et"),
        ("", "en", "en"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "et-EE, en;q=0.5", "et"),
        ("", "ru, en;q=0.5", "en"),
        ("", "ru", "et"),
        ("", "*", "et"),
        ("", ";;;q=x,,", "et"),
        ("?lang=en", "et", "en"),
        ("?lang=en-GB", None, "en"),
        ("?lang=fi", "en", "en"),
        ("?lang=", "en", "en"),
        ("?lang=../en", None, "et"),
    ],
)
def test_speaks_the_language_asked_for(door: FlaskClient, query: str, accept: str | None, language: str) -> None:
    headers = {"Accept-Language": accept} if accept else {}
    assert door.get(f"/consent/check{query}", headers=headers).get_json()["language"] == language


@pytest.mark.parametrize("path", ["/consent/check", "/consent/check/analytics", "/consent/check/necessary"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_T16_is_kept_by_no_cache_and_sets_no_cookie(
    door: FlaskClient, policy: Policy, signer: CookieSigner, path: str, method: str
) -> None:
    for cookie in ("", f"consent={signer.dump(consent_of(policy))}", "consent=x"):
        answer = door.open(path, method=method, headers={"Cookie": cookie})
        assert answer.headers.getlist("Cache-Control") == ["no-store"]
        assert answer.headers.getlist("Vary") == ["Cookie, Origin, Sec-GPC"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        assert "ETag" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_never_carries_a_receipts_id(door: FlaskClient, policy: Policy, signer: CookieSigner) -> None:
    consent = consent_of(policy)
    answer = door.get("/consent/check", headers={"Cookie": f"consent={signer.dump(consent)}"})
    assert str(consent.receipt) not in answer.get_data(as_text=True) + str(answer.headers)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("necessary", 204, "recorded"),
        ("analytics", 204, "recorded"),
        ("counter", 204, "recorded"),
        ("marketing", 403, "recorded"),
        ("hotjar", 403, "recorded"),
        ("analitics", 403, "unknown"),
        ("Analytics", 403, "unknown"),
        ("analytics ", 403, "unknown"),
        ("service:counter", 403, "unknown"),
        ("anal\u00fc\u00fctika", 403, "unknown"),
        ("__class__", 403, "unknown"),
        ("analytics%00", 403, "unknown"),
        ("..%2fcheck", 403, "unknown"),
    ],
)
def test_gates_a_category_or_a_service(
    door: FlaskClient, policy: Policy, signer: CookieSigner, method: str, name: str, status: int, reason: str
) -> None:
    cookie = {"Cookie": f"consent={signer.dump(consent_of(policy))}"}
    answer = door.open(f"/consent/check/{name}", method=method, headers=cookie)
    if "%2f" in name:  # WSGI has it as a slash: another path than a gate's.
        assert answer.status_code in (308, 404)
        return
    assert (answer.status_code, answer.headers["X-Consent-Reason"]) == (status, reason)
    assert (status == 204 or method == "HEAD") == (answer.data == b"")


def test_says_the_granted_hosts_for_a_content_security_policy_where_asked_to(
    make_app: Callable[..., Flask], through: Callable[[Flask], FlaskClient], policy: Policy, signer: CookieSigner
) -> None:
    door = through(make_app(CONSENT_CSP="report-only"))
    cookie = {"Cookie": f"consent={signer.dump(consent_of(policy))}", "Origin": "https://jutt.ai"}
    for path in ("/consent/check", "/consent/check/analytics", "/consent/check/marketing", "/consent/check/nope"):
        for headers in ({}, {"Sec-GPC": "1"}, {"Cookie": "consent=x"}):
            assert door.get(path, headers=headers).headers.getlist("X-Consent-CSP") == [""]
        answer = door.get(path, headers=cookie)
        assert answer.headers.getlist("X-Consent-CSP") == ["counter.example wss://counter.example"]
        assert answer.headers["Access-Control-Expose-Headers"] == "X-Consent-Reason"
    everything = {"Cookie": f"consent={signer.dump(consent_of(policy, services=frozenset({'counter', 'hotjar'})))}"}
    assert door.get("/consent/check", headers=everything).headers["X-Consent-CSP"] == (
        "*.heat.example counter.example wss://*.heat.example wss://counter.example"
    )


def test_says_no_hosts_unless_asked_to(door: FlaskClient, policy: Policy, signer: CookieSigner) -> None:
    cookie = {"Cookie": f"consent={signer.dump(consent_of(policy))}"}
    for path in ("/consent/check", "/consent/check/analytics"):
        assert "X-Consent-CSP" not in door.get(path, headers=cookie).headers


@pytest.mark.parametrize(
    ("headers", "reason"),
    [({}, "none"), ({"Sec-GPC": "1"}, "gpc"), ({"Cookie": "consent=x"}, "invalid")],
)
def test_a_closed_gate_says_why(door: FlaskClient, headers: dict[str, str], reason: str) -> None:
    answer = door.get("/consent/check/analytics", headers=headers)
    assert (answer.status_code, answer.headers["X-Consent-Reason"]) == (403, reason)
    assert answer.content_type == "application/problem+json"
    assert answer.get_json(force=True)["status"] == 403


def test_HEAD_is_GET_without_its_body(door: FlaskClient) -> None:
    whole, head = door.get("/consent/check"), door.head("/consent/check")
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(whole.data))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_changes_nothing_by_any_method(door: FlaskClient, method: str) -> None:
    answer = door.open("/consent/check", method=method)
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"


def test_C21_works_while_the_ledger_is_gone(
    make_app: Callable[..., Flask],
    through: Callable[[Flask], FlaskClient],
    tmp_path: Path,
    policy: Policy,
    signer: CookieSigner,
) -> None:
    (tmp_path / "ledger").mkdir()
    door = through(make_app(CONSENT_LEDGER_URL=f"sqlite:///{tmp_path}/ledger/consent.db"))
    (tmp_path / "ledger").rename(tmp_path / "gone")
    cookie = {"Cookie": f"consent={signer.dump(consent_of(policy))}"}
    assert door.get("/consent/readyz").status_code == 503
    assert door.get("/consent/check").get_json()["reason"] == "none"
    assert door.get("/consent/check", headers=cookie).get_json()["reason"] == "recorded"
    assert door.get("/consent/check/analytics", headers=cookie).status_code == 204


def test_stands_under_the_operators_prefix_and_cookie_name(
    make_app: Callable[..., Flask], through: Callable[[Flask], FlaskClient], policy: Policy, signer: CookieSigner
) -> None:
    door = through(make_app(CONSENT_URL_PREFIX="/a/b", CONSENT_COOKIE_NAME="__Host-consent"))
    cookie = {"Cookie": f"__Host-consent={signer.dump(consent_of(policy))}; consent=x"}
    assert door.get("/a/b/check", headers=cookie).get_json()["reason"] == "recorded"
    assert door.get("/consent/check").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "jutt.ai.evil.example", "xjutt.ai", "", "a b"])
def test_answers_no_host_that_is_not_ours(
    make_app: Callable[..., Flask], through: Callable[[Flask], FlaskClient], host: str
) -> None:
    door = through(make_app(CONSENT_TRUSTED_HOSTS="jutt.ai, .jutt.ai"))
    assert door.get("/consent/check", headers={"Host": host}).status_code == 400
    for ours in ("jutt.ai", "www.jutt.ai", "jutt.ai:8443"):
        assert door.get("/consent/check", headers={"Host": ours}).status_code == 200


def test_a_plain_check_never_reaches_flask(app: Flask, policy: Policy, signer: CookieSigner) -> None:
    reached: list[str] = []
    cookie = {"Cookie": f"a=b; consent={signer.dump(consent_of(policy))}; c=d"}
    with request_started.connected_to(lambda _app: reached.append("flask"), app):
        client = app.test_client(use_cookies=False)
        for headers in ({}, cookie, {"Sec-GPC": "1"}, {"Cookie": "a=b"}, {"Origin": "https://jutt.ai"}):
            assert client.get("/consent/check", headers=headers).status_code == 200
            client.get("/consent/check/analytics", headers=headers)
        assert reached == []
        client.get("/consent/check?lang=en")
        assert reached == ["flask"]


def test_a_remembered_answer_ends_with_its_consent(app: Flask, policy: Policy, signer: CookieSigner) -> None:
    from consent_banner.front import Front

    parts, moment = parts_of(app), [datetime(2026, 1, 1, tzinfo=UTC)]
    front = Front(app, parts, clock=lambda: moment[0].timestamp())
    token = signer.dump(consent_of(policy, moment[0]))

    def reason() -> str:
        environ = create_environ("/consent/check", headers={"Cookie": f"consent={token}"})
        return str(json.loads(b"".join(run_wsgi_app(front, environ)[0]))["reason"])

    seen = []
    for step in (timedelta(), DAY, 179 * DAY - SECOND, SECOND, -200 * DAY):
        moment[0] += step
        seen.append(reason())
    assert seen == ["recorded", "recorded", "recorded", "expired", "invalid"]


def test_remembers_no_rubbish(app: Flask) -> None:
    client, front = app.test_client(use_cookies=False), app.wsgi_app
    before = len(front._answers)  # type: ignore[attr-defined]
    for number in range(50):
        client.get(f"/consent/check/name-{number}")
        client.get("/consent/check", headers={"Cookie": f"consent=rubbish{number}"})
        client.get("/consent/check", headers={"Origin": f"https://{number}.evil.example"})
        client.get("/consent/check", headers={"Sec-GPC": str(number + 2)})
        client.get("/consent/check", headers={"Accept-Language": "x" * 300 + str(number)})
    assert len(front._answers) - before <= 2  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Two applications over one policy and one key, one of them without its front."""
    from consent_banner import create_app

    folder = tmp_path_factory.mktemp("doors")
    (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    config = {
        "CONSENT_SECRET_KEYS": KEY,
        "CONSENT_POLICY": str(folder / "policy.toml"),
        "CONSENT_LEDGER_URL": f"sqlite:///{folder}/consent.db",
        "CONSENT_TRUSTED_HOSTS": "localhost,.jutt.ai",
        "CONSENT_CSP": "enforce",
    }
    made = create_app(config), route(create_app(config))
    yield made
    for app in made:
        parts_of(app).ledger.close()


VALID = CookieSigner(read_policy(POLICY), [KEY]).dump(consent_of(read_policy(POLICY)))
OTHER = CookieSigner(read_policy(POLICY), [KEY]).dump(consent_of(read_policy(POLICY), categories=frozenset()))
fragments = st.sampled_from(
    [VALID, OTHER, VALID[:-1], "consent", "consent=", f"consent={VALID}", "Consent", "xconsent", "=", ";", "; ", " ",
     "\t", '"', "\\", ",", "a=b", "a=b; ", "\x0b", "\x1f", "\x85", "\xa0", "\xe9", "\xff", "%3D", "\\075",
     "$Path=/", "x" * 1100]
)  # fmt: skip
headers = st.lists(fragments, max_size=9).map("".join)
anything = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40)
paths = st.one_of(
    st.sampled_from(["", "/analytics", "/counter", "/marketing", "/nope", "/", "//", "/a/b", "s", "/%2e", "/\xc3\xbc",
                     "/\xff"]),
    anything.map(lambda text: f"/{text}"),
)  # fmt: skip
origins = st.sampled_from(
    ["https://jutt.ai", "https://a.jutt.ai", "https://JUTT.ai", "https://evil.example", "null", "", "https://a.jutt.ai\x00",
     "https://" + "a." * 200 + "jutt.ai"]
)  # fmt: skip
hosts = st.sampled_from(
    ["localhost", "localhost:80", "LOCALHOST", "a.jutt.ai", ".jutt.ai", "evil.example", "", "a b", "["]
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_COOKIE": st.one_of(headers, anything),
        "HTTP_ACCEPT_LANGUAGE": st.one_of(st.sampled_from(["en", "et-EE,en;q=.5", "*", "x" * 300]), anything),
        "HTTP_ORIGIN": st.one_of(origins, anything),
        "HTTP_SEC_GPC": st.sampled_from(["1", "0", "", " 1", "1,1"]),
        "HTTP_HOST": hosts,
        "QUERY_STRING": st.sampled_from(["", "lang=en", "lang=", "x"]),
        "SCRIPT_NAME": st.sampled_from(["", "/app"]),
    },
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(paths, st.sampled_from(["GET", "HEAD", "OPTIONS"]), requests)
def test_both_doors_give_the_same_answer(doors, path: str, method: str, brought: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    answers = []
    for app in doors:
        environ = create_environ("/", method=method) | brought
        environ["PATH_INFO"] = f"/consent/check{path}"
        body, status, sent = run_wsgi_app(app, environ, buffered=True)
        answers.append((status, sorted(sent), b"".join(body)))
    assert answers[0] == answers[1]


def test_C10_T15_each_combination_of_categories_comes_back_exactly(
    door: FlaskClient, policy: Policy, signer: CookieSigner
) -> None:
    for number in range(8):
        chosen = {name for bit, name in enumerate(policy.optional) if number >> bit & 1}
        services = {each.id for each in policy.services if each.category in chosen}
        consent: Consent = consent_of(policy, categories=frozenset(chosen), services=frozenset(services))
        cookie = {"Cookie": f"consent={signer.dump(consent)}"}
        decision = door.get("/consent/check", headers=cookie).get_json()
        assert {name for name, yes in decision["categories"].items() if yes} == chosen | {"necessary"}
        assert {name for name, yes in decision["services"].items() if yes} == services
        for name in (*policy.optional, *policy.category_of):
            status = door.get(f"/consent/check/{name}", headers=cookie).status_code
            assert status == (204 if name in chosen | services else 403)
