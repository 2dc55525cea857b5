"""A card takes the very room of what is held, on any page, and can be read, seen and used there."""

from __future__ import annotations

from html import escape

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import address, arrived, call, ready, settled
from .conftest import part, press, recorded
from .stage import Site, eventually
from .test_accessibility import STYLE, axe
from .test_csp import WATCH, strict, violations
from .test_hostile import HOSTILE, drawn
from .test_placeholders import cards, click, frame, visit
from .visiting import emulate, resize, script, settle

SHAPES = {
    "attributes": '<iframe width="560" height="315"></iframe>',
    "none said": "<iframe></iframe>",
    "no border": '<iframe style="border:0" width="400" height="200"></iframe>',
    "padding and border": '<iframe style="padding:9px;border:5px solid;width:300px;height:180px"></iframe>',
    "border box": '<iframe style="box-sizing:border-box;padding:9px;width:300px;height:180px"></iframe>',
    "per cent": '<iframe style="width:75%;height:240px"></iframe>',
    "per cent of nothing": '<div><iframe style="width:100%;height:100%"></iframe></div>',
    "aspect ratio": '<iframe style="width:100%;max-width:500px;height:auto;aspect-ratio:16/9"></iframe>',
    "fills its box": '<div style="position:relative;padding-top:40%"><iframe style="position:absolute;inset:0;'
    'width:100%;height:100%;border:0"></iframe></div>',
    "block, centred": '<iframe style="display:block;margin:1em auto;width:320px;height:200px"></iframe>',
    "in a line": '<p>Enne <iframe width="200" height="100"></iframe> ja pärast.</p>',
    "floats": '<iframe style="float:right;margin:0 0 8px 8px" width="240" height="160"></iframe><p>Tekst kõrval.</p>'
    '<p style="clear:both"></p>',
    "grows in a row": '<div style="display:flex;gap:8px"><p>Vasak</p><iframe style="flex:1 1 100px;height:150px">'
    "</iframe><p>Parem</p></div>",
    "in a grid": '<div style="display:grid;grid-template-columns:1fr 2fr"><p>Vasak</p>'
    '<iframe style="width:100%;height:100%;min-height:170px"></iframe></div>',
    "first of its kind": '<div class="flow"><iframe width="300" height="150"></iframe></div>',
    "after another": '<div class="flow"><p>Enne</p><iframe width="300" height="150"></iframe></div>',
    "strip": '<iframe style="width:100%;height:90px"></iframe>',
    "small": '<iframe width="120" height="60"></iframe>',
}
FLOW = "<style>.flow > * + * { margin-top: 40px } .flow > :first-child { margin-left: 10px }</style>"


def boxes(driver: WebDriver, where: str) -> list[list[float]]:
    found: list[list[float]] = driver.execute_script(script("boxes.js"), where)
    return found


def shaped(site: Site, names: list[str]) -> str:
    """Frames of these shapes, each with a line behind it that would move if the card were of another size."""
    there = escape(address(site, "video", "it", "/frame.html"))
    held = f'<iframe data-consent="video" data-src="{there}" title="Film"'
    return "".join(SHAPES[name].replace("<iframe", held) + '<p class="behind">Edasi.</p>' for name in names)


def test_a_card_takes_the_very_room_of_its_frame_and_nothing_moves(browser: WebDriver, site: Site) -> None:
    names = list(SHAPES)
    browser.get(site.page(shaped(site, names), "/without", head=FLOW))
    frames, behind = boxes(browser, "iframe"), boxes(browser, ".behind")
    browser.get(site.page(shaped(site, names), head=FLOW + site.script()))
    cards(browser, len(names))
    for name, box, there in zip(names, boxes(browser, "[data-jutt-card]"), frames, strict=True):
        assert box == pytest.approx(there, abs=0.6), name  # WebKit puts text on half pixels.
    for box, there in zip(boxes(browser, ".behind"), behind, strict=True):
        assert box == pytest.approx(there, abs=0.6)
    call(browser, "return consentBanner.acceptAll()")
    cards(browser, 0)
    assert boxes(browser, "iframe[src]") == frames
    assert boxes(browser, ".behind") == behind


def test_a_card_follows_when_the_window_or_the_page_gives_it_another_size(chrome: WebDriver, site: Site) -> None:
    narrow = "<style>@media (max-width: 600px) { iframe { height: 99px !important } }</style>"
    resize(chrome, 1000, 800)
    chrome.get(site.page(shaped(site, ["per cent"]), head=narrow + site.script()))
    cards(chrome, 1)
    resize(chrome, 500, 800)
    wanted = [363.0 + 4.0, 99.0 + 4.0]  # 75 % of 500 px less the body's margins, and the frame's own border.
    assert eventually(lambda: boxes(chrome, "[data-jutt-card]")[0][2:] == wanted), boxes(chrome, "[data-jutt-card]")


def test_a_card_follows_a_style_sheet_that_comes_after_it(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(shaped(site, ["none said"])))
    cards(browser, 1)
    browser.execute_script(
        "const link = document.createElement('link'); link.rel = 'stylesheet'; link.href = arguments[0];"
        "document.head.append(link)", "data:text/css,iframe{height:321px;border:0}"
    )  # fmt: skip
    assert eventually(lambda: boxes(browser, "[data-jutt-card]")[0][3] == 321)


