"""Reports of violations: counted by day, service and directive, whatever sends them; nobody is in the count."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from consent_banner.gates.violations import Violation, read_violations

from .conftest import POLICY, parts_of

OLD, NEW = "application/csp-report", "application/reports+json"


def old(uri: Any = "https://px.acme.example/p.gif?id=7", directive: Any = "img-src") -> dict[str, Any]:
    """A report as `report-uri` brings it."""
    page = {"document-uri": "https://jutt.ai/secret", "referrer": "https://who.example/", "disposition": "enforce"}
    return {"csp-report": page | {"effective-directive": directive, "blocked-uri": uri}}


def new(
    url: Any = "wss://a.heat.example/s", directive: Any = "connect-src", kind: str = "csp-violation"
) -> dict[str, Any]:
    """A report as `report-to` brings it, one of a list."""
    body = {"blockedURL": url, "effectiveDirective": directive, "documentURL": "https://jutt.ai/secret"}
    return {"type": kind, "age": 5, "url": "https://jutt.ai/secret", "user_agent": "Mozilla", "body": body}


def send(client: FlaskClient, body: object, kind: str = OLD, **headers: str) -> Any:
    data = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post("/consent/reports", data=data, content_type=kind, headers=headers)


def counted(app: Flask) -> list[tuple[str | None, str, int]]:
    rows = parts_of(app).ledger.violations()
    return [(row["service"], row["directive"], row["violations"]) for row in rows]


def test_both_kinds_are_counted_by_service_and_directive(app: Flask, client: FlaskClient) -> None:
    answers = [send(client, old()), send(client, old()), send(client, [new(), new(directive="font-src")], NEW)]
    for answer in answers:
        assert (answer.status_code, answer.data, "Content-Type" in answer.headers) == (204, b"", False)
        assert "Set-Cookie" not in answer.headers
    assert counted(app) == [
        ("acme-pixel", "img-src", 2),
        ("hotjar", "connect-src", 1),
        ("hotjar", "font-src", 1),
    ]


@pytest.mark.parametrize(
    ("uri", "directive", "row"),
    [
        ("https://PX.ACME.example.:8443/x", "script-src-elem", ("acme-pixel", "script-src-elem", 1)),
        ("https://counter.example", "script-src 'self' https:", (None, "script-src", 1)),
        ("https://stranger.example/x", "img-src", (None, "img-src", 1)),
        ("inline", "script-src-elem", (None, "script-src-elem", 1)),
        ("", "", (None, "other", 1)),
        (None, None, (None, "other", 1)),
        (7, ["img-src"], (None, "other", 1)),
        ("https://[", "x" * 9000, (None, "other", 1)),
        ("https://evil.px.acme.example/", "img-src", (None, "img-src", 1)),
        ("https://heat.example/", "img-src", (None, "img-src", 1)),
        ("https://a.b.HEAT.example/", "img-src", ("hotjar", "img-src", 1)),
        ("https://" + "a." * 5000 + "heat.example/", "img-src", (None, "img-src", 1)),
    ],
)
def test_C20_what_is_unknown_stays_nameless(
    app: Flask, client: FlaskClient, uri: Any, directive: Any, row: Any
) -> None:
    expected = ("counter", *row[1:]) if uri == "https://counter.example" else row
    assert send(client, old(uri, directive)).status_code == 204
    assert counted(app) == [expected]
    assert "stranger" not in str(parts_of(app).ledger.violations())


def test_a_host_of_two_services_counts_for_the_one_that_names_it(make_app: Callable[..., Flask]) -> None:
    app = make_app(POLICY.replace('hosts = ["px.acme.example"]', 'hosts = ["px.acme.example", "cdn.heat.example"]'))
    send(app.test_client(), old("https://cdn.heat.example/"))
    assert counted(app) == [("acme-pixel", "img-src", 1)]


def test_a_minutes_reports_in_one_body_are_counted(app: Flask, client: FlaskClient) -> None:
    reports = [new() | {"original": "x" * 1500} for _ in range(30)]
    assert send(client, reports, NEW).status_code == 204
    assert counted(app) == [("hotjar", "connect-src", 30)]


def test_reports_of_another_kind_are_none_of_ours(app: Flask, client: FlaskClient) -> None:
    assert send(client, [new(kind="deprecation"), new()], NEW).status_code == 204
    assert send(client, new(), NEW).status_code == 204
    assert counted(app) == [("hotjar", "connect-src", 2)]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("", OLD, 400),
        ("{", OLD, 400),
        ("[" * 9000, OLD, 400),
        (b"\xff\xfe", OLD, 400),
        ("null", OLD, 400),
        ("7", NEW, 400),
        ("[7]", NEW, 400),
        ({"hello": 1}, OLD, 400),
        (old(), "application/json", 415),
        (old(), "text/plain", 415),
        (old("x" * 17_000), OLD, 413),
        ([new("x" * 66_000)], NEW, 413),
    ],
)
def test_anything_malformed_is_a_problem_and_not_counted(
    app: Flask, client: FlaskClient, body: object, kind: str, status: int
) -> None:
    answer = send(client, body, kind)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert counted(app) == []


def test_only_pages_that_the_policy_lists_may_report(app: Flask, client: FlaskClient) -> None:
    assert send(client, old(), Origin="https://evil.example").status_code == 403
    assert send(client, old(), **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert send(client, old(), Origin="https://shop.jutt.ai").status_code == 204
    assert send(client, old(), Origin="http://localhost").status_code == 204
    preflight = client.options("/consent/reports", headers={"Origin": "https://shop.jutt.ai"})
    assert preflight.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert counted(app) == [("acme-pixel", "img-src", 2)]


def test_429_for_one_report_too_many_and_choices_are_not_charged(make_app: Callable[..., Flask]) -> None:
    app = make_app(CONSENT_RATE_LIMIT="2/hour")
    client = app.test_client()
    answers = [send(client, old()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert client.delete("/consent/choices").get_json()["receipt"]


def test_only_numbers_are_kept_and_they_outlive_the_process(make_app: Callable[..., Flask], tmp_path: Any) -> None:
    first = make_app()
    send(first.test_client(), old(), **{"User-Agent": "Mozilla-7", "Cookie": "consent=x; sid=1"})
    parts_of(first).ledger.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("consent.db*"))
    assert b"acme-pixel" in kept
    assert not [trace for trace in (b"secret", b"who.example", b"Mozilla", b"p.gif", b"sid") if trace in kept]
    assert counted(make_app()) == [("acme-pixel", "img-src", 1)]


def test_what_was_chosen_is_counted_apart(app: Flask, client: FlaskClient) -> None:
    send(client, old())
    client.delete("/consent/choices")
    assert [row["method"] for row in parts_of(app).ledger.statistics()] == ["withdraw"]
    assert counted(app) == [("acme-pixel", "img-src", 1)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.sampled_from(["csp-report", "type", "body", "blocked-uri"]), inner)
    ),
)


@given(json_values)
def test_any_json_is_read_without_a_fuss(value: Any) -> None:
    found = read_violations(json.dumps(value).encode())
    assert found is None or all(isinstance(each, Violation) for each in found)
