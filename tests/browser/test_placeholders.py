"""A card in the place of what is held: it says what would load and from whom, and loads it once or always."""

from __future__ import annotations

from html import escape

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from .acts import address, arrived, call, check, choose, external, names, ready, reload, settled
from .conftest import part, press
from .stage import Site, eventually
from .visiting import bring, focused, keys, script, status, tab

WORDS = {
    "et": (
        "Laadi üks kord",
        "Luba alati",
        "saab Video Inc. sinu külastusest teada. Andmete sihtriik: Ameerika Ühendriigid.",
        "Film: laadimata",
    ),
    "en": (
        "Load once",
        "Always allow",
        "Video Inc. learns of your visit. Your data goes to: United States.",
        "Film: not loaded",
    ),
}


def frame(site: Site, name: str, attributes: str = 'title="Film"', consent: str = "video") -> str:
    there = escape(address(site, "video", name, "/frame.html"))
    return f'<iframe id="{name}" data-consent="{consent}" data-src="{there}" {attributes}></iframe>'


def cards(driver: WebDriver, number: int) -> list[WebElement]:
    """The cards, once there are so many of them."""

    def look() -> list[WebElement] | None:
        found = driver.find_elements(By.CSS_SELECTOR, "[data-jutt-card]")
        return found if len(found) == number else None

    found = eventually(look)
    assert found is not None, f"{len(driver.find_elements(By.CSS_SELECTOR, '[data-jutt-card]'))} cards, not {number}"
    return list(found)


def click(card: WebElement, text: str) -> None:
    button = next(each for each in card.find_elements(By.TAG_NAME, "button") if each.text == text)
    bring(card.parent, button).click()


def visit(driver: WebDriver, site: Site, body: str, number: int = 1, lang: str = "et") -> list[WebElement]:
    driver.get(site.page(body, head=site.script(f"?lang={lang}", 'data-reuse="0"'), lang=lang))
    ready(driver)
    return cards(driver, number)


@pytest.mark.parametrize("lang", ["et", "en"])
def test_a_card_says_what_would_load_and_from_whom(browser: WebDriver, site: Site, lang: str) -> None:
    once, always, provider, label = WORDS[lang]
    (card,) = visit(browser, site, frame(site, "film"), lang=lang)
    assert [card.get_attribute(name) for name in ("role", "aria-label", "lang")] == ["group", label, lang]
    assert provider in card.text
    buttons = card.find_elements(By.TAG_NAME, "button")
    assert [each.text for each in buttons] == [once, always]
    assert [each.accessible_name for each in buttons] == [f"{once}: Film", f"{always}: Film"]
    assert settled(browser, site) == []


def test_without_a_title_the_service_or_the_host_is_named(browser: WebDriver, site: Site) -> None:
    stranger = escape(address(site, "stranger", "it", "/frame.html"))
    body = frame(site, "film", "") + f'<iframe data-consent="no-such-name" data-src="{stranger}"></iframe>'
    known, unknown = visit(browser, site, body, 2)
    titles = [each.find_element(By.TAG_NAME, "p").text for each in (known, unknown)]
    assert titles == ["Video", "stranger.stand-in.localhost"]
    assert "Luba alati" not in unknown.text, "what the policy does not know cannot be allowed"


def test_the_way_to_the_settings_opens_them(browser: WebDriver, site: Site) -> None:
    (card,) = visit(browser, site, frame(site, "film"))
    card.find_element(By.TAG_NAME, "a").click()
    assert part(browser, "preferences") is not None


def test_load_once_loads_this_one_and_records_nothing(browser: WebDriver, site: Site) -> None:
    first, _second = visit(browser, site, frame(site, "film") + frame(site, "other"), 2)
    browser.execute_script(script("announced.js"))
    assert settled(browser, site) == []
    steps = browser.execute_script("return history.length")
    click(first, "Laadi üks kord")
    assert arrived(site, "film")
    assert settled(browser, site) == ["film"]
    cards(browser, 1)
    assert focused(browser) == "film"
    assert browser.execute_script("return history.length") == steps
    assert eventually(
        lambda: "Laaditud üks kord: Film. Midagi ei salvestatud." in browser.execute_script("return said")
    )
    assert site.asked("choices") == []
    assert browser.get_cookies() == []
    assert check(browser)["services"]["video"] is False
    reload(browser)
    cards(browser, 2)
    assert settled(browser, site) == ["film"]


