"""Consent stands first in a vendor's queue however the page fills it, and no vendor keeps another from hearing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import address, call, choose, external, fired, ready
from .stage import Site, Stage, eventually
from .telling import CATEGORIES, DENIED, data_layer, last_update, running, service_with, snippet, visit

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
MORE = service_with("google", "marketing", "google-ads") + service_with("google", "marketing", "campaigns")
MARK = re.compile(r' type="text/plain" data-consent="[\w-]+"')
RECORD = """
const { revision } = await (await fetch("/consent/check")).json();
const choice = { categories: { analytics: true }, revision, method: "custom" };
const headers = { "Content-Type": "application/json" };
return (await fetch("/consent/choices", { method: "POST", headers, body: JSON.stringify(choice) })).status;
"""
ADS = ("ad_storage", "ad_user_data", "ad_personalization")


@pytest.fixture(scope="module")
def telling(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with three tags of Google's, one of them for analytics: its host and port."""
    with running(stage, tmp_path_factory.mktemp("vendors"), MORE) as url:
        yield url


@pytest.mark.parametrize(
    ("api", "queue", "first"),
    [
        ("google", "dataLayer", ["consent", "default"]),
        ("meta", "fbq.queue", ["consent", "revoke"]),
        ("microsoft-uet", "[uetq]", ["consent", "default"]),
        ("microsoft-clarity", "clarity.q", ["consentv2"]),
        ("tiktok", "ttq", ["holdConsent"]),
        ("matomo", "_paq", ["requireConsent"]),
        ("contentsquare", "_uxa", ["optin"]),
    ],
)
def test_T01_T06_T08_T09_T11_what_an_unmarked_snippet_queued_comes_after_it(
    browser: WebDriver, site: Site, telling: str, api: str, queue: str, first: list[str]
) -> None:
    """The snippet ran before the banner's script; its library, a stand-in, has not worked the queue off."""
    site.served_by(telling)
    browser.get(site.page(head=MARK.sub("", snippet(site, api)) + site.script()))
    ready(browser)
    choose(browser, *set(CATEGORIES.values()))
    assert call(browser, f"return [...{queue}[0]]")[: len(first)] == first


def test_T01_a_page_that_wraps_the_data_layer_changes_nothing(browser: WebDriver, site: Site, telling: str) -> None:
    wrapped = "<script>window.dataLayer = []; dataLayer.push = (...all) => Array.prototype.push.apply(dataLayer, all)"
    site.served_by(telling)
    browser.get(site.page(snippet(site, "google"), head=f"{wrapped}</script>{site.script()}"))
    ready(browser)
    choose(browser, "analytics")
    kinds = [each[:2] for each in data_layer(browser)]
    assert kinds[0] == ["consent", "default"]
    assert kinds.index(["consent", "update"]) < [each[0] for each in kinds].index("config")


def test_T09_a_tiktok_library_that_has_come_is_told_by_its_own_calls(
    browser: WebDriver, site: Site, telling: str
) -> None:
    site.served_by(telling)
    come = "<script>ttq = { grantConsent: () => { told = 'yes' }, revokeConsent: () => { told = 'no' } }</script>"
    browser.get(site.page(head=come + site.script()))
    ready(browser)
    choose(browser, "marketing")
    assert browser.execute_script("return told") == "yes"


class TestNarrowing:
    def test_one_refused_service_of_google_denies_its_purpose(
        self, browser: WebDriver, site: Site, telling: str
    ) -> None:
        visit(browser, site, telling, "google")
        choose(browser, "analytics", "marketing")
        assert {last_update(browser)[name] for name in ADS} == {"granted"}
        choose(browser, "analytics", "marketing", **{"google-ads": False})
        assert {last_update(browser)[name] for name in ADS} == {"denied"}
        assert last_update(browser)["analytics_storage"] == "granted"

    def test_what_was_granted_by_name_is_granted(self, browser: WebDriver, site: Site, telling: str) -> None:
        visit(browser, site, telling, "google")
        choose(browser, **{"google-ads": True, "campaigns": True})
        assert last_update(browser) == {**DENIED, **dict.fromkeys(ADS, "granted")}


