"""Guard and wall hold every way in which a page can reach a tracker, and the guard lets it through once it is granted.

What counts is what reached the stand-in. The same list first runs without the gate: a way that never worked in an
engine proves nothing there. The table in the README is made of the same results (`make tables` writes it anew).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from consent_banner.gates.csp import merge
from consent_banner.gates.hosts import ServiceHosts
from consent_banner.policy import read_policy

from .acts import call, ready
from .conftest import policy_text
from .stage import Site, Stage, eventually
from .ways import ENGINES, TRACKER, WAYS, page_of_ways

GUARD = '<script src="/consent/banner.js?lang=et&guard=1"></script>'
OWN = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob: {host} {socket}; form-action 'self' {host}"
"""What a page's own policy may say that knows its tracker: without the wall, everything works under it."""
ABSENT: Mapping[str, set[str]] = {"chromium": set(), "webkit": {"link-prefetch"}}
"""What an engine does not do at all."""
README = Path(__file__).parents[2] / "README.md"
NAMES = {way.name for way in WAYS}


@dataclass(frozen=True)
class Seen:
    """What reached the tracker: without the gate, behind the guard, there once it was granted, and behind the wall."""

    control: frozenset[str]
    guarded: frozenset[str]
    granted: frozenset[str]
    walled: frozenset[str]


def reached(site: Site) -> frozenset[str]:
    return frozenset(hit.path.removeprefix("/way/") for hit in site.hits(TRACKER))


def settled(site: Site, quiet: float = 1.5) -> frozenset[str]:
    """What arrived, once nothing more did for so many seconds."""
    arrived = [reached(site)]
    while eventually(lambda: reached(site) != arrived[-1], quiet):
        arrived.append(reached(site))
    return arrived[-1]


def wall(stage: Stage) -> str:
    """The page's own policy as the wall sends it to a visitor who granted nothing."""
    host = f"http://{TRACKER}.stand-in.localhost:{stage.port}"
    own = OWN.format(host=host, socket=host.replace("http:", "ws:"))
    return merge(own, ServiceHosts(read_policy(policy_text(stage))).of(None))


def see(driver: WebDriver, stage: Stage, engine: str) -> Seen:
    plain, guarded, walled = (Site(stage, f"ways-{engine}-{name}-{os.getpid()}") for name in ("plain", "guard", "wall"))
    driver.get(plain.page(page_of_ways(plain), head=""))
    control = settled(plain)
    driver.get(guarded.page(page_of_ways(guarded), head=GUARD))
    ready(driver)
    before = settled(guarded)
    call(driver, "return consentBanner.acceptAll()")
    granted = settled(guarded)
    driver.get(walled.page(page_of_ways(walled), head="", csp=wall(stage)))
    return Seen(control, before, granted, settled(walled))


@pytest.fixture(scope="module")
def seen(stage: Stage, chromium_driver: WebDriver, webkit_driver: WebDriver) -> dict[str, Seen]:
    drivers = {"chromium": chromium_driver, "webkit": webkit_driver}
    found = {engine: see(drivers[engine], stage, engine) for engine in ENGINES}
    for driver in drivers.values():
        driver.get("about:blank")
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_every_way_works_without_the_gate(seen: dict[str, Seen], engine: str) -> None:
    assert NAMES - seen[engine].control == ABSENT[engine]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_guard_holds_them(seen: dict[str, Seen], engine: str) -> None:
    assert {way.name for way in WAYS if engine in way.guard} & seen[engine].guarded == set()


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_granted_loads_in_the_same_page(seen: dict[str, Seen], engine: str) -> None:
    assert {way.name for way in WAYS if way.released} - ABSENT[engine] <= seen[engine].granted


@pytest.mark.parametrize("engine", ENGINES)
def test_the_wall_holds_them_all(seen: dict[str, Seen], engine: str) -> None:
    assert seen[engine].walled == set()


def cell(engine: str, name: str, arrived: frozenset[str], held: bool) -> str:
    if name in ABSENT[engine]:
        return "–"
    return "held" if held and name not in arrived else "not held"


def table(seen: dict[str, Seen]) -> str:
    lines = [
        "| way | guard, Chromium | guard, WebKit | wall, Chromium | wall, WebKit |",
        "| --- | --- | --- | --- | --- |",
    ]
    for way in WAYS:
        guard = [cell(each, way.name, seen[each].guarded, each in way.guard) for each in ENGINES]
        wall = [cell(each, way.name, seen[each].walled, True) for each in ENGINES]
        lines.append(f"| {' | '.join([way.title, *guard, *wall])} |")
    return "\n".join(lines)


def test_the_table_in_the_readme_is_what_was_seen(seen: dict[str, Seen]) -> None:
    before, start, rest = README.read_text(encoding="utf-8").partition("<!-- ways -->\n")
    written, end, after = rest.partition("\n<!-- /ways -->")
    found = table(seen)
    if os.environ.get("CONSENT_TABLES"):
        README.write_text(before + start + found + end + after, encoding="utf-8")
    else:
        assert written == found
