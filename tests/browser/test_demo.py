"""The demo in both engines: the vendors' own snippets, their stand-ins under `*.localhost`, and what these received."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from consent_banner.policy import packaged_policy
from tests.servers import start_service

from .acts import choose, ready
from .conftest import press
from .stage import eventually
from .visiting import style

POLICY = packaged_policy()
SERVICES = {service.id for service in POLICY.services}
SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400, "month": 31 * 86_400, "year": 365 * 86_400}
MOST = 400 * 86_400  # Browsers keep no cookie for longer (RFC 6265bis).


class Demo:
    """The running demo, and what its stand-ins received since the test began."""

    def __init__(self, url: str) -> None:
        self.url = url

    def start_over(self) -> None:
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/demo/reset", data=b"next=/")).close()

    def hits(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/demo/hits.json") as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def fired(self) -> set[str]:
        return {hit["service"] for hit in self.hits()}

    def settled(self, driver: WebDriver, expected: set[str]) -> set[str]:
        """The services that fired, once those expected have and a request sent after them has arrived too."""
        eventually(lambda: expected <= self.fired())
        port = self.url.rpartition(":")[2]
        driver.execute_script("new Image().src = arguments[0]", f"http://www.hotjar.com.localhost:{port}/sentinel")
        assert eventually(lambda: [hit for hit in self.hits() if hit["path"] == "/sentinel"]), "nothing arrives at all"
        return {hit["service"] for hit in self.hits() if hit["path"] != "/sentinel"}


@pytest.fixture(scope="module")
def demo_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    with start_service(folder, CONSENT_DEMO="1", CONSENT_POLICY="") as (url, _process):
        yield Demo(url)


@pytest.fixture
def demo(demo_service: Demo, browser: WebDriver) -> Demo:
    """The demo, met by a browser that has never been there."""
    browser.get(f"{demo_service.url}/consent/healthz")
    browser.delete_all_cookies()
    browser.execute_script("localStorage.clear(); sessionStorage.clear()")
    browser.get("about:blank")
    demo_service.start_over()
    return demo_service


def visit(driver: WebDriver, demo: Demo, path: str = "/") -> None:
    driver.get(demo.url + path)
    ready(driver)


def state(driver: WebDriver, service: str) -> str | None:
    """What the panel says of a service, by the shape it shows."""
    found = driver.find_elements(By.CSS_SELECTOR, f'[data-service="{service}"]')
    return found[0].get_attribute("data-state") if found else None


@pytest.mark.parametrize("path", ["/", "/koolitus", "/en/account"])
def test_T04_T10_nothing_leaves_before_a_choice(browser: WebDriver, demo: Demo, path: str) -> None:
    visit(browser, demo, path)
    time.sleep(1)  # What must not come cannot be waited for.
    assert demo.settled(browser, set()) == set()
    assert browser.get_cookies() == []
    assert {state(browser, service) for service in SERVICES} == {"held"}


def test_acceptance_lets_every_tag_through_and_the_panel_shows_it(browser: WebDriver, demo: Demo) -> None:
    visit(browser, demo, "/en/")
    press(browser, "accept-all")
    everywhere = SERVICES - {"youtube"}
    assert demo.settled(browser, everywhere) == everywhere
    assert eventually(lambda: {state(browser, service) for service in everywhere} == {"fired"})
    assert state(browser, "youtube") == "allowed"
    assert all(hit["page"].startswith(demo.url) for hit in demo.hits())  # WebKit tells the origin alone.


def test_the_video_loads_where_it_stands(browser: WebDriver, demo: Demo) -> None:
    visit(browser, demo, "/koolitus")
    assert eventually(lambda: browser.find_elements(By.CSS_SELECTOR, ".video [role=group] button"))
    choose(browser, "preferences")
    assert demo.settled(browser, {"youtube"}) == {"youtube"}
    assert not browser.find_elements(By.CSS_SELECTOR, ".video [role=group]")


def test_statistics_alone_let_no_marketing_through(browser: WebDriver, demo: Demo) -> None:
    visit(browser, demo)
    choose(browser, "analytics")
    allowed = {service.id for service in POLICY.services_in("analytics")}
    assert demo.settled(browser, allowed) == allowed


def test_withdrawal_stops_the_tags_and_deletes_their_cookies(browser: WebDriver, demo: Demo) -> None:
    visit(browser, demo)
    press(browser, "accept-all")
    demo.settled(browser, SERVICES - {"youtube"})
    assert eventually(lambda: "_ga" in {cookie["name"] for cookie in browser.get_cookies()})
    visit(browser, demo, "/konto")
    assert eventually(lambda: browser.find_elements(By.CSS_SELECTOR, '.place [data-consent-part="withdraw"]'))
    browser.execute_script("window.consentBanner.withdraw()")
    assert eventually(lambda: [cookie["name"] for cookie in browser.get_cookies()] == ["consent"])
    demo.start_over()
    visit(browser, demo)
    time.sleep(1)
    assert demo.settled(browser, set()) == set()


def test_a_tag_that_was_left_unmarked_is_seen_to_leak(browser: WebDriver, demo: Demo) -> None:
    visit(browser, demo, "/?unmark=meta-pixel")
    assert demo.settled(browser, {"meta-pixel"}) == {"meta-pixel"}
    assert eventually(lambda: state(browser, "meta-pixel") == "leaked")
    assert {state(browser, service) for service in SERVICES - {"meta-pixel", "hotjar"}} == {"held"}
    assert "Meta Pixel" in browser.find_element(By.CSS_SELECTOR, ".panel [role=status]").text


def test_starting_over_makes_a_newcomer(browser: WebDriver, demo: Demo) -> None:
    visit(browser, demo, "/koolitus")
    press(browser, "accept-all")
    demo.settled(browser, SERVICES)
    browser.find_element(By.CSS_SELECTOR, ".panel form button").click()
    assert eventually(lambda: browser.get_cookies() == [])
    visit(browser, demo, "/koolitus")
    assert ready(browser)["decided"] is False
    assert demo.settled(browser, set()) == set()


def test_I03_C14_cookies_live_as_long_as_is_declared(browser: WebDriver, demo: Demo) -> None:
    visit(browser, demo, "/koolitus")
    press(browser, "accept-all")
    demo.settled(browser, SERVICES)
    declared = [item for service in POLICY.services for item in service.storage if item.kind == "cookie"]
    seen = [cookie for cookie in browser.get_cookies() if cookie["name"] != "consent"]
    assert len(seen) >= 7
    for cookie in seen:
        # The most exact name counts: `_ga` is declared beside `_ga_*`.
        items = [item for item in declared if fnmatchcase(cookie["name"], item.name)]
        lifetime = max(items, key=lambda item: len(item.name)).lifetime
        told = lifetime.count * SECONDS[lifetime.unit]
        assert cookie["expiry"] - time.time() < told + 86_400
        assert cookie["expiry"] - time.time() > min(told, MOST) * 0.9


@pytest.mark.parametrize("path", ["/", "/en/training", "/privaatsus"])
def test_A04_pages_fit_a_small_screen(chrome: WebDriver, demo_service: Demo, path: str) -> None:
    size = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    visit(chrome, demo_service, path)
    assert chrome.execute_script("return document.documentElement.scrollWidth") <= 320


def test_states_differ_in_shape_and_word_not_in_colour_alone(browser: WebDriver, demo: Demo) -> None:
    visit(browser, demo, "/?unmark=meta-pixel")
    assert eventually(lambda: state(browser, "meta-pixel") == "leaked")
    rows = [browser.find_element(By.CSS_SELECTOR, f'[data-service="{name}"]') for name in ("meta-pixel", "youtube")]
    shapes = [style(browser, row.find_element(By.CSS_SELECTOR, ".shape"), "width", "border-radius") for row in rows]
    words = [row.find_element(By.CSS_SELECTOR, "[data-word]").text for row in rows]
    assert shapes[0] != shapes[1]
    assert words == ["Käivitus loata", "Kinni peetud"]
