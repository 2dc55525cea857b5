"""The demo: its stand-ins receive and count what the vendors' tags send, and its pages hold every tag back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_banner.demo.log import MOST, Hit, HitLog
from consent_banner.demo.standins import SCRIPTS, service_of, vendor_host
from consent_banner.policy import packaged_policy

from .conftest import choose, parts_of

PAGES = {"/": "et", "/koolitus": "et", "/konto": "et", "/privaatsus": "et",
         "/en/": "en", "/en/training": "en", "/en/account": "en", "/en/privacy": "en"}  # fmt: skip
SERVICES = [service.id for service in packaged_policy().services]
SITE = "http://127.0.0.1:8000"


@pytest.fixture
def client(make_app: Callable[..., Flask]) -> FlaskClient:
    app = make_app(CONSENT_POLICY="", CONSENT_DEMO="1", CONSENT_COOKIE_SECURE="0")
    return app.test_client()


def vendor(client: FlaskClient, host: str, path: str, **headers: str):  # type: ignore[no-untyped-def]
    """Ask a stand-in as a browser on the demo's home page does."""
    named = {"Host": f"{host}.localhost:8000", "Referer": f"{SITE}/", **headers}
    return client.get(path, base_url=f"http://{host}.localhost:8000", headers=named)


def hits(client: FlaskClient) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/demo/hits.json", base_url=SITE).get_json()
    return found


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def marked(source: str) -> set[str]:
    """The services whose tags wait in a page."""
    return set(re.findall(r"<(?:script|img|iframe)[^>]* data-consent=\"([^\"]+)\"", source))


def live(source: str) -> list[str]:
    """What in a page would reach a vendor without asking: live scripts and addresses under `.localhost`."""
    scripts = re.findall(r"<script(?![^>]*text/plain)([^>]*)>(.*?)</script>", source, re.DOTALL)
    elements = re.findall(r"<(?!script)\w+[^>]*?\s(?:src|href|srcset)=\"([^\"]*)\"", source)
    return [text for pair in scripts for text in pair if ".localhost" in text] + [
        address for address in elements if ".localhost" in address
    ]


class TestPages:
    @pytest.mark.parametrize(("path", "language"), PAGES.items())
    def test_T04_T10_no_tag_is_live_before_a_choice(self, client: FlaskClient, path: str, language: str) -> None:
        source = page(client, path)
        assert f'<html lang="{language}">' in source
        assert live(source) == []
        assert "<noscript><img" not in source
        assert not re.search(r'rel="(?:preconnect|dns-prefetch|prefetch)"', source)

    @pytest.mark.parametrize("path", PAGES)
    def test_carry_the_tags_of_the_policy_marked(self, client: FlaskClient, path: str) -> None:
        waiting = marked(page(client, path))
        assert set(SERVICES) - {"youtube"} <= waiting
        assert ("youtube" in waiting) is (path in ("/koolitus", "/en/training"))

    @pytest.mark.parametrize("path", PAGES)
    def test_set_no_cookie(self, client: FlaskClient, path: str) -> None:
        assert "Set-Cookie" not in client.get(path).headers

    @pytest.mark.parametrize("path", PAGES)
    def test_stand_under_a_strict_csp(self, client: FlaskClient, path: str) -> None:
        answer = client.get(path, base_url=SITE)
        rules = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in rules
        assert "require-trusted-types-for 'script'" in rules
        assert "unsafe" not in rules
        (nonce,) = set(re.findall(r'nonce="([^"]+)"', answer.text))
        assert f"'nonce-{nonce}'" in rules
        assert " http://*.hotjar.com.localhost:8000" in rules
        assert nonce not in client.get(path, base_url=SITE).text

    @pytest.mark.parametrize("path", PAGES)
    def test_bring_no_inline_style(self, client: FlaskClient, path: str) -> None:
        assert " style=" not in page(client, path)

    @pytest.mark.parametrize("path", PAGES)
    def test_lead_to_the_settings_and_to_the_other_language(self, client: FlaskClient, path: str) -> None:
        source = page(client, path)
        assert "data-consent-open" in source.partition("<footer")[2]
        (other,) = re.findall(r'<a href="([^"]+)" lang="\w\w" hreflang', source.partition("<main")[0][-600:])
        assert PAGES[other] != PAGES[path]

    def test_show_both_ways_to_put_the_service_on_a_page(self, client: FlaskClient) -> None:
        home, training = page(client, "/"), page(client, "/koolitus")
        assert ("data-decision" in home, 'id="jutt-consent"' in home) == (True, True)
        assert '<script async src="/consent/banner.js?lang=et"></script>' in training
        assert "data-decision" not in training

    def test_ask_no_more_once_the_visitor_chose(self, client: FlaskClient) -> None:
        choose(client)
        assert 'id="jutt-consent"' not in page(client, "/")

    def test_name_no_person(self, client: FlaskClient) -> None:
        for path in ("/privaatsus", "/en/privacy"):
            source = page(client, path)
            assert "data@jutt.ai" in source
            assert not re.search(r"(Name|Nimi)[^<]{0,8}:", source)  # The data protection officer is a role here.

    def test_are_absent_without_the_demo(self, make_app: Callable[..., Flask]) -> None:
        client = make_app().test_client()
        assert client.get("/").status_code == 404
        assert client.get("/x", base_url="http://connect.facebook.net.localhost").status_code == 404


