"""What a visitor of the zoo does, with real clicks in a real browser."""

from __future__ import annotations

import time
from typing import Any

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.stage import eventually

ROOT = "#jutt-consent"
NOTICE = f'{ROOT} [data-consent-part="notice"]'
DIALOG = f"{ROOT} dialog[open]"


def press(driver: WebDriver, part: str, within: str = ROOT) -> None:
    """Click a part of the banner, once it is there."""

    def look() -> WebElement | None:
        found = driver.find_elements(By.CSS_SELECTOR, f'{within} [data-consent-part="{part}"]')
        return next((each for each in found if each.is_displayed()), None)

    button: WebElement | None = eventually(look, 8.0)
    assert button, f"{part} is not there to be clicked"
    button.click()


def wait(driver: WebDriver) -> None:
    """Do nothing at all."""


def scroll(driver: WebDriver) -> None:
    """To the end of the page."""
    driver.execute_script("scrollTo(0, document.documentElement.scrollHeight)")


def move(driver: WebDriver) -> None:
    """Bring the mouse over the page."""
    ActionChains(driver, duration=0).move_to_element(driver.find_element(By.CSS_SELECTOR, "main h1")).perform()


def click(driver: WebDriver) -> None:
    """Click where nothing is to be clicked."""
    ActionChains(driver, duration=0).move_to_element(driver.find_element(By.CSS_SELECTOR, "main h1")).click().perform()


def follow_link(driver: WebDriver) -> None:
    """Click the first link of the page."""
    driver.find_element(By.CSS_SELECTOR, "header a").click()


def leave(driver: WebDriver) -> None:
    """Go to another page of the shop."""
    driver.get("https://shop.example/meist")


def refuse(driver: WebDriver) -> None:
    """Refuse everything on the first layer."""
    press(driver, "reject-all", NOTICE)


def allow_analytics(driver: WebDriver) -> None:
    """Allow one category on the second layer."""
    press(driver, "customise")
    dialog = eventually(lambda: driver.find_elements(By.CSS_SELECTOR, DIALOG))[0]
    dialog.find_element(By.CSS_SELECTOR, 'input[name="analytics"]').click()
    press(driver, "save", DIALOG)


def withdraw(driver: WebDriver, pause: float = 0.0) -> float:
    """Accept, withdraw, and load the page anew after a pause; gives the moment of the withdrawal."""
    press(driver, "accept-all", NOTICE)
    time.sleep(0.8)
    press(driver, "launcher")
    press(driver, "withdraw", DIALOG)
    assert eventually(lambda: driver.execute_script("return !consentBanner.allows('analytics')"))
    since = time.time()
    time.sleep(pause)
    driver.get(driver.current_url)
    return since


def cookies(driver: WebDriver) -> set[tuple[str, str]]:
    """Every cookie of the browser, of every host and path: name and domain."""
    found: list[dict[str, Any]] = driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
    return {(each["name"], each["domain"].lstrip(".")) for each in found}
