"""The wall that a page puts up itself, `data-csp`: what was refused is held back, however the page reaches for it."""

from __future__ import annotations

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import arrived, call, choose, image, names, ready, settled
from .conftest import part
from .stage import Site, eventually
from .test_guard_ways import ABSENT, reached
from .test_guard_ways import settled as all_settled
from .test_withdrawal_felt import LOADS, loads, reloads, stays
from .visiting import status
from .ways import TRACKER, WAYS

WALLED = """return document.querySelectorAll('head meta[http-equiv="Content-Security-Policy"]').length"""
TRY = "document.body.append(document.createRange().createContextualFragment(arguments[0]))"
LATE = [way for way in WAYS if "document.write" not in way.code]
"""A page that is loaded would be written anew."""
NOW = "Laadime lehe uuesti, et lubatud teenused saaksid tööle hakata."
OWN = """
const [own] = arguments;
const made = (name, address) => new Promise((done, failed) =>
  document.body.append(Object.assign(document.createElement(name), {src: address, onload: done, onerror: failed})));
await fetch(own);
await made('img', own);
await made('img', 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=');
await made('iframe', '/frame');
const text = (code) => URL.createObjectURL(new Blob([code], {type: 'text/javascript'}));
await made('script', text('window.ranBlob = 1'));
await new Promise((done) => (new Worker(text('postMessage(1)')).onmessage = done));
const styled = '<p id="styled" style="color: rgb(1, 2, 3)" onclick="window.clicked = 1">';
document.body.insertAdjacentHTML('beforeend', styled);
const found = document.getElementById('styled');
found.click();
return [eval('1 + 1'), window.ranBlob, window.clicked, getComputedStyle(found).color];
"""


def page(site: Site, body: str = "", csp: str = "", stated: str = "'self'", path: str = "/") -> str:
    """A page with a wall of its own."""
    return site.page(LOADS + body, path, head=site.script(attributes=f'data-csp="{stated}"'), csp=csp)


def walled(driver: WebDriver, times: int = 1) -> bool:
    return bool(eventually(lambda: driver.execute_script(WALLED) >= times))


def try_all(driver: WebDriver, site: Site) -> frozenset[str]:
    """What reaches the tracker when the page tries every way, one after another."""
    site.stage.hits.clear()
    for way in LATE:
        driver.execute_script(TRY, way.on(site))
    return all_settled(site)


def absent(driver: WebDriver) -> set[str]:
    return ABSENT["chromium" if driver.capabilities["browserName"] == "chrome" else "webkit"]


def test_before_an_answer_it_holds_nothing_back(browser: WebDriver, site: Site) -> None:
    browser.get(page(site))
    ready(browser)
    assert try_all(browser, site) == {way.name for way in LATE} - absent(browser)
    assert browser.execute_script(WALLED) == 0


def test_after_a_refusal_no_way_leads_out(browser: WebDriver, site: Site) -> None:
    browser.get(page(site))
    ready(browser)
    call(browser, "return consentBanner.rejectAll()")
    assert walled(browser)
    assert try_all(browser, site) == set()
    assert browser.execute_script(WALLED) == 1


def test_it_stands_on_the_next_page_too(browser: WebDriver, site: Site) -> None:
    browser.get(page(site))
    ready(browser)
    call(browser, "return consentBanner.rejectAll()")
    browser.get(page(site, path="/next"))
    assert walled(browser)
    assert try_all(browser, site) == set()


def test_what_was_granted_is_let_in_and_nothing_else(browser: WebDriver, site: Site) -> None:
    browser.get(page(site))
    ready(browser)
    choose(browser, "marketing")
    assert walled(browser)
    browser.execute_script(TRY, image(site, "necessary", "refused", "counter", source="src"))
    assert try_all(browser, site) == {way.name for way in LATE} - absent(browser)
    assert site.hits("counter") == []


def test_the_pages_own_goes_on_as_it_was(browser: WebDriver, site: Site) -> None:
    site.stage.pages[site.host, "/frame"] = ("<p>own", {})
    site.stage.pages[site.host, "/own.svg"] = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>', {"Content-Type": "image/svg+xml"},
    )  # fmt: skip
    browser.get(page(site))
    ready(browser)
    call(browser, "return consentBanner.rejectAll()")
    assert walled(browser)
    assert call(browser, OWN, "/own.svg") == [2, 1, 1, "rgb(1, 2, 3)"]
    call(browser, "return consentBanner.open()")
    assert part(browser, "preferences") is not None, "the service is let in"


