"""A withdrawal is felt: what a script cannot see or stop goes too, by the service's answer and by one reload."""

from __future__ import annotations

import json
from contextlib import suppress
from html import escape

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import Rejected, address, arrived, call, choose, external, image, inline, names, ready, settled
from .conftest import press
from .stage import Site, Stage, eventually
from .visiting import open_preferences, status

LOADS = "<script>sessionStorage.loads = 1 + Number(sessionStorage.loads || 0)</script>"
NOW = "Laadime lehe uuesti, et teenused, mida sa enam ei luba, siin edasi ei töötaks."
LATER = "Kui oled sisestatu salvestanud, laadi leht uuesti."
OPEN = """
const [name, hold] = arguments;
return new Promise((done, failed) => {
  const opening = indexedDB.open(name);
  opening.onsuccess = () => {
    hold ? (window.held = opening.result) : opening.result.close();
    done();
  };
  opening.onerror = failed;
});
"""
DATABASES = "return (await indexedDB.databases()).map(({name}) => name).sort()"


def loads(driver: WebDriver) -> int:
    """How often this page was loaded; 0 while it is just being loaded."""
    with suppress(WebDriverException):
        return int(driver.execute_script("return sessionStorage.loads") or 0)
    return 0


def reloads(driver: WebDriver, times: int = 2) -> bool:
    return bool(eventually(lambda: loads(driver) >= times, 8.0))


def stays(driver: WebDriver, times: int = 1) -> bool:
    """Whether the page is loaded no more than so often, well beyond the time that a reload takes."""
    return not eventually(lambda: loads(driver) > times, 4.0)


def beat(site: Site, consent: str = "analytics") -> str:
    """A marked script that calls home ten times a second for as long as it lives."""
    home = address(site, "counter", "beat", "/pixel.gif")
    return inline(consent, f"setInterval(() => new Image().src = '{home}&' + Math.random(), 100)")


def running(driver: WebDriver, site: Site, body: str = "", **script: str) -> None:
    """A page in which a granted script runs."""
    driver.get(site.page(LOADS + beat(site) + body, head=site.script(**script)))
    ready(driver)
    choose(driver, "analytics", "preferences")
    assert arrived(site, "beat")


def silent(driver: WebDriver, site: Site) -> bool:
    before = settled(driver, site).count("beat")
    return not eventually(lambda: names(site).count("beat") > before, 0.5)


def test_a_script_that_ran_is_ended_by_one_reload_which_is_announced(browser: WebDriver, site: Site) -> None:
    running(browser, site)
    decision = call(browser, "return consentBanner.withdraw()")
    assert decision["categories"]["analytics"] is False
    assert eventually(lambda: NOW in status(browser))
    assert status(browser).startswith("Kasutusel:"), "what was saved is said first"
    assert loads(browser) == 1, "there is time to hear it"
    assert reloads(browser)
    assert ready(browser)["reason"] == "recorded"
    assert silent(browser, site)
    assert stays(browser, 2)


def test_by_clicks_and_a_narrowing_reloads_too(browser: WebDriver, site: Site) -> None:
    running(browser, site)
    dialog = open_preferences(browser, "launcher")
    dialog.find_element(By.CSS_SELECTOR, 'input[name="analytics"]').click()
    press(browser, "save")
    assert reloads(browser)
    assert ready(browser)["categories"]["preferences"] is True
    assert silent(browser, site)


def test_other_tabs_of_the_origin_are_reloaded_too(browser: WebDriver, site: Site) -> None:
    running(browser, site)
    there = browser.current_window_handle
    browser.switch_to.new_window("tab")
    browser.get(site.page(path="/here"))
    ready(browser)
    call(browser, "return consentBanner.withdraw()")
    browser.switch_to.window(there)
    assert reloads(browser)
    assert silent(browser, site)


def test_where_no_script_ran_there_is_nothing_to_end(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(LOADS + image(site, "marketing", "image") + external(site, "analytics", "script")))
    ready(browser)
    choose(browser, "marketing")
    assert arrived(site, "image")
    call(browser, "return consentBanner.withdraw()")
    assert stays(browser)


