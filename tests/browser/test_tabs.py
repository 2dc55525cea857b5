"""A choice holds everywhere: in other tabs at once, in other origins' when next shown, in pages back from the cache."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import Rejected, address, arrived, call, choose, external, image, inline, names, ready, settled
from .conftest import part
from .stage import Site, eventually

NEWS = "<script>window.log = []; addEventListener('consent:change', ({detail}) => log.push(detail.reason))</script>"
SHOWS = "<script>window.shows = []; addEventListener('pageshow', (event) => shows.push(event.persisted))</script>"


@pytest.fixture
def tabs(browser: WebDriver, site: Site) -> Callable[[str], str]:
    """Opens tabs that are none of each other's children, so that each has a session storage of its own."""
    fresh = [browser.current_window_handle]

    def open_tab(url: str) -> str:
        if fresh:
            browser.switch_to.window(fresh.pop())
        else:
            browser.switch_to.new_window("tab")
        browser.get(url)
        ready(browser)
        return browser.current_window_handle

    return open_tab


def hide_and_show(driver: WebDriver) -> None:
    """Have the tab hidden and shown again for real: behind another tab in Chromium, minimised in WebKit."""
    driver.execute_script(
        "window.seen = []; document.addEventListener('visibilitychange', () => seen.push(document.visibilityState))"
    )
    if driver.capabilities["browserName"] == "chrome":
        here = driver.current_window_handle
        driver.switch_to.new_window("tab")
        driver.close()
        driver.switch_to.window(here)
        driver.execute_cdp_cmd("Page.bringToFront", {})
    else:
        driver.minimize_window()
        driver.set_window_size(1280, 800)
    assert eventually(lambda: driver.execute_script("return seen") == ["hidden", "visible"])


def test_another_tab_follows_within_a_second_both_ways(
    browser: WebDriver, site: Site, tabs: Callable[[str], str]
) -> None:
    source = site.stage.tracker("video", "/frame.html")
    frame = f'<iframe id="frame" data-consent="marketing" data-src="{source}"></iframe>'
    body = external(site, "analytics", "script") + image(site, "marketing", "image") + frame
    there = tabs(site.page(body, "/there", head=NEWS + site.script()))
    assert part(browser, "notice") is not None
    here = tabs(site.page(path="/here"))

    choose(browser, "analytics", "marketing")
    moment = time.monotonic()
    assert arrived(site, "script", "image", seconds=1.0)
    assert time.monotonic() - moment < 1.0
    browser.switch_to.window(there)
    assert part(browser, "notice", 0) is None, "nobody is asked twice"
    assert browser.execute_script("return log") == ["recorded"]

    browser.switch_to.window(here)
    call(browser, "return consentBanner.withdraw()")
    moment = time.monotonic()
    browser.switch_to.window(there)
    assert eventually(lambda: not browser.execute_script("return consentBanner.allows('analytics')"), 1.0)
    assert time.monotonic() - moment < 1.0
    assert browser.execute_script("return document.getElementById('frame').hasAttribute('src')") is False
    assert browser.execute_script("return dataLayer.at(-1).consent.categories.analytics") is False


def test_a_refusal_that_waits_closes_other_tabs_too(browser: WebDriver, site: Site, tabs: Callable[[str], str]) -> None:
    home = address(site, "counter", "beat", "/pixel.gif")
    beat = f"setInterval(() => consentBanner.allows('counter') && (new Image().src = '{home}&' + Math.random()), 50)"
    there = tabs(site.page(inline("analytics", beat), "/there"))
    choose(browser, "analytics")
    assert arrived(site, "beat")
    here = tabs(site.page(path="/here"))
    site.fault("choices", drop=True)
    with pytest.raises(Rejected):
        call(browser, "return consentBanner.rejectAll()")
    browser.switch_to.window(there)
    assert eventually(lambda: not browser.execute_script("return consentBanner.allows('counter')"), 1.0)
    before = names(site).count("beat")
    assert settled(browser, site).count("beat") == before
    assert part(browser, "notice", 0) is None, "nobody is asked twice"

    site.mend("choices")
    browser.switch_to.window(here)
    choose(browser, "analytics")
    browser.switch_to.window(there)
    assert eventually(lambda: browser.execute_script("return consentBanner.allows('counter')"), 1.0)


