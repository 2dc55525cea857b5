"""What a visitor sees and does, in a few verbs that both engines know; and what the stand-ins say afterwards."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from .acts import check as asked
from .conftest import decision, part, press
from .stage import Site, eventually

TRACKERS = {"preferences": "video", "analytics": "counter", "marketing": "pixel"}
PAGE_OF_HOST = '<p>Lehe sisu. <a href="/consent/preferences?lang=et" data-consent-open>Küpsiste seaded</a></p>'
_sentinels = itertools.count(1)


def script(name: str) -> str:
    """A script or a style sheet of these tests, by its file's name."""
    return (Path(__file__).parent / "scripts" / name).read_text(encoding="utf-8")


def tags(site: Site, marked: bool = True) -> str:
    """A script, an image and a frame, one for each optional category: marked for the gate, or as they come."""
    to = site.stage.tracker
    if not marked:
        return (
            f'<script src="{to("counter")}?name=counter"></script><img alt="" src="{to("pixel", "/pixel.gif")}">'
            f'<iframe title="Video" src="{to("video", "/frame.html")}"></iframe>'
        )
    return (
        f'<script type="text/plain" data-consent="analytics" src="{to("counter")}?name=counter"></script>'
        f'<img alt="" data-consent="marketing" data-src="{to("pixel", "/pixel.gif")}">'
        f'<iframe title="Video" data-consent="preferences" data-src="{to("video", "/frame.html")}"></iframe>'
    )


def text_of_page(paragraphs: int = 30) -> str:
    """A page long enough to scroll, with links to walk through and a way to the settings at its end."""
    lines = "".join(
        f'<p>Lehe sisu, rida {number}. <a href="#l{number}">Link {number}</a></p>' for number in range(paragraphs)
    )
    settings = '<p><a id="opener" href="/consent/preferences" data-consent-open>Küpsiste seaded</a></p>'
    return f"<main><h1>Pealkiri</h1>{lines}{settings}</main>"


def arrived(site: Site) -> set[str]:
    """The optional categories whose stand-ins have received anything from this site."""
    seen = {hit.tracker for hit in site.hits()}
    return {category for category, tracker in TRACKERS.items() if tracker in seen}


def fired(site: Site, driver: WebDriver, expected: set[str]) -> set[str]:
    """What arrived, once what is expected has, and a request that the page sends after it has too."""
    eventually(lambda: expected <= arrived(site))
    name = f"/sentinel-{next(_sentinels)}.gif"
    address = site.stage.tracker("sentinel", name)
    driver.execute_script("new Image().src = arguments[0]", address)
    assert eventually(lambda: any(hit.path == name for hit in site.hits("sentinel"))), "the page sends nothing at all"
    return arrived(site)


def noticed(driver: WebDriver) -> bool:
    """Whether the notice takes any room in the page."""
    found = driver.find_elements(By.CSS_SELECTOR, '#jutt-consent [data-consent-part="notice"]')
    return any(each.is_displayed() for each in found)


def undecided(driver: WebDriver) -> bool:
    """Whether nothing was granted and nothing stored: no decision in the page, none in the service, no cookie."""
    here: dict[str, Any] = decision(driver)
    there = asked(driver)
    granted = [
        name for each in (here, there) for name, yes in {**each["categories"], **each["services"]}.items() if yes
    ]
    cookies = [each["name"] for each in driver.get_cookies()]
    return not here["decided"] and not there["decided"] and set(granted) <= {"necessary"} and cookies == []


def open_preferences(driver: WebDriver, by: str = "customise") -> WebElement:
    """The preference centre, opened from the notice or, `by="launcher"`, afterwards."""
    press(driver, by)
    dialog = part(driver, "preferences")
    assert dialog is not None, "the preference centre does not open"
    return dialog


def field(within: WebElement | WebDriver, name: str) -> WebElement:
    return within.find_element(By.CSS_SELECTOR, f'input[name="{name}"]')


def tick(within: WebElement, name: str) -> None:
    """Click a switch, once it is scrolled clear of what stays at the edges."""
    bring(within.parent, field(within, name)).click()


def bring(driver: WebDriver, element: WebElement) -> WebElement:
    """Scroll something to the middle of the window, clear of the notice."""
    driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
    return element


def unfold(driver: WebDriver) -> None:
    """Open every disclosure, so that all services and cookies can be seen and reached."""
    driver.execute_script("document.querySelectorAll('details').forEach((each) => (each.open = true))")


def ticked(within: WebElement | WebDriver) -> set[str]:
    """The names of what is ticked and can be unticked."""
    inputs = within.find_elements(By.CSS_SELECTOR, 'input[type="checkbox"]:enabled')
    return {str(each.get_attribute("name")) for each in inputs if each.is_selected()}


def all_ticked(driver: WebDriver, where: str) -> set[str]:
    """What is ticked below a selector, folded away or not."""
    names = driver.execute_script(
        f"return [...document.querySelectorAll('{where} input:checked:enabled')].map((it) => it.name)"
    )
    return set(names)


def settle(driver: WebDriver) -> None:
    """Wait for what rises into place: a moving element has no colours of its own yet."""
    assert eventually(
        lambda: driver.execute_script(
            "return document.getAnimations().every(({playState, effect}) =>"
            "playState != 'running' || effect.getTiming().duration > 1e3)"
        )
    )


def status(driver: WebDriver) -> str:
    """What the banner's live region says."""
    said: str = driver.execute_script(
        "return [...document.querySelectorAll('#jutt-consent [role=status]')].map((each) => each.textContent.trim())"
        ".find((text) => text) || ''"
    )
    return said


def keys(driver: WebDriver, *pressed: str) -> None:
    ActionChains(driver).send_keys(*pressed).perform()


def tab(driver: WebDriver, times: int = 1, *, back: bool = False) -> None:
    for _ in range(times):
        actions = ActionChains(driver)
        if back:
            actions = actions.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT)
        else:
            actions = actions.send_keys(Keys.TAB)
        actions.perform()


def focused(driver: WebDriver) -> str:
    """What has the focus, in a word: the hook of a part of ours, else a field's name, an id, or the tag's name."""
    name: str = driver.execute_script(
        "const it = document.activeElement;"
        "return it.dataset.consentPart || it.name || it.id || it.getAttribute('hreflang') || it.localName"
    )
    return name


def style(driver: WebDriver, element: WebElement, *names: str) -> dict[str, str]:
    """Computed styles, by their CSS names."""
    found: dict[str, str] = driver.execute_script(
        "const style = getComputedStyle(arguments[0]);"
        "return Object.fromEntries(arguments[1].map((name) => [name, style.getPropertyValue(name)]))",
        element,
        list(names),
    )
    return found


def resize(chrome: WebDriver, width: int, height: int, scale: float = 1.0) -> None:
    """Give Chromium's page a size in CSS pixels, and a zoom as the visitor's browser does it (a smaller viewport)."""
    chrome.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": round(width / scale), "height": round(height / scale), "deviceScaleFactor": scale, "mobile": False},
    )


def emulate(chrome: WebDriver, **features: str) -> None:
    """Have Chromium report media features: `prefers_color_scheme="dark"`, `forced_colors="active"`."""
    listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": listed})
