"""At every size and setting: nothing is cut off, nothing jumps, nothing depends on colour or motion."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from .conftest import part, press, recorded
from .engines import screenshot
from .stage import Site, eventually
from .visiting import (
    emulate,
    field,
    noticed,
    open_preferences,
    resize,
    script,
    status,
    style,
    text_of_page,
    tick,
    unfold,
)

SPACING = (
    "<style>* { line-height: 1.5 !important; letter-spacing: .12em !important;"
    "word-spacing: .16em !important }"
    "p { margin-bottom: 2em !important }</style>"
)
WATCH = f"<script>{script('watch.js')}</script>"


def visit(driver: WebDriver, site: Site, head: str = "", body: str | None = None, lang: str = "et") -> None:
    driver.get(site.page(text_of_page() if body is None else body, head=head + site.script(f"?lang={lang}"), lang=lang))
    assert part(driver, "notice"), "no notice"


def sideways(driver: WebDriver) -> int:
    """By how many pixels the page, or either layer, would have to be scrolled sideways."""
    wide: int = driver.execute_script(script("sideways.js"))
    return wide


def unreached(driver: WebDriver, within: WebElement) -> list[str]:
    """The controls that cannot be scrolled into sight."""
    controls = within.find_elements(By.CSS_SELECTOR, "button, input, summary, a")
    return [
        name_of(each)
        for each in controls
        if each.is_displayed() and not driver.execute_script(script("reached.js"), each)
    ]


def name_of(element: WebElement) -> str:
    return str(element.get_attribute("name") or element.text or element.tag_name)


@pytest.mark.parametrize("lang", ["et", "en"])
@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 256), (360, 740), (1280, 800)])
def test_A04_nothing_is_cut_off(chrome: WebDriver, site: Site, width: int, height: int, lang: str) -> None:
    resize(chrome, width, height)
    visit(chrome, site, lang=lang)
    notice = part(chrome, "notice")
    assert sideways(chrome) <= 0
    assert unreached(chrome, notice) == []
    own, shown = chrome.execute_script(
        "const it = arguments[0]; return [it.scrollHeight > it.clientHeight, it.offsetHeight]", notice
    )
    assert width >= 1280 or own or shown <= height / 2, (
        "half of a small screen and more is covered, and it does not scroll"
    )
    assert shown <= height
    screenshot(chrome, f"notice-{width}x{height}-{lang}")
    dialog = open_preferences(chrome)
    unfold(chrome)
    assert sideways(chrome) <= 0
    assert unreached(chrome, dialog) == []
    screenshot(chrome, f"preferences-{width}x{height}-{lang}")
    press(chrome, "reject-all")
    assert recorded(chrome)
    assert part(chrome, "launcher")
    assert sideways(chrome) <= 0


@pytest.mark.parametrize("height", [256, 568])
def test_A04_the_page_can_be_read_on_the_smallest_screen(chrome: WebDriver, site: Site, height: int) -> None:
    """Some of the page stays in sight, and its very end can be scrolled clear of the notice."""
    resize(chrome, 320, height)
    visit(chrome, site)
    assert part(chrome, "notice").rect["y"] >= 24, "nothing of the page is left"
    assert chrome.execute_script(
        "scrollTo(0, document.documentElement.scrollHeight);"
        "const box = (where) => document.querySelector(where).getBoundingClientRect();"
        "return box('#opener').bottom <= box('[data-consent-part=notice]').top"
    )


@pytest.mark.parametrize("scale", [2, 4])
def test_A04_zoomed(chrome: WebDriver, site: Site, scale: float) -> None:
    """200 % and 400 % of a desk's screen, as browsers zoom: fewer CSS pixels, more device pixels each."""
    resize(chrome, 1280, 800, scale)
    visit(chrome, site)
    assert chrome.execute_script("return [innerWidth, devicePixelRatio]") == [1280 / scale, scale]
    assert sideways(chrome) <= 0
    assert unreached(chrome, part(chrome, "notice")) == []
    dialog = open_preferences(chrome)
    unfold(chrome)
    assert sideways(chrome) <= 0
    assert unreached(chrome, dialog) == []


def test_A04_text_alone_twice_as_large(browser: WebDriver, site: Site) -> None:
    visit(browser, site, "<style>html { font-size: 200% }</style>")
    assert sideways(browser) <= 0
    assert unreached(browser, part(browser, "notice")) == []


@pytest.mark.parametrize("width", [320, 1280])
def test_A05_text_spacing_cuts_nothing_off(chrome: WebDriver, site: Site, width: int) -> None:
    resize(chrome, width, 800)
    visit(chrome, site, SPACING)
    dialog = part(chrome, "notice")
    assert sideways(chrome) <= 0
    assert chrome.execute_script(script("clipped.js"), "#jutt-consent > form *") == []
    assert unreached(chrome, dialog) == []
    dialog = open_preferences(chrome)
    unfold(chrome)
    assert sideways(chrome) <= 0
    assert chrome.execute_script(script("clipped.js"), "#jutt-consent dialog *") == []
    assert unreached(chrome, dialog) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_A02_targets_are_large_enough(chrome: WebDriver, site: Site, width: int) -> None:
    """24 CSS pixels both ways, 44 for the buttons that answer; links in a line of text are exempt (2.5.8)."""
    resize(chrome, width, 800)
    visit(chrome, site)
    small = sizes(chrome, "#jutt-consent > form :is(a, button)", 24)
    for name in ("accept-all", "reject-all", "customise"):
        assert part(chrome, name).size["height"] >= 44
    open_preferences(chrome)
    unfold(chrome)
    small += sizes(chrome, "dialog :is(button, input, summary)", 24)
    press(chrome, "reject-all")
    assert part(chrome, "launcher")
    small += sizes(chrome, "#jutt-consent > [data-consent-part=launcher]", 24)
    assert small == []


