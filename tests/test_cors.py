"""Who may read from another origin, and who may change anything: the origins that the policy lists, and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_banner.policy.hosts import Origins

LISTED = ["https://jutt.ai", "https://www.jutt.ai", "https://a.b.c.jutt.ai", "https://shop.example:8443"]
FOREIGN = [
    "https://jutt.ai.evil.example",
    "https://evil.example",
    "https://evil-jutt.ai",
    "https://evil.example/.jutt.ai",
    "https://evil.example#.jutt.ai",
    "https://evil.example?.jutt.ai",
    "https://user@www.jutt.ai",
    "https://.jutt.ai",
    "https://-.jutt.ai",
    "http://jutt.ai",
    "http://www.jutt.ai",
    "https://jutt.ai:8443",
    "https://www.jutt.ai:8443",
    "https://www.jutt.ai:443",
    "https://shop.example",
    "https://www.shop.example:8443",
    "https://jutt.ai/",
    "https://jutt.ai.",
    "https://JUTT.ai",
    "HTTPS://jutt.ai",
    "https://jutt.ai, https://evil.example",
    "https://evil.example https://jutt.ai",
    "https://jutt.ai\x00.evil.example",
    "https://*.jutt.ai",
    "https://" + "a." * 4000 + "jutt.ai",
    "jutt.ai",
    "//jutt.ai",
    "null",
    "*",
    "",
]
READ = ["check", "check/analytics", "banner?lang=et", "banner.js?lang=et", "policy.json", "declaration?lang=et",
        "receipts", "texts/" + "0" * 64]  # fmt: skip


def shared(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name.startswith("Access-Control-")}


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("origin", LISTED)
def test_T16_the_exact_origin_is_echoed_with_credentials(client: FlaskClient, path: str, origin: str) -> None:
    answer = client.get(f"/consent/{path}", headers={"Origin": origin})
    assert answer.headers.getlist("Access-Control-Allow-Origin") == [origin]
    assert answer.headers.getlist("Access-Control-Allow-Credentials") == ["true"]
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_T16_no_other_origin_reads_anything(client: FlaskClient, origin: str) -> None:
    for path in READ:
        answer = client.get(f"/consent/{path}", headers={"Origin": origin})
        assert shared(answer) == {}
        assert "Origin" in answer.headers["Vary"]
    assert shared(client.options("/consent/choices", headers={"Origin": origin})) == {}


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "choices"), ("DELETE", "choices"), ("DELETE", "receipts"), ("POST", "banner"),
                         ("POST", "preferences")]
)  # fmt: skip
def test_403_for_a_change_from_an_origin_that_is_not_listed(
    client: FlaskClient, method: str, path: str, origin: str
) -> None:
    answer = client.open(f"/consent/{path}", method=method, json={"method": "reject_all"}, headers={"Origin": origin})
    assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("origin", [*LISTED, "http://localhost"])
def test_changes_from_our_own_origin_and_from_listed_ones_go_through(client: FlaskClient, origin: str) -> None:
    headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    assert client.post("/consent/choices", json={"method": "reject_all"}, headers=headers).status_code == 200
    assert client.delete("/consent/choices", headers=headers).status_code == 200
    assert client.delete("/consent/receipts", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("site", "status"),
    [("same-origin", 200), ("same-site", 200), ("none", 200), (None, 200), ("cross-site", 403), ("", 403), ("x", 403)],
)
def test_without_an_origin_the_browser_must_say_that_it_is_ours(
    client: FlaskClient, site: str | None, status: int
) -> None:
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    for method in ("POST", "DELETE"):
        answer = client.open("/consent/choices", method=method, json={"method": "reject_all"}, headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "methods"), [("choices", {"POST", "DELETE"}), ("receipts", {"GET", "DELETE"}), ("check", {"GET"})]
)
def test_preflights_are_answered_and_cached(client: FlaskClient, path: str, methods: set[str]) -> None:
    headers = {
        "Origin": "https://jutt.ai",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = client.options(f"/consent/{path}", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://jutt.ai"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert methods <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    assert answer.headers["Access-Control-Allow-Headers"].lower() == "content-type"
    assert int(answer.headers["Access-Control-Max-Age"]) >= 600
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("body", ["{", '{"method": "x"}', '{"method": "accept_all"}'])
def test_problems_can_be_read_from_there_too(client: FlaskClient, body: str) -> None:
    headers = {"Origin": "https://jutt.ai"}
    answer = client.post("/consent/choices", data=body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert answer.headers["Access-Control-Allow-Origin"] == "https://jutt.ai"


def test_the_page_with_a_csrf_token_is_read_by_nobody_else(client: FlaskClient) -> None:
    assert shared(client.get("/consent/preferences", headers={"Origin": "https://jutt.ai"})) == {}


def test_our_own_origin_behind_a_proxy(make_app: Callable[..., Flask]) -> None:
    client = make_app(CONSENT_PROXY_HOPS="1").test_client()
    headers = {"Origin": "https://shop.ee", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.ee"}
    assert client.post("/consent/choices", json={"method": "reject_all"}, headers=headers).status_code == 200
    headers["Origin"] = "http://shop.ee"
    assert client.post("/consent/choices", json={"method": "reject_all"}, headers=headers).status_code == 403


def test_no_proxy_is_believed_unasked(client: FlaskClient) -> None:
    headers = {"Origin": "https://evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    assert client.post("/consent/choices", json={"method": "reject_all"}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("pattern", "origin", "expected"),
    [
        ("https://*.jutt.ai:8443", "https://a.jutt.ai:8443", True),
        ("https://*.jutt.ai:8443", "https://a.jutt.ai", False),
        ("https://*.jutt.ai:443", "https://a.jutt.ai", True),
        ("http://localhost:8000", "http://localhost:8000", True),
        ("http://localhost", "http://localhost:80", False),
        ("https://jutt.ai", "https://jutt.ai\n", False),
        ("https://*.jutt.ai", "https://a.jutt.ai\n", False),
    ],
)
def test_patterns(pattern: str, origin: str, expected: bool) -> None:
    assert (origin in Origins([pattern])) is expected
