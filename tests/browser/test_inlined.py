"""A Flask page that calls `consent_banner()`: its tags wait for no request, its notice for no script."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, g, request
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from werkzeug.serving import WSGIRequestHandler, make_server

from consent_banner import ConsentBanner
from tests.conftest import KEY, parts_of

from .acts import (
    Rejected,
    arrived,
    call,
    check,
    choose,
    external,
    fired,
    image,
    inline,
    names,
    push,
    ready,
    reload,
    settled,
)  # fmt: skip
from .conftest import part, policy_text, press
from .stage import Site, Stage, eventually

HEAD = '<!doctype html><html lang="et"><meta charset="utf-8"><title>Leht</title><link rel="icon" href="data:,">'
CHOOSE_WITHOUT_THE_BANNER = """
const { revision } = await (await fetch("/consent/check")).json();
const choice = { categories: { analytics: true }, services: { heatmap: false }, revision, method: "custom" };
const headers = { "Content-Type": "application/json" };
return (await fetch("/consent/choices", { method: "POST", headers, body: JSON.stringify(choice) })).status;
"""
CATEGORIES = ("preferences", "analytics", "marketing")


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: failures show in the tests."""


class Host:
    """A small Flask application with the extension, on a server of its own: what a customer has."""

    def __init__(self, stage: Stage, app: Flask) -> None:
        self.stage = stage
        self.app = app
        self.body = self.head = ""
        self.headers: dict[str, str] = {}
        self.broken: set[str] = set()
        self.asked: list[str] = []
        self.server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def site(self, name: str) -> Site:
        return Site(self.stage, name, self.server.server_port)

    def count(self, path: str) -> int:
        return self.asked.count(f"/consent/{path}")