def test_what_was_loaded_once_is_not_loaded_again_by_a_grant(browser: WebDriver, site: Site) -> None:
    first, second = visit(browser, site, frame(site, "film") + frame(site, "other"), 2)
    click(first, "Laadi üks kord")
    assert arrived(site, "film")
    click(second, "Luba alati")
    assert arrived(site, "film", "other")
    cards(browser, 0)
    assert settled(browser, site) == ["film", "other"]


@pytest.mark.parametrize("act", ["rejectAll", "withdraw"])
def test_what_was_loaded_once_goes_with_a_no(browser: WebDriver, site: Site, act: str) -> None:
    (card,) = visit(browser, site, frame(site, "film"))
    click(card, "Laadi üks kord")
    assert arrived(site, "film")
    call(browser, "return consentBanner.save({categories: {preferences: true}})")
    call(browser, f"return consentBanner.{act}()")
    cards(browser, 1)
    assert browser.execute_script("return film.hasAttribute('src')") is False
    assert settled(browser, site) == ["film"]


def test_what_was_loaded_once_goes_with_a_no_that_cannot_be_sent(browser: WebDriver, site: Site) -> None:
    (card,) = visit(browser, site, frame(site, "film"))
    call(browser, "return consentBanner.rejectAll()")
    click(card, "Laadi üks kord")
    assert arrived(site, "film")
    site.fault("choices", drop=True)
    press(browser, "launcher")
    press(browser, "reject-all")
    cards(browser, 1)
    assert browser.execute_script("return film.hasAttribute('src')") is False


def test_always_allow_records_this_service_and_keeps_all_else(browser: WebDriver, site: Site) -> None:
    visit(browser, site, frame(site, "film") + frame(site, "other"), 2)
    choose(browser, "analytics", heatmap=False, pixel=True)
    card = cards(browser, 2)[1]
    click(card, "Luba alati")
    assert arrived(site, "film", "other")
    cards(browser, 0)
    assert eventually(lambda: focused(browser) == "other")
    told = check(browser)
    assert told["services"] == {"counter": True, "heatmap": False, "pixel": True, "video": True}
    granted = {name for name, yes in told["categories"].items() if yes}
    assert granted == {"necessary", "analytics"}
    assert eventually(lambda: "Kasutusel" in status(browser)), "what holds now is announced"


def test_always_allow_of_one_leaves_what_was_loaded_once_of_another(browser: WebDriver, site: Site) -> None:
    picture = (
        f'<iframe data-consent="pixel" data-src="{escape(address(site, "pixel", "map", "/frame.html"))}"></iframe>'
    )
    film, other = visit(browser, site, frame(site, "film") + picture, 2)
    click(film, "Laadi üks kord")
    assert arrived(site, "film")
    click(other, "Luba alati")
    assert arrived(site, "map")
    assert settled(browser, site) == ["film", "map"]
    assert browser.execute_script("return film.hasAttribute('src')") is True


def test_a_choice_that_cannot_be_recorded_is_said_and_loads_nothing(browser: WebDriver, site: Site) -> None:
    (card,) = visit(browser, site, frame(site, "film"))
    site.fault("choices", status=503, body=b"{}", content_type="application/problem+json")
    click(card, "Luba alati")
    assert eventually(lambda: "Salvestamine ei õnnestunud" in card.text)
    assert eventually(lambda: "Salvestamine ei õnnestunud" in status(browser))
    assert settled(browser, site) == []
    site.mend("choices")
    click(card, "Luba alati")
    assert arrived(site, "film")


def test_what_is_marked_with_a_category_says_that_all_of_it_is_allowed(browser: WebDriver, site: Site) -> None:
    (card,) = visit(browser, site, frame(site, "film", consent="preferences"))
    assert "„Luba alati“ lubab kogu kategooria „Eelistused“." in card.text
    click(card, "Luba alati")
    assert arrived(site, "film")
    assert check(browser)["categories"]["preferences"] is True


def test_a_card_goes_with_a_grant_and_comes_back_with_a_withdrawal(browser: WebDriver, site: Site) -> None:
    visit(browser, site, frame(site, "film"))
    press(browser, "accept-all")
    assert arrived(site, "film")
    cards(browser, 0)
    call(browser, "return consentBanner.withdraw()")
    cards(browser, 1)
    assert settled(browser, site) == ["film"]


