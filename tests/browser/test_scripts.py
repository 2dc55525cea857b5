"""Gated scripts run as the browser would have run them: in document order, once, with all their attributes."""

from __future__ import annotations

import base64
import hashlib

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import address, arrived, call, choose, external, fired, inline, names, push, ready, reload, settled
from .stage import TAG, Site, eventually

BEACON = "new Image().src = '{}';"


def queue(site: Site) -> str:
    """Scripts of all kinds, slow and failing ones among them; the async one comes when it comes.

    No plain inline one stands behind the inline module: Chromium does not say when that has run, and in plain HTML it
    runs last.
    """
    nowhere = '<script type="text/plain" data-consent="analytics" src="http://127.0.0.1:9/nowhere.js"></script>'
    missing = external(site, "analytics", "missing", path="/not.missing")
    return "".join((
        external(site, "analytics", "1-slow", wait=0.4),
        inline("analytics", push("2-inline")),
        external(site, "counter", "3-quick", source="data-src"),
        missing, nowhere,
        inline("analytics", push("4-after-failures")),
        external(site, "analytics", "async", "async"),
        external(site, "analytics", "5-defer", "defer", wait=0.2),
        inline("analytics", push("6-inline") + "throw Error('a tag of the page is broken')"),
        external(site, "analytics", "7-module", 'data-type="module"', wait=0.1),
        inline("analytics", push("8-module-inline"), 'data-type="module"'),
        external(site, "analytics", "9-last"),
    ))  # fmt: skip


ORDER = [
    "1-slow",
    "2-inline",
    "3-quick",
    "4-after-failures",
    "5-defer",
    "6-inline",
    "7-module",
    "8-module-inline",
    "9-last",
]


def all_fired(driver: WebDriver, count: int) -> list[str]:
    """What ran, in order, once that many tags have."""
    eventually(lambda: len(fired(driver)) >= count)
    return fired(driver)


def test_scripts_run_in_document_order_whatever_is_slow_or_fails(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(queue(site)))
    ready(browser)
    assert fired(browser) == []
    choose(browser, "analytics")
    ran = all_fired(browser, 10)
    assert ran[0] == "async", "an async script waits for nobody"
    assert ran[1:] == ORDER


def test_the_order_is_the_same_on_a_page_that_was_granted_before(browser: WebDriver, site: Site) -> None:
    browser.get(site.page())
    ready(browser)
    choose(browser, "analytics")
    browser.get(site.page(queue(site), "/next"))
    assert all_fired(browser, 10)[1:] == ORDER


def test_scripts_in_the_head_come_first(browser: WebDriver, site: Site) -> None:
    head = external(site, "analytics", "1-head", wait=0.2) + site.script() + inline("analytics", push("2-head"))
    browser.get(site.page(inline("analytics", push("3-body")), head=head))
    ready(browser)
    choose(browser, "analytics")
    assert all_fired(browser, 3) == ["1-head", "2-head", "3-body"]


def test_a_script_inserted_later_queues_behind_those_before_it(browser: WebDriver, site: Site) -> None:
    browser.get(site.page())
    ready(browser)
    choose(browser, "analytics")
    call(browser, """
    for (const html of arguments) {
      const parsed = new DOMParser().parseFromString(html, 'text/html').querySelector('script');
      const script = document.createElement('script');
      for (const { name, value } of parsed.attributes) script.setAttribute(name, value);
      script.textContent = parsed.textContent;
      document.body.append(script);
      await 0;
    }
    """, external(site, "analytics", "1-slow", wait=0.3), inline("analytics", push("2-inline")),
         external(site, "analytics", "3-quick"), inline("analytics", push("4-inline")))  # fmt: skip
    assert all_fired(browser, 4) == ["1-slow", "2-inline", "3-quick", "4-inline"]


def test_every_attribute_is_kept(browser: WebDriver, site: Site) -> None:
    code = TAG.format(name="whole", code="").encode()
    digest = "sha256-" + base64.b64encode(hashlib.sha256(code).digest()).decode()
    attributes = (
        f'id="tag" class="a b" data-site="7" crossorigin="anonymous" integrity="{digest}" referrerpolicy="no-referrer" '
        f'fetchpriority="low" nonce="abc" async title="tiitel" onload="{push("loaded")}"'
    )
    known = "<script>window.seen = []; document.addEventListener('consent:change', () => seen.push(1))</script>"
    look = "const it = document.currentScript; window.itself = [it.id, it.dataset.site, it.nonce];"
    browser.get(site.page(known + external(site, "analytics", "whole", attributes)
                          + inline("counter", look, 'id="inline" data-site="8" nonce="def"')))  # fmt: skip
    ready(browser)
    choose(browser, "analytics")
    assert sorted(all_fired(browser, 2)) == ["loaded", "whole"]
    element = browser.find_element(By.ID, "tag")
    kept = {name: element.get_dom_attribute(name) for name in (
        "class", "data-site", "crossorigin", "integrity", "referrerpolicy", "fetchpriority", "title")}  # fmt: skip
    assert kept == {
        "class": "a b", "data-site": "7", "crossorigin": "anonymous", "integrity": digest,
        "referrerpolicy": "no-referrer", "fetchpriority": "low", "title": "tiitel",
    }  # fmt: skip
    assert element.get_dom_attribute("async") is not None
    assert browser.execute_script("return document.getElementById('tag').nonce") == "abc"
    assert eventually(lambda: browser.execute_script("return window.itself")) == ["inline", "8", "def"]
    [hit] = [hit for hit in site.hits("counter") if hit.query["name"] == ["whole"]]
    assert "referer" not in hit.headers, "referrerpolicy"
    assert hit.headers["origin"] == site.origin, "crossorigin"