@pytest.fixture(scope="module")
def running(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("host")
    (folder / "policy.toml").write_text(policy_text(stage), encoding="utf-8")
    app = Flask("host")
    app.config.update(
        CONSENT_SECRET_KEYS=KEY, CONSENT_POLICY=str(folder / "policy.toml"), CONSENT_RATE_LIMIT="off",
        CONSENT_LEDGER_URL=f"sqlite:///{folder}/consent.db", CONSENT_COOKIE_SECURE="0",
    )  # fmt: skip
    ConsentBanner(app)
    page = app.jinja_env.from_string

    @app.before_request
    def recorded() -> Response | None:
        host.asked.append(request.path)
        return Response("away", 500) if request.path in host.broken else None

    @app.get("/")
    @app.get("/<path:name>")
    def show(name: str = "") -> Response:
        context: dict[str, Any] = {}
        app.update_template_context(context)
        g.csp_nonce = "page"
        markup = page(HEAD + host.head + "<body>" + host.body + "{{ consent_banner() }}").render(context)
        return Response(markup, headers=host.headers)

    host = Host(stage, app)
    yield host
    host.server.shutdown()
    host.server.server_close()
    parts_of(app).ledger.close()


@pytest.fixture
def host(running: Host) -> Host:
    running.body = running.head = ""
    running.headers, running.broken = {}, set()
    running.asked.clear()
    return running


@pytest.fixture
def home(host: Host, site: Site) -> Site:
    """This test's own site on the host application's server."""
    return host.site(site.host.removesuffix(".localhost"))


@pytest.fixture
def show(browser: WebDriver, host: Host, home: Site) -> Callable[..., None]:
    def open_page(body: str = "", path: str = "/") -> None:
        host.body = body
        browser.get(home.origin + path)

    return open_page


def test_the_decision_costs_no_request_and_a_granted_tag_runs(
    browser: WebDriver, host: Host, home: Site, show: Callable[..., None]
) -> None:
    tags = (
        external(home, "analytics", "external") + inline("counter", push("inline")) + image(home, "marketing", "held")
    )
    show(tags)
    assert ready(browser)["reason"] == "none"
    assert settled(browser, home) == []
    choose(browser, "analytics")
    assert arrived(home, "external")
    assert eventually(lambda: host.count("banner")), "the second layer, when idle"
    host.asked.clear()
    call(browser, "sessionStorage.clear()")
    show(tags, "/next")
    assert eventually(lambda: names(home).count("external") == 2)
    assert ready(browser)["reason"] == "recorded"
    assert settled(browser, home) == ["external", "external"]
    assert host.count("check") == 0
    assert host.count("banner") == 0


def test_the_notice_is_there_without_a_script_and_is_the_one_that_works_with_it(
    browser: WebDriver, host: Host, home: Site, show: Callable[..., None]
) -> None:
    host.broken.add("/consent/banner.js")
    show()
    notice = part(browser, "notice", 0)
    assert notice is not None
    assert notice.value_of_css_property("position") == "fixed", "at first paint, styled"
    host.broken.clear()
    show(external(home, "analytics", "tag"))
    ready(browser)
    assert len(browser.find_elements(By.ID, "jutt-consent")) == 1
    assert len(browser.find_elements(By.CSS_SELECTOR, '[data-consent-part="accept-all"]')) == 1
    assert host.count("check") == 0
    before = browser.current_url
    press(browser, "accept-all")
    assert arrived(home, "tag")
    assert eventually(lambda: part(browser, "notice", 0) is None)
    assert browser.current_url == before, "no form was sent"
    assert host.asked.count("/consent/choices") == 1
    assert part(browser, "launcher") is not None
    reload(browser)
    ready(browser)
    assert part(browser, "notice", 0) is None
    assert "accept_all" not in browser.execute_script("return fetch('/').then((answer) => answer.text())"), (
        "nor rendered"
    )


def test_T15_rendered_html_inlined_decision_check_and_data_layer_agree_in_all_eight_states(
    browser: WebDriver, host: Host, home: Site, show: Callable[..., None]
) -> None:
    rendered = "".join(f'{{% if consent.allows("{name}") %}}<i>{name}</i>{{% endif %}}' for name in CATEGORIES)
    show()
    ready(browser)
    for granted in (c for n in range(4) for c in itertools.combinations(CATEGORIES, n)):
        choose(browser, *granted)
        show(rendered, f"/{'-'.join(granted)}")
        told = ready(browser)["categories"]
        assert [name for name in CATEGORIES if told[name]] == list(granted)
        assert check(browser)["categories"] == told
        assert [each.text for each in browser.find_elements(By.TAG_NAME, "i")] == list(granted)
        assert call(browser, "return dataLayer.at(-1).consent.categories") == told


def test_a_granted_tag_is_fetched_before_the_banner_s_script_has_come_and_no_other(
    browser: WebDriver, host: Host, home: Site, show: Callable[..., None]
) -> None:
    host.broken.add("/consent/banner.js")
    show()
    call(browser, CHOOSE_WITHOUT_THE_BANNER)
    granted = external(home, "analytics", "granted") + external(home, "counter", "module", 'data-type="module"')
    show(granted + external(home, "marketing", "held") + external(home, "heatmap", "refused"), "/ahead")
    assert arrived(home, "granted", "module")
    assert sorted(settled(browser, home)) == ["granted", "module"]
    assert fired(browser) == [], "fetched, and not run: that is for the gate to do"


def test_what_was_fetched_ahead_runs_once_and_is_asked_for_once(
    browser: WebDriver, host: Host, home: Site, show: Callable[..., None]
) -> None:
    show()
    ready(browser)
    choose(browser, "analytics")
    ways = {"plain": "", "async": "async", "module": 'data-type="module"', "cors": "crossorigin"}
    show("".join(external(home, "analytics", name, how) for name, how in ways.items()), "/once")
    assert eventually(lambda: sorted(fired(browser)) == sorted(ways)), fired(browser)
    assert sorted(settled(browser, home)) == sorted(ways)


def test_a_refusal_that_waits_outranks_the_inlined_decision(
    browser: WebDriver, host: Host, home: Site, show: Callable[..., None]
) -> None:
    show()
    ready(browser)
    choose(browser, "analytics")
    host.broken.add("/consent/choices")
    with pytest.raises(Rejected):
        call(browser, "return consentBanner.withdraw()")
    show(external(home, "analytics", "tag"), "/next")
    assert ready(browser)["categories"]["analytics"] is False
    assert settled(browser, home) == []
    host.broken.clear()
    assert eventually(lambda: check(browser)["categories"]["analytics"] is False, 8), "and it is sent again"
    assert settled(browser, home) == []


def test_an_old_page_that_comes_back_from_the_history_is_not_believed(browser: WebDriver, site: Site) -> None:
    """A page as some cache kept it, with a grant that was withdrawn since; out of the back/forward cache's reach."""
    browser.get(site.page())
    ready(browser)
    granted = choose(browser, "analytics")
    script = site.script(attributes=f"data-decision='{json.dumps(granted)}'")
    unkept = "<script>addEventListener('unload', () => {}); onpageshow = (e) => window.kept = e.persisted</script>"
    browser.get(site.page(external(site, "analytics", "tag"), "/old", head=unkept + script))
    assert arrived(site, "tag"), "a page that is new is believed"
    for number in range(8):
        browser.get(site.page(path=f"/page{number}"))
    ready(browser)
    call(browser, "return consentBanner.withdraw()")
    asked = len(site.asked("check"))
    browser.execute_script("history.go(-8)")
    assert eventually(lambda: browser.current_url.endswith("/old"))
    kind = "return [performance.getEntriesByType('navigation')[0].type, window.kept]"
    assert eventually(lambda: browser.execute_script(kind)) == ["back_forward", False]
    assert ready(browser)["categories"]["analytics"] is False
    assert len(site.asked("check")) == asked + 1
    assert settled(browser, site) == ["tag"]


def test_under_a_strict_policy_the_page_s_nonce_is_all_it_needs(
    browser: WebDriver, host: Host, home: Site, show: Callable[..., None]
) -> None:
    tracker = f"http://*.stand-in.localhost:{home.stage.port}"
    host.headers = {"Content-Security-Policy": (
        f"default-src 'none'; script-src 'nonce-page' {tracker}; connect-src 'self'; style-src 'nonce-page'; "
        f"img-src data: {tracker}; require-trusted-types-for 'script'; trusted-types consent-banner")}  # fmt: skip
    host.head = """<script nonce="page">window.violations = []; document.addEventListener('securitypolicyviolation',
        (event) => violations.push(event.effectiveDirective + ' ' + event.blockedURI))</script>"""
    show(external(home, "analytics", "tag"))
    ready(browser)
    press(browser, "customise")
    assert part(browser, "preferences") is not None
    call(browser, "await consentBanner.close(); await consentBanner.acceptAll()")
    assert arrived(home, "tag")
    settled(browser, home)
    assert browser.execute_script("return violations") == []


def test_a_choice_is_followed_by_another_tab_of_an_inlined_page(
    browser: WebDriver, host: Host, home: Site, show: Callable[..., None]
) -> None:
    show(external(home, "analytics", "tag"))
    ready(browser)
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    show(path="/other")
    ready(browser)
    choose(browser, "analytics")
    assert arrived(home, "tag", seconds=1.0)
    call(browser, "return consentBanner.withdraw()")
    browser.switch_to.window(first)
    assert eventually(lambda: browser.execute_script("return consentBanner.allows('analytics')") is False, 1.0)
