"""By keyboard alone: no trap, no theft, nothing hidden, and the focus is always seen."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.color import Color

from .conftest import part, recorded
from .stage import Site, eventually
from .test_visitor import luminance
from .visiting import (
    all_ticked,
    asked,
    fired,
    focused,
    keys,
    noticed,
    open_preferences,
    resize,
    status,
    tab,
    tags,
    text_of_page,
    undecided,
    unfold,
)


def visit(driver: WebDriver, site: Site, body: str | None = None, **values: str) -> None:
    driver.get(site.page(tags(site) + (text_of_page() if body is None else body), **values))
    assert part(driver, "notice"), "no notice"


def walk(driver: WebDriver, steps: int) -> list[str]:
    """What has the focus after each press of Tab."""
    seen = []
    for _ in range(steps):
        tab(driver)
        seen.append(focused(driver))
    return seen


def go_to(driver: WebDriver, name: str, most: int = 30) -> None:
    """Press Tab until something has the focus."""
    for _ in range(most):
        if focused(driver) == name:
            return
        tab(driver)
    raise AssertionError(f"{name} is not reached by {most} presses of Tab")


def test_A11_the_notice_takes_no_focus_and_comes_first(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    assert focused(browser) == "body"
    seen = walk(browser, 6)
    # The text itself may be a stop where it scrolls; the answers come in the order in which they are read.
    assert [each for each in seen if each in ("accept-all", "reject-all", "customise")] == [
        "accept-all",
        "reject-all",
        "customise",
    ]
    assert seen.index("accept-all") <= 2


def test_A11_a_visitor_who_is_typing_is_not_disturbed(browser: WebDriver, site: Site) -> None:
    site.fault("check", delay=0.6)
    browser.get(site.page('<input id="typed">' + text_of_page()))
    browser.find_element(By.ID, "typed").send_keys("ter")
    assert part(browser, "notice")
    keys(browser, "e")
    typed = browser.find_element(By.ID, "typed")
    assert typed.get_attribute("value") == "tere"
    assert focused(browser) == "typed"


def test_A06_the_notice_is_no_trap(browser: WebDriver, site: Site) -> None:
    visit(browser, site, '<a id="first" href="#x">Esimene</a><a id="second" href="#y">Teine</a>')
    go_to(browser, "second", 12)
    assert noticed(browser)
    tab(browser, 3, back=True)
    assert focused(browser) != "second"


def test_A06_the_dialog_keeps_the_focus_and_escape_gives_it_back(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    go_to(browser, "customise")
    keys(browser, Keys.ENTER)
    assert part(browser, "preferences")
    inside = "return !!document.activeElement.closest('dialog') || document.activeElement == document.body"
    for _ in range(24):
        tab(browser)
        assert browser.execute_script(inside), focused(browser)
    keys(browser, Keys.ESCAPE)
    assert eventually(lambda: not browser.find_element(By.CSS_SELECTOR, "dialog").is_displayed())
    assert focused(browser) == "customise"
    assert undecided(browser)
    assert noticed(browser)


def test_A07_a_choice_is_made_and_changed_by_keyboard_alone(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    go_to(browser, "customise")
    keys(browser, Keys.ENTER)
    assert part(browser, "preferences")
    go_to(browser, "analytics")
    keys(browser, Keys.SPACE)
    assert all_ticked(browser, "dialog") == {"analytics", "service:counter", "service:heatmap"}
    go_to(browser, "save")
    keys(browser, Keys.ENTER)
    assert recorded(browser)
    assert fired(site, browser, {"analytics"}) == {"analytics"}
    assert eventually(lambda: "statistika" in status(browser))
    assert eventually(lambda: not noticed(browser))
    assert eventually(lambda: focused(browser) == "launcher"), "the focus is lost with the notice"
    keys(browser, Keys.ENTER)
    assert part(browser, "preferences")
    go_to(browser, "withdraw", 40)
    keys(browser, Keys.ENTER)
    assert eventually(lambda: not any(asked(browser)["services"].values()))


def test_A07_services_are_reached_and_unfolded_by_keyboard(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    go_to(browser, "customise")
    keys(browser, Keys.ENTER)
    assert part(browser, "preferences")
    go_to(browser, "marketing")
    tab(browser)
    assert focused(browser) == "summary"
    keys(browser, Keys.ENTER)
    tab(browser)
    assert focused(browser) == "summary"
    assert browser.execute_script("return document.activeElement.textContent") == "Pixel"
    keys(browser, Keys.ENTER)
    assert "_px" in browser.find_element(By.CSS_SELECTOR, "dialog").text
    go_to(browser, "service:pixel", 4)
    keys(browser, Keys.SPACE)
    assert all_ticked(browser, "dialog") == {"service:pixel"}


SEEN = """
const it = document.activeElement, box = it.getBoundingClientRect();
const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
return [it.textContent.trim().slice(0, 30) || it.name, box.top > -1 && box.bottom < innerHeight + 1,
        !!at && (at == it || it.contains(at) || at.contains(it) || !!at.closest('label')?.contains(it))];
