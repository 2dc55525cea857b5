"""What is marked loads when it was granted, and not a moment before: judged by what reached the trackers."""

from __future__ import annotations

import itertools
import json
from html import escape
from urllib.request import urlopen

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from consent_banner.cookie import CookieSigner
from consent_banner.policy import Policy, read_policy
from tests.conftest import DAY, KEY, NOW, consent_of

from .acts import (
    address,
    arrived,
    before_any_script,
    call,
    check,
    choose,
    external,
    image,
    inline,
    names,
    push,
    ready,
    reload,
    settled,
)  # fmt: skip
from .conftest import part, policy_text
from .stage import Site, Stage, eventually

STORED = """
const stores = (await indexedDB.databases()).map((each) => each.name);
return {
  local: Object.keys(localStorage), session: Object.keys(sessionStorage), script: document.cookie, stores,
  caches: window.caches ? await caches.keys() : [],
  workers: navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0,
};
"""
NOTHING = {"local": [], "session": [], "script": "", "stores": [], "caches": [], "workers": 0}


@pytest.fixture(scope="module")
def policy(stage: Stage) -> Policy:
    """The policy that the service on stage is asking under."""
    return read_policy(policy_text(stage))


def one_of_each(site: Site) -> str:
    """A tag for each category and for each service, named after it."""
    every = ("preferences", "analytics", "marketing", "video", "counter", "heatmap", "pixel")
    return "".join(external(site, name, name) for name in every)


WAYS = {
    "inline": "<script {held}>new Image().src = '{pixel}'</script>",
    "external": '<script {held} src="{tag}"></script>',
    "data-src": '<script {held} {data}src="{tag}"></script>',
    "async": '<script {held} async src="{tag}"></script>',
    "defer": '<script {held} defer src="{tag}"></script>',
    "module": '<script {module} src="{tag}"></script>',
    "module-inline": "<script {module}>import '{tag}'</script>",
    "image": '<img {mark} {data}src="{pixel}" alt="">',
    "srcset": '<img {mark} {data}srcset="{pixel} 1x" alt="">',
    "picture": '<picture><source {mark} {data}srcset="{pixel}"><img alt=""></picture>',
    "iframe": '<iframe {mark} {data}src="{frame}"></iframe>',
    "stylesheet": '<link rel="stylesheet" {mark} {data}href="{style}">',
    "video": '<video {mark} {data}src="{pixel}" preload="auto"></video>',
}
UNGATED = {"held": "", "module": 'type="module"', "mark": "", "data": ""}
MARK = 'data-consent="analytics"'
GATED = {
    "held": f'type="text/plain" {MARK}',
    "module": f'type="text/plain" {MARK} data-type="module"',
    "mark": MARK,
    "data": "data-",
}


def every_way(site: Site, form: dict[str, str]) -> str:
    """Every way in which a tag reaches its tracker, as it is written without a gate, or behind one."""
    paths = {"tag": "/tag.js", "pixel": "/pixel.gif", "frame": "/frame.html", "style": "/style.css"}
    return "".join(
        way.format(**form, **{kind: address(site, "counter", name, path) for kind, path in paths.items()})
        for name, way in WAYS.items()
    )


def test_every_way_reaches_its_tracker_ungated_is_silent_unasked_and_loads_once_granted(
    browser: WebDriver, site: Site
) -> None:
    browser.get(site.page(every_way(site, UNGATED), "/bare", head=""))
    assert arrived(site, *WAYS), f"a tag that never worked proves nothing: {set(WAYS) - set(names(site))}"
    settled(browser, site)
    site.stage.hits.clear()

    browser.get(site.page(every_way(site, GATED), "/gated"))
    ready(browser)
    assert settled(browser, site) == []
    choose(browser, "analytics")
    assert arrived(site, *WAYS), f"granted, and never loaded: {set(WAYS) - set(names(site))}"
    loaded = settled(browser, site)
    once = [name for name in WAYS if name != "video"]  # WebKit asks now once, now twice, for a video that is none.
    assert sorted(name for name in loaded if name != "video") == sorted(once)


