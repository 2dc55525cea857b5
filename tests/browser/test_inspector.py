"""The inspector says of every tag and request of a page whose it is, whether it waits, and why."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from consent_banner.policy import packaged_policy
from tests.servers import ROOT, start_service

from .acts import address, arrived, call, choose, external, image, inline, push, ready
from .engines import chromium
from .stage import Site, eventually
from .test_accessibility import axe
from .test_csp import WATCH, strict, violations
from .visiting import emulate, keys, resize, script, settle, text_of_page, unfold

Row = dict[str, Any]
STRANGER = "px.acme.example"


def body(site: Site) -> str:
    """Marked and unmarked tags of every kind, a stranger's script among them."""
    to = site.stage.tracker
    return text_of_page(4) + "".join((
        external(site, "analytics", "outer"), inline("heatmap", push("inner")), inline("statistics", push("never")),
        image(site, "marketing", "pixel"), f'<img alt="" src="{address(site, "counter", "bare", "/pixel.gif")}">',
        f'<iframe title="Video" data-consent="video" data-src="{to("video", "/frame.html")}"></iframe>',
        f'<script src="{address(site, "stranger", "stranger")}"></script>',
    ))  # fmt: skip


def visit(driver: WebDriver, site: Site, lang: str = "et", head: str = "", more: str = "") -> None:
    driver.get(site.page(body(site) + more, head=head + site.script(f"?lang={lang}"), lang=lang))
    ready(driver)
    assert arrived(site, "bare", "stranger")


def inspect(driver: WebDriver) -> list[Row]:
    """What `inspect()` resolves to."""
    rows: list[Row] = call(driver, "return consentBanner.inspect()")
    return rows


def row(rows: list[Row], name: str) -> dict[str, Any]:
    """What is said of the one row whose address has this in it."""
    (found,) = (each for each in rows if name in each["address"])
    return {key: found[key] for key in ("kind", "service", "category", "state", "why")}


def said(kind: str, service: str | None, category: str | None, state: str, why: str) -> dict[str, Any]:
    return {"kind": kind, "service": service, "category": category, "state": state, "why": why}


def panels(driver: WebDriver) -> int:
    return len(driver.find_elements(By.ID, "jutt-inspect"))


def text(driver: WebDriver, where: str = "") -> str:
    words: str = driver.execute_script(f"return document.querySelector('#jutt-inspect {where}')?.innerText || ''")
    return words


def entry(driver: WebDriver) -> str:
    return str(driver.execute_script("return document.querySelector('#jutt-inspect textarea').value"))