class TestUnmarked:
    @pytest.mark.parametrize("service", [each for each in SERVICES if each != "youtube"])
    def test_one_tag_is_live_and_no_other(self, client: FlaskClient, service: str) -> None:
        source = page(client, f"/?unmark={service}")
        assert live(source)
        assert marked(source) == set(SERVICES) - {service, "youtube"}

    def test_the_video_too(self, client: FlaskClient) -> None:
        assert [urls for urls in live(page(client, "/koolitus?unmark=youtube")) if "/embed/" in urls]

    @pytest.mark.parametrize("name", ["", "analytics", "nobody", '"><script>'])
    def test_what_is_no_service_unmarks_nothing(self, client: FlaskClient, name: str) -> None:
        source = client.get("/", query_string={"unmark": name}, base_url=SITE).text
        assert live(source) == []
        assert '"><script>' not in source


class TestStandIns:
    @pytest.mark.parametrize(("host", "path", "file"), SCRIPTS)
    def test_serve_what_the_tag_asks_for(self, client: FlaskClient, host: str, path: str, file: str) -> None:
        answer = vendor(client, host, path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert answer.mimetype == ("text/html" if file.endswith(".html") else "text/javascript")
        assert "Set-Cookie" not in answer.headers

    def test_answer_any_path_of_any_host(self, client: FlaskClient) -> None:
        assert vendor(client, "px.ads.linkedin.com", "/collect/?pid=1").mimetype == "image/gif"
        assert vendor(client, "nobody.example", "/a/b?c=d").status_code == 204
        assert [hit["service"] for hit in hits(client)] == ["linkedin-insight", None]

    def test_log_what_arrived(self, client: FlaskClient) -> None:
        client.set_cookie("fr", "1", domain="www.facebook.com.localhost")
        vendor(client, "www.facebook.com", "/tr/?ev=PageView")
        (hit,) = hits(client)
        at = hit.pop("at")
        assert isinstance(at, int)
        assert at > 1_700_000_000_000
        assert hit == {"method": "GET", "host": "www.facebook.com", "path": "/tr/", "query": "ev=PageView",
                       "service": "meta-pixel", "page": f"{SITE}/", "cookies": ["fr"]}  # fmt: skip

    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:8000", "127.0.0.1:8000", "notlocalhost", "", ".localhost"]
    )
    def test_leave_the_site_itself_alone(self, host: str) -> None:
        assert vendor_host(host) is None

    @pytest.mark.parametrize(
        "host", ["www.hotjar.com.localhost", "WWW.hotjar.com.LOCALHOST:8000", "www.hotjar.com.localhost."]
    )
    def test_know_a_vendor_by_its_host(self, host: str) -> None:
        assert vendor_host(host) == "www.hotjar.com"

    @pytest.mark.parametrize(
        ("host", "path", "service"),
        [
            ("www.googletagmanager.com", "/gtm.js", "google-tag-manager"),
            ("www.googletagmanager.com", "/gtag/js", "google-analytics"),
            ("region1.google-analytics.com", "/g/collect", "google-analytics"),
            ("static.hotjar.com", "/c/hotjar-1.js", "hotjar"),
            ("content.hotjar.io", "/", "hotjar"),
            ("connect.facebook.net", "/en_US/fbevents.js", "meta-pixel"),
            ("snap.licdn.com", "/", "linkedin-insight"),
            ("www.youtube-nocookie.com", "/embed/x", "youtube"),
            ("hotjar.com", "/", None),
            ("hotjar.com.example", "/", None),
        ],
    )
    def test_know_the_service_of_a_host(self, host: str, path: str, service: str | None) -> None:
        assert service_of(packaged_policy(), host, path) == service

    def test_set_only_cookies_that_the_policy_declares(self) -> None:
        declared = {item.name.rstrip("*") for service in packaged_policy().services for item in service.storage}
        folder = Path(__file__).parent.parent / "consent_banner" / "demo" / "static"
        for _, _, file in SCRIPTS:
            source = (folder / file).read_text(encoding="utf-8")
            names = re.findall(r'(?:keep\(|setItem\(|cookie = )"(\w+?)(?:=?)"', source)
            assert {name for name in names if not any(name.startswith(each) for each in declared)} == set()


