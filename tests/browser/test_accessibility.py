"""WCAG 2.2 AA: axe-core finds nothing in either layer or on the service's pages; what it cannot see is asked here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .conftest import part, press, recorded
from .stage import Site, eventually
from .visiting import bring, emulate, noticed, open_preferences, resize, script, settle, status, text_of_page, unfold

AXE = Path(__file__).parents[2] / "static" / "js" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STYLE = ":root { color-scheme: light dark } body { background: Canvas; color: CanvasText } a { color: LinkText }"
PLACES = "<div data-consent-preferences></div><div data-consent-declaration></div>"


def axe(driver: WebDriver, where: str = "html") -> list[str]:
    """What axe-core objects to, a line each."""
    if not AXE.exists():
        pytest.fail("axe-core is missing: run `npm ci` in static/js")
    if not driver.execute_script("return !!window.axe"):
        driver.execute_script(AXE.read_text(encoding="utf-8"))
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    options["rules"] = {"target-size": {"enabled": True}, "label-content-name-mismatch": {"enabled": True}}
    found = driver.execute_async_script(
        "const [where, options, done] = arguments; axe.run(where, options).then("
        "({violations}) => done(violations.flatMap(({id, nodes}) => nodes.map(({html, failureSummary}) =>"
        "`${id}: ${html.slice(0, 120)} ${failureSummary}`))), (error) => done([String(error)]))",
        where,
        options,
    )
    return [str(each) for each in found]


def visit(driver: WebDriver, site: Site, lang: str = "et", body: str = "") -> None:
    driver.get(
        site.page(text_of_page() + body, head=f"<style>{STYLE}</style>" + site.script(f"?lang={lang}"), lang=lang)
    )
    assert part(driver, "notice"), "no notice"


def axe_unfolded(driver: WebDriver) -> list[str]:
    """The same with every disclosure open. What the dialog's foot just covers is no small target."""
    unfold(driver)
    return [each for each in axe(driver) if not each.startswith("target-size")]


def test_axe_would_find_something(browser: WebDriver, site: Site) -> None:
    browser.get(site.page('<img src="data:,"><p style="color:#999;background:#aaa">Tekst</p>', head=""))
    assert {each.partition(":")[0] for each in axe(browser)} >= {"image-alt", "color-contrast"}


@pytest.mark.parametrize("lang", ["et", "en"])
def test_A09_A13_axe_finds_nothing_in_either_layer(browser: WebDriver, site: Site, lang: str) -> None:
    visit(browser, site, lang)
    settle(browser)
    assert axe(browser) == []
    open_preferences(browser)
    settle(browser)
    assert axe(browser) == []
    assert axe_unfolded(browser) == []
    press(browser, "accept-all")
    assert part(browser, "launcher")
    assert eventually(lambda: status(browser))
    settle(browser)
    assert axe(browser) == []
    open_preferences(browser, "launcher")
    settle(browser)
    assert axe(browser) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_A09_axe_finds_nothing_in_the_dark_or_on_a_phone(chrome: WebDriver, site: Site, width: int) -> None:
    emulate(chrome, prefers_color_scheme="dark")
    resize(chrome, width, 740)
    visit(chrome, site)
    settle(chrome)
    assert chrome.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
    assert axe(chrome) == []
    open_preferences(chrome)
    settle(chrome)
    assert axe(chrome) == []
    assert axe_unfolded(chrome) == []


def test_A09_axe_finds_nothing_in_place(browser: WebDriver, site: Site) -> None:
    visit(
        browser,
        site,
        body=f"<section aria-label='Konto'>{PLACES}</section>",
    )
    assert eventually(
        lambda: len(browser.find_elements(By.CSS_SELECTOR, "fieldset, [data-consent-declaration] table")) > 5
    )
    unfold(browser)
    settle(browser)
    # Headings of the declaration stand under the page's own: which level fits is for the page to say.
    assert [each for each in axe(browser) if not each.startswith("heading-order")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["preferences", "declaration"])
def test_A09_axe_finds_nothing_on_the_pages_of_the_service(
    chrome: WebDriver, site: Site, path: str, scheme: str
) -> None:
    emulate(chrome, prefers_color_scheme=scheme)
    visit(chrome, site)
    press(chrome, "accept-all")
    assert recorded(chrome)
    for lang, width in (("et", 360), ("en", 1280)):
        resize(chrome, width, 800)
        chrome.get(f"{site.origin}/consent/{path}?lang={lang}")
        unfold(chrome)
        assert axe(chrome) == [], lang


def test_A03_what_was_saved_is_announced_and_the_focus_does_not_jump(browser: WebDriver, site: Site) -> None:
    visit(browser, site, body='<input id="here">')
    browser.execute_script(script("announced.js"))
    browser.execute_script("document.querySelector('#here').focus()")
    browser.execute_script("consentBanner.rejectAll()")
    assert eventually(lambda: browser.execute_script("return said.some((each) => /vajalikud/.test(each))"))
    assert browser.execute_script("return document.activeElement.id") == "here"
    visible = (
        "return regions.some((it) => it.isConnected && getComputedStyle(it).display != 'none' && it.textContent.trim())"
    )
    assert browser.execute_script(visible), "the sentence stands in no region that was there before it"