def test_says_of_everything_whose_it_is_and_why(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    rows = inspect(browser)
    assert row(rows, "name=outer") == said("script", "counter", "analytics", "held", "undecided")
    assert row(rows, "name=pixel") == said("image", "pixel", "marketing", "held", "undecided")
    assert row(rows, "frame.html") == said("frame", "video", "preferences", "held", "undecided")
    assert row(rows, "name=bare") == said("image", "counter", "analytics", "leaks", "undecided")
    assert row(rows, "name=stranger") == said("script", None, None, "let_through", "unknown_host")
    assert row(rows, "consent/banner.js?lang=et") == said("script", None, None, "let_through", "consent_service")
    inner = [(each["service"], each["category"], each["why"]) for each in rows if each["address"] == "inline"]
    assert inner == [("heatmap", "analytics", "undecided"), (None, None, "unknown_name")]
    assert {each["after_ms"] for each in rows if each["state"] == "held"} == {None}
    timed = [each["after_ms"] for each in rows if each["why"] in ("unknown_host", "consent_service")]
    assert timed
    assert all(isinstance(each, int) and each >= 0 for each in timed)


def test_follows_the_visitor_while_it_stands_open(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    inspect(browser)
    assert "veel valimata" in text(browser)
    choose(browser, "analytics")
    assert eventually(lambda: "veel valimata" not in text(browser) and "külastaja keeldus" in text(browser))
    assert eventually(lambda: row(inspect(browser), "name=outer")["state"] == "let_through")
    rows = inspect(browser)
    assert row(rows, "name=outer")["why"] == "granted"
    assert row(rows, "name=pixel") == said("image", "pixel", "marketing", "held", "refused")
    assert row(rows, "name=bare") == said("image", "counter", "analytics", "leaks", "too_early")
    call(browser, "return consentBanner.withdraw()")
    assert row(inspect(browser), "name=outer") == said(
        "script", "counter", "analytics", "let_through", "granted_before"
    )


def test_lists_what_a_page_asks_for_later(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    inspect(browser)
    browser.execute_script("new Image().src = arguments[0]", address(site, "late", "late", "/pixel.gif"))
    assert eventually(lambda: "late.stand-in.localhost" in text(browser, "section"))
    browser.execute_script(
        "document.body.insertAdjacentHTML('beforeend', arguments[0])", image(site, "marketing", "inserted")
    )
    assert eventually(lambda: "name=inserted" in text(browser))


def test_a_mark_that_names_another_category_than_the_host_is_a_leak(browser: WebDriver, site: Site) -> None:
    wrong = external(site, "analytics", "wrong").replace("counter.stand-in", "pixel.stand-in")
    visit(browser, site, more=wrong)
    choose(browser, "analytics")
    assert arrived(site, "wrong")
    inspect(browser)
    assert eventually(lambda: row(inspect(browser), "name=wrong")["state"] == "leaks")
    assert row(inspect(browser), "name=wrong")["why"] == "mislabelled"
    assert "aadress kuulub teenusele Pixel" in text(browser)


def test_strangers_are_red_and_said_in_words(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    inspect(browser)
    stranger = browser.find_element(By.CSS_SELECTOR, "#jutt-inspect section li.unknown")
    assert "stranger.stand-in.localhost" in stranger.text
    assert "tundmatu" in stranger.text
    red = stranger.find_element(By.CSS_SELECTOR, "svg").value_of_css_property("color")
    assert red.replace(", 1)", ")").replace("rgba", "rgb") == "rgb(163, 36, 59)"
    drawn = browser.execute_script("return arguments[0].querySelector('path').getBBox().width", stranger)
    assert drawn > 5


def test_strangers_get_an_entry_for_the_policy(browser: WebDriver, site: Site) -> None:
    known = "plausible.io"
    more = f'<img alt="" src="https://{STRANGER}/a.gif"><img alt="" src="https://{known}/b.gif">'
    visit(browser, site, "en", more=more)
    inspect(browser)
    assert eventually(lambda: known in text(browser))
    services = {each.get("use") or each["id"]: each for each in tomllib.loads(entry(browser))["services"]}
    assert services["plausible"] == {"use": "plausible", "category": "analytics"}
    assert services["acme-example"]["hosts"] == [STRANGER]
    assert services["acme-example"]["purpose"] == {"et": "TODO", "en": "TODO"}
    assert "stand-in-localhost" in services
    assert "# to be completed" in entry(browser)


def test_the_entry_is_copied(chrome: WebDriver, site: Site) -> None:
    visit(chrome, site)
    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    chrome.execute_cdp_cmd("Browser.grantPermissions", {"origin": site.origin, "permissions": permissions})
    inspect(chrome)
    chrome.find_element(By.CSS_SELECTOR, "#jutt-inspect textarea + button").click()
    assert eventually(lambda: "Kopeeritud" in text(chrome, "[role=status]"))
    assert call(chrome, "return navigator.clipboard.readText()") == entry(chrome)
    chrome.execute_cdp_cmd("Browser.resetPermissions", {})


def test_where_copying_is_forbidden_the_entry_is_selected(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    inspect(browser)
    browser.execute_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    browser.find_element(By.CSS_SELECTOR, "#jutt-inspect textarea + button").click()
    assert eventually(lambda: "Tekst on valitud" in text(browser, "[role=status]"))
    selected = "const it = document.activeElement; return it.value.slice(it.selectionStart, it.selectionEnd)"
    assert browser.execute_script(selected) == entry(browser)


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


def test_nobody_pays_for_it_who_does_not_ask(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    names = "return Object.getOwnPropertyNames(window).filter((name) => isNaN(name)).sort().join()"
    before = browser.execute_script(names)
    assert [hit for hit in site.asked("banner.js") if hit.query.get("extra") == ["inspector"]] == []
    inspect(browser)
    assert len([hit for hit in site.asked("banner.js") if hit.query.get("extra") == ["inspector"]]) == 1
    assert browser.execute_script(names) == before


def test_works_under_a_strict_policy_and_says_what_that_holds_back(browser: WebDriver, site: Site) -> None:
    head = WATCH + site.script(attributes='nonce="banner"')
    browser.get(site.page(body(site), head=head, csp=strict(site, "'nonce-banner'")))
    ready(browser)
    before = violations(browser)
    inspect(browser)
    panel = browser.find_element(By.ID, "jutt-inspect")
    assert panel.value_of_css_property("position") == "fixed", "styled, without style-src"
    assert violations(browser) == before
    away = "const it = new Image(); it.src = arguments[0]; document.body.append(it)"
    browser.execute_script(away, f"https://{STRANGER}/away.gif")
    assert eventually(lambda: "turvapoliitika" in text(browser, "section"))
    assert row(inspect(browser), "away.gif") == said("image", None, None, "held", "csp")
    assert browser.execute_script("return stray") == 0


def test_in_chromium_says_what_was_held_back_before_it_came(chrome: WebDriver, site: Site) -> None:
    head = WATCH + site.script(attributes='nonce="banner"')
    away = f'<img alt="" src="https://{STRANGER}/away.gif"><iframe title="" src="https://{STRANGER}/in.html"></iframe>'
    chrome.get(site.page(away, head=head, csp=strict(site, "'nonce-banner'")))
    ready(chrome)
    rows = inspect(chrome)
    assert row(rows, "away.gif") == said("image", None, None, "held", "csp")
    assert row(rows, "in.html") == said("frame", None, None, "held", "csp")


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
    assert urlsplit(packaged_policy().origins[0]).scheme == "https"
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
