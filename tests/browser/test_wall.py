"""The wall in a real browser: unmarked tags of every kind reach exactly what this visitor granted; the rest is counted.

Every host is one server here: `shop.localhost` is a Flask site with the extension, those below `example` are trackers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from selenium.webdriver.remote.webdriver import WebDriver
from werkzeug.serving import make_server

from consent_banner import ConsentBanner
from tests.conftest import KEY, POLICY, parts_of

from .engines import chromium
from .stage import eventually

CSP = (
    "default-src 'none'; script-src 'self' 'nonce-page'; connect-src 'self'; img-src 'self' data:; style-src 'self'; "
    "frame-src 'self'; report-uri /own"
)
KINDS = {"script", "image", "style", "frame", "fetch", "beacon"}
PAGE = """<!doctype html><html lang="et"><title>Pood</title><link rel="icon" href="data:,">
<script nonce="page">window.held = []; document.addEventListener('securitypolicyviolation',
    (event) => held.push(event.effectiveDirective + ' ' + event.blockedURI))</script>
<a id="again" href="/">Uuesti</a>"""
TAGS = """<script src="//HOST/script.js"></script><img src="//HOST/image.gif" alt="">
<iframe src="//HOST/frame.html"></iframe>
<link rel="stylesheet" href="//HOST/style.css">
<script nonce="page">
fetch('//HOST/fetch', {mode: 'no-cors'}).catch(() => {});
navigator.sendBeacon('//HOST/beacon');
try { new WebSocket('wss://HOST/socket') } catch {}
</script>"""
HOSTS = {"acme-pixel": "px.acme.example", "hotjar": "in.heat.example"}


class Street:
    """The server of all hosts, its site, and which kinds of requests reached which tracker."""

    def __init__(self, folder: Path) -> None:
        self.hits: list[tuple[str, str]] = []
        (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
        self.shop = Flask("shop")
        self.shop.config.update(CONSENT_SECRET_KEYS=KEY, CONSENT_POLICY=str(folder / "policy.toml"),
                                CONSENT_LEDGER_URL=f"sqlite:///{folder}/consent.db", CONSENT_COOKIE_SECURE="0",
                                CONSENT_RATE_LIMIT="off", CONSENT_CSP="enforce")  # fmt: skip
        ConsentBanner(self.shop)
        self.shop.after_request(self._page_headers)
        self.shop.add_url_rule(
            "/", "page", lambda: PAGE + "".join(TAGS.replace("HOST", host) for host in HOSTS.values())
        )
        self.shop.add_url_rule("/own", "own", lambda: ("", 204), methods=["POST"])
        self.server = make_server("127.0.0.1", 0, self._by_host, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        parts_of(self.shop).ledger.close()

    def reached(self, service: str) -> set[str]:
        """The kinds of requests that reached a service's host."""
        return {path.strip("/").partition(".")[0] for host, path in list(self.hits) if host == HOSTS[service]}

    def _page_headers(self, response: Response) -> Response:
        if request.path == "/":
            response.headers.update({"Content-Security-Policy": CSP, "Cache-Control": "max-age=600"})
        return response

    def _by_host(self, environ: Any, start_response: Callable[..., Any]) -> Any:
        host = environ.get("HTTP_HOST", "")
        if host == "shop.localhost":
            return self.shop(environ, start_response)
        self.hits.append((host, environ["PATH_INFO"]))
        kinds = {"js": "text/javascript", "css": "text/css", "html": "text/html"}
        kind = kinds.get(environ["PATH_INFO"].rpartition(".")[2], "text/plain")
        start_response("200 OK", [("Content-Type", kind), ("Content-Length", "0"), ("Cache-Control", "no-store")])
        return [b""]


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    street = Street(tmp_path)
    yield street
    street.close()


@pytest.fixture
def browser(street: Street) -> Iterator[WebDriver]:
    """Chromium in which all these hosts are the street's, and reports are sent at once."""
    port = street.server.server_port
    rules = f"--host-resolver-rules=MAP *.example 127.0.0.1:{port},MAP shop.localhost 127.0.0.1:{port}"
    with chromium(rules) as driver:
        yield driver


def choose(browser: WebDriver, **services: bool) -> None:
    """A choice, asked for as the banner does."""
    call = """const [services, done] = arguments, headers = {'Content-Type': 'application/json'};
        fetch('/consent/check').then((answer) => answer.json()).then(({revision}) => {
            const body = JSON.stringify({revision, method: 'custom', services});
            return fetch('/consent/choices', {method: 'POST', headers, body});
        }).then((answer) => done(answer.status))"""
    named = {name.replace("_", "-"): yes for name, yes in services.items()}
    assert browser.execute_async_script(call, named) == 200


def held(browser: WebDriver, host: str) -> set[str]:
    """The directives that held something for a host back."""
    found: list[str] = browser.execute_script("return held")
    return {each.partition(" ")[0] for each in found if host in each}


def walk(browser: WebDriver, street: Street) -> None:
    """Go to the page by a link, as a visitor does, so that the browser may use what it kept; wait for its end."""
    street.hits.clear()
    browser.execute_script("window.old = true; document.getElementById('again').click()")
    assert eventually(lambda: browser.execute_script("return !window.old && document.readyState === 'complete'"))


def test_unmarked_tags_reach_what_was_granted_and_nothing_else(browser: WebDriver, street: Street) -> None:
    browser.get("http://shop.localhost/")
    everything = {"script-src-elem", "img-src", "frame-src", "style-src-elem", "connect-src"}
    assert eventually(lambda: held(browser, "px.acme.example") == held(browser, "in.heat.example") == everything)
    assert street.hits == []

    choose(browser, acme_pixel=True)
    walk(browser, street)
    assert eventually(lambda: street.reached("acme-pixel") == KINDS), street.hits
    assert eventually(lambda: held(browser, "in.heat.example") == everything)
    assert held(browser, "px.acme.example") == set()
    assert street.reached("hotjar") == set()

    choose(browser, acme_pixel=False, hotjar=True)
    walk(browser, street)
    assert eventually(lambda: street.reached("hotjar") == KINDS), street.hits
    assert street.reached("acme-pixel") == set()

    choose(browser)
    walk(browser, street)
    assert eventually(lambda: held(browser, "px.acme.example") == held(browser, "in.heat.example") == everything)
    assert street.hits == []


def test_what_was_held_back_is_counted_for_its_service(browser: WebDriver, street: Street) -> None:
    browser.get("http://shop.localhost/")

    def counted() -> set[tuple[str, str]]:
        rows = parts_of(street.shop).ledger.violations()
        return {(row["service"], row["directive"]) for row in rows}

    expected = {(service, kind) for service in HOSTS for kind in ("script-src-elem", "img-src", "connect-src")}
    assert eventually(lambda: counted() >= expected, 15), counted()