def test_a_frame_that_comes_later_gets_one_and_one_that_goes_takes_it_along(browser: WebDriver, site: Site) -> None:
    browser.get(site.page('<div id="place"></div><div id="there"></div>', head=site.script()))
    ready(browser)
    browser.execute_script("place.innerHTML = arguments[0]", frame(site, "late"))
    cards(browser, 1)
    browser.execute_script("there.append(document.getElementById('late'))")
    assert eventually(lambda: browser.find_elements(By.CSS_SELECTOR, "#there [data-jutt-card]"))
    cards(browser, 1)
    browser.execute_script("document.getElementById('late').remove()")
    cards(browser, 0)
    assert settled(browser, site) == []


def test_a_widget_can_only_be_allowed_always(browser: WebDriver, site: Site) -> None:
    fill = "document.getElementById('widget').append('valmis')"
    body = '<div id="widget" data-consent="counter"></div><div data-consent="counter">On juba.</div>'
    (card,) = visit(browser, site, body + external(site, "counter", "widget", code=fill))
    assert [each.text for each in card.find_elements(By.TAG_NAME, "button")] == ["Luba alati"]
    click(card, "Luba alati")
    assert arrived(site, "widget")
    assert eventually(lambda: browser.execute_script("return widget.textContent")) == "valmis"
    assert eventually(lambda: focused(browser) == "widget")


def test_a_card_speaks_the_language_that_the_visitor_turns_to(browser: WebDriver, site: Site) -> None:
    visit(browser, site, frame(site, "film"))
    browser.find_element(By.CSS_SELECTOR, '#jutt-consent [hreflang="en"]').click()
    said = "return [...document.querySelectorAll('[data-jutt-card]')].map((each) => each.textContent).join()"
    assert eventually(lambda: "Load once" in browser.execute_script(said))
    assert "Laadi" not in browser.execute_script(said)


def test_the_keyboard_does_it_all(browser: WebDriver, site: Site) -> None:
    visit(browser, site, '<a id="start" href="#x">Algus</a> ' + frame(site, "film"))
    browser.execute_script("document.getElementById('start').focus()")
    seen = []
    for _ in range(3):
        tab(browser)
        seen.append(browser.execute_script("return document.activeElement.textContent"))
    assert seen == ["Üksikasjad ja seaded", "Laadi üks kord", "Luba alati"]
    tab(browser, back=True)
    keys(browser, Keys.ENTER)
    assert arrived(site, "film")
    assert focused(browser) == "film"


def test_a_page_without_anything_of_the_kind_fetches_nothing_for_it(browser: WebDriver, site: Site) -> None:
    loaded = '<iframe data-consent="necessary" src="about:blank"></iframe>'
    browser.get(site.page(external(site, "analytics", "tag") + loaded))
    ready(browser)
    assert part(browser, "notice")
    settled(browser, site)
    assert [hit.query for hit in site.asked("banner.js") if "extra" in hit.query] == []


def test_behind_the_guard_a_visitor_still_loads_once(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(frame(site, "film"), head='<script src="/consent/banner.js?lang=et&guard=1"></script>'))
    ready(browser)
    (card,) = cards(browser, 1)
    assert settled(browser, site) == []
    click(card, "Laadi üks kord")
    assert arrived(site, "film")
    cards(browser, 0)
    call(browser, "return consentBanner.rejectAll()")
    cards(browser, 1)
    assert names(site) == ["film"]


def test_where_the_page_itself_lets_no_frame_in_the_card_says_so(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(frame(site, "film"), csp="frame-src 'none'"))
    ready(browser)
    (card,) = cards(browser, 1)
    click(card, "Laadi üks kord")
    assert eventually(lambda: "See leht on kaitstud" in cards(browser, 1)[0].text)
    assert "Laadi üks kord" not in cards(browser, 1)[0].text
    assert settled(browser, site) == []


def test_a_page_that_takes_cards_out_has_its_way_and_does_not_hang(browser: WebDriver, site: Site) -> None:
    fights = """<script>new MutationObserver(() =>
      document.querySelectorAll("[data-jutt-card]").forEach((each) => each.remove(), window.fought = true),
    ).observe(document, { childList: true, subtree: true })</script>"""
    browser.get(site.page(frame(site, "film"), head=fights + site.script()))
    ready(browser)
    assert part(browser, "notice")
    assert eventually(lambda: browser.execute_script("return !!window.fought"))
    cards(browser, 0)
    assert settled(browser, site) == []