def test_a_tab_of_another_origin_follows_when_it_is_next_shown(
    browser: WebDriver, site: Site, tabs: Callable[[str], str]
) -> None:
    twin = site.twin()
    there = tabs(site.page(external(site, "analytics", "script"), head=NEWS + site.script()))
    tabs(twin.page(head=f'<script async src="{site.origin}/consent/banner.js?lang=et"></script>'))
    choose(browser, "analytics")
    browser.switch_to.window(there)
    time.sleep(1.0)  # A check that young counts as fresh.
    hide_and_show(browser)
    assert arrived(site, "script")
    assert browser.execute_script("return log") == ["recorded"]


def test_a_tab_that_is_shown_again_asks_again(browser: WebDriver, site: Site, tabs: Callable[[str], str]) -> None:
    tabs(site.page())
    time.sleep(1.0)
    asked = len(site.asked("check"))
    hide_and_show(browser)
    assert eventually(lambda: len(site.asked("check")) == asked + 1)


def go_and_come_back(driver: WebDriver, site: Site, there: str, act: str) -> None:
    """Follow a link, do something on the page there, and come back by the browser's own way."""
    driver.execute_script("location.href = arguments[0]", there)
    assert eventually(lambda: driver.current_url == there)
    ready(driver)
    call(driver, act)
    driver.back()
    assert eventually(lambda: driver.current_url != there)


def test_a_page_from_the_back_forward_cache_asks_again_before_it_loads_anything_more(
    browser: WebDriver, site: Site
) -> None:
    there = site.page(path="/there")
    browser.get(site.page(external(site, "analytics", "script"), head=SHOWS + NEWS + site.script()))
    ready(browser)
    choose(browser, "analytics", "marketing")
    assert arrived(site, "script")
    act = "await consentBanner.withdraw()"
    browser.execute_script("""
    addEventListener('pageshow', () => {
      window.held = [consentBanner.allows('analytics'), consentBanner.allows('necessary')];
      document.body.insertAdjacentHTML('beforeend', arguments[0]);
    });
    window.arguments = arguments;
    """.replace("arguments[0])", "window.late)"))  # fmt: skip
    browser.execute_script(
        "window.late = arguments[0]", image(site, "marketing", "late") + image(site, "necessary", "needed")
    )
    go_and_come_back(browser, site, there, act)
    assert eventually(lambda: browser.execute_script("return shows")) == [False, True], "it really was in the cache"
    assert browser.execute_script("return held") == [False, False], "nothing is granted until it has been asked again"
    assert arrived(site, "needed"), "and once it has, what is granted loads"
    assert "late" not in settled(browser, site)
    assert browser.execute_script("return [log.at(-1), consentBanner.allows('analytics')]") == ["recorded", False]


def test_a_page_from_the_cache_stays_shut_while_the_service_is_away(browser: WebDriver, site: Site) -> None:
    there = site.page(path="/there")
    browser.get(site.page(head=SHOWS + site.script()))
    ready(browser)
    choose(browser, "analytics")
    site.fault("check", drop=True)
    go_and_come_back(browser, site, there, "")
    assert browser.execute_script("return shows") == [False, True], "it really was in the cache"
    browser.execute_script(
        "document.body.insertAdjacentHTML('beforeend', arguments[0])", image(site, "analytics", "late")
    )
    assert settled(browser, site) == []
    assert browser.execute_script("return consentBanner.allows('analytics')") is False
    site.mend("check")
    assert arrived(site, "late")


def test_a_page_from_the_cache_learns_of_an_acceptance_too(browser: WebDriver, site: Site) -> None:
    there = site.page(path="/there")
    browser.get(site.page(external(site, "analytics", "script"), head=SHOWS + site.script()))
    ready(browser)
    assert part(browser, "notice") is not None
    go_and_come_back(browser, site, there, "await consentBanner.acceptAll()")
    assert browser.execute_script("return shows") == [False, True], "it really was in the cache"
    assert arrived(site, "script")
    assert eventually(lambda: part(browser, "notice", 0) is None)