def test_a_script_with_a_wrong_digest_does_not_run_and_the_rest_does(browser: WebDriver, site: Site) -> None:
    wrong = "sha256-" + base64.b64encode(hashlib.sha256(b"another").digest()).decode()
    browser.get(site.page(external(site, "analytics", "changed", f'crossorigin integrity="{wrong}"')
                          + inline("analytics", push("after"))))  # fmt: skip
    ready(browser)
    choose(browser, "analytics")
    assert all_fired(browser, 1) == ["after"]
    assert settled(browser, site) == ["changed"]


def test_what_waits_in_the_queue_is_held_when_the_grant_goes(browser: WebDriver, site: Site) -> None:
    beacon = BEACON.format(address(site, "counter", "inline", "/pixel.gif"))
    browser.get(site.page(external(site, "analytics", "slow", wait=0.8) + inline("analytics", beacon)
                          + external(site, "analytics", "after") + external(site, "marketing", "other")))  # fmt: skip
    ready(browser)
    call(browser, """
    await consentBanner.save({categories: {analytics: true, marketing: true}});
    await consentBanner.save({categories: {marketing: true}});
    """)  # fmt: skip
    assert eventually(lambda: {"slow", "other"} <= set(fired(browser)))
    assert sorted(settled(browser, site)) == ["other", "slow"], "the others still waited when the grant went"
    choose(browser, "analytics", "marketing")  # and run after all when the grant comes again
    assert arrived(site, "inline", "after")
    assert sorted(settled(browser, site)) == ["after", "inline", "other", "slow"], "each once"


def test_what_was_removed_while_it_waited_does_not_run(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(external(site, "analytics", "slow", wait=0.3) + inline("analytics", push("gone"), 'id="gone"')
                          + inline("analytics", push("stays"))))  # fmt: skip
    ready(browser)
    choose(browser, "analytics")
    browser.execute_script("window.kept = document.getElementById('gone'); kept.remove()")
    assert all_fired(browser, 2) == ["slow", "stays"]
    browser.execute_script("document.body.append(kept)")
    assert all_fired(browser, 3) == ["slow", "stays", "gone"]


def test_a_second_grant_runs_nothing_twice(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(external(site, "analytics", "external") + inline("analytics", push("inline"))))
    ready(browser)
    choose(browser, "analytics")
    assert all_fired(browser, 2) == ["external", "inline"]
    choose(browser)
    choose(browser, "analytics")
    call(browser, "return consentBanner.acceptAll()")
    assert settled(browser, site) == ["external"]
    assert fired(browser) == ["external", "inline"]


def test_the_script_included_twice_runs_nothing_twice(browser: WebDriver, site: Site) -> None:
    head = site.script() + site.script("?lang=en") + '<script src="/consent/banner.js?lang=et"></script>'
    browser.get(site.page(external(site, "analytics", "external") + inline("analytics", push("inline")), head=head))
    ready(browser)
    browser.execute_script("document.head.append(Object.assign(document.createElement('script'), {src: arguments[0]}))",
                           f"{site.origin}/consent/banner.js?lang=et&again")  # fmt: skip
    choose(browser, "analytics")
    assert all_fired(browser, 2) == ["external", "inline"]
    assert settled(browser, site) == ["external"]
    assert len(browser.find_elements(By.ID, "jutt-consent")) == 1
    assert len(site.asked("choices")) == 1
    assert browser.execute_script("return dataLayer.length") == 2, "ready and change, each once"


def test_a_script_of_another_type_is_none_of_ours(browser: WebDriver, site: Site) -> None:
    """Data blocks, import maps and running scripts may carry the mark: nothing of theirs is touched."""
    body = (
        '<script type="application/json" data-consent="analytics" id="data">{"a": 1}</script>'
        '<template><script type="text/plain" data-consent="analytics">' + push("template") + "</script></template>"
    )
    browser.get(site.page(body + inline("analytics", push("ours"))))
    ready(browser)
    choose(browser, "analytics")
    assert all_fired(browser, 1) == ["ours"]
    data = browser.find_element(By.ID, "data")
    assert (data.get_dom_attribute("type"), data.get_property("textContent")) == ("application/json", '{"a": 1}')


def test_the_next_page_runs_them_again(browser: WebDriver, site: Site) -> None:
    browser.get(site.page(external(site, "analytics", "external") + inline("analytics", push("inline"))))
    ready(browser)
    choose(browser, "analytics")
    assert all_fired(browser, 2) == ["external", "inline"]
    reload(browser)
    assert all_fired(browser, 2) == ["external", "inline"]
    assert names(site) == ["external", "external"]
