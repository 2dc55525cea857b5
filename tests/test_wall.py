"""The wall: each visitor's page lets in what they granted, and no more; what the wall cannot do is said once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response

from consent_banner import ConsentBanner
from consent_banner.cookie import CookieSigner
from consent_banner.policy import Policy
from consent_banner.views import visit

from .conftest import KEY, POLICY, consent_of, parts_of

ALL = ("counter", "hotjar", "acme-pixel")
CSP = "Content-Security-Policy"
HTTPS = "https://jutt.ai"


@pytest.fixture
def make_host(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """A host application whose pages carry a Content-Security-Policy, set before or after the extension's own hooks."""
    made: list[Flask] = []

    def make(csp: str | None, first: bool = False, **config: Any) -> Flask:
        (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
        app = Flask(f"wall{len(made)}")
        ledger = f"sqlite:///{tmp_path}/wall-{len(made)}.db"
        app.config.update(CONSENT_SECRET_KEYS=KEY, CONSENT_POLICY=str(tmp_path / "policy.toml"),
                          CONSENT_LEDGER_URL=ledger, CONSENT_CSP="enforce")  # fmt: skip
        app.config.update(config)

        def rule(response: Response) -> Response:
            if csp:
                response.headers[CSP] = csp
            return response

        if first:
            app.after_request(rule)
        ConsentBanner(app)
        if not first:
            app.after_request(rule)
        app.add_url_rule("/", "page", lambda: "<p>page")
        app.add_url_rule("/data", "data", lambda: {"a": 1})
        made.append(app)
        return app

    yield make
    for app in made:
        parts_of(app).ledger.close()


def cookie(signer: CookieSigner, policy: Policy, *granted: str) -> dict[str, str]:
    return {"Cookie": f"consent={signer.dump(consent_of(policy, services=frozenset(granted)))}"}


OWN = "default-src 'none'; img-src 'self' px.acme.example; report-uri /own"


class TestInFlask:
    @pytest.mark.parametrize("first", [True, False])
    def test_a_page_lets_in_what_was_granted(
        self, make_host: Callable[..., Flask], signer: CookieSigner, policy: Policy, first: bool
    ) -> None:
        client = make_host(OWN, first).test_client(use_cookies=False)
        for headers in ({}, {"Cookie": "consent=x"}, {"Sec-GPC": "1"}, cookie(signer, policy, "counter")):
            answer = client.get("/", headers=headers)
            assert ("counter.example" in answer.headers[CSP]) == (len(headers.get("Cookie", "")) > 20)
            assert "px.acme" not in answer.headers[CSP]
        answer = client.get("/", headers=cookie(signer, policy, "acme-pixel"))
        assert "img-src 'self' px.acme.example;" in answer.headers[CSP]
        assert "counter" not in answer.headers[CSP]

    @pytest.mark.parametrize("mode", ["enforce", "report-only"])
    def test_T16_a_page_is_private_and_varies(self, make_host: Callable[..., Flask], mode: str) -> None:
        answer = make_host(OWN, CONSENT_CSP=mode).test_client().get("/")
        assert answer.cache_control.private
        assert {"Cookie", "Sec-GPC"} <= set(answer.vary)

    def test_report_only_blocks_nothing_and_reports_to_us_alone(
        self, make_host: Callable[..., Flask], signer: CookieSigner, policy: Policy
    ) -> None:
        client = make_host(OWN, CONSENT_CSP="report-only").test_client(use_cookies=False)
        answer = client.get("/", headers=cookie(signer, policy, "counter"), base_url=HTTPS)
        assert answer.headers.getlist(CSP) == [OWN]
        (second,) = answer.headers.getlist(f"{CSP}-Report-Only")
        assert "img-src 'self' counter.example;" in second
        assert second.endswith("report-uri /consent/reports; report-to consent")

    def test_reports_go_to_the_application_and_to_us(self, make_host: Callable[..., Flask]) -> None:
        answer = make_host(OWN).test_client().get("/", base_url=HTTPS)
        assert answer.headers[CSP].endswith("report-uri /own /consent/reports; report-to consent")
        assert answer.headers["Reporting-Endpoints"] == 'consent="/consent/reports"'
        theirs = make_host("img-src 'self'; report-to theirs", CONSENT_URL_PREFIX="/privacy").test_client()
        rules = theirs.get("/", base_url=HTTPS).headers[CSP]
        assert rules == "img-src 'self'; report-uri /privacy/reports; report-to theirs"

    def test_over_plain_http_no_group_is_named_that_would_swallow_the_reports(
        self, make_host: Callable[..., Flask]
    ) -> None:
        answer = make_host(OWN).test_client().get("/")
        assert answer.headers[CSP].endswith("report-uri /own /consent/reports")
        assert "Reporting-Endpoints" not in answer.headers

    @pytest.mark.parametrize("path", ["/data", "/consent/preferences", "/consent/declaration", "/consent/check"])
    def test_only_the_applications_pages_are_touched(self, make_host: Callable[..., Flask], path: str) -> None:
        walled, plain = (make_host("img-src px.acme.example", CONSENT_CSP=mode) for mode in ("enforce", "off"))
        found, expected = (app.test_client().get(path).headers for app in (walled, plain))
        assert found.getlist(CSP) == expected.getlist(CSP)
        assert "Reporting-Endpoints" not in found

    def test_off_touches_nothing(self, make_host: Callable[..., Flask]) -> None:
        answer = make_host(OWN, CONSENT_CSP="off").test_client().get("/")
        assert answer.headers[CSP] == OWN
        assert not {"Vary", "Cache-Control", "Reporting-Endpoints"} & set(answer.headers.keys())

    def test_C20_without_a_decision_the_page_goes_out_and_nothing_is_granted(
        self, make_host: Callable[..., Flask], signer: CookieSigner, policy: Policy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = make_host(OWN).test_client(use_cookies=False)
        monkeypatch.setattr(visit, "now", lambda: 1 / 0)  # A clock that has stopped.
        answer = client.get("/", headers=cookie(signer, policy, *ALL))
        assert answer.data == b"<p>page"
        assert answer.headers[CSP].startswith("default-src 'none'; img-src 'self'; report-uri")


class TestWarnings:
    def test_a_page_without_a_policy_is_told_once_and_left_alone(
        self, make_host: Callable[..., Flask], caplog: pytest.LogCaptureFixture
    ) -> None:
        client = make_host(None).test_client()
        for _ in range(3):
            assert CSP not in client.get("/").headers
        (record,) = caplog.records
        assert (record.levelno, "nothing to merge" in record.message) == (logging.WARNING, True)

    def test_a_hole_is_told_once_for_all_nonces_and_visitors(
        self,
        make_host: Callable[..., Flask],
        caplog: pytest.LogCaptureFixture,
        signer: CookieSigner,
        policy: Policy,
    ) -> None:
        client = make_host("default-src 'self'; img-src *").test_client(use_cookies=False)
        for headers in ({}, {}, cookie(signer, policy, "counter")):
            client.get("/", headers=headers)
        assert [record.message for record in caplog.records] == [
            "the wall has a hole: img-src: * also lets through *.heat.example, counter.example, px.acme.example"
        ]