def test_stated_sources_are_let_in_but_for_what_was_refused(browser: WebDriver, site: Site) -> None:
    stated = " ".join(site.stage.tracker(name, "") for name in ("sentinel", "own-cdn", TRACKER, "*.pixel"))
    browser.get(page(site, stated=f"'self' 'nonce-abc' {stated}"))
    ready(browser)
    call(browser, "return consentBanner.rejectAll()")
    assert walled(browser)
    browser.execute_script(TRY, image(site, "necessary", "refused", source="src"))
    browser.execute_script(TRY, image(site, "necessary", "own", "own-cdn", source="src"))
    assert arrived(site, "own")
    assert settled(browser, site) == ["own"]


def test_a_second_refusal_narrows_further(browser: WebDriver, site: Site) -> None:
    browser.get(page(site))
    ready(browser)
    choose(browser, "marketing", "analytics")
    assert walled(browser)
    choose(browser, "analytics")
    assert walled(browser, 2)
    assert try_all(browser, site) == set()
    browser.execute_script(TRY, image(site, "necessary", "counted", "counter", source="src"))
    assert arrived(site, "counted")
    assert stays(browser)


def test_a_later_grant_lifts_it_by_one_reload_which_is_announced(browser: WebDriver, site: Site) -> None:
    browser.get(page(site, image(site, "marketing", "image")))
    ready(browser)
    call(browser, "return consentBanner.rejectAll()")
    assert walled(browser)
    decision = call(browser, "return consentBanner.acceptAll()")
    assert decision["categories"]["marketing"] is True
    assert eventually(lambda: NOW in status(browser))
    assert "image" not in names(site)
    assert reloads(browser)
    assert arrived(site, "image")
    assert stays(browser, 2)
    assert browser.execute_script(WALLED) == 0


def test_a_grant_of_some_is_let_in_behind_a_wall_for_the_others(browser: WebDriver, site: Site) -> None:
    browser.get(page(site, image(site, "marketing", "image")))
    ready(browser)
    call(browser, "return consentBanner.rejectAll()")
    assert walled(browser)
    choose(browser, "marketing")
    assert reloads(browser)
    assert arrived(site, "image")
    assert walled(browser)
    assert stays(browser, 2)


def test_what_was_typed_is_not_lost_to_a_grant(browser: WebDriver, site: Site) -> None:
    browser.get(page(site, '<input id="name">'))
    ready(browser)
    call(browser, "return consentBanner.rejectAll()")
    assert walled(browser)
    browser.find_element(By.ID, "name").send_keys("Mari")
    call(browser, "return consentBanner.acceptAll()")
    assert eventually(lambda: "Siis hakkavad lubatud teenused tööle." in status(browser))
    assert stays(browser)


def test_who_refuses_nothing_gets_no_wall(browser: WebDriver, site: Site) -> None:
    browser.get(page(site))
    ready(browser)
    choose(browser, "analytics", "marketing", "preferences")
    assert eventually(lambda: [hit for hit in site.asked("banner.js") if hit.query.get("extra") == ["wall"]])
    browser.execute_script(TRY, image(site, "necessary", "through", source="src"))
    assert arrived(site, "through")
    assert browser.execute_script(WALLED) == 0


def test_a_page_with_a_policy_of_its_own_keeps_it(browser: WebDriver, site: Site) -> None:
    strict = f"script-src 'nonce-own' {site.origin}; connect-src 'self'"
    browser.get(page(site, csp=strict))
    ready(browser)
    call(browser, "return consentBanner.rejectAll()")
    assert walled(browser)
    browser.execute_script(TRY, '<script nonce="own">window.nonced = 1</script><script>window.bare = 1</script>')
    assert browser.execute_script("return [window.nonced, window.bare]") == [1, None]


def test_the_signal_counts_as_a_refusal(chrome: WebDriver, site: Site) -> None:
    chrome.execute_cdp_cmd("Network.enable", {})
    chrome.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {"Sec-GPC": "1"}})
    chrome.get(page(site))
    assert ready(chrome)["reason"] == "gpc"
    assert walled(chrome)
    chrome.execute_script(TRY, image(site, "necessary", "refused", source="src"))
    assert [loads(chrome), reached(site)] == [1, frozenset()]