def test_C01_K08_nothing_is_stored_before_a_choice(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(one_of_each(site)))
    assert ready(browser)["reason"] == "none"
    assert part(browser, "notice") is not None
    settled(browser, site)
    assert call(browser, STORED) == NOTHING
    assert browser.get_cookies() == []


def test_C02_nothing_is_asked_of_other_hosts_before_a_choice(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(one_of_each(site)))
    ready(browser)
    assert part(browser, "notice") is not None
    hosts = "return performance.getEntriesByType('resource').map((each) => new URL(each.name).host)"
    assert set(browser.execute_script(hosts)) <= {f"{site.host}:{site.stage.port}"}
    assert browser.find_elements(By.CSS_SELECTOR, "link[rel*=prefetch], link[rel=preconnect], link[rel=preload]") == []
    assert settled(browser, site) == []


def test_C05_neither_scrolling_nor_clicking_nor_escape_nor_coming_again_lets_anything_load(
    browser: WebDriver, site: Site
) -> None:
    browser.get(site.page(one_of_each(site) + '<p id="text">Tekst</p><div style="height: 3000px">'))
    ready(browser)
    browser.execute_script("scrollTo(0, 2000)")
    browser.find_element(By.TAG_NAME, "html").click()
    ActionChains(browser).send_keys(Keys.ESCAPE, Keys.TAB, Keys.ESCAPE).perform()
    assert settled(browser, site) == []
    reload(browser)
    assert ready(browser)["decided"] is False
    assert settled(browser, site) == []
    assert browser.get_cookies() == []


@pytest.mark.parametrize("granted", [c for n in range(4) for c in itertools.combinations(
    ("preferences", "analytics", "marketing"), n)], ids=lambda granted: "+".join(granted) or "none")  # fmt: skip
def test_C10_T15_check_cookie_page_data_layer_and_tags_agree(
    browser: WebDriver, site: Site, policy: Policy, granted: tuple[str, ...]
) -> None:
    services = {s.id for s in policy.services if s.category in granted}
    expected = {*granted, *services}
    browser.get(site.page(one_of_each(site)))
    ready(browser)
    choose(browser, *granted)
    assert arrived(site, *expected)
    assert sorted(settled(browser, site)) == sorted(expected)
    site.stage.hits.clear()
    reload(browser)  # and on the next page, from the cookie alone

    chosen = {"categories": {c.id: c.id in granted or c.required for c in policy.categories},
              "services": {s.id: s.category in granted for s in policy.services}}  # fmt: skip
    assert ready(browser)["reason"] == "recorded"
    pushed = call(browser, "return window.dataLayer.at(-1).consent")
    for told in (call(browser, "return consentBanner.decision"), check(browser), pushed):
        assert {name: told[name] for name in chosen} == chosen
    [cookie] = browser.get_cookies()
    signed = CookieSigner(policy, [KEY]).load(cookie["value"])
    assert signed is not None
    assert set(signed.categories) - {"necessary"} == set(granted)
    assert set(signed.services) == services
    assert arrived(site, *expected)
    assert sorted(settled(browser, site)) == sorted(expected)


def test_a_service_may_differ_from_its_category(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(one_of_each(site)))
    ready(browser)
    choose(browser, "analytics", heatmap=False, video=True)
    expected = ["analytics", "counter", "video"]
    assert arrived(site, *expected)
    assert sorted(settled(browser, site)) == expected
    site.stage.hits.clear()
    reload(browser)
    assert arrived(site, *expected)
    assert sorted(settled(browser, site)) == expected


