"""In strange company: pages whose styles break everything, filter lists, and the programs that refuse for a visitor."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .conftest import part, press, recorded
from .stage import Site, eventually
from .visiting import (
    TRACKERS,
    asked,
    fired,
    noticed,
    open_preferences,
    script,
    settle,
    status,
    style,
    tags,
    text_of_page,
    unfold,
)

RULES = Path(__file__).parents[2] / "static" / "js" / "rules"
HOSTILE = f"<style>{script('hostile.css')}</style>"
LOOKS = (
    "font-size", "font-style", "font-weight", "color", "background-color", "letter-spacing", "line-height",
    "text-transform", "text-align", "box-sizing", "border-top-width", "border-top-style", "padding-left", "margin-left",
    "position", "float", "opacity", "transform", "transition-duration", "display", "visibility", "list-style-type",
)  # fmt: skip


def drawn(driver: WebDriver, where: str) -> list[str]:
    """How each element below a selector is drawn: its size and its looks."""
    found: list[str] = driver.execute_script(script("drawn.js"), where, list(LOOKS))
    return found


def visit(driver: WebDriver, site: Site, head: str = "", body: str = "", lang: str = "et", path: str = "/") -> None:
    page = site.page(tags(site) + text_of_page() + body, path, head=head + site.script(f"?lang={lang}"), lang=lang)
    driver.get(page)
    assert part(driver, "notice"), "no notice"


def layers(driver: WebDriver) -> dict[str, list[str]]:
    settle(driver)
    shown = {"notice": drawn(driver, "#jutt-consent > form, #jutt-consent > form *")}
    open_preferences(driver)
    unfold(driver)
    driver.execute_script("document.activeElement.blur()")
    settle(driver)
    shown["preferences"] = drawn(driver, "#jutt-consent dialog, #jutt-consent dialog *")
    return shown


def test_a_hostile_page_does_not_break_the_banner(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    calm = layers(browser)
    visit(browser, site, HOSTILE, path="/hostile")
    assert browser.find_element(By.CSS_SELECTOR, "main p").value_of_css_property("font-style") == "italic", (
        "the page is not hostile"
    )
    rough = layers(browser)
    for layer in calm:
        differ = [pair for pair in zip(calm[layer], rough[layer], strict=True) if pair[0] != pair[1]]
        assert differ == [], f"{layer}: {len(differ)} elements are drawn otherwise, the first: {differ[0]}"


def test_a_choice_is_made_on_a_hostile_page(browser: WebDriver, site: Site) -> None:
    visit(browser, site, HOSTILE)
    press(browser, "reject-all")
    assert recorded(browser)
    assert eventually(lambda: not noticed(browser))
    assert part(browser, "launcher")


def test_our_styles_do_not_leak_out(browser: WebDriver, site: Site) -> None:
    body = (
        '<section id="own"><form><h2>Vorm</h2><p role="status">x</p><p hidden>y</p><fieldset><legend>L</legend>'
        '<label>A <input type="checkbox" role="switch"></label><button name="action">Saada</button></fieldset></form>'
        "<details open><summary>S</summary><dl><dt>t<dd>d</dl></details><dialog open><header>h</header>"
        '<footer><a href="#z">a</a></footer></dialog><footer>f</footer><div><button>B</button></div></section>'
    )
    looks = "body, main, main *, #own, #own *"
    browser.get(site.page(text_of_page() + body, "/without", head=""))
    before = drawn(browser, looks)
    browser.get(site.page(text_of_page() + body))
    assert part(browser, "notice")
    open_preferences(browser)
    press(browser, "close")
    press(browser, "reject-all")
    assert recorded(browser)
    assert eventually(lambda: not noticed(browser))
    assert drawn(browser, looks) == before


def test_a_site_sets_its_own_colours_radius_font_and_place(browser: WebDriver, site: Site) -> None:
    own = (
        "<style>:root { --consent-accent: rgb(0, 90, 0); --consent-background: rgb(255, 250, 240);"
        "--consent-text: rgb(20, 20, 20); --consent-border: rgb(1, 2, 3); --consent-radius: 2px;"
        "--consent-font: monospace; --consent-position: right }</style>"
    )
    visit(browser, site, own)
    notice, accept = part(browser, "notice"), part(browser, "accept-all")
    names = ("background-color", "border-top-color", "border-top-left-radius", "font-family")
    looks = style(browser, notice, *names)
    assert [looks[name] for name in names] == ["rgb(255, 250, 240)", "rgb(1, 2, 3)", "2px", "monospace"]
    assert style(browser, accept, "background-color")["background-color"] == "rgb(0, 90, 0)"
    assert style(browser, notice.find_element(By.TAG_NAME, "h2"), "color")["color"] == "rgb(20, 20, 20)"
    assert notice.rect["x"] > browser.execute_script("return innerWidth") / 2
    dialog = open_preferences(browser)
    assert style(browser, dialog, "background-color")["background-color"] == "rgb(255, 250, 240)"


# What auditors and helpers see


def test_O01_a_browser_that_is_driven_sees_the_banner(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    assert browser.execute_script("return navigator.webdriver") is True


def test_O02_both_layers_stand_in_the_light_dom(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    open_preferences(browser)
    assert browser.execute_script(
        "return [!!document.querySelector('body > #jutt-consent'), document.querySelectorAll('#jutt-consent').length,"
        "[...document.querySelectorAll('*')].filter((it) => it.shadowRoot).length,"
        "document.querySelectorAll('#jutt-consent iframe').length]"
    ) == [True, 1, 0, 0]


def test_O03_real_buttons_in_a_fixed_notice_with_plain_english(browser: WebDriver, site: Site) -> None:
    visit(browser, site, lang="en")
    notice = part(browser, "notice")
    assert style(browser, notice, "position")["position"] == "fixed"
    assert {each.tag_name for each in notice.find_elements(By.CSS_SELECTOR, "[data-consent-part]")} == {"button"}
    assert [each in notice.text for each in ("We use cookies", "Accept all", "Reject all")] == [True] * 3


def test_O04_hooks_know_no_language(browser: WebDriver, site: Site) -> None:
    for lang in ("et", "en"):
        visit(browser, site, lang=lang, path=f"/{lang}")
        parts = "return [...document.querySelectorAll(arguments[0])].map((it) => it.dataset.consentPart)"
        assert browser.execute_script(parts, "#jutt-consent > form [data-consent-part]") == [
            "accept-all",
            "reject-all",
            "customise",
        ]
        dialog = open_preferences(browser)
        assert set(browser.execute_script(parts, "dialog [data-consent-part]")) == {
            "save",
            "accept-all",
            "reject-all",
            "withdraw",
            "close",
        }
        names = [each.get_attribute("name") for each in dialog.find_elements(By.TAG_NAME, "input")]
        assert set(names) >= {
            "necessary",
            *TRACKERS,
            "service:counter",
            "service:heatmap",
            "service:pixel",
            "service:video",
        }


@pytest.mark.parametrize("answer", ["accept-all", "reject-all"])
def test_O05_after_an_answer_the_notice_is_out_of_the_layout(browser: WebDriver, site: Site, answer: str) -> None:
    visit(browser, site)
    press(browser, answer)
    assert recorded(browser)
    gone = (
        "const it = document.querySelector('[data-consent-part=notice]');"
        "return !it || getComputedStyle(it).display == 'none'"
    )
    assert eventually(lambda: browser.execute_script(gone))


# Of the cookie-notice lists: names that stand in generic hiding and blocking rules (requirements O06).
LISTED = [
    "cookie-banner",
    "cookiebanner",
    "cookie-consent",
    "consent-banner",
    "cookie-notice",
    "cookie-settings",
    "consent",
    "consent-manager",
    "privacy-banner",
    "cookies",
    "cc-window",
    "consent-dialog",
    "cookie-bar",
    "cookie-law",
    "cookie-modal",
    "cookie-policy",
    "cookie-popup",
    "cookieconsent",
    "cookie-overlay",
    "gdpr",
    "gdpr-banner",
    "cookie-message",
    "cookie-info",
    "cmp",
    "cmp-container",
    "privacy-notice",
    "cookie",
    "cookie-wrapper",
    "consent-modal",
    "consent-popup",
]
DROPPED = re.compile(
    r"cookie-?consent\.|cookieconsent|cookie-banner|cookie-notice|/cookies?\.(js|css)|consent-manager|gdpr", re.I
)


def test_O06_no_name_of_ours_is_on_common_filter_lists(browser: WebDriver, site: Site) -> None:
    visit(browser, site, body="<div data-consent-preferences></div><div data-consent-declaration></div>")
    open_preferences(browser)
    assert eventually(lambda: browser.find_elements(By.CSS_SELECTOR, "[data-consent-declaration] table"))
    names = browser.execute_script(
        "return [...document.querySelectorAll('#jutt-consent, #jutt-consent *, [data-consent-preferences] *,"
        "[data-consent-declaration] *')]"
        ".flatMap((it) => [it.id, ...it.classList]).filter(Boolean)"
    )
    assert "jutt-consent" in names
    assert {each for each in names if each.lower() in LISTED} == set()
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map((each) => each.name)")
    ours = [each for each in loaded if "/consent/" in each]
    assert len(ours) >= 3
    assert [each for each in ours if DROPPED.search(each)] == []


def test_O06_hidden_by_a_list_nothing_is_granted(browser: WebDriver, site: Site) -> None:
    """A visitor whose blocker hides whatever looks like a notice: undecided, and the page's own link still works."""
    browser.get(
        site.page(
            tags(site) + text_of_page(),
            head="<style>#jutt-consent > form { display: none !important }</style>" + site.script(),
        )
    )
    assert eventually(lambda: browser.execute_script("return window.consentBanner?.decision?.reason")) == "none"
    assert fired(site, browser, set()) == set()
    browser.find_element(By.ID, "opener").click()
    assert part(browser, "preferences")


