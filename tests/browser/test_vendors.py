"""The vendors' own consent calls hear of a decision before any tag of theirs runs, and again on every change.

The snippets are the vendors' published ones; their libraries are stand-ins, so what is looked at are the queues that a
library works off when it comes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from consent_banner.policy.consent_apis import CONSENT_APIS

from .acts import call, choose, ready
from .stage import Site, Stage, eventually
from .telling import CATEGORIES, DENIED, SNIPPETS, data_layer, last_update, running, visit


@pytest.fixture(scope="module")
def telling(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service whose tags have consent calls of their own: its host and port."""
    with running(stage, tmp_path_factory.mktemp("vendors")) as url:
        yield url


def test_every_api_is_tried_here() -> None:
    assert set(CATEGORIES) == set(CONSENT_APIS) == {path.stem for path in SNIPPETS.glob("*.html")}


def test_C02_T04_nothing_is_told_or_asked_before_an_answer(browser: WebDriver, site: Site, telling: str) -> None:
    visit(browser, site, telling, *CATEGORIES)
    assert site.hits() == []
    assert [hit for hit in site.asked("banner.js") if "extra" in hit.query] == []


class TestGoogle:
    def test_T01_T03_the_default_stands_before_everything(self, browser: WebDriver, site: Site, telling: str) -> None:
        visit(browser, site, telling, "google")
        choose(browser, "analytics")
        assert eventually(lambda: site.hits("google"))
        first, redaction, passthrough, update, *rest = data_layer(browser)
        assert first == ["consent", "default", {**DENIED, "wait_for_update": 500}]
        assert redaction == ["set", "ads_data_redaction", True]
        assert passthrough == ["set", "url_passthrough", False]
        assert update[:2] == ["consent", "update"]
        assert [each[0] for each in rest] == ["js", "config"]

    @pytest.mark.parametrize("granted", [("analytics",), ("analytics", "marketing"), ("analytics", "preferences")])
    def test_T02_the_update_says_what_was_chosen(
        self, browser: WebDriver, site: Site, telling: str, granted: tuple[str, ...]
    ) -> None:
        visit(browser, site, telling, "google")
        choose(browser, *granted)
        signals = {"analytics_storage": "granted"}
        if "marketing" in granted:
            signals |= dict.fromkeys(("ad_storage", "ad_user_data", "ad_personalization"), "granted")
        if "preferences" in granted:
            signals |= dict.fromkeys(("functionality_storage", "personalization_storage"), "granted")
        assert last_update(browser) == {**DENIED, **signals}
        browser.refresh()
        ready(browser)
        assert last_update(browser) == {**DENIED, **signals}

    def test_a_refused_service_narrows_its_category(self, browser: WebDriver, site: Site, telling: str) -> None:
        visit(browser, site, telling, "google")
        choose(browser, "analytics", "preferences", google=False)
        assert last_update(browser)["analytics_storage"] == "denied"
        assert last_update(browser)["functionality_storage"] == "granted"

    def test_C14_a_withdrawal_is_told(self, browser: WebDriver, site: Site, telling: str) -> None:
        visit(browser, site, telling, "google")
        choose(browser, "analytics", "marketing")
        call(browser, "return consentBanner.withdraw()")
        assert data_layer(browser)[-1] == ["consent", "update", DENIED]

    def test_gtm_triggers_find_the_signals_updated(self, browser: WebDriver, site: Site, telling: str) -> None:
        """The update comes before the event that a tag manager's triggers wait for."""
        visit(browser, site, telling, "google")
        choose(browser, "analytics")
        choose(browser, "analytics", "marketing")
        kinds = call(browser, "return [...dataLayer].map((each) => each.event || each[1])")
        assert kinds[-2:] == ["update", "consent_update"]


def test_T06_microsoft_advertising(browser: WebDriver, site: Site, telling: str) -> None:
    visit(browser, site, telling, "microsoft-uet")
    choose(browser, "marketing")
    assert eventually(lambda: site.hits("microsoft-uet"))
    words = ["consent", "default", {"ad_storage": "denied"}, "consent", "update", {"ad_storage": "granted"}, "pageLoad"]
    assert browser.execute_script("return uetq") == words
    call(browser, "return consentBanner.rejectAll()")
    assert browser.execute_script("return uetq.slice(-3)") == ["consent", "update", {"ad_storage": "denied"}]


