"""What tests do in pages: tags in every form, calls of the page's API, and the proof that nothing was sent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from itertools import count
from typing import Any
from urllib.parse import urlencode

from selenium.webdriver.remote.webdriver import WebDriver

from .stage import Hit, Site, eventually

_sentinels = count(1)
_ASYNC = """
const done = arguments[arguments.length - 1];
(async (...arguments) => {{ {body} }})(...[...arguments].slice(0, -1)).then(
  (value) => done({{ value }}),
  (error) => done({{ error: error?.status >= 0 ? {{ ...error }} : String(error) }}),
);
"""


class Rejected(Exception):
    """The page's promise was rejected; the reason is the first argument."""


def call(driver: WebDriver, body: str, *arguments: Any) -> Any:
    """Run the body of an async function in the page and give its value. Raises Rejected with what it threw."""
    driver.set_script_timeout(12)
    answer = driver.execute_async_script(_ASYNC.format(body=body), *arguments)
    if "error" in answer:
        raise Rejected(answer["error"])
    return answer.get("value")


def choose(driver: WebDriver, *granted: str, **services: bool) -> dict[str, Any]:
    """Grant these categories and no others, by the page's API; gives the new decision."""
    categories = dict.fromkeys(granted, True)
    decision: dict[str, Any] = call(
        driver, "return consentBanner.save({categories: arguments[0], services: arguments[1]})", categories, services
    )
    return decision


def ready(driver: WebDriver) -> dict[str, Any]:
    """The page's first decision, as soon as it has one."""
    decision: dict[str, Any] = call(
        driver,
        "while (!window.consentBanner) await new Promise((next) => setTimeout(next, 10)); return consentBanner.ready",
    )
    return decision


def check(driver: WebDriver, service: str = "/consent/") -> dict[str, Any]:
    """What the service itself answers to this browser."""
    answer: dict[str, Any] = call(
        driver, "return (await fetch(arguments[0] + 'check', {credentials: 'include'})).json()", service
    )
    return answer


def reload(driver: WebDriver) -> None:
    """The same page anew, as a link to it gives it (a reload has rules of its own)."""
    driver.get(driver.current_url)


@contextmanager
def before_any_script(chrome: WebDriver, code: str) -> Iterator[None]:
    """Chromium alone: run code in every new page before any script of its own."""
    made = chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": code})
    try:
        yield
    finally:
        chrome.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", made)


def fired(driver: WebDriver) -> list[str]:
    """The names of the tags that ran in this page, in the order in which they ran."""
    names: list[str] = driver.execute_script("return window.fired || []")
    return names


def address(site: Site, tracker: str, name: str, path: str = "/tag.js", **query: Any) -> str:
    """Something at a stand-in that says its name there, and whose page it is from."""
    return site.stage.tracker(tracker, f"{path}?{urlencode({'name': name, 'site': site.host, **query})}")


def external(site: Site, consent: str, name: str, attributes: str = "", source: str = "src", **query: Any) -> str:
    """A gated external script of the stand-in `counter`."""
    there = escape(address(site, "counter", name, **query))
    return f'<script type="text/plain" data-consent="{consent}" {source}="{there}" {attributes}></script>'


def inline(consent: str, code: str, attributes: str = "") -> str:
    """A gated inline script."""
    return f'<script type="text/plain" data-consent="{consent}" {attributes}>{code}</script>'


def push(name: str) -> str:
    """Code that says in the page that it ran."""
    return f"(window.fired = window.fired || []).push('{name}');"


def image(site: Site, consent: str, name: str, tracker: str = "pixel", source: str = "data-src") -> str:
    """A gated tracking pixel."""
    return f'<img data-consent="{consent}" {source}="{escape(address(site, tracker, name, "/pixel.gif"))}" alt="">'


def names(site: Site) -> list[str]:
    """The names in what reached the stand-ins from this site, in the order of arrival, sentinels left out."""
    return [_name(hit) for hit in site.hits() if hit.tracker != "sentinel"]


def arrived(site: Site, *wanted: str, seconds: float = 5.0) -> bool:
    """Whether all of these reached the stand-ins, waiting for them."""
    return bool(eventually(lambda: set(wanted) <= set(names(site)), seconds))


def settled(driver: WebDriver, site: Site) -> list[str]:
    """The names of all that reached the stand-ins once a request that was sent after everything else has arrived."""
    mark = f"sentinel-{next(_sentinels)}"
    call(driver, "await new Promise((next) => setTimeout(next, 60)); new Image().src = arguments[0]",
         address(site, "sentinel", mark, "/pixel.gif"))  # fmt: skip
    assert eventually(lambda: any(_name(hit) == mark for hit in site.hits("sentinel"))), "the sentinel never arrived"
    time.sleep(0.06)
    return names(site)


def _name(hit: Hit) -> str:
    return hit.query.get("name", [""])[0]