def test_a_name_that_the_policy_lacks_never_loads(browser: WebDriver, site: Site) -> None:
    strange = (
        "",
        "statistics",
        "Analytics",
        "analytics ",
        "__proto__",
        "constructor",
        "toString",
        "decided",
        "*",
        "true",
    )
    tags = [
        external(site, name, f"strange{n}") + image(site, name, f"strange-image{n}") for n, name in enumerate(strange)
    ]
    browser.get(site.page("".join(tags) + external(site, "analytics", "known")))
    ready(browser)
    call(browser, "return consentBanner.acceptAll()")
    assert arrived(site, "known")
    assert settled(browser, site) == ["known"]
    assert browser.execute_script("return arguments[0].map((name) => consentBanner.allows(name))", strange) == [
        False
    ] * len(strange)


def test_the_required_category_loads_unasked_but_not_before_the_decision_is_known(
    browser: WebDriver, site: Site
) -> None:
    site.fault("check", delay=2.0)
    browser.get(site.page(external(site, "necessary", "needed")))
    assert browser.execute_script("return [consentBanner.decision, consentBanner.allows('necessary')]") == [None, False]
    assert settled(browser, site) == []
    assert arrived(site, "needed")


def test_nobody_is_asked_before_the_decision_is_known(browser: WebDriver, site: Site) -> None:
    page = site.page(external(site, "analytics", "tag"), head=site.script(attributes='data-reuse="0"'))
    site.fault("check", delay=0.5)
    browser.get(page)
    shown = "return !!document.querySelector('[data-consent-part=notice]')?.checkVisibility()"
    seen = [browser.execute_script(shown + " && !consentBanner.decision") for _ in range(20)]
    assert not any(seen), "a visitor who has chosen would see the notice flash by"
    assert part(browser, "notice") is not None


def test_elements_inserted_later_are_gated_alike(browser: WebDriver, site: Site) -> None:
    browser.get(site.page('<div id="place"></div>'))
    ready(browser)
    later = """
    const place = document.getElementById('place');
    place.innerHTML = arguments[0];
    place.insertAdjacentHTML('beforeend', arguments[1]);
    const made = document.createElement('script');
    Object.assign(made, {type: 'text/plain', src: arguments[2]});
    made.dataset.consent = 'analytics';
    document.head.append(made);
    const deep = document.createElement('div');
    deep.innerHTML = `<section><p>${arguments[3]}</p></section>`;
    place.append(deep);
    """

    def added(when: str) -> None:
        browser.execute_script(
            later,
            external(site, "analytics", f"{when}-html"),
            image(site, "analytics", f"{when}-image"),
            address(site, "counter", f"{when}-made"),
            image(site, "counter", f"{when}-deep"),
        )

    added("before")
    assert settled(browser, site) == []
    choose(browser, "analytics")
    early = ["before-deep", "before-html", "before-image", "before-made"]
    assert arrived(site, *early)
    added("after")
    late = ["after-deep", "after-html", "after-image", "after-made"]
    assert arrived(site, *late)
    browser.execute_script("document.getElementById('place').innerHTML += arguments[0]", image(site, "marketing", "no"))
    assert "no" not in settled(browser, site)
    assert sorted(names(site)) == sorted(early + late)


def test_an_element_that_is_marked_later_is_gated_from_then_on(browser: WebDriver, site: Site) -> None:
    browser.get(
        site.page(f'<img id="later" data-src="{escape(address(site, "pixel", "later", "/pixel.gif"))}" alt="">')
    )
    ready(browser)
    choose(browser, "marketing")
    assert settled(browser, site) == []
    browser.execute_script("document.getElementById('later').dataset.consent = 'marketing'")
    assert arrived(site, "later")


def test_an_element_that_is_moved_does_not_load_twice(browser: WebDriver, site: Site) -> None:
    browser.get(site.page('<div id="from">' + external(site, "analytics", "script") + image(site, "analytics", "image")
                          + inline("analytics", push("inline")) + '</div><div id="to"></div>'))  # fmt: skip
    ready(browser)
    choose(browser, "analytics")
    assert arrived(site, "script", "image")
    assert eventually(lambda: browser.execute_script("return (window.fired || []).length == 2"))
    call(browser, """
    const [from, to] = ["from", "to"].map((id) => document.getElementById(id));
    to.append(...from.children);
    await new Promise((next) => setTimeout(next, 50));
    document.body.prepend(...to.children);
    """)  # fmt: skip
    assert sorted(settled(browser, site)) == ["image", "script"]
    assert browser.execute_script("return [...window.fired].sort()") == ["inline", "script"]


