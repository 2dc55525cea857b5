"""The inspector says of every tag and request of a page whose it is, whether it waits, and why."""

from __future__ import annotations

import tomllib
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import address, arrived, call, choose, external, image, inline, push, ready
from .stage import Site, eventually
from .test_csp import WATCH, strict, violations
from .visiting import text_of_page

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
    driver.get(site.page(body(site) + more, head=head + site.script(f"?lang={lang}", "data-reload=off"), lang=lang))
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
    said, red, drawn = browser.execute_script("""
    const stranger = document.querySelector("#jutt-inspect section li.unknown");
    const { color } = getComputedStyle(stranger.querySelector("svg"));
    return [stranger.innerText, color, stranger.querySelector("path").getBBox().width];
    """)  # In one go: the rows are made anew whenever something loads.
    assert "stranger.stand-in.localhost" in said
    assert "tundmatu" in said
    assert red == "rgb(163, 36, 59)"
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


def test_says_what_the_guard_holds(browser: WebDriver, site: Site) -> None:
    guard = '<script src="/consent/banner.js?lang=et&guard=1"></script>'
    browser.get(site.page(text_of_page(2), head=guard))
    ready(browser)
    there = address(site, "counter", "guarded", "/pixel.gif")
    browser.execute_script("const it = new Image(); it.src = arguments[0]; document.body.append(it)", there)
    assert row(inspect(browser), "name=guarded") == said("image", "counter", "analytics", "held", "undecided")


def test_what_a_visitor_loaded_once_is_no_leak(browser: WebDriver, site: Site) -> None:
    there = address(site, "video", "film", "/frame.html")
    frame = f'<iframe title="Film" width="480" height="300" data-consent="video" data-src="{there}"></iframe>'
    browser.get(site.page(frame, head=site.script(attributes="data-launcher=off")))
    ready(browser)
    call(browser, "return consentBanner.rejectAll()")
    once = "//button[normalize-space()='Laadi üks kord']"
    assert eventually(lambda: browser.find_elements(By.XPATH, once))
    browser.find_element(By.XPATH, once).click()
    assert arrived(site, "film")
    assert row(inspect(browser), "name=film") == said("frame", "video", "preferences", "let_through", "once")