def test_a_script_of_what_stays_granted_runs_on(browser: WebDriver, site: Site) -> None:
    running(browser, site)
    choose(browser, "analytics")
    assert stays(browser)
    assert not silent(browser, site)


def test_what_was_typed_is_not_lost(browser: WebDriver, site: Site) -> None:
    form = '<form><input id="first"><textarea id="text">Algus</textarea><select><option>a<option>b</select></form>'
    running(browser, site, form)
    browser.find_element(By.ID, "text").send_keys(" ja lõpp")
    call(browser, "return consentBanner.withdraw()")
    assert eventually(lambda: LATER in status(browser))
    assert stays(browser)
    assert browser.find_element(By.ID, "text").get_attribute("value") == "Algus ja lõpp"


def test_a_form_as_it_came_is_no_reason_to_stay(browser: WebDriver, site: Site) -> None:
    fields = """
      <form><input value="a"><input type="checkbox" checked><input type="checkbox"><input type="range">
      <input type="color"><input type="date"><input type="hidden" value="x"><textarea>
      kaks rida</textarea><select><option>a<option>b</select><input type="number" value="1.50"></form>
    """
    running(browser, site, fields)
    call(browser, "return consentBanner.withdraw()")
    assert reloads(browser)


def test_a_page_may_do_without(browser: WebDriver, site: Site) -> None:
    running(browser, site, attributes='data-reload="off"')
    call(browser, "return consentBanner.withdraw()")
    assert stays(browser)


def test_nothing_is_reloaded_while_the_refusal_waits_to_be_recorded(browser: WebDriver, site: Site) -> None:
    running(browser, site)
    site.fault("choices", drop=True)
    with pytest.raises(Rejected):
        call(browser, "return consentBanner.withdraw()")
    assert stays(browser)
    site.mend("choices")
    browser.execute_script("dispatchEvent(new Event('online'))")
    assert reloads(browser)
    assert ready(browser)["categories"]["analytics"] is False


def test_nothing_is_reloaded_under_an_open_preference_centre(browser: WebDriver, site: Site) -> None:
    running(browser, site)
    call(browser, "await consentBanner.withdraw(); await consentBanner.open()")
    assert stays(browser)
    browser.execute_script("consentBanner.close()")
    assert reloads(browser)


def test_a_change_of_mind_in_time_keeps_the_page(browser: WebDriver, site: Site) -> None:
    running(browser, site)
    call(browser, "await consentBanner.withdraw()")
    choose(browser, "analytics")
    assert stays(browser)


def test_an_old_decision_in_a_cached_page_reloads_it_once_and_not_for_ever(browser: WebDriver, site: Site) -> None:
    running(browser, site)
    old = browser.execute_script("return JSON.stringify({...consentBanner.decision})")
    call(browser, "return consentBanner.withdraw()")
    assert reloads(browser)
    browser.get(site.page(LOADS + beat(site), "/cached", head=site.script(attributes=f'data-decision="{escape(old)}"')))
    assert ready(browser)["services"] == json.loads(old)["services"]
    before = loads(browser)
    browser.execute_script("dispatchEvent(new Event('online'))")
    assert reloads(browser, before + 1)
    ready(browser)
    browser.execute_script("dispatchEvent(new Event('online'))")
    assert eventually(lambda: not browser.execute_script("return consentBanner.allows('analytics')"))
    assert stays(browser, before + 1)


def test_declared_databases_go_and_no_others(browser: WebDriver, site: Site) -> None:
    browser.get(site.page())
    ready(browser)
    choose(browser, "analytics")
    for name in ("basket", "count-visits", "count-of-nothing", "countless"):
        call(browser, OPEN, name, False)
    assert call(browser, DATABASES) == ["basket", "count-of-nothing", "count-visits", "countless"]
    call(browser, "return consentBanner.withdraw()")
    assert eventually(lambda: call(browser, DATABASES) == ["basket", "countless"])