def test_O07_blocked_the_preference_page_still_works_as_a_form(browser: WebDriver, site: Site) -> None:
    site.fault("banner.js", drop=True)
    browser.get(site.page(tags(site) + text_of_page()))
    assert fired(site, browser, set()) == set()
    browser.find_element(By.ID, "opener").click()
    assert eventually(lambda: "/consent/preferences" in browser.current_url)
    accept = browser.find_element(By.CSS_SELECTOR, "button[value=accept_all]")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", accept)
    accept.click()
    assert eventually(lambda: "status=saved" in browser.current_url)
    site.mend("banner.js")
    browser.get(site.origin + "/")
    assert fired(site, browser, set(TRACKERS)) == set(TRACKERS)


def test_translation_of_the_page_breaks_nothing(browser: WebDriver, site: Site) -> None:
    """As browsers translate: text nodes are wrapped and replaced under the script's feet."""
    visit(browser, site)
    open_preferences(browser)
    browser.execute_script(script("translate.js"))
    browser.find_element(By.CSS_SELECTOR, "dialog [data-consent-part=reject-all] font").click()
    assert recorded(browser)
    assert eventually(lambda: not noticed(browser))
    assert eventually(lambda: status(browser))


# The programs that answer for a visitor, their rules executed for real


def autoconsent(driver: WebDriver, steps: list[dict[str, Any]]) -> object:
    """Execute steps of an autoconsent rule as that program does: true where all succeed."""
    return driver.execute_async_script(script("autoconsent.js"), steps)