def test_what_nobody_would_see_gets_no_card(browser: WebDriver, site: Site) -> None:
    for_nobody = ('style="display:none"', 'width="1" height="1"', 'width="0" height="0"', 'style="opacity:0"',
                  'style="visibility:hidden"')  # fmt: skip
    body = "".join(frame(site, f"hidden-{number}", each) for number, each in enumerate(for_nobody))
    visit(browser, site, body + frame(site, "film"), 1)
    assert settled(browser, site) == []


def test_a_widget_with_a_height_keeps_it(browser: WebDriver, site: Site) -> None:
    body = '<div id="w" data-consent="pixel" style="min-height:200px;padding:8px"></div><p class="behind">Edasi.</p>'
    browser.get(site.page(body, "/without", head=""))
    before = boxes(browser, "#w, .behind")
    visit(browser, site, body)
    assert boxes(browser, "#w, .behind") == before


def test_a_hostile_page_does_not_break_a_card(browser: WebDriver, site: Site) -> None:
    size = 'style="width:500px;height:300px;border:0" title="Film"'
    where = "[data-jutt-card], [data-jutt-card] *"
    looks = ["font-size", "font-style", "color", "background-color", "text-transform", "border-top-style", "opacity",
             "transform", "display", "padding-left", "margin-left", "letter-spacing", "text-align"]  # fmt: skip

    def look(head: str) -> list[str]:
        browser.get(site.page(frame(site, "film", size), head=head + site.script()))
        cards(browser, 1)
        found: list[str] = browser.execute_script(script("drawn.js"), where, looks)
        return found

    calm = look("")
    assert look(HOSTILE) == calm
    (card,) = cards(browser, 1)
    click(card, "Laadi üks kord")
    assert arrived(site, "film")


def test_its_styles_do_not_leak_out(browser: WebDriver, site: Site) -> None:
    own = '<section id="own" role="group"><p>p<button>B</button><small>s</small><div><a href="#x">a</a></div></section>'
    looks = "#own, #own *"
    browser.get(site.page(own, "/without", head=""))
    before = drawn(browser, looks)
    visit(browser, site, own + frame(site, "film"))
    press(browser, "reject-all")
    assert recorded(browser)
    assert drawn(browser, looks) == before


@pytest.mark.parametrize("lang", ["et", "en"])
def test_A09_axe_finds_nothing(browser: WebDriver, site: Site, lang: str) -> None:
    body = f"<main><h1>Leht</h1>{shaped(site, ['attributes', 'strip', 'small'])}</main>"
    browser.get(site.page(body, head=f"<style>{STYLE}</style>{site.script(f'?lang={lang}')}", lang=lang))
    cards(browser, 3)
    assert part(browser, "notice")
    settle(browser)
    assert axe(browser) == []


@pytest.mark.parametrize("width", [320, 1280])
def test_A09_axe_finds_nothing_in_the_dark_or_on_the_smallest_phone(chrome: WebDriver, site: Site, width: int) -> None:
    emulate(chrome, prefers_color_scheme="dark")
    resize(chrome, width, 900)
    body = f"<main><h1>Leht</h1>{shaped(site, ['per cent', 'aspect ratio', 'strip'])}</main>"
    chrome.get(site.page(body, head=f"<style>{STYLE}</style>{site.script()}"))
    call(chrome, "return consentBanner.rejectAll()")
    cards(chrome, 3)
    settle(chrome)
    assert axe(chrome) == []
    inside = """return [...document.querySelectorAll('[data-jutt-card] button')].every((each) => {
      const [a, b] = [each, each.closest('[data-jutt-card]')].map((it) => it.getBoundingClientRect());
      return a.left >= b.left && a.right <= b.right && each.scrollWidth <= each.clientWidth + 1;
    })"""
    assert chrome.execute_script(inside), "a button is cut off"
    assert chrome.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_in_forced_colours_a_card_and_its_buttons_have_edges(chrome: WebDriver, site: Site) -> None:
    emulate(chrome, forced_colors="active")
    (card,) = visit(chrome, site, frame(site, "film", 'width="500" height="300" title="Film"'))
    edged = [card.find_element(By.TAG_NAME, "div"), *card.find_elements(By.TAG_NAME, "button")]
    for each in edged:
        ground, edge = (each.value_of_css_property(name) for name in ("background-color", "border-top-color"))
        assert each.value_of_css_property("border-top-style") == "solid"
        assert edge != ground


def test_nothing_of_it_violates_a_strict_policy(browser: WebDriver, site: Site) -> None:
    head = WATCH + site.script(attributes='nonce="banner"')
    body = frame(site, "film") + frame(site, "other")
    browser.get(site.page(body, head=head, csp=strict(site, "'nonce-banner'")))
    ready(browser)
    first, _second = cards(browser, 2)
    click(first, "Laadi üks kord")
    assert arrived(site, "film")
    (second,) = cards(browser, 1)
    click(second, "Luba alati")
    assert arrived(site, "film", "other")
    cards(browser, 0)
    assert violations(browser) == []
    assert browser.execute_script("return stray") == 0