def sizes(driver: WebDriver, where: str, least: int) -> list[Any]:
    """What is smaller than it should be; a switch counts with the label around it."""
    found: list[Any] = driver.execute_script(script("sizes.js"), where, least)
    return found


# Colours and motion


def picture(element: WebElement) -> str:
    return str(element.screenshot_as_base64)


@pytest.mark.parametrize(
    "features", [{"forced_colors": "active"}, {"prefers_color_scheme": "dark"}, {}], ids=["forced", "dark", "light"]
)
def test_A12_borders_and_states_are_seen(chrome: WebDriver, site: Site, features: dict[str, str]) -> None:
    emulate(chrome, **features)
    visit(chrome, site)
    for name in ("accept-all", "reject-all", "customise"):
        look = style(
            chrome,
            part(chrome, name),
            "border-top-width",
            "border-top-style",
            "border-top-color",
            "background-color",
            "color",
        )
        assert float(look["border-top-width"].removesuffix("px")) >= 1
        assert look["border-top-style"] == "solid"
        assert look["color"] not in (look["background-color"],), name
        if features.get("forced_colors"):
            assert look["border-top-color"] != look["background-color"], name
    dialog = open_preferences(chrome)
    switch = field(dialog, "analytics")
    off = picture(switch)
    switch.click()
    chrome.execute_script("document.activeElement.blur()")
    assert picture(switch) != off, "on looks like off"
    screenshot(chrome, "preferences-" + "-".join(features.values() or ["light"]))


def test_A12_a_switch_shows_its_state_without_colour(chrome: WebDriver, site: Site) -> None:
    """Seen in one colour: what is light and what is dark differs in place, not in tint alone."""
    visit(chrome, site, "<style>html { filter: grayscale(1) }</style>")
    dialog = open_preferences(chrome)
    switch = field(dialog, "analytics")
    off = chrome.execute_script(script("shape.js"), switch)
    switch.click()
    assert eventually(lambda: chrome.execute_script(script("shape.js"), switch) != off), (
        "the state is told by colour alone"
    )


def moving(driver: WebDriver) -> list[str]:
    """What is animated just now or would move when it changes."""
    found: list[str] = driver.execute_script(
        "return [...document.getAnimations().map((it) => it.animationName || it.transitionProperty),"
        "...[...document.querySelectorAll('#jutt-consent *')].filter((it) => [null, '::before', '::after']"
        ".some((of) => parseFloat(getComputedStyle(it, of).transitionDuration) > 0)).map((it) => it.localName)]"
    )
    return found


def test_A12_nothing_moves_under_reduced_motion(chrome: WebDriver, site: Site) -> None:
    emulate(chrome, prefers_reduced_motion="reduce")
    visit(chrome, site)
    assert [each for each in moving(chrome) if "said" not in each] == []
    dialog = open_preferences(chrome)
    tick(dialog, "analytics")
    assert [each for each in moving(chrome) if "said" not in each] == []
    assert not dialog.get_attribute("style")


def test_print_leaves_the_banner_out(chrome: WebDriver, site: Site) -> None:
    visit(chrome, site)
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert eventually(lambda: not noticed(chrome))


# Nothing jumps


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 800)])
def test_A17_the_page_does_not_jump(chrome: WebDriver, site: Site, width: int, height: int) -> None:
    """No layout shift on showing, on answering, on the next page; and the largest paint is the page's own."""
    resize(chrome, width, height)
    words = "Sisukas lõik, mida külastaja lugema tuli. " * 40
    body = f"<h1>Pealkiri</h1><p style='font-size:20px'>{words}</p>" + text_of_page()
    visit(chrome, site, WATCH, body)
    assert eventually(lambda: chrome.execute_script("return paints.length"))
    assert chrome.execute_script("return paints.at(-1)") is False, "the largest paint is the notice's"
    press(chrome, "reject-all")
    assert recorded(chrome)
    assert eventually(lambda: not noticed(chrome))
    assert sum(chrome.execute_script("return shifts")) <= 0.01
    chrome.refresh()
    assert part(chrome, "launcher")
    assert sum(chrome.execute_script("return shifts")) <= 0.01


def test_A17_would_be_seen(chrome: WebDriver, site: Site) -> None:
    chrome.get(site.page("<h1>Pealkiri</h1>" + text_of_page(), head=WATCH + site.script()))
    assert part(chrome, "notice")
    chrome.execute_script("document.querySelector('h1').style.marginTop = '300px'")
    assert eventually(lambda: sum(chrome.execute_script("return shifts")) > 0.01)


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_what_was_saved_stands_clear_of_the_edges(chrome: WebDriver, site: Site, width: int) -> None:
    """The longest sentence there is: everything allowed."""
    resize(chrome, width, 740)
    visit(chrome, site)
    press(chrome, "accept-all")
    assert eventually(lambda: status(chrome))
    line = next(
        each
        for each in chrome.find_elements(By.CSS_SELECTOR, "#jutt-consent [role=status]")
        if each.is_displayed() and each.text
    )
    box, launcher = line.rect, part(chrome, "launcher").rect
    assert box["x"] >= 8
    assert box["x"] + box["width"] <= chrome.execute_script("return document.documentElement.clientWidth") - 8
    assert box["y"] + box["height"] <= launcher["y"] + 1, "it lies upon the launcher"