def test_T07_clarity(browser: WebDriver, site: Site, telling: str) -> None:
    visit(browser, site, telling, "microsoft-clarity")
    choose(browser, "analytics")
    assert eventually(lambda: site.hits("microsoft-clarity"))
    queue = browser.execute_script("return clarity.q.map((each) => [...each])")
    assert queue == [["consentv2", {"ad_Storage": "denied", "analytics_Storage": "granted"}], ["set", "page", "1"]]
    call(browser, "return consentBanner.rejectAll()")
    last = browser.execute_script("return [...clarity.q.at(-1)]")
    assert last == ["consentv2", {"ad_Storage": "denied", "analytics_Storage": "denied"}]


def test_T08_meta(browser: WebDriver, site: Site, telling: str) -> None:
    visit(browser, site, telling, "meta")
    choose(browser, "marketing")
    assert eventually(lambda: site.hits("meta"))
    queue = browser.execute_script("return fbq.queue.map((each) => [...each])")
    assert queue == [["consent", "revoke"], ["consent", "grant"], ["init", "1"], ["track", "PageView"]]
    call(browser, "return consentBanner.rejectAll()")
    assert browser.execute_script("return [...fbq.queue.at(-1)]") == ["consent", "revoke"]


def test_T09_tiktok(browser: WebDriver, site: Site, telling: str) -> None:
    visit(browser, site, telling, "tiktok")
    choose(browser, "marketing")
    assert eventually(lambda: site.hits("tiktok"))
    assert browser.execute_script("return ttq.map((each) => each[0])") == ["holdConsent", "grantConsent", "page"]
    call(browser, "return consentBanner.rejectAll()")
    assert browser.execute_script("return ttq.at(-1)") == ["revokeConsent"]


def test_T11_matomo(browser: WebDriver, site: Site, telling: str) -> None:
    visit(browser, site, telling, "matomo")
    choose(browser, "analytics")
    assert eventually(lambda: site.hits("matomo"))
    queue = browser.execute_script("return _paq.map((each) => each[0])")
    assert queue[:3] == ["requireConsent", "setConsentGiven", "trackPageView"]
    call(browser, "return consentBanner.rejectAll()")
    assert browser.execute_script("return _paq.at(-1)") == ["forgetConsentGiven"]


def test_T12_contentsquare(browser: WebDriver, site: Site, telling: str) -> None:
    visit(browser, site, telling, "contentsquare")
    assert site.hits("contentsquare") == []
    choose(browser, "analytics")
    assert eventually(lambda: site.hits("contentsquare"))
    assert browser.execute_script("return _uxa") == [["optin"], ["setPath", "/"]]
    call(browser, "return consentBanner.rejectAll()")
    assert browser.execute_script("return _uxa.at(-1)") == ["optout"]


def test_T13_hubspot(browser: WebDriver, site: Site, telling: str) -> None:
    visit(browser, site, telling, "hubspot")
    choose(browser, "marketing")
    assert eventually(lambda: site.hits("hubspot"))
    granted = {"analytics": False, "advertisement": True, "functionality": False}
    assert browser.execute_script("return _hsp") == [["setHubSpotConsent", granted]]
    assert browser.execute_script("return disableHubSpotCookieBanner")
    call(browser, "return consentBanner.rejectAll()")
    assert browser.execute_script("return _hsp.at(-1)") == ["revokeCookieConsent"]


def test_without_the_calls_nothing_optional_loads(browser: WebDriver, site: Site, telling: str) -> None:
    """A file that cannot be had leaves every gate closed; the choice itself was recorded."""
    visit(browser, site, telling, "google")
    site.fault("banner.js", status=500)
    call(browser, "return consentBanner.acceptAll()")
    assert browser.execute_script("return consentBanner.allows('analytics')") is False
    assert site.hits("google") == []
    site.mend("banner.js")


def test_a_refusal_overtakes_a_grant_that_waits_for_them(browser: WebDriver, site: Site, telling: str) -> None:
    visit(browser, site, telling, "google")
    site.fault("banner.js", delay=1.0)
    call(browser, """
    consentBanner.acceptAll();
    await new Promise((then) => setTimeout(then, 300));
    await consentBanner.rejectAll();
    """)  # fmt: skip
    assert not eventually(lambda: site.hits("google"), 2)
    assert browser.execute_script("return consentBanner.allows('analytics')") is False
    site.mend("banner.js")
