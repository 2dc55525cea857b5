"""Behind the guard the page's own code goes on as before, and what a refused service declares is not stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import call, choose, ready
from .stage import Site, eventually

GUARD = '<script src="/consent/banner.js?lang=et&guard=1" {}></script>'
STRICT = (
    "default-src 'none'; script-src 'nonce-page'; connect-src 'self' {tracker}; img-src 'self' {tracker}; "
    "require-trusted-types-for 'script'; trusted-types consent-banner"
)


@pytest.fixture
def guarded(browser: WebDriver, site: Site) -> WebDriver:
    """A guarded page whose visitor has not answered."""
    browser.get(site.page(head=GUARD.format("")))
    ready(browser)
    return browser


class TestTheHostsOfNobody:
    def test_are_untouched(self, guarded: WebDriver, site: Site) -> None:
        address = site.stage.tracker("nobody", f"/pixel.gif?site={site.host}")
        call(
            guarded, "new Image().src = arguments[0]; document.body.innerHTML += `<img src=${arguments[0]}&b>`", address
        )
        assert eventually(lambda: len(site.hits("nobody")) == 2)

    def test_nor_is_the_service_itself(self, guarded: WebDriver) -> None:
        assert call(guarded, "return (await (await fetch('/consent/check')).json()).reason") == "none"


class TestARequestThatMustWait:
    def test_fails_as_without_a_network(self, guarded: WebDriver, site: Site) -> None:
        told = call(guarded, """
        const address = arguments[0];
        const xhr = new XMLHttpRequest();
        const heard = new Promise((done) => {
          for (const name of ["load", "error"]) xhr.addEventListener(name, () => done(name));
        });
        xhr.open("GET", address);
        xhr.send();
        const failed = await fetch(address).catch((error) => error.constructor.name);
        return [failed, await heard, navigator.sendBeacon(address)];
        """, site.stage.tracker("pixel", "/x.gif"))  # fmt: skip
        assert told == ["TypeError", "error", True]
        assert site.hits("pixel") == []

    def test_a_socket_closes(self, guarded: WebDriver, site: Site) -> None:
        told = call(guarded, """
        const address = arguments[0].replace("http", "ws");
        const socket = new WebSocket(address);
        const heard = [];
        socket.onerror = () => heard.push("error");
        await new Promise((done) => socket.addEventListener("close", done));
        socket.send("nothing");
        return [...heard, socket instanceof WebSocket, socket.readyState, WebSocket.CLOSED, socket.url == address];
        """, site.stage.tracker("pixel", "/x"))  # fmt: skip
        assert told == ["error", True, 3, 3, True]

    def test_natives_look_as_they_did(self, guarded: WebDriver) -> None:
        native = ("fetch", "WebSocket", "Element.prototype.setAttribute", "Storage.prototype.setItem", "document.write")
        for name in native:
            told = guarded.execute_script(f"return Function.prototype.toString.call({name})")
            assert "[native code]" in told, name


class TestWhatIsStored:
    WRITE = """
    document.cookie = "_px=1";
    document.cookie = "_count_id=1;max-age=600";
    localStorage.setItem("count.a", "1");
    localStorage["count.b"] = "1";
    localStorage.count = "mine";
    sessionStorage.setItem("count.c", "1");
    document.cookie = "mine=1";
    localStorage.setItem("mine", "1");
    const cookies = document.cookie.split("; ").map((each) => each.split("=")[0]).sort();
    const local = Object.keys(localStorage).filter((key) => !/^consent/.test(key)).sort();
    return [cookies, local, Object.keys(sessionStorage)];
    """

    def test_nothing_that_a_service_declares(self, guarded: WebDriver) -> None:
        assert call(guarded, self.WRITE) == [["mine"], ["count", "mine"], []]

    def test_all_of_a_granted_one(self, guarded: WebDriver) -> None:
        choose(guarded, "analytics")
        cookies, local, session = call(guarded, self.WRITE)
        assert cookies == ["_count_id", "mine"]
        assert local == ["count", "count.a", "count.b", "mine"]
        assert "count.c" in session

    def test_the_pages_storage_is_its_own(self, guarded: WebDriver) -> None:
        told = call(guarded, """
        localStorage.a = 1;
        const seen = [localStorage.a, localStorage.getItem("a"), Storage.prototype.getItem.call(localStorage, "a")];
        delete localStorage.a;
        return [...seen, localStorage.length == Object.keys(localStorage).length, "a" in localStorage,
          localStorage instanceof Storage, localStorage === window.localStorage];
        """)  # fmt: skip
        assert told == ["1", "1", "1", True, False, True, True]

    def test_cookie_store_is_watched_too(self, chrome: WebDriver, site: Site) -> None:
        chrome.get(site.page(head=GUARD.format("")))
        ready(chrome)
        told = call(chrome, """
        await cookieStore.set("_px", "1");
        await cookieStore.set({name: "_px", value: "1"});
        await cookieStore.set("mine", "1");
        return (await cookieStore.getAll()).map((each) => each.name);
        """)  # fmt: skip
        assert told == ["mine"]


def test_marked_tags_wait_and_run_as_before(browser: WebDriver, site: Site) -> None:
    """Also one that is marked with a category whose service is refused: others behind it are not kept waiting."""
    pixel, counter = (
        site.stage.tracker(name, f"/tag.js?name={name}&site={site.host}") for name in ("pixel", "counter")
    )
    marked = '<script type="text/plain" data-consent="{}" src="{}" onerror="(window.errors ||= []).push(1)"></script>'
    after = '<script type="text/plain" data-consent="analytics">window.after = true</script>'
    body = marked.format("analytics", pixel) + marked.format("analytics", counter) + after
    browser.get(site.page(body, head=GUARD.format("")))
    ready(browser)
    assert browser.execute_script("return window.errors ?? null") is None
    choose(browser, "analytics")
    assert eventually(lambda: browser.execute_script("return window.after"))
    assert [len(site.hits(name)) for name in ("pixel", "counter")] == [0, 1]


def test_strict_pages_with_trusted_types(browser: WebDriver, site: Site) -> None:
    tracker = f"http://pixel.stand-in.localhost:{site.stage.port}"
    script = f'new Image().src = "{tracker}/pixel.gif?site={site.host}"; window.done = true'
    page = f'<script nonce="page">{script}</script>'
    browser.get(site.page(page, head=GUARD.format('nonce="page"'), csp=STRICT.format(tracker=tracker)))
    assert ready(browser)["reason"] == "none"
    assert browser.execute_script("return window.done")
    assert site.hits("pixel") == []
    call(browser, "return consentBanner.acceptAll()")
    assert eventually(lambda: site.hits("pixel"))


def test_included_twice_it_stands_once(browser: WebDriver, site: Site) -> None:
    address = site.stage.tracker("pixel", f"/pixel.gif?site={site.host}")
    browser.get(site.page(head=GUARD.format("") * 2))
    ready(browser)
    call(browser, "new Image().src = arguments[0]; await consentBanner.acceptAll()", address)
    assert eventually(lambda: site.hits("pixel"))
    assert len(site.hits("pixel")) == 1


def test_what_a_withdrawal_takes_back_is_held_again(browser: WebDriver, site: Site) -> None:
    address = site.stage.tracker("pixel", f"/pixel.gif?site={site.host}")
    browser.get(site.page(head=GUARD.format("")))
    ready(browser)
    choose(browser, "marketing")
    call(browser, "new Image().src = arguments[0]", address)
    assert eventually(lambda: len(site.hits("pixel")) == 1)
    call(browser, "await consentBanner.rejectAll(); new Image().src = arguments[0] + '&late'", address)
    assert not eventually(lambda: len(site.hits("pixel")) > 1, 1)


def test_without_it_nothing_unmarked_is_touched(browser: WebDriver, site: Site) -> None:
    browser.get(site.page())
    ready(browser)
    call(browser, "new Image().src = arguments[0]", site.stage.tracker("pixel", f"/pixel.gif?site={site.host}"))
    assert eventually(lambda: site.hits("pixel"))


def test_it_is_within_its_size(make_packaged: Callable[[], Flask]) -> None:
    client = make_packaged().test_client()
    for query, most in (("lang=et", 6_000), ("lang=en", 6_000), ("lang=et&guard=1", 9_000)):
        answer = client.get(f"/consent/banner.js?{query}", headers={"Accept-Encoding": "br"})
        assert len(answer.data) <= most, query
