"""A decision that the service verified serves the tab's next pages too, for minutes, and never outlives a choice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import Rejected, arrived, call, choose, external, fired, inline, names, push, ready, reload, settled
from .conftest import part
from .stage import Site, eventually

PAGES = "return [Object.keys(localStorage).sort(), Object.keys(sessionStorage).sort()]"
PRELOAD = '<link rel="preload" as="fetch" href="/consent/check" crossorigin="use-credentials">'


def chosen(driver: WebDriver, site: Site, *granted: str, **services: bool) -> None:
    """A visitor who has chosen, on a page of their own."""
    driver.get(site.page(path="/chosen"))
    ready(driver)
    choose(driver, *granted, **services)


def kept(driver: WebDriver) -> Any:
    return json.loads(driver.execute_script("return sessionStorage.getItem('consent')"))


def tamper(driver: WebDriver, change: str) -> None:
    """Change what the tab keeps, `kept.at -= 2000`, as if the choice itself had been made long before."""
    driver.execute_script(
        "const kept = JSON.parse(sessionStorage.getItem('consent')); localStorage.setItem('consent', kept.at - 1e9);"
        + change
        + "; sessionStorage.setItem('consent', JSON.stringify(kept))"
    )


def hurried(driver: WebDriver, site: Site, attributes: str = "", delay: float = 1.5) -> list[str]:
    """What has loaded on the next page when the check, which takes its time, is not answered yet."""
    site.fault("check", delay=delay)
    answered = len(site.asked("check"))
    page = site.page(external(site, "analytics", "early"), f"/next{answered}", head=site.script(attributes=attributes))
    driver.get(page)
    assert eventually(lambda: len(site.asked("check")) == answered + 1), "it is asked again in any case"
    found = settled(driver, site)
    site.mend("check")
    return found


def test_the_next_page_does_not_wait_for_the_check(browser: WebDriver, site: Site) -> None:
    chosen(browser, site, "analytics")
    assert hurried(browser, site) == ["early"]
    assert ready(browser)["reason"] == "recorded"
    assert part(browser, "notice", 0) is None


def test_data_reuse_0_turns_it_off(browser: WebDriver, site: Site) -> None:
    chosen(browser, site, "analytics")
    assert hurried(browser, site, 'data-reuse="0"', delay=0.8) == []
    assert arrived(site, "early"), "the check's answer counts"


ODD = (
    "kept.at -= 301000",
    "kept.at += 60000",
    "kept.at = null",
    "kept.at = 'now'",
    "delete kept.at",
    "kept.decision.expires_at = '2026-01-01T00:00:00Z'",
    "kept.decision.expires_at = null",
    "kept.decision.revision = '00000000'",
    "delete kept.decision",
    "kept.decision.categories = kept.decision.services = null",
    "kept.decision.categories.analytics = 'true'; kept.decision.services = {}",
)


def test_what_is_old_expired_or_odd_is_not_reused(browser: WebDriver, site: Site) -> None:
    chosen(browser, site, "analytics")
    for number, change in enumerate(ODD, 1):
        tamper(browser, change)
        assert hurried(browser, site, delay=0.4).count("early") == number - 1, change
        assert eventually(lambda number=number: names(site).count("early") == number), "once asked, it loads"


def test_data_reuse_says_for_how_many_seconds(browser: WebDriver, site: Site) -> None:
    chosen(browser, site, "analytics")
    tamper(browser, "kept.at -= 299000")
    assert hurried(browser, site) == ["early"], "five minutes unless told otherwise"
    site.stage.hits.clear()
    tamper(browser, "kept.at -= 50000")
    assert hurried(browser, site, 'data-reuse="40"', delay=0.7) == []
    assert arrived(site, "early")
    tamper(browser, "kept.at -= 50000")
    site.stage.hits.clear()
    assert hurried(browser, site, 'data-reuse="60"') == ["early"]


def test_rubbish_in_the_store_breaks_nothing(browser: WebDriver, site: Site) -> None:
    chosen(browser, site, "analytics")
    for n, rubbish in enumerate(("", "null", "[]", "7", "{", '"x"')):
        browser.execute_script("sessionStorage.consent = localStorage.consent = arguments[0]", rubbish)
        browser.get(site.page(path=f"/rubbish{n}"))
        assert ready(browser)["reason"] == "recorded", rubbish
    browser.execute_script("localStorage['consent-pending'] = sessionStorage.consent = '{\"at\": 1}'")
    reload(browser)
    assert ready(browser)["decided"] is True


def test_it_is_checked_again_in_the_background_and_a_difference_is_a_change(browser: WebDriver, site: Site) -> None:
    chosen(browser, site, "analytics")
    twin = site.twin()  # Another origin withdraws: nothing of this origin's storage tells.
    browser.get(twin.page(path="/twin", head=f'<script async src="{site.origin}/consent/banner.js?lang=et"></script>'))
    ready(browser)
    choose(browser, "marketing")
    logs = "({detail}) => log.push(detail.categories)"
    news = f"<script>window.log = []; addEventListener('consent:change', {logs})</script>"
    site.fault("check", delay=0.5)
    browser.get(site.page(external(site, "marketing", "late"), "/back", head=news + site.script()))
    assert ready(browser)["categories"]["analytics"] is True
    assert arrived(site, "late")
    assert browser.execute_script("return log") == [
        {"necessary": True, "preferences": False, "analytics": False, "marketing": True}
    ]
    assert kept(browser)["decision"]["categories"]["analytics"] is False


def test_the_background_check_is_made_once_and_without_a_difference_there_is_no_change(
    browser: WebDriver, site: Site
) -> None:
    chosen(browser, site, "analytics")
    asked = len(site.asked("check"))
    news = "<script>window.log = []; addEventListener('consent:change', () => log.push(1))</script>"
    browser.get(site.page(external(site, "analytics", "tag") + inline("counter", push("inline")), "/next",
                          head=news + site.script()))  # fmt: skip
    assert arrived(site, "tag")
    settled(browser, site)
    assert len(site.asked("check")) == asked + 1
    assert browser.execute_script("return log") == []
    assert names(site) == ["tag"]
    assert fired(browser).count("inline") == 1


def test_it_never_outlives_a_choice_made_in_another_tab(browser: WebDriver, site: Site) -> None:
    chosen(browser, site, "analytics")
    here = browser.current_window_handle
    browser.get("about:blank")  # Away: no event reaches this tab.
    browser.switch_to.new_window("tab")
    browser.get(site.page(path="/elsewhere"))
    ready(browser)
    call(browser, "return consentBanner.withdraw()")
    browser.close()
    browser.switch_to.window(here)
    assert hurried(browser, site, delay=0.8) == []
    assert eventually(lambda: call(browser, "return consentBanner.decision?.reason") == "recorded")
    assert settled(browser, site) == []


def test_it_never_outlives_a_refusal_that_waits(browser: WebDriver, site: Site) -> None:
    chosen(browser, site, "analytics")
    site.fault("choices", drop=True)
    with pytest.raises(Rejected):
        call(browser, "return consentBanner.rejectAll()")
    assert hurried(browser, site, delay=0.8) == []
    site.mend("choices")


def test_it_is_of_this_tab_and_of_this_policy(browser: WebDriver, site: Site, revised: str) -> None:
    chosen(browser, site, "analytics")
    site.served_by(revised)
    head = site.script("?lang=et&release=2")
    site.fault("check", delay=0.5)
    browser.get(site.page(external(site, "analytics", "early"), "/next", head=head))
    assert ready(browser)["reason"] == "outdated"
    assert settled(browser, site) == []


def test_K08_nothing_is_kept_for_a_visitor_who_has_not_chosen(browser: WebDriver, site: Site) -> None:
    page = site.page(external(site, "analytics", "tag"))
    for _ in range(2):
        browser.get(page)
        assert ready(browser)["reason"] == "none"
        call(browser, "await consentBanner.open(); await consentBanner.close()")
        assert call(browser, PAGES) == [[], []]
    site.fault("choices", drop=True)
    with pytest.raises(Rejected):
        call(browser, "return consentBanner.acceptAll()")
    assert call(browser, PAGES) == [[], []]
    site.mend("choices")
    choose(browser)
    assert call(browser, PAGES) == [["consent"], ["consent"]], "the declared keys, and no others"
    assert set(kept(browser)) == {"at", "decision"}


def test_what_is_kept_is_forgotten_when_the_service_no_longer_confirms_it(browser: WebDriver, site: Site) -> None:
    chosen(browser, site, "analytics")
    browser.delete_all_cookies()
    reload(browser)
    assert eventually(lambda: call(browser, "return consentBanner.decision.reason") == "none")
    assert browser.execute_script("return sessionStorage.getItem('consent')") is None
    assert part(browser, "notice") is not None


def test_a_first_visit_costs_the_script_and_the_check_and_the_rest_comes_after_the_notice(
    browser: WebDriver, site: Site
) -> None:
    browser.get(site.page())
    ready(browser)
    assert part(browser, "notice") is not None
    assert eventually(lambda: site.asked("banner")), "the second layer comes when idle"
    settled(browser, site)
    asked = [hit.path.removeprefix("/consent/") for hit in site.stage.asked if hit.host == site.host]
    assert sorted(asked[:2]) == ["banner.js", "check"]
    assert asked[2:] == ["banner"]


def test_a_preloaded_check_is_used(browser: WebDriver, site: Site) -> None:
    """WebKitGTK 2.50 gives no fetch, whatever its options, a preloaded answer that is `no-store`: there it is two."""
    each = 1 if browser.capabilities["browserName"] == "chrome" else 2
    page = site.page(external(site, "analytics", "tag"), head=PRELOAD + site.script(attributes='data-reuse="0"'))
    browser.get(page)
    ready(browser)
    settled(browser, site)
    assert len(site.asked("check")) == each
    choose(browser, "analytics")
    browser.get(page)
    assert arrived(site, "tag"), "the preloaded answer is that of the cookie, not that of the last page"
    assert len(site.asked("check")) == 2 * each
    assert ready(browser)["reason"] == "recorded"


def test_a_visitor_who_has_chosen_pays_for_no_layer(browser: WebDriver, site: Site) -> None:
    chosen(browser, site, "analytics")
    assert eventually(lambda: site.asked("banner")), "the page before fetches its second layer when idle"
    site.stage.asked.clear()
    browser.get(site.page(external(site, "analytics", "tag"), "/next"))
    assert arrived(site, "tag")
    settled(browser, site)
    assert {hit.path for hit in site.stage.asked if hit.host == site.host} <= {"/consent/banner.js", "/consent/check"}