def test_C18_a_changed_register_asks_again_and_old_grants_no_longer_count(
    browser: WebDriver, site: Site, revised: str
) -> None:
    browser.get(site.page(one_of_each(site), head=site.script(attributes='data-reuse="0"')))
    ready(browser)
    call(browser, "return consentBanner.acceptAll()")
    reload(browser)
    assert ready(browser)["reason"] == "recorded"
    assert part(browser, "notice", 0) is None, "the same register: not asked again"
    settled(browser, site)
    site.stage.hits.clear()

    site.served_by(revised)
    reload(browser)
    told = ready(browser)
    assert [told["decided"], told["reason"]] == [False, "outdated"]
    assert settled(browser, site) == []
    notice = part(browser, "notice")
    assert notice is not None, "asked again"
    assert "Newcomer" in notice.text, "and told what changed"
    call(browser, "return consentBanner.rejectAll()")
    reload(browser)
    assert ready(browser)["reason"] == "recorded"
    assert part(browser, "notice", 0) is None, "a refusal is not asked again either"


def test_C20_nothing_is_inferred_from_a_cookie_that_proves_nothing(
    browser: WebDriver, site: Site, policy: Policy
) -> None:
    now = consent_of(policy, categories=frozenset({"necessary", "analytics"}), services=frozenset({"counter"}))
    good = CookieSigner(policy, [KEY]).dump(now)
    past = consent_of(policy, given_at=NOW - 400 * DAY)
    spoilt = {
        "one byte": (good[:20] + ("A" if good[20] != "A" else "B") + good[21:], "invalid"),
        "another key": (CookieSigner(policy, ["x" * 40]).dump(now), "invalid"),
        "an old version": (CookieSigner(policy, [KEY]).dump(consent_of(policy, revision="00000000")), "outdated"),
        "expired": (CookieSigner(policy, [KEY]).dump(past), "expired"),
        "rubbish": ("true", "invalid"),
        "huge": ("A" * 3500, "invalid"),
    }
    page = site.page(one_of_each(site))
    browser.get(page)
    browser.add_cookie({"name": "consent", "value": good, "path": "/", "httpOnly": True})
    browser.get(page)
    assert ready(browser)["reason"] == "recorded", "a good one works"
    assert arrived(site, "analytics", "counter")
    settled(browser, site)
    call(browser, "sessionStorage.clear()")  # Verified a moment ago, it may be reused: not what this is about.
    site.stage.hits.clear()
    for what, (value, reason) in spoilt.items():
        browser.delete_all_cookies()
        browser.add_cookie({"name": "consent", "value": value, "path": "/", "httpOnly": True})
        browser.get(page)
        told = ready(browser)
        assert [told["decided"], told["reason"]] == [False, reason], what
        assert part(browser, "notice") is not None, f"{what}: asked again"
        assert settled(browser, site) == [], what


def test_C20_a_cookie_of_another_site_is_not_ours(browser: WebDriver, site: Site, stage: Stage) -> None:
    other = Site(stage, f"other-{site.host.partition('.')[0]}")
    browser.get(other.page())
    ready(browser)
    call(browser, "return consentBanner.acceptAll()")
    browser.get(site.page(one_of_each(site)))
    assert ready(browser)["reason"] == "none"
    assert settled(browser, site) == []


CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
AGENTS = (CHROME, f"{CHROME} Chrome-Lighthouse", GOOGLEBOT)