def test_A03_a_choice_made_in_place_is_announced_too(browser: WebDriver, site: Site) -> None:
    visit(browser, site, body='<div id="place" data-consent-preferences></div>')
    place = browser.find_element(By.ID, "place")
    assert eventually(lambda: place.find_elements(By.CSS_SELECTOR, "[data-consent-part=reject-all]"))
    bring(browser, place.find_element(By.CSS_SELECTOR, "[data-consent-part=reject-all]")).click()
    assert eventually(lambda: "vajalikud" in status(browser))


def test_A08_texts_stand_in_their_own_language(browser: WebDriver, site: Site) -> None:
    """On a page in another language the banner says its own; each link to another language says that one."""
    browser.get(site.page(text_of_page() + PLACES, head=site.script("?lang=et"), lang="fi"))
    assert part(browser, "notice")
    for inside in ("[data-consent-preferences] fieldset", "[data-consent-declaration] table"):
        assert eventually(lambda where=inside: browser.find_elements(By.CSS_SELECTOR, where)), inside
        nearest = f"return document.querySelector('{inside}').closest('[lang]').lang"
        assert browser.execute_script(nearest) == "et", inside
    assert browser.find_element(By.ID, "jutt-consent").get_attribute("lang") == "et"
    links = browser.find_elements(By.CSS_SELECTOR, "#jutt-consent [hreflang]")
    assert [(each.get_attribute("lang"), each.get_attribute("hreflang"), each.text) for each in links] == [
        ("en", "en", "English")
    ]
    for lang in ("et", "en"):
        browser.get(f"{site.origin}/consent/preferences?lang={lang}")
        assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == lang


def tree(chrome: WebDriver) -> list[dict[str, Any]]:
    """What assistive technology is told, by Chromium's own accessibility tree."""
    nodes = chrome.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [
        {
            "role": node["role"]["value"],
            "name": node.get("name", {}).get("value", ""),
            "description": node.get("description", {}).get("value", ""),
            **{each["name"]: each["value"].get("value") for each in node.get("properties", [])},
        }
        for node in nodes
        if not node.get("ignored") and "role" in node
    ]


def of(nodes: list[dict[str, Any]], role: str) -> list[dict[str, Any]]:
    return [each for each in nodes if each["role"] == role]


WORDS = {
    "et": ("Küpsiste seaded", ["Vajalikud", "Eelistused", "Statistika", "Turundus"], "Kasutame küpsiseid"),
    "en": ("Cookie settings", ["Necessary", "Preferences", "Statistics", "Marketing"], "We use cookies"),
}


@pytest.mark.parametrize("lang", ["et", "en"])
def test_A10_dialog_groups_and_switches_have_role_name_and_state(chrome: WebDriver, site: Site, lang: str) -> None:
    title, categories, notice = WORDS[lang]
    visit(chrome, site, lang)
    shown = tree(chrome)
    assert notice in {each["name"] for each in shown if each["role"] in ("region", "form", "dialog")}
    open_preferences(chrome)
    unfold(chrome)
    shown = tree(chrome)
    (dialog,) = of(shown, "dialog")
    assert dialog["name"] == title
    assert dialog["description"]
    assert dialog["modal"] is True
    switches = {each["name"]: each for each in of(shown, "switch")}
    assert [name for name in switches if name in categories] == categories
    assert {"Counter", "Heatmap", "Pixel", "Video"} <= set(switches)
    assert {each["checked"] for name, each in switches.items() if name != categories[0]} == {"false"}
    assert (switches[categories[0]]["checked"], switches[categories[0]]["disabled"]) == ("true", True)
    groups = [each["name"] for each in of(shown, "group")]
    assert [each for each in groups if each in categories] == categories
    assert all(each["name"] for each in of(shown, "button") + of(shown, "DisclosureTriangle") + of(shown, "link"))


def test_A14_the_way_back_stands_in_the_same_place_on_every_page(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    press(browser, "reject-all")
    assert recorded(browser)
    places = []
    for path, body in (("/", text_of_page()), ("/short", "<p>Lühike."), ("/wide", text_of_page(90))):
        browser.get(site.page(body, path))
        launcher = part(browser, "launcher")
        assert launcher, path
        places.append(
            (
                launcher.text,
                browser.execute_script(
                    "const it = arguments[0].getBoundingClientRect(); return [it.x, it.y]", launcher
                ),
            )
        )
    assert places == [places[0]] * 3
    footers = []
    for path in ("preferences", "declaration"):
        browser.get(f"{site.origin}/consent/{path}?lang=et")
        footers.append([each.text for each in browser.find_elements(By.CSS_SELECTOR, "footer a")])
    assert footers[0] == footers[1]
    assert footers[0][0] == places[0][0]


def test_A14_the_notice_stays_until_it_is_answered(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    browser.get(site.page(text_of_page(), "/next"))
    assert part(browser, "notice")
    assert noticed(browser)
