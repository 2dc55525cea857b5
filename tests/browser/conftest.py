"""Fixtures of the browser tests: the service on a real server, the stage, both engines, and a site for each test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from consent_banner import create_app
from tests.conftest import KEY, parts_of
from tests.servers import start_service

from .engines import chromium, webkit
from .stage import Site, Stage, eventually

POLICY = Path(__file__).with_name("policy.toml")
EXTRA = """
[[services]]
id = "newcomer"
category = "analytics"
name = "Newcomer"
provider = "Newcomer OÜ"
country = "EE"
privacy_policy = "https://newcomer.example/privacy"
purpose = { et = "Loeb samuti.", en = "Counts too." }
hosts = ["newcomer.stand-in.localhost"]
"""
_numbers = itertools.count(1)


def policy_text(stage: Stage) -> str:
    """The policy of the service on stage, with the ports that pages may ask from."""
    text = POLICY.read_text(encoding="utf-8")
    return text.replace("PORT", str(stage.port)).replace("SECOND", str(stage.second_port))


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage, with the service behind it."""
    folder = tmp_path_factory.mktemp("service")
    stage = Stage("http://127.0.0.1:1")
    policy = folder / "policy.toml"
    policy.write_text(policy_text(stage), encoding="utf-8")
    environment = {"CONSENT_POLICY": str(policy), "CONSENT_COOKIE_SECURE": "0", "CONSENT_RATE_LIMIT": "off"}
    with start_service(folder, **environment) as (url, _process):
        stage.service, stage.folder = url.removeprefix("http://"), folder
        yield stage
        stage.close()


@pytest.fixture(scope="session")
def revised(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another release of the service, same keys and ledger; its policy names one recipient more. Its host and port."""
    folder = tmp_path_factory.mktemp("revised")
    policy = folder / "policy.toml"
    policy.write_text(policy_text(stage) + EXTRA, encoding="utf-8")
    environment = {"CONSENT_POLICY": str(policy), "CONSENT_COOKIE_SECURE": "0", "CONSENT_RATE_LIMIT": "off"}
    environment["CONSENT_LEDGER_URL"] = f"sqlite:///{stage.folder}/consent.db"
    with start_service(folder, **environment) as (url, _process):
        yield url.removeprefix("http://")


@pytest.fixture
def site(stage: Stage) -> Site:
    """A site of this test's own: nothing stored is shared with another test."""
    return Site(stage, f"t{os.getpid()}-{next(_numbers)}")


@pytest.fixture(scope="session")
def chromium_driver() -> Iterator[WebDriver]:
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="session")
def webkit_driver() -> Iterator[WebDriver]:
    with webkit() as driver:
        yield driver


@pytest.fixture
def chrome(chromium_driver: WebDriver) -> Iterator[WebDriver]:
    """Chromium alone, for what only its DevTools can set: sizes, media features, headers. It is put back afterwards."""
    yield chromium_driver
    chromium_driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium_driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    chromium_driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {}})
    chromium_driver.get("about:blank")


@pytest.fixture(params=["chromium", "webkit"])
def browser(request: pytest.FixtureRequest) -> Iterator[WebDriver]:
    """Each engine in turn, with one window, left on an empty page."""
    driver: WebDriver = request.getfixturevalue(f"{request.param}_driver")
    yield driver
    first, *others = driver.window_handles
    for handle in others:
        driver.switch_to.window(handle)
        driver.close()
    driver.switch_to.window(first)
    driver.get("about:blank")


def part(driver: WebDriver, name: str, seconds: float = 8.0) -> WebElement | None:
    """A visible part of the banner by its hook (`accept-all`, …), as soon as it is there; None if it never is."""

    def look() -> WebElement | None:
        hook = f'[data-consent-part="{name}"]'  # In an open dialog what stands behind it is out of reach.
        found = driver.find_elements(By.CSS_SELECTOR, f"#jutt-consent dialog[open] {hook}")
        found += driver.find_elements(By.CSS_SELECTOR, f"#jutt-consent {hook}")
        return next((each for each in found if each.is_displayed()), None)

    seen: WebElement | None = eventually(look, seconds)
    return seen


def press(driver: WebDriver, name: str) -> None:
    """Click a part of the banner as a visitor does."""
    found = part(driver, name)
    assert found is not None, f"{name} is not there to be clicked"
    found.click()


def decision(driver: WebDriver) -> dict[str, object]:
    """The page's decision, once it has one."""
    found: dict[str, object] = eventually(lambda: driver.execute_script("return window.consentBanner?.decision"))
    return found


def recorded(driver: WebDriver) -> bool:
    """Whether the page's decision is a recorded one, waiting for it."""
    return bool(
        eventually(lambda: driver.execute_script("return window.consentBanner?.decision?.reason == 'recorded'"))
    )


@pytest.fixture
def make_packaged(tmp_path: Path) -> Iterator[Callable[[], Flask]]:
    """Applications with the packaged policy."""
    made: list[Flask] = []

    def make() -> Flask:
        ledger = f"sqlite:///{tmp_path}/packaged-{len(made)}.db"
        made.append(create_app({"CONSENT_SECRET_KEYS": KEY, "CONSENT_LEDGER_URL": ledger, "CONSENT_RATE_LIMIT": "off"}))
        return made[-1]

    yield make
    for app in made:
        parts_of(app).ledger.close()
