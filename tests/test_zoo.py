"""The zoo is what it says: its seeds reach the stand-ins unasked, its clean pages send nothing, granted tags fire.

What counts is what the stand-ins received and what the browser's cookie jar holds, not what a page says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from consent_banner.policy import read_policy_file

from .browser.engines import chromium
from .browser.stage import eventually
from .sites.acts import (
    allow_analytics,
    click,
    cookies,
    follow_link,
    leave,
    move,
    press,
    refuse,
    scroll,
    wait,
    withdraw,
)
from .sites.reading import KINDS, PAGES, SCENARIOS, ZooPage, read_pages
from .sites.zoo import Hit, Zoo

POLICY = read_policy_file(Zoo.policy_file)
OPTIONAL = {service.id: service for service in POLICY.services if service.category not in POLICY.required}
ALL = {page.name: page for page in read_pages()}
CLEAN = [page for page in ALL.values() if page.kind is None]
THIRD_PARTY_COOKIES = {"profile": {"cookie_controls_mode": 0}}  # Debian's Chromium blocks them otherwise.
LATE = 3.3  # Seconds: longer than any timer of a clean page takes to fire.


def named(page: ZooPage) -> str:
    return page.name


def test_every_kind_has_its_pages_and_each_stands_in_the_folder_of_its_kind() -> None:
    assert {page.kind for page in ALL.values()} == {*KINDS, None}
    assert all(page.path.partition("/")[0] == (page.kind or "clean") for page in ALL.values())
    assert len(CLEAN) >= 12
    assert len(ALL) - len(CLEAN) >= 55


@pytest.mark.parametrize("page", ALL.values(), ids=named)
def test_the_front_matter_says_what_must_be_found_and_where(page: ZooPage) -> None:
    assert bool(page.scenarios) == bool(page.kind)
    assert set(page.scenarios) <= set(SCENARIOS)
    assert set(page.also) <= set(KINDS) - {page.kind}
    assert page.service is None or page.service in {service.id for service in POLICY.services}
    assert page.without == ((page.service,) if page.kind == "never_fired" else ())
    assert page.about.endswith(".")


def test_a_page_without_its_sheet_is_no_page(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.sites.reading.PAGES", tmp_path)
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "bare.html").write_text("{# Nothing is wrong. #}\n<p>Tere</p>")
    with pytest.raises(ValueError, match=r"clean/bare\.html lacks"):
        read_pages()


@pytest.fixture(scope="module")
def zoo() -> Iterator[Zoo]:
    with Zoo() as zoo:
        yield zoo


@pytest.fixture(scope="module")
def running(zoo: Zoo) -> Iterator[WebDriver]:
    with chromium(*zoo.browser_arguments, preferences=THIRD_PARTY_COOKIES) as driver:
        driver.set_script_timeout(10)
        yield driver


@pytest.fixture
def driver(zoo: Zoo, running: WebDriver) -> WebDriver:
    """The browser as good as new, and stand-ins that have received nothing."""
    running.get("about:blank")
    running.execute_cdp_cmd("Network.clearBrowserCookies", {})
    running.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "https://shop.example", "storageTypes": "all"})
    time.sleep(0.1)
    zoo.received.clear()
    return running


def service_of(hit: Hit) -> str | None:
    """The optional service that a host belongs to."""
    return next((id for id, each in OPTIONAL.items() if any(fnmatchcase(hit.host, host) for host in each.hosts)), None)


def arrived(zoo: Zoo, service: str, since: float = 0.0, seconds: float = 5.0) -> bool:
    """Whether something reached a service's stand-ins after a moment, waiting for it."""

    def look() -> bool:
        return any(service_of(hit) == service and hit.at > since for hit in list(zoo.received))

    return bool(eventually(look, seconds))


SEEDS: dict[str, Callable[[WebDriver], None]] = {
    "late_timer": wait,
    "first_party_redirect": wait,
    "iframe_srcdoc": wait,
    "worker": wait,
    "service_worker": wait,
    "websocket": wait,
    "event_source": wait,
    "preload_header": wait,
    "obfuscated": wait,
    "in_view": scroll,
    "second_later_after_scroll": scroll,
    "on_mousemove": move,
    "on_click": click,
    "on_link_mousedown": follow_link,
    "ping_attribute": follow_link,
    "beacon_on_leave": leave,
    "keepalive_on_hide": leave,
    "after_any_answer": refuse,
    "category_for_another": allow_analytics,
    "piggyback": allow_analytics,
}


@pytest.mark.parametrize("name", SEEDS)
def test_a_seed_reaches_its_service_without_consent(zoo: Zoo, driver: WebDriver, name: str) -> None:
    page = ALL[f"fired_without_consent/{name}"]
    driver.get(page.address)
    if SEEDS[name] is not wait:
        assert eventually(lambda: driver.execute_script("return window.consentBanner?.decision"))
        time.sleep(0.2)
        assert page.service not in {service_of(hit) for hit in zoo.received}, "it did not wait for the visitor"
    SEEDS[name](driver)
    assert page.service is not None
    assert arrived(zoo, page.service)


def test_a_preconnect_connects_and_asks_for_nothing(zoo: Zoo) -> None:
    with chromium(*zoo.browser_arguments) as driver:  # One that keeps no connection from before.
        zoo.received.clear()
        zoo.connected.clear()
        driver.get(ALL["fired_without_consent/preconnect"].address)
        assert eventually(lambda: "static.heat.example" in {hit.host for hit in list(zoo.connected)})
        assert zoo.received == []


