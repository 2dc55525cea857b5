"""A withdrawal works at once: requests stop, what services left here goes, tags are told, nothing else is touched."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import address, arrived, call, check, choose, external, image, inline, names, ready, reload, settled
from .conftest import part, press
from .stage import Site, Stage, eventually

LEAVE = """
const [parent] = arguments;
const cookie = (name, rest = '') => (document.cookie = `${name}=1; max-age=999${rest}`);
cookie('_count', '; path=/');
cookie('_count_here');
cookie('_count_folder', '; path=/osa');
cookie('_count_slash', '; path=/osa/');
cookie('_count_page', '; path=/osa/leht');
cookie('_count_parent', `; path=/; domain=${parent}`);
cookie('_count_parent_folder', `; path=/osa; domain=${parent}`);
cookie('_count_own', `; path=/; domain=${location.hostname}`);
cookie('_heat', '; path=/');
cookie('_heat_not_declared', '; path=/');
cookie('_px', '; path=/');
cookie('basket', '; path=/');
for (const place of [localStorage, sessionStorage])
  for (const key of ['count.', 'count.a', 'countless', 'basket']) place.setItem(key, '1');
"""
LEFT = """
const keys = (place) => Object.keys(place).filter((key) => !key.startsWith('consent')).sort();
const cookies = document.cookie.split('; ').filter(Boolean).map((each) => each.split('=')[0]).sort();
return [cookies, keys(localStorage), keys(sessionStorage)];
"""
OWN = ["_count", "_count_folder", "_count_here", "_count_own", "_count_page", "_count_parent", "_count_parent_folder",
       "_count_slash"]  # fmt: skip
OTHERS = ["_heat_not_declared", "basket"]


@pytest.fixture
def deep(stage: Stage, site: Site) -> Site:
    """The site's `www`, so that it has a parent domain of its own."""
    return Site(stage, f"www.{site.host.removesuffix('.localhost')}")


def left(driver: WebDriver) -> list[list[str]]:
    found: list[list[str]] = call(driver, LEFT)
    return found


def strewn(driver: WebDriver, deep: Site, *granted: str) -> None:
    """A page where everything was granted, and where services have left what they leave."""
    driver.get(deep.page(path="/osa/leht"))
    ready(driver)
    choose(driver, *granted)
    call(driver, LEAVE, deep.host.removeprefix("www."))
    assert left(driver)[0] == sorted([*OWN, *OTHERS, "_heat", "_px"]), "they do get there"


@pytest.mark.parametrize("act", ["withdraw()", "rejectAll()", "save({categories: {marketing: true}})"])
def test_C14_declared_cookies_and_storage_go_and_nothing_else(browser: WebDriver, deep: Site, act: str) -> None:
    strewn(browser, deep, "analytics", "marketing")
    call(browser, f"return consentBanner.{act}")
    kept = [*OTHERS, "_px"] if "marketing" in act else OTHERS
    assert left(browser) == [sorted(kept), ["basket", "countless"], ["basket", "countless"]]
    [ours] = [cookie for cookie in browser.get_cookies() if cookie["name"] == "consent"]
    assert ours["httpOnly"] is True


def test_C14_one_service_alone_loses_what_is_its_own(browser: WebDriver, deep: Site) -> None:
    strewn(browser, deep, "analytics", "marketing")
    choose(browser, "analytics", "marketing", heatmap=False)
    assert left(browser) == [sorted([*OWN, *OTHERS, "_px"]), ["basket", "count.", "count.a", "countless"],
                             ["basket", "count.", "count.a", "countless"]]  # fmt: skip


def test_C14_a_first_refusal_deletes_what_was_left_by_an_earlier_life(browser: WebDriver, deep: Site) -> None:
    browser.get(deep.page(path="/osa/leht"))
    ready(browser)
    call(browser, LEAVE, deep.host.removeprefix("www."))
    call(browser, "return consentBanner.rejectAll()")
    assert left(browser) == [OTHERS, ["basket", "countless"], ["basket", "countless"]]