def test_C14_a_vendor_that_throws_keeps_no_other_from_hearing_of_a_withdrawal(
    browser: WebDriver, site: Site, telling: str
) -> None:
    visit(browser, site, telling, "google", "meta", "matomo")
    choose(browser, "analytics", "marketing")
    assert eventually(lambda: site.hits("meta"))
    call(browser, "window.fbq = dataLayer.push = () => { throw new Error('broken') }")
    call(browser, "return consentBanner.withdraw()")
    assert browser.execute_script("return _paq.at(-1)") == ["forgetConsentGiven"]


def test_a_vendor_that_throws_at_first_leaves_every_gate_closed(browser: WebDriver, site: Site, telling: str) -> None:
    site.served_by(telling)
    broken = "<script>window._paq = Object.freeze([])</script>"
    browser.get(site.page(snippet(site, "google"), head=broken + site.script()))
    ready(browser)
    call(browser, "return consentBanner.acceptAll()")
    assert browser.execute_script("return consentBanner.allows('analytics')") is False
    assert last_update(browser) == DENIED
    assert site.hits("google") == []


def test_fetched_ahead_they_cost_no_round_trip_and_are_asked_once(browser: WebDriver, site: Site, telling: str) -> None:
    site.served_by(telling)
    browser.get(site.page(head=""))
    assert call(browser, RECORD) == 200
    site.fault("banner.js", delay=0.5)
    ahead = '<link rel="modulepreload" href="/consent/banner.js?extra=vendors">'
    browser.get(site.page(snippet(site, "google"), head=ahead + site.script()))
    ready(browser)
    site.mend("banner.js")
    extra, script = sorted(site.asked("banner.js"), key=lambda hit: "lang" in hit.query)
    assert abs(extra.at - script.at) < 0.4, "it was asked for only when the script had come"
    assert browser.execute_script("return consentBanner.allows('analytics')")


class TestAdapters:
    """The README's own lines, for vendors that are not listed."""

    def test_a_vendor_is_told_before_its_tag_runs(self, browser: WebDriver, site: Site, telling: str) -> None:
        (example,) = re.findall(r"```html\n(<script[^`]*acme\([^`]*)```", README)
        tag = address(site, "pixel", "tag").replace("&", "&amp;")
        example = example.replace("https://px.acme.example/tag.js", tag).replace("acme-pixel", "pixel")
        stub = "<script>fired = []; acme = (...words) => fired.push(words)</script>"
        site.served_by(telling)
        browser.get(site.page(example, head=stub + site.script(attributes='data-reload="off"')))
        ready(browser)
        assert fired(browser) == []
        choose(browser, "marketing")
        assert eventually(lambda: fired(browser) == [["consent", True], "tag"])
        choose(browser, "analytics")
        assert fired(browser)[-1] == ["consent", False]

    def test_a_platform_hears_of_every_answer_before_a_gate_opens(
        self, browser: WebDriver, site: Site, telling: str
    ) -> None:
        (example,) = re.findall(r"```html\n(<script>[^`]*customerPrivacy[^`]*)```", README)
        privacy = "customerPrivacy: { setTrackingConsent: ({ marketing }) => fired.push(marketing) }"
        stub = f"<script>fired = []; Shopify = {{ {privacy} }}</script>"
        site.served_by(telling)
        head = stub + example + site.script(attributes='data-reload="off"')
        browser.get(site.page(external(site, "marketing", "tag"), head=head))
        ready(browser)
        assert fired(browser) == []
        choose(browser, "analytics")
        choose(browser, "marketing")
        assert eventually(lambda: fired(browser) == [False, True, "tag"])