"""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740), (320, 568)])
def test_A01_the_notice_hides_no_focused_element(chrome: WebDriver, site: Site, width: int, height: int) -> None:
    resize(chrome, width, height)
    visit(chrome, site, text_of_page(14))
    hidden = []
    for _ in range(24):
        tab(chrome)
        text, within, seen = chrome.execute_script(SEEN)
        if focused(chrome) != "body" and not (within and seen):
            hidden.append(text)
    assert hidden == []


def test_A01_nor_in_webkit_nor_backwards(browser: WebDriver, site: Site) -> None:
    visit(browser, site, text_of_page(24))
    browser.find_element(By.ID, "opener").send_keys(Keys.SHIFT)
    hidden = []
    for _ in range(12):
        tab(browser, back=True)
        text, within, seen = browser.execute_script(SEEN)
        if not (within and seen):
            hidden.append(text)
    assert hidden == []


def test_A01_on_a_page_too_short_to_scroll(chrome: WebDriver, site: Site) -> None:
    resize(chrome, 360, 640)
    fields = "".join(f'<p style="margin:0;height:60px"><input id="f{number}">' for number in range(10))
    visit(chrome, site, fields)
    hidden = []
    for number in range(10):
        chrome.execute_script(f"document.querySelector('#f{number}').focus()")
        _, within, seen = chrome.execute_script(SEEN)
        if not (within and seen):
            hidden.append(number)
    assert hidden == []


def test_a_click_beside_the_notice_arrives(browser: WebDriver, site: Site) -> None:
    """What is half covered is clicked with the mouse: the page does not move away under the pointer."""
    visit(
        browser,
        site,
        '<div style="height:2000px"></div><button id="wide" style="height:60px;width:100%">x</button>' + "<br>" * 99,
    )
    wide = browser.find_element(By.ID, "wide")
    browser.execute_script(
        "document.querySelector('#wide').addEventListener('click', () => (window.arrived = true));"
        "const top = document.querySelector('[data-consent-part=notice]').getBoundingClientRect().top;"
        "scrollBy({top: arguments[0].getBoundingClientRect().top - top + 40, behavior: 'instant'})",
        wide,
    )
    ActionChains(browser).move_to_element(wide).click().perform()
    assert eventually(lambda: browser.execute_script("return window.arrived"))


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 640)])
def test_A01_head_and_foot_of_the_dialog_hide_no_focused_element(
    chrome: WebDriver, site: Site, width: int, height: int
) -> None:
    resize(chrome, width, height)
    visit(chrome, site)
    open_preferences(chrome)
    unfold(chrome)
    hidden = []
    for _ in range(36):
        tab(chrome)
        text, within, seen = chrome.execute_script(SEEN)
        if focused(chrome) != "body" and not (within and seen):
            hidden.append(text)
    assert hidden == []


@pytest.mark.parametrize("layer", ["notice", "preferences"])
def test_A07_the_focus_is_seen(browser: WebDriver, site: Site, layer: str) -> None:
    """An outline of at least two pixels, in a colour that stands out from the ground by 3 to 1 or more."""
    visit(browser, site)
    if layer == "preferences":
        open_preferences(browser)
    unseen, looked = [], set()
    for _ in range(16):
        tab(browser)
        name = focused(browser)
        if not browser.execute_script(f"return !!document.activeElement.closest('[data-consent-part={layer}]')"):
            continue
        looked.add(name)
        kind, width, ink, ground = browser.execute_script(
            "const of = (it) => getComputedStyle(it); const it = of(document.activeElement);"
            f"return [it.outlineStyle, parseFloat(it.outlineWidth), it.outlineColor,"
            f"of(document.querySelector('[data-consent-part={layer}]')).backgroundColor]"
        )
        lights = sorted(luminance(Color.from_string(each)) for each in (ink, ground))
        if kind == "none" or width < 2 or (lights[1] + 0.05) / (lights[0] + 0.05) < 3:
            unseen.append((name, kind, width, ink, ground))
    assert unseen == []
    assert looked >= (
        {"accept-all", "reject-all", "customise"} if layer == "notice" else {"close", "analytics", "save"}
    )