class TestPanel:
    def test_counts_what_arrived(self, client: FlaskClient) -> None:
        for path in ("/gtag/js?id=1", "/gtag/js?id=2", "/gtm.js"):
            vendor(client, "www.googletagmanager.com", path)
        state = client.get("/demo/events?lang=en").get_json()
        fired = {service["id"]: service["fired"] for service in state["services"]}
        assert fired == {**dict.fromkeys(SERVICES, 0), "google-analytics": 2, "google-tag-manager": 1}
        assert [hit["path"] for hit in state["recent"]] == ["/gtm.js", "/gtag/js", "/gtag/js"]

    @pytest.mark.parametrize(
        ("path", "held", "fired"), [("/", "Kinni peetud: 5.", "Käivitus: 1."), ("/en/", "Held back: 5.", "Fired: 1.")]
    )
    def test_stands_in_the_page_without_a_script_too(
        self, client: FlaskClient, path: str, held: str, fired: str
    ) -> None:
        vendor(client, "snap.licdn.com", "/")
        source = page(client, path)
        assert f"{held} {fired}" in source
        assert 'data-service="linkedin-insight" data-state="fired"' in source
        assert 'data-service="hotjar" data-state="held"' in source

    def test_starts_over(self, client: FlaskClient) -> None:
        choose(client)
        client.set_cookie("_ga_ABC", "1")
        client.set_cookie("mine", "1")
        vendor(client, "snap.licdn.com", "/")
        answer = client.post("/demo/reset", data={"next": "/en/training"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/en/training")
        assert hits(client) == []
        assert [client.get_cookie(name) is None for name in ("consent", "_ga_ABC", "mine")] == [True, True, False]
        assert client.get("/consent/check").get_json()["decided"] is False

    @pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/nowhere", ""])
    def test_leads_back_to_its_own_pages_only(self, client: FlaskClient, address: str) -> None:
        assert client.post("/demo/reset", data={"next": address}).headers["Location"] == "/"

    def test_starts_over_for_nobody_else(self, client: FlaskClient) -> None:
        vendor(client, "snap.licdn.com", "/")
        assert client.post("/demo/reset", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert len(hits(client)) == 1


class TestLog:
    def test_is_bounded_and_counts_on(self) -> None:
        log = HitLog()
        for number in range(MOST + 10):
            log.add(Hit(number, "GET", "h", "/", "", "hotjar", None))
        assert (len(log.hits()), log.hits()[0].at, log.fired("hotjar")) == (MOST, 10, (MOST + 10, MOST + 9))

    def test_counts_for_several_threads(self) -> None:
        log = HitLog()
        one = Hit(1, "GET", "h", "/", "", "hotjar", None)
        threads = [Thread(target=lambda: [log.add(one) for _ in range(500)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert log.fired("hotjar") == (4_000, 1)


def test_the_demo_runs_on_the_packaged_policy(client: FlaskClient) -> None:
    assert parts_of(client.application).policy.controller.name == "JuttAI OÜ"