def test_a_database_that_a_script_holds_open_goes_with_its_page(chrome: WebDriver, site: Site) -> None:
    """In Chromium: WebKit forgets what a page that is gone wanted to be deleted."""
    running(chrome, site)
    call(chrome, OPEN, "count-visits", True)
    call(chrome, "return consentBanner.withdraw()")
    assert reloads(chrome)
    ready(chrome)
    assert eventually(lambda: call(chrome, DATABASES) == [])


@pytest.mark.usefixtures("stage")
def test_answers_of_a_services_hosts_leave_the_caches(browser: WebDriver, site: Site, stage: Stage) -> None:
    browser.get(site.page())
    ready(browser)
    if not browser.execute_script("return 'caches' in window"):
        pytest.skip("this engine keeps no caches over plain http")
    choose(browser, "analytics", "marketing")
    mine = f"{site.origin}/own.css"
    theirs, others = (stage.tracker(name, "/kept.gif") for name in ("counter", "pixel"))
    put = "const cache = await caches.open('site'); for (const each of arguments) await cache.put(each, new Response())"
    call(browser, put, mine, theirs, others)
    choose(browser, "marketing")
    left = "return (await (await caches.open('site')).keys()).map(({url}) => url).sort()"
    assert eventually(lambda: call(browser, left) == sorted([mine, others]))


def test_a_worker_that_only_imports_a_service_goes_and_the_sites_own_stays(chrome: WebDriver, site: Site) -> None:
    there = address(site, "counter", "worker", code="")
    workers = {
        "/push.js": f"// The service's file, as its guide says.\nimportScripts('{there}');\n",
        "/site/own.js": f"importScripts('{there}');\naddEventListener('fetch', () => {{}});\n",
    }
    for path, text in workers.items():
        site.stage.pages[site.host, path] = (text, {"Content-Type": "text/javascript"})
    chrome.get(site.page())
    ready(chrome)
    choose(chrome, "analytics")
    for path in workers:
        call(chrome, "await navigator.serviceWorker.register(arguments[0])", path)
    registered = "return (await navigator.serviceWorker.getRegistrations()).map(({scope}) => scope).sort()"
    assert call(chrome, registered) == [f"{site.origin}/", f"{site.origin}/site/"]
    call(chrome, "return consentBanner.withdraw()")
    assert eventually(lambda: call(chrome, registered) == [f"{site.origin}/site/"])


def test_partitioned_cookies_go_too(chrome: WebDriver, site: Site) -> None:
    chrome.get(site.page())
    ready(chrome)
    choose(chrome, "analytics")
    for name in ("_count_there", "basket"):
        chrome.execute_script(f"document.cookie = '{name}=1; max-age=999; path=/; secure; partitioned'")
    assert "_count_there=1" in chrome.execute_script("return document.cookie")
    call(chrome, "return consentBanner.withdraw()")
    assert eventually(lambda: chrome.execute_script("return document.cookie") == "basket=1")


def test_cookies_that_only_a_server_sees_are_taken_by_the_service(browser: WebDriver, site: Site) -> None:
    page = site.page()
    markup, _ = site.stage.pages[site.host, "/"]
    site.stage.pages[site.host, "/"] = (markup, {"Set-Cookie": "_count_http=1; HttpOnly; Path=/; Max-Age=999"})
    browser.get(page)
    ready(browser)
    assert "_count_http" in {cookie["name"] for cookie in browser.get_cookies()}
    call(browser, "return consentBanner.rejectAll()")
    assert {cookie["name"] for cookie in browser.get_cookies()} == {"consent"}


def test_a_first_refusal_takes_what_an_earlier_life_left(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(LOADS))
    ready(browser)
    call(browser, OPEN, "count-visits", False)
    call(browser, "return consentBanner.rejectAll()")
    assert eventually(lambda: call(browser, DATABASES) == [])
    assert stays(browser)