def test_a_page_that_ignores_the_privacy_signal_fires_under_it_alone(zoo: Zoo, driver: WebDriver) -> None:
    address = ALL["fired_without_consent/gpc_ignored"].address
    driver.get(address)
    assert not arrived(zoo, "acme-pixel", seconds=1.0)
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {"Sec-GPC": "1"}})
    driver.get(address)
    assert arrived(zoo, "acme-pixel")
    driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {}})


@pytest.mark.parametrize("name", ["heartbeat", "remembered_acceptance", "any_cookie_will_do"])
def test_a_seed_goes_on_after_the_withdrawal(zoo: Zoo, driver: WebDriver, name: str) -> None:
    page = ALL[f"fired_without_consent/{name}"]
    driver.get(page.address)
    since = withdraw(driver, pause=1.2)
    assert page.service is not None
    assert arrived(zoo, page.service, since)


@pytest.mark.parametrize(
    ("name", "cookie"),
    [
        ("http_only", ("_px", "shop.example")),
        ("other_path", ("_px", "shop.example")),
        ("subdomain", ("_acme", "api.shop.example")),
        ("partitioned", ("_px", "shop.example")),
        ("restored_cookie", ("_px", "shop.example")),
        ("window_name", ("_acme", "shop.example")),
    ],
)
def test_a_cookie_outlives_the_withdrawal(driver: WebDriver, name: str, cookie: tuple[str, str]) -> None:
    driver.get(ALL[f"kept_after_withdrawal/{name}"].address)
    withdraw(driver)
    time.sleep(0.5)  # The banner cleans up once more as the page comes.
    assert eventually(lambda: cookie in cookies(driver))


def test_on_an_ordinary_page_a_withdrawal_leaves_nothing(driver: WebDriver) -> None:
    driver.get(ALL["clean/deep_cookies"].address)
    withdraw(driver)
    assert eventually(lambda: {name for name, _ in cookies(driver)} == {"consent"})


def test_a_cookie_is_set_in_the_moment_of_leaving(driver: WebDriver) -> None:
    driver.get(ALL["stored_without_consent/on_leave"].address)
    assert not cookies(driver)
    leave(driver)
    assert ("_px", "shop.example") in cookies(driver)


def test_an_image_sets_a_third_party_cookie(driver: WebDriver) -> None:
    driver.get(ALL["stored_without_consent/third_party_cookie"].address)
    assert eventually(lambda: ("_pxid", "px.pixel.example") in cookies(driver))


@pytest.mark.parametrize("page", [page for page in ALL.values() if page.kind == "fails_open"], ids=named)
def test_a_page_that_fails_open_fires_where_the_service_is_blocked(zoo: Zoo, driver: WebDriver, page: ZooPage) -> None:
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/consent/*"]})
    driver.get(page.address)
    driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    assert arrived(zoo, "acme-pixel")


@pytest.mark.parametrize("name", ["two_clicks", "are_you_sure"])
def test_the_first_refusal_is_swallowed(driver: WebDriver, name: str) -> None:
    driver.get(ALL[f"refusal_harder_than_acceptance/{name}"].address)
    refuse(driver)
    time.sleep(0.5)
    assert not driver.execute_script("return consentBanner.decision.decided")


@pytest.mark.parametrize(
    ("name", "ticked"),
    [("ticked_on_open", {"preferences", "analytics", "marketing"}), ("one_service", {"service:heat"})],
)
def test_the_preference_centre_opens_ticked(driver: WebDriver, name: str, ticked: set[str]) -> None:
    driver.get(ALL[f"preselected/{name}"].address)
    press(driver, "customise")
    names = (
        "return [...document.querySelectorAll('#jutt-consent dialog[open] input:enabled:checked')].map((it) => it.name)"
    )
    assert eventually(lambda: ticked <= set(driver.execute_script(names)))


@pytest.mark.parametrize("page", CLEAN, ids=named)
def test_a_clean_page_sends_nothing_optional_without_consent(zoo: Zoo, driver: WebDriver, page: ZooPage) -> None:
    driver.get(page.address)
    for act in (move, scroll, click):
        act(driver)
    time.sleep(LATE if "setTimeout" in (PAGES / page.path).read_text(encoding="utf-8") else 0.2)
    leave(driver)
    time.sleep(0.1)
    assert {hit.host for hit in zoo.received} <= {"pay.bank.example"}


ACCEPT = """
const [done] = arguments;
const look = () => window.consentBanner?.ready.then((now) => (now.decided || consentBanner.acceptAll())).then(done);
document.readyState == "complete" ? look() : addEventListener("load", look);
"""


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_once_granted_every_tag_fires_save_one_that_never_does(zoo: Zoo, driver: WebDriver, kind: str | None) -> None:
    pages = [page for page in ALL.values() if page.kind == kind]
    for page in pages if kind == "never_fired" else pages[::6]:  # `make bench` goes through all of them.
        if kind == "service_unreachable" or page.name == "banner_missing/not_included":
            continue
        zoo.received.clear()
        driver.get(page.address)
        driver.execute_async_script(ACCEPT)
        for service in OPTIONAL.keys() - set(page.without):
            assert arrived(zoo, service), f"{service} is silent on {page.name}"
        assert not set(page.without) & {service_of(hit) for hit in zoo.received}, page.name
        driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        driver.execute_script("localStorage.clear(); sessionStorage.clear()")


@pytest.mark.parametrize("page", [page for page in ALL.values() if page.kind == "service_unreachable"], ids=named)
def test_where_the_service_is_out_of_reach_nothing_loads(zoo: Zoo, driver: WebDriver, page: ZooPage) -> None:
    driver.get(page.address)
    time.sleep(0.3)
    granted = driver.execute_script("return window.consentBanner?.decision?.categories.analytics || false")
    assert not granted
    assert not zoo.received