def autoconsent_rule() -> dict[str, Any]:
    rule: dict[str, Any] = json.loads((RULES / "autoconsent.json").read_text(encoding="utf-8"))
    return rule


@pytest.mark.parametrize("lang", ["et", "en"])
@pytest.mark.parametrize(("act", "granted"), [("optOut", set()), ("optIn", set(TRACKERS))])
def test_O04_autoconsent_answers_for_a_visitor(
    browser: WebDriver, site: Site, act: str, granted: set[str], lang: str
) -> None:
    rule = autoconsent_rule()
    visit(browser, site, lang=lang)
    assert autoconsent(browser, rule["detectCmp"]) is True
    assert autoconsent(browser, rule["detectPopup"]) is True
    assert autoconsent(browser, rule[act]) is True
    assert recorded(browser)
    assert autoconsent(browser, rule.get("test", [])) is True
    assert {name for name, yes in asked(browser)["categories"].items() if yes} == granted | {"necessary"}
    assert fired(site, browser, granted) == granted
    assert eventually(lambda: not noticed(browser))
    browser.refresh()
    assert recorded(browser)
    assert eventually(
        lambda: autoconsent(browser, [{**each, "timeout": 100} for each in rule["detectPopup"]]) is not True
    )


def test_O04_autoconsent_does_not_see_us_on_pages_without_us(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(text_of_page(), head=""))
    assert autoconsent(browser, autoconsent_rule()["detectCmp"]) is False


@pytest.mark.parametrize(
    ("wanted", "granted"),
    [({}, set()), ({"B": True}, {"analytics"}), (dict.fromkeys("ABDEFX", True), set(TRACKERS))],
    ids=["nothing", "statistics", "everything"],
)
def test_O04_consent_o_matic_answers_for_a_visitor(
    browser: WebDriver, site: Site, wanted: dict[str, bool], granted: set[str]
) -> None:
    """Its rule executed as cavi-au/Consent-O-Matic does (Extension/ConsentEngine.js, Action.js, Matcher.js)."""
    (rule,) = [
        each
        for each in json.loads((RULES / "consent-o-matic.json").read_text(encoding="utf-8")).values()
        if isinstance(each, dict)
    ]
    visit(browser, site)
    for detector in rule["detectors"]:
        assert browser.execute_script(script("showing.js"), detector["presentMatcher"])
        assert browser.execute_script(script("showing.js"), detector["showingMatcher"])
    assert browser.execute_async_script(script("consent_o_matic.js"), rule["methods"], wanted) is True
    assert recorded(browser)
    assert {name for name, yes in asked(browser)["categories"].items() if yes} == granted | {"necessary"}
    assert fired(site, browser, granted) == granted
    assert eventually(lambda: not noticed(browser))