def test_C22_an_auditor_sees_what_a_visitor_sees(chromium_driver: WebDriver, site: Site) -> None:
    """Chromium alone: only its protocol changes the user agent of a running browser."""
    page, seen = site.page(one_of_each(site)), set()
    try:
        for agent, automated in itertools.product(AGENTS, (True, False)):
            driven = f"Object.defineProperty(navigator, 'webdriver', {{value: {json.dumps(automated)}}})"
            with before_any_script(chromium_driver, driven):
                chromium_driver.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": agent})
                chromium_driver.get(page)
                told = ready(chromium_driver)
                notice = part(chromium_driver, "notice")
                assert notice is not None
                assert chromium_driver.execute_script("return navigator.webdriver") is automated
                seen.add((json.dumps(told, sort_keys=True), notice.get_attribute("outerHTML"), str(notice.size)))
                assert settled(chromium_driver, site) == []
    finally:
        chromium_driver.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": ""})
        chromium_driver.get("about:blank")
    assert len(seen) == 1


def test_C22_automation_is_not_hidden_from_in_either_engine(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(one_of_each(site)))
    assert browser.execute_script("return navigator.webdriver") is True
    assert ready(browser)["reason"] == "none"
    assert part(browser, "accept-all") is not None


def test_C23_T17_the_signal_is_an_answer_and_no_notice_is_pushed(chromium_driver: WebDriver, site: Site) -> None:
    """Chromium alone: only its protocol sends the header from a page."""
    driver = chromium_driver
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {"Sec-GPC": "1"}})
    try:
        driver.get(site.page(one_of_each(site)))
        told = ready(driver)
        assert [told["decided"], told["reason"], told["gpc"]] == [True, "gpc", True]
        assert told["categories"]["marketing"] is False
        assert settled(driver, site) == []
        assert part(driver, "notice", 0) is None
        assert driver.get_cookies() == []

        choose(driver, "analytics")  # An explicit later choice by the visitor outranks the signal.
        assert arrived(site, "analytics", "counter", "heatmap")
        reload(driver)
        assert [ready(driver)[name] for name in ("reason", "gpc")] == ["recorded", True]
    finally:
        driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {}})


def test_C23_T17_the_property_alone_is_the_signal_too(browser: WebDriver, site: Site) -> None:
    signal = "<script>Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})</script>"
    browser.get(site.page(one_of_each(site), head=signal + site.script()))
    told = ready(browser)
    assert [told["decided"], told["reason"], told["gpc"]] == [True, "gpc", True]
    assert settled(browser, site) == []
    assert part(browser, "notice", 0) is None
    choose(browser, "marketing")
    assert arrived(site, "marketing", "pixel")


def test_T17_the_site_says_that_it_honours_the_signal(site: Site) -> None:
    with urlopen(f"http://127.0.0.1:{site.stage.port}/.well-known/gpc.json") as answer:
        said = json.load(answer)
        assert answer.headers.get_content_type() == "application/json"
    assert said["gpc"] is True
    assert len(said["lastUpdate"]) == 10


def test_T14_O07_with_the_script_blocked_nothing_is_sent(browser: WebDriver, site: Site) -> None:
    site.fault("banner.js", drop=True)
    browser.get(site.page(every_way(site, GATED) + one_of_each(site)))
    assert browser.execute_script("return typeof consentBanner") == "undefined"
    assert settled(browser, site) == []


def test_K01_the_server_sets_the_cookie_and_the_script_writes_none(browser: WebDriver, site: Site) -> None:
    spy = """<script>
    window.written = [];
    const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
    Object.defineProperty(document, 'cookie', { get, set(value) { written.push(value); set.call(this, value); } });
    </script>"""
    browser.get(site.page(head=spy + site.script()))
    ready(browser)
    for act in ("acceptAll", "rejectAll", "withdraw"):
        call(browser, f"return consentBanner.{act}()")
        [cookie] = browser.get_cookies()
        assert (cookie["name"], cookie["httpOnly"], cookie["domain"].lstrip(".")) == ("consent", True, site.host), act
    assert browser.execute_script("return window.written") == []
