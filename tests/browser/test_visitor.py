"""What a visitor meets: silence until an answer, an equal refusal, choices apart, a way back, and plain words on it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.color import Color

from tests.conftest import DAY

from .conftest import decision, part, press, recorded
from .stage import Site, eventually
from .visiting import (
    TRACKERS,
    all_ticked,
    arrived,
    asked,
    bring,
    field,
    fired,
    focused,
    keys,
    noticed,
    open_preferences,
    resize,
    script,
    status,
    style,
    tags,
    text_of_page,
    tick,
    ticked,
    undecided,
    unfold,
)

EVERYTHING = set(TRACKERS)
CHOICES = [set(chosen) for number in range(4) for chosen in itertools.combinations(TRACKERS, number)]
MONTHS = [
    "jaanuar",
    "veebruar",
    "märts",
    "aprill",
    "mai",
    "juuni",
    "juuli",
    "august",
    "september",
    "oktoober",
    "november",
    "detsember",
]


def visit(driver: WebDriver, site: Site, body: str = "", **values: str) -> None:
    driver.get(site.page(tags(site) + text_of_page() + body, **values))
    assert part(driver, "notice"), "no notice"


def test_without_a_gate_every_tag_of_these_pages_fires(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(tags(site, marked=False), head=""))
    assert fired(site, browser, EVERYTHING) == EVERYTHING


# Nothing without an answer


def test_C05_nothing_but_an_answer_is_an_answer(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    body = browser.find_element(By.TAG_NAME, "body")
    acts = {
        "scrolling": lambda: browser.execute_script("scrollTo(0, document.body.scrollHeight); scrollTo(0, 0)"),
        "moving the mouse": lambda: ActionChains(browser).move_to_element(body).perform(),
        "clicking on the page": lambda: browser.find_element(By.TAG_NAME, "h1").click(),
        "following a link": lambda: browser.find_element(By.LINK_TEXT, "Link 0").click(),
        "Escape": lambda: keys(browser, Keys.ESCAPE),
        "Escape in the notice": lambda: part(browser, "accept-all").send_keys(Keys.ESCAPE),
        "closing the preferences": lambda: (open_preferences(browser), press(browser, "close")),
        "Escape in the preferences": lambda: (open_preferences(browser), keys(browser, Keys.ESCAPE)),
        "reloading": browser.refresh,
    }
    for name, act in acts.items():
        act()
        assert part(browser, "notice"), f"{name} took the notice away"
        assert eventually(lambda: browser.execute_script("return !document.querySelector('dialog[open]')")), name
        assert undecided(browser), name
        assert fired(site, browser, set()) == set(), name


def test_C05_A15_time_answers_nothing_and_closes_nothing(browser: WebDriver, site: Site) -> None:
    """An hour on the page's own clock: every timer that is due by then runs."""
    visit(browser, site, head=f"<script>{script('clock.js')}</script>{site.script()}")
    # The page says by a request that an hour is over: WebKit's driver keeps time by the page's clock when it is asked.
    late = site.stage.tracker("clock", "/late.gif")
    act = "setTimeout(() => (new Image().src = arguments[0]), 3_599_000); realTimeout(() => pass(3_600_000), 50)"
    browser.execute_script(act, late)
    assert eventually(lambda: site.hits("clock")), "the clock of this test does not work"
    browser.execute_script("mend()")
    assert fired(site, browser, set()) == set()
    assert noticed(browser)
    assert undecided(browser)


