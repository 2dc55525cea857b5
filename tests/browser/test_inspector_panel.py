"""The inspector's panel: reached by keyboard and in both languages, for everyone, on phones and hostile pages."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from tests.servers import ROOT, start_service

from .acts import call, choose, ready
from .engines import chromium
from .stage import Site, eventually
from .test_accessibility import axe
from .test_inspector import STRANGER, body, inspect, text, visit
from .visiting import emulate, keys, resize, script, settle, unfold


def panels(driver: WebDriver) -> int:
    return len(driver.find_elements(By.ID, "jutt-inspect"))


def test_takes_the_focus_and_gives_it_back(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    for close in (lambda: keys(browser, Keys.ESCAPE), lambda: keys(browser, Keys.TAB, Keys.ENTER)):
        browser.execute_script("document.querySelector('#opener').focus()")
        inspect(browser)
        assert browser.execute_script("return document.activeElement.id") == "jutt-inspect"
        close()
        assert eventually(lambda: not panels(browser))
        assert browser.execute_script("return document.activeElement.id") == "opener"


def test_asked_twice_there_is_one(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    first = inspect(browser)
    both = call(browser, "return Promise.all([consentBanner.inspect(), consentBanner.inspect()])")
    assert panels(browser) == 1
    assert [len(each) >= len(first) for each in both] == [True, True]


@pytest.mark.parametrize(("lang", "title", "held"), [("et", "Mida see leht laadib", "kinni peetud"),
                                                     ("en", "What this page loads", "held")])  # fmt: skip
def test_the_end_of_an_address_opens_it_in_the_page_s_language(
    browser: WebDriver, site: Site, lang: str, title: str, held: str
) -> None:
    browser.get(site.page(body(site), head=site.script(f"?lang={lang}"), lang=lang) + "#consent-inspect")
    assert eventually(lambda: title in text(browser, "h2"))
    assert eventually(lambda: held in text(browser, "section li.held"))
    panel = browser.find_element(By.ID, "jutt-inspect")
    assert (panel.get_attribute("lang"), panel.get_attribute("aria-label")) == (lang, title)


def test_a_hostile_page_does_not_break_it(browser: WebDriver, site: Site) -> None:
    visit(browser, site, head=f"<style>{script('hostile.css')}</style>")
    inspect(browser)
    heading = browser.find_element(By.CSS_SELECTOR, "#jutt-inspect h2")
    assert heading.value_of_css_property("font-size") == "18px"
    assert heading.value_of_css_property("letter-spacing") in ("normal", "0px")
    close = browser.find_element(By.CSS_SELECTOR, "#jutt-inspect button")
    assert close.size["width"] < 150
    close.click()
    assert eventually(lambda: not panels(browser))


@pytest.mark.parametrize("lang", ["et", "en"])
def test_axe_finds_nothing(browser: WebDriver, site: Site, lang: str) -> None:
    visit(browser, site, lang)
    inspect(browser)
    unfold(browser)
    settle(browser)
    assert axe(browser, "#jutt-inspect") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_the_dark_or_on_a_phone(chrome: WebDriver, site: Site, width: int, scheme: str) -> None:
    emulate(chrome, prefers_color_scheme=scheme)
    resize(chrome, width, 740)
    visit(chrome, site)
    choose(chrome, "analytics")
    inspect(chrome)
    unfold(chrome)
    settle(chrome)
    assert axe(chrome, "#jutt-inspect") == []
    sideways = "const it = document.querySelector('#jutt-inspect'); return it.scrollWidth - it.clientWidth"
    assert chrome.execute_script(sideways) <= 0


def test_the_notice_stays_in_reach_on_a_phone(chrome: WebDriver, site: Site) -> None:
    resize(chrome, 390, 844)
    visit(chrome, site)
    inspect(chrome)
    settle(chrome)
    edges = (
        "const [a, b] = ['#jutt-inspect', '[data-consent-part=notice]'].map((it) => document.querySelector(it)"
        ".getBoundingClientRect()); return b.top - a.bottom"
    )
    assert chrome.execute_script(edges) >= 0


@pytest.mark.timeout(120)
def test_takes_the_picture(tmp_path: Path) -> None:
    """`CONSENT_PICTURES=1` keeps it in `docs/images/`."""
    packaged = str(ROOT / "consent_banner" / "policy" / "jutt_ai.toml")
    picture = tmp_path / "inspector.png"
    with (
        start_service(tmp_path, CONSENT_DEMO="1", CONSENT_POLICY=packaged) as (base, _),
        chromium("--hide-scrollbars") as driver,
    ):
        resize(driver, 1280, 960)
        driver.get(f"{base}/en/training?unmark=meta-pixel")
        ready(driver)
        driver.execute_script("new Image().src = 'https://px.acme.example/visit.gif'")
        assert eventually(lambda: any(STRANGER in each["address"] for each in inspect(driver)))
        settle(driver)
        picture.write_bytes(driver.get_screenshot_as_png())
    assert picture.stat().st_size > 20_000
    if os.environ.get("CONSENT_PICTURES"):
        shutil.copy(picture, ROOT / "docs" / "images" / picture.name)