def test_C14_by_clicks_later_requests_stop_and_tags_are_told(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(external(site, "analytics", "script") + image(site, "marketing", "image")))
    press(browser, "accept-all")
    assert arrived(site, "script", "image")
    press(browser, "launcher")
    press(browser, "withdraw")
    assert eventually(lambda: not browser.execute_script("return consentBanner.allows('analytics')"))
    told = eventually(
        lambda: browser.execute_script("return dataLayer.at(-1).consent.reason == 'recorded' && dataLayer.at(-1)")
    )
    assert told["event"] == "consent_update"
    assert told["consent"]["categories"] == {
        "necessary": True, "preferences": False, "analytics": False, "marketing": False,
    }  # fmt: skip
    assert not any(told["consent"]["services"].values())
    settled(browser, site)
    site.stage.hits.clear()
    reload(browser)
    assert ready(browser)["reason"] == "recorded"
    assert part(browser, "notice", 0) is None
    assert settled(browser, site) == []
    assert check(browser)["categories"]["analytics"] is False
    browser.execute_script(
        "document.body.insertAdjacentHTML('beforeend', arguments[0])", image(site, "marketing", "late")
    )
    assert settled(browser, site) == []


def ticking(site: Site, consent: str, name: str) -> str:
    """A gated frame that calls home ten times a second for as long as it lives."""
    code = (
        f"setInterval(() => new Image().src = '{address(site, 'counter', name, '/pixel.gif')}&' + Math.random(), 100)"
    )
    frame = address(site, "video", f"{name}-frame", "/frame.html", code=code).replace("&", "&amp;")
    return f'<iframe id="{name}" data-consent="{consent}" data-src="{frame}"></iframe>'


def test_C14_gated_frames_are_emptied_and_others_live_on(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(ticking(site, "video", "video") + ticking(site, "analytics", "other")
                          + '<p id="after">Tekst</p>'))  # fmt: skip
    ready(browser)
    choose(browser, "preferences", "analytics")
    assert arrived(site, "video", "other")
    steps = browser.execute_script("return history.length")
    choose(browser, "analytics")
    settled(browser, site)
    before = names(site).count("video"), names(site).count("other")
    assert eventually(lambda: names(site).count("other") > before[1] + 3), "the granted one goes on"
    assert names(site).count("video") == before[0], "the emptied one is silent"
    frame = browser.find_element(By.ID, "video")
    assert browser.execute_script("return arguments[0].hasAttribute('src')", frame) is False
    assert browser.execute_script("return arguments[0].contentDocument.URL", frame) == "about:blank"
    assert browser.execute_script("return arguments[0].nextElementSibling.id", frame) == "other", (
        "it stays in its place"
    )
    assert browser.execute_script("return history.length") == steps, "the way back is no longer than before"

    choose(browser, "analytics", "preferences")
    assert eventually(lambda: names(site).count("video") > before[0]), "granted anew, it loads anew"
    assert names(site).count("video-frame") == 2
    assert names(site).count("other-frame") == 1, "what stayed granted is not touched"


def test_C14_an_image_is_emptied_too(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(image(site, "pixel", "image")))
    ready(browser)
    choose(browser, "marketing")
    assert arrived(site, "image")
    choose(browser)
    assert browser.execute_script("return document.images[0].hasAttribute('src')") is False
    choose(browser, "marketing")
    assert eventually(lambda: names(site) == ["image", "image"])


def test_C14_what_a_granted_tag_can_still_do_it_is_told_about(browser: WebDriver, site: Site) -> None:
    """A script that ran cannot be undone: it hears of the change by event, by listener and by the data layer."""
    heard = "({detail}) => heard.push(detail.services.counter)"
    listens = f"window.heard = []; document.addEventListener('consent:change', {heard});"
    browser.get(site.page(inline("analytics", listens)))
    ready(browser)
    choose(browser, "analytics")
    assert eventually(lambda: browser.execute_script("return !!window.heard"))
    call(browser, "return consentBanner.withdraw()")
    assert browser.execute_script("return heard.at(-1)") is False


def test_a_visitor_who_has_not_chosen_loses_nothing(browser: WebDriver, deep: Site) -> None:
    browser.get(deep.page(path="/osa/leht"))
    ready(browser)
    call(browser, LEAVE, deep.host.removeprefix("www."))
    reload(browser)
    ready(browser)
    assert left(browser)[0] == sorted([*OWN, *OTHERS, "_heat", "_px"])