def test_C06_nothing_is_ticked_beforehand(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    dialog = open_preferences(browser)
    unfold(browser)
    assert ticked(dialog) == set()
    assert len(dialog.find_elements(By.CSS_SELECTOR, "input:enabled")) == 3 + 4
    sent = browser.execute_async_script("fetch('/consent/banner?lang=et').then((a) => a.text()).then(arguments[0])")
    inputs = [each.partition(">")[0] for each in sent.split("<input")[1:]]
    assert [each for each in inputs if "checked" in each and "disabled" not in each] == []


# An equal refusal


def test_C07_one_click_on_the_first_layer_refuses_everything(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    press(browser, "reject-all")
    assert recorded(browser)
    assert {name for name, yes in asked(browser)["categories"].items() if yes} == {"necessary"}
    assert not any(asked(browser)["services"].values())
    assert not noticed(browser)
    assert fired(site, browser, set()) == set()
    browser.refresh()
    assert recorded(browser)
    assert fired(site, browser, set()) == set()
    assert not noticed(browser)


def test_one_click_accepts_everything_too(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    press(browser, "accept-all")
    assert recorded(browser)
    assert all(asked(browser)["categories"].values())
    assert fired(site, browser, EVERYTHING) == EVERYTHING
    assert not noticed(browser)


def test_C08_refusing_takes_no_more_than_accepting(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    accept, reject = part(browser, "accept-all"), part(browser, "reject-all")
    assert browser.execute_script("return arguments[0].parentNode == arguments[1].parentNode", accept, reject)
    assert browser.execute_script("return [arguments[0].tabIndex, arguments[1].tabIndex]", accept, reject) == [0, 0]
    browser.execute_script("arguments[0].focus()", accept)
    keys(browser, Keys.TAB)
    assert focused(browser) == "reject-all"
    keys(browser, Keys.ENTER)
    assert recorded(browser)
    assert fired(site, browser, set()) == set()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (1280, 800)])
@pytest.mark.parametrize("lang", ["et", "en"])
def test_C08_both_answers_stand_in_view(chrome: WebDriver, site: Site, width: int, height: int, lang: str) -> None:
    resize(chrome, width, height)
    visit(chrome, site, head=site.script(f"?lang={lang}"), lang=lang)
    for name in ("accept-all", "reject-all"):
        box = part(chrome, name).rect
        assert 0 <= box["x"] <= width - box["width"], name
        assert 0 <= box["y"] <= height - box["height"], name


@pytest.mark.parametrize("layer", ["notice", "preferences"])
def test_C09_accept_and_reject_look_alike(browser: WebDriver, site: Site, layer: str) -> None:
    visit(browser, site)
    if layer == "preferences":
        open_preferences(browser)
    hooks = ["accept-all", "reject-all"] + (["save"] if layer == "preferences" else [])
    twins = [
        browser.find_element(By.CSS_SELECTOR, f"[data-consent-part={layer}] [data-consent-part={each}]")
        for each in hooks
    ]
    assert {each.tag_name for each in twins} == {"button"}
    same = (
        "font-size",
        "font-weight",
        "font-family",
        "padding",
        "border",
        "border-radius",
        "background-color",
        "color",
    )
    looks = [
        style(browser, each, *same, "background-image", "box-shadow", "opacity", "text-transform") for each in twins
    ]
    assert looks == [looks[0]] * len(looks)
    assert len({each.size["height"] for each in twins}) == 1
    widths = [each.size["width"] for each in twins]
    assert min(widths) >= 0.85 * max(widths)
    if layer == "notice":
        assert Color.from_string(looks[0]["background-color"]).rgba != "rgba(0, 0, 0, 0)"
    assert contrast(browser, twins[0]) >= 4.5


def contrast(driver: WebDriver, element: object) -> float:
    """WCAG 2's contrast of a button's text with what it stands on."""
    pair = driver.execute_script(
        "let it = arguments[0]; const ink = getComputedStyle(it).color; let ground;"
        "do { ground = getComputedStyle(it).backgroundColor; it = it.parentElement; }"
        "while (it && /transparent|, 0\\)/.test(ground)); return [ink, ground]",
        element,
    )
    light, dark = sorted((luminance(Color.from_string(each)) for each in pair), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: Color) -> float:
    parts = [int(each) / 255 for each in (color.red, color.green, color.blue)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# Choices apart


@pytest.mark.parametrize("chosen", CHOICES, ids=lambda chosen: "+".join(sorted(chosen)) or "nothing")
def test_C10_each_purpose_is_chosen_apart(browser: WebDriver, site: Site, chosen: set[str]) -> None:
    visit(browser, site)
    dialog = open_preferences(browser)
    for name in chosen:
        tick(dialog, name)
    press(browser, "save")
    assert recorded(browser)
    assert not dialog.is_displayed()
    granted = {name for name, yes in asked(browser)["categories"].items() if yes}
    assert granted == chosen | {"necessary"}
    assert fired(site, browser, chosen) == chosen
    expected = {"counter": "analytics", "heatmap": "analytics", "pixel": "marketing", "video": "preferences"}
    assert asked(browser)["services"] == {service: category in chosen for service, category in expected.items()}
    open_preferences(browser, "launcher")
    assert {name for name in ticked(dialog) if ":" not in name} == chosen


def test_ticking_a_category_ticks_its_services(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    dialog = open_preferences(browser)
    unfold(browser)
    tick(dialog, "analytics")
    assert ticked(dialog) == {"analytics", "service:counter", "service:heatmap"}
    tick(dialog, "service:heatmap")
    assert ticked(dialog) == {"analytics", "service:counter"}
    press(browser, "save")
    assert recorded(browser)
    assert asked(browser)["services"] == {"counter": True, "heatmap": False, "pixel": False, "video": False}
    assert asked(browser)["categories"]["analytics"] is True
    open_preferences(browser, "launcher")
    unfold(browser)
    assert ticked(dialog) == {"analytics", "service:counter"}
    tick(dialog, "analytics")
    assert ticked(dialog) == set()


def test_a_service_is_allowed_without_its_category(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    dialog = open_preferences(browser)
    unfold(browser)
    tick(dialog, "service:pixel")
    assert ticked(dialog) == {"service:pixel"}
    press(browser, "save")
    assert recorded(browser)
    assert asked(browser)["services"] == {"counter": False, "heatmap": False, "pixel": True, "video": False}
    assert asked(browser)["categories"] == {
        "necessary": True,
        "preferences": False,
        "analytics": False,
        "marketing": False,
    }


def test_the_required_category_is_shown_ticked_and_cannot_be_changed(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    necessary = field(open_preferences(browser), "necessary")
    assert necessary.is_selected()
    assert not necessary.is_enabled()


def test_escape_and_close_leave_the_preferences_unsaved(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    for leave in (lambda: keys(browser, Keys.ESCAPE), lambda: press(browser, "close")):
        dialog = open_preferences(browser)
        tick(dialog, "analytics")
        leave()
        assert eventually(lambda box=dialog: not box.is_displayed())
        assert undecided(browser)
        assert ticked(open_preferences(browser)) == set(), "what was not saved is still ticked"
        keys(browser, Keys.ESCAPE)
    assert fired(site, browser, set()) == set()
    assert site.asked("choices") == []


# Nothing is taken away


@pytest.mark.parametrize("answer", ["reject-all", "accept-all"])
def test_C11_the_page_works_alike_after_either_answer(browser: WebDriver, site: Site, answer: str) -> None:
    form = '<form id="form"><input id="typed"><button id="send" type="button">Saada</button></form>'
    visit(browser, site, form)
    press(browser, answer)
    assert recorded(browser)
    browser.find_element(By.ID, "typed").send_keys("tere")
    browser.execute_script("document.querySelector('#send').addEventListener('click', () => (window.sent = true))")
    browser.find_element(By.ID, "send").click()
    assert browser.execute_script("return window.sent") is True
    browser.find_element(By.LINK_TEXT, "Link 3").click()
    assert browser.current_url.endswith("#l3")
    assert browser.execute_script(
        "scrollTo(0, 200); const middle = document.elementFromPoint(innerWidth / 2, innerHeight / 2);"
        "return [scrollY > 0, !!middle.closest('#jutt-consent'), document.querySelectorAll('[inert]').length,"
        "document.documentElement.style.overflow + document.body.style.overflow]"
    ) == [True, False, 0, ""]


def test_the_page_can_be_used_behind_the_notice(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    browser.find_element(By.LINK_TEXT, "Link 1").click()
    assert browser.current_url.endswith("#l1")
    assert browser.execute_script("scrollTo(0, 300); return scrollY") > 0
    assert noticed(browser)


# The way back


def test_C13_withdrawing_is_two_clicks_away_on_every_page(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    other = site.page(tags(site), "/other")
    press(browser, "accept-all")
    assert recorded(browser)
    assert fired(site, browser, EVERYTHING) == EVERYTHING
    browser.get(other)
    assert part(browser, "launcher"), "no way back on the next page"
    press(browser, "launcher")
    press(browser, "withdraw")
    assert eventually(lambda: not any(asked(browser)["services"].values()))
    assert eventually(lambda: not browser.execute_script("return consentBanner.allows('analytics')"))
    site.stage.hits[:] = [hit for hit in site.stage.hits if hit not in site.hits()]
    browser.refresh()
    assert recorded(browser)
    assert fired(site, browser, set()) == set()
    press(browser, "launcher")
    assert part(browser, "preferences")
    assert part(browser, "withdraw", 0) is None, "there is nothing left to withdraw"


def test_C13_the_launcher_is_reached_by_keyboard(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    press(browser, "reject-all")
    assert part(browser, "launcher")
    browser.refresh()
    assert part(browser, "launcher")
    keys(browser, Keys.TAB)
    assert focused(browser) == "launcher"
    keys(browser, Keys.ENTER)
    assert part(browser, "preferences")


def test_a_page_switches_the_launcher_off(browser: WebDriver, site: Site) -> None:
    visit(browser, site, head=site.script(attributes='data-launcher="off"'))
    press(browser, "reject-all")
    assert recorded(browser)
    assert eventually(lambda: not noticed(browser))
    assert part(browser, "launcher", 0) is None
    browser.find_element(By.ID, "opener").click()
    assert part(browser, "preferences")


def test_any_link_opens_the_settings_wherever_and_whenever_it_stands(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    address = browser.current_url
    browser.execute_script(
        "document.querySelector('main').insertAdjacentHTML('afterbegin',"
        '\'<a href="/consent/preferences" data-consent-open id="late"><b><i id="deep">Küpsised</i></b></a>'
        '<button data-consent-open id="button">Küpsised</button>\')'
    )
    for opener, clicked in (("late", "deep"), ("button", "button")):
        browser.find_element(By.ID, clicked).click()
        dialog = part(browser, "preferences")
        assert dialog, opener
        assert browser.execute_script("return arguments[0].matches(':modal')", dialog)
        keys(browser, Keys.ESCAPE)
        assert eventually(lambda it=opener: focused(browser) == it), "the focus does not return to the opener"
    assert browser.current_url == address


def test_C19_a_refusal_lives_as_long_as_a_consent(browser: WebDriver, site: Site) -> None:
    lives = []
    for answer in ("reject-all", "accept-all"):
        browser.delete_all_cookies()
        browser.get("about:blank")
        visit(browser, site)
        browser.execute_script("localStorage.clear(); sessionStorage.clear()")
        press(browser, answer)
        assert recorded(browser)
        cookie = browser.get_cookie("consent")
        lives.append(cookie["expiry"] - datetime.now(UTC).timestamp())
        browser.delete_all_cookies()
    refusal, consent = lives
    assert abs(refusal - consent) < 60
    assert abs(refusal - 180 * DAY.total_seconds()) < 60
    assert refusal < 400 * DAY.total_seconds()


# In the visitor's words


def day(moment: str, lang: str) -> str:
    """`21. mai 2027`, `May 21, 2027` or `21 May 2027`."""
    at = datetime.fromisoformat(moment)
    return f"{at.day}. {MONTHS[at.month - 1]} {at.year}" if lang == "et" else f"{at:%B} {at.day}, {at.year}"


NAMES = {"et": ("eelistused", "statistika", "turundus"), "en": ("preferences", "statistics", "marketing")}


def told(driver: WebDriver, lang: str) -> set[str]:
    """The optional categories that the live region names."""
    return {name for name in NAMES[lang] if name in status(driver)}


@pytest.mark.parametrize("lang", ["et", "en"])
def test_after_an_answer_one_sentence_says_what_holds_and_until_when(browser: WebDriver, site: Site, lang: str) -> None:
    _, analytics, marketing = NAMES[lang]
    visit(browser, site, head=site.script(f"?lang={lang}"), lang=lang)
    press(browser, "reject-all")
    assert recorded(browser)
    until = day(decision(browser)["expires_at"], lang)
    assert eventually(lambda: until in status(browser)), status(browser)
    assert {"et": "vajalikud", "en": "necessary"}[lang] in status(browser)
    assert told(browser, lang) == set()
    dialog = open_preferences(browser, "launcher")
    tick(dialog, "analytics")
    tick(dialog, "marketing")
    press(browser, "save")
    assert eventually(lambda: told(browser, lang) == {analytics, marketing}), status(browser)
    assert status(browser).startswith({"et": "Kasutusel: ", "en": "In use: "}[lang])
    assert until in status(browser)


def test_the_date_is_written_as_estonians_write_it(browser: WebDriver, site: Site) -> None:
    assert day("2027-05-21T10:00:00Z", "et") == "21. mai 2027"
    visit(browser, site)
    press(browser, "accept-all")
    assert recorded(browser)
    until = day(decision(browser)["expires_at"], "et")
    assert eventually(lambda: f"kuni {until}" in status(browser)), status(browser)
    assert until in open_preferences(browser, "launcher").text


def test_C23_a_browser_that_objects_is_not_asked_and_is_told_so(chrome: WebDriver, site: Site) -> None:
    """The header by Chromium's DevTools; the property as browsers that send it have it."""
    chrome.execute_cdp_cmd("Network.enable", {})
    chrome.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {"Sec-GPC": "1"}})
    head = "<script>Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})</script>"
    chrome.get(site.page(tags(site) + text_of_page(), head=head + site.script()))
    assert decision(chrome)["reason"] == "gpc"
    assert part(chrome, "launcher"), "no way to the settings"
    assert not noticed(chrome)
    assert fired(site, chrome, set()) == set()
    dialog = open_preferences(chrome, "launcher")
    assert ticked(dialog) == set()
    assert "privaatsussignaal" in dialog.text
    assert "GPC" in dialog.text
    tick(dialog, "analytics")
    press(chrome, "save")
    assert recorded(chrome)
    assert fired(site, chrome, {"analytics"}) == {"analytics"}


def test_without_the_signal_nothing_is_said_of_it(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    assert "GPC" not in open_preferences(browser).text


# In place


def test_the_preference_centre_stands_in_place_and_keeps_step(browser: WebDriver, site: Site) -> None:
    visit(browser, site, '<div id="place" data-consent-preferences></div>')
    place = browser.find_element(By.ID, "place")
    assert eventually(lambda: place.find_elements(By.CSS_SELECTOR, "[data-consent-part=save]")), "nothing stands there"
    assert ticked(place) == set()
    assert field(place, "necessary").is_selected()
    tick(place, "analytics")
    assert {"analytics", "service:counter", "service:heatmap"} == all_ticked(browser, "#place")
    bring(browser, place.find_element(By.CSS_SELECTOR, "[data-consent-part=save]")).click()
    assert recorded(browser)
    assert fired(site, browser, {"analytics"}) == {"analytics"}
    assert not noticed(browser)
    dialog = open_preferences(browser, "launcher")
    assert {name for name in all_ticked(browser, "dialog") if ":" not in name} == {"analytics"}
    tick(dialog, "marketing")
    press(browser, "save")
    assert eventually(lambda: {"analytics", "marketing"} <= all_ticked(browser, "#place")), "it does not keep step"
    bring(browser, place.find_element(By.CSS_SELECTOR, "[data-consent-part=withdraw]")).click()
    assert eventually(lambda: all_ticked(browser, "#place") == set())
    assert eventually(lambda: not any(asked(browser)["services"].values()))


def test_K07_the_declaration_stands_in_place_with_every_cookie(browser: WebDriver, site: Site) -> None:
    visit(browser, site, '<div id="place" data-consent-declaration></div>')
    place = browser.find_element(By.ID, "place")
    assert eventually(lambda: place.find_elements(By.TAG_NAME, "table")), "nothing stands there"
    for name in ("consent", "consent-pending", "_count*", "count.*", "_heat", "_px"):
        assert name in place.text, name
    assert "Counter OÜ" in place.text
    assert "Ameerika Ühendriigid" in place.text
    assert (
        place.get_attribute("lang") == "et"
        or place.find_element(By.CSS_SELECTOR, "[lang]").get_attribute("lang") == "et"
    )


# In the visitor's language

SPEAKS = [
    ("the address of the script", "?lang=en", "", "et", ["et"], "en"),
    ("the script's attribute", "", 'data-lang="en"', "et", ["et"], "en"),
    ("the page", "", "", "en", ["et"], "en"),
    ("the page, with a region", "", "", "et-EE", ["en"], "et"),
    ("the browser, where the page speaks another", "", "", "fi", ["en-GB", "et"], "en"),
    ("the browser's second", "", "", "fi", ["sv-SE", "en-US"], "en"),
    ("the policy's first, where nobody speaks it", "", "", "fi", ["sv", "fi"], "et"),
    ("the page, where the attribute's is unknown", "", 'data-lang="xx"', "en", ["et"], "en"),
    ("the page, where the address's is unknown", "?lang=xx", "", "en", ["et"], "en"),
]


@pytest.mark.parametrize(
    ("query", "attribute", "page", "browsers", "spoken"),
    [each[1:] for each in SPEAKS],
    ids=[each[0] for each in SPEAKS],
)
def test_A08_the_banner_speaks_the_language_of(
    browser: WebDriver, site: Site, query: str, attribute: str, page: str, browsers: list[str], spoken: str
) -> None:
    head = f"<script>Object.defineProperty(Navigator.prototype, 'languages', {{get: () => {browsers}}})</script>"
    visit(browser, site, head=head + site.script(query, attribute), lang=page)
    title = {"et": "Kasutame küpsiseid", "en": "We use cookies"}[spoken]
    assert title in part(browser, "notice").text
    assert browser.find_element(By.ID, "jutt-consent").get_attribute("lang") == spoken
    assert decision(browser)["language"] == spoken


def words(driver: WebDriver, where: str) -> str:
    """The text below a selector, whatever stands there by now."""
    found: str = driver.execute_script(f"return document.querySelector('{where}').textContent")
    return found


def test_I06_switching_the_language_in_place_changes_every_text(browser: WebDriver, site: Site) -> None:
    visit(browser, site, '<div id="place" data-consent-preferences></div>')
    open_preferences(browser)
    keys(browser, Keys.ESCAPE)
    address = browser.current_url
    browser.find_element(By.CSS_SELECTOR, "#jutt-consent [hreflang=en]").click()
    assert eventually(lambda: "We use cookies" in words(browser, "#jutt-consent form"))
    assert browser.current_url == address
    dialog = open_preferences(browser)
    unfold(browser)
    assert "Cookie settings" in dialog.text
    spoken = browser.execute_async_script(
        "fetch('/consent/banner?lang=en').then((a) => a.text()).then((html) => {"
        "const it = new DOMParser().parseFromString(html, 'text/html').querySelector('#jutt-consent');"
        "const words = (of) => { const it = of.cloneNode(true); it.querySelector('time').remove();"
        "return it.querySelector('form').textContent + it.querySelector('dialog').textContent };"
        "arguments[0]([words(it), words(document.querySelector('#jutt-consent'))]) })"
    )
    assert spoken[0] == spoken[1]
    assert "Salvesta" not in spoken[1]
    keys(browser, Keys.ESCAPE)
    assert eventually(lambda: "Save choices" in words(browser, "#place")), (
        "the preference centre in place keeps its old language"
    )
    press(browser, "accept-all")
    assert recorded(browser)
    assert eventually(lambda: told(browser, "en") == set(NAMES["en"])), status(browser)
    assert decision(browser)["language"] == "en"
    assert part(browser, "launcher").text == "Cookie settings"
    assert arrived(site) <= EVERYTHING


def test_I06_the_language_link_says_its_own_language(browser: WebDriver, site: Site) -> None:
    visit(browser, site)
    link = browser.find_element(By.CSS_SELECTOR, "#jutt-consent [hreflang=en]")
    assert (link.text, link.get_attribute("lang"), link.get_attribute("href").split("/consent/")[1]) == (
        "English",
        "en",
        "preferences?lang=en",
    )
