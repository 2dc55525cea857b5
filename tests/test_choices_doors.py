"""The two doors of a choice say the same: the callable in front of Flask, and the Flask route behind it."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent_banner.cookie import CookieSigner
from consent_banner.policy import Policy

from .conftest import consent_of, parts_of, route

NAMES = ["necessary", "preferences", "analytics", "marketing", "turundus"]
SERVICES = ["counter", "hotjar", "acme-pixel", "nobody"]


@pytest.fixture
def doors(make_app: Callable[..., Flask]) -> tuple[FlaskClient, FlaskClient]:
    """A client for each door, of two like applications."""
    return make_app().test_client(use_cookies=False), route(make_app()).test_client(use_cookies=False)


def said(answer: Any) -> tuple[Any, ...]:
    """All that an answer says but what differs by nature: ids, times and signatures, and the headers' order."""
    body = answer.get_json()
    for member in ("receipt", "given_at", "expires_at"):
        body[member] = type(body.get(member)).__name__
    headers = sorted((name, value) for name, value in answer.headers if name not in ("Set-Cookie", "Content-Length"))
    cookies = [each for header in answer.headers.getlist("Set-Cookie") for each in SimpleCookie(header).values()]
    return answer.status, headers, body, [(each.key, len(each.value), sorted(each.items())) for each in cookies]


answers = st.sampled_from([True, False, True, False, None, 1])
CHOICES = st.fixed_dictionaries(
    {"method": st.sampled_from(["accept_all", "reject_all", "custom", "withdraw"])},
    optional={
        "categories": st.dictionaries(st.sampled_from(NAMES), answers),
        "services": st.dictionaries(st.sampled_from(SERVICES), answers),
        "revision": st.sampled_from(["REVISION", "REVISION", "00000000"]),
        "language": st.sampled_from(["et", "en", "fr"]),
        "text": st.sampled_from(["0" * 64]),
        "more": st.just(1),
    },
)
ORIGINS = [
    None,
    "https://jutt.ai",
    "http://localhost",
    "http://localhost:80",
    "https://evil.example",
    "null",
    "HTTPS://jutt.ai",
]
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Origin": st.sampled_from(ORIGINS[1:]),
        "Sec-Fetch-Site": st.sampled_from(["same-origin", "cross-site", "none"]),
        "Sec-GPC": st.sampled_from(["1", "0"]),
        "Accept-Language": st.sampled_from(["en", "et-EE, en;q=0.5", "*", ""]),
        "Cookie": st.sampled_from(
            [
                "consent=GOOD",
                "consent=x",
                'consent="GOOD"',
                "consent=GOOD; consent=GOOD",
                "a=b",
                "consent=GOOD; _c=1; _cd=2; _px=3",
                "_c=1",
                "_c=1; _c=2; x; ;",
            ]
        ),
    },
)
QUERIES = ["", "", "?lang=en"]
KINDS = ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "text/plain"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    choice=CHOICES,
    headers=HEADERS,
    kind=st.sampled_from([KINDS[0], *KINDS]),
    query=st.sampled_from(["", "", "?lang=en"]),
)
def test_both_doors_say_the_same(
    doors: tuple[FlaskClient, FlaskClient],
    policy: Policy,
    signer: CookieSigner,
    choice: dict[str, Any],
    headers: dict[str, str],
    kind: str,
    query: str,
) -> None:
    body = json.dumps(choice).replace("REVISION", policy.revision)
    sent = {name: value.replace("GOOD", signer.dump(consent_of(policy))) for name, value in headers.items()}
    first, second = (
        door.post(f"/consent/choices{query}", data=body, content_type=kind, headers=sent) for door in doors
    )
    assert said(first) == said(second)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b"{}" + b" " * 9000, b'{"method": "custom", "method": "custom"}']
)
def test_a_body_that_only_one_door_can_judge_arrives_whole(doors: tuple[FlaskClient, FlaskClient], body: bytes) -> None:
    first, second = (door.post("/consent/choices", data=body, content_type="application/json") for door in doors)
    assert said(first) == said(second)
    assert first.status_code in (400, 413)


def test_a_plain_choice_never_reaches_flask(app: Flask, policy: Policy) -> None:
    reached: list[str] = []
    choice = {"method": "accept_all", "categories": dict.fromkeys(NAMES[:4], True), "revision": policy.revision}
    with request_started.connected_to(lambda _app: reached.append("flask"), app):
        client = app.test_client()
        for body in (choice, {"method": "reject_all"}):
            assert client.post("/consent/choices", json=body).status_code == 200
        assert reached == []
        client.post("/consent/choices?lang=en", json=choice)
        assert reached == ["flask"]


def test_both_doors_count_towards_one_limit(make_app: Callable[..., Flask], policy: Policy) -> None:
    app = make_app(CONSENT_RATE_LIMIT="2/minute")
    choice = {"method": "accept_all", "categories": dict.fromkeys(NAMES[:4], True), "revision": policy.revision}
    client = app.test_client(use_cookies=False)
    seen = [
        client.post(f"/consent/choices{query}", json=choice).status_code for query in ("", "?lang=en", "", "?lang=en")
    ]
    assert seen == [200, 200, 429, 429]
    assert len(list(parts_of(app).ledger.export())) == 2
