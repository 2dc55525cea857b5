"""The guard holds every way in which a page's scripts can reach a tracker, and lets it through once it is granted.

What counts is what reached the stand-in. The same list first runs without the gate: a way that never worked in an
engine proves nothing there. The table in the README is made of the same results.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import call, ready
from .stage import Site, Stage, eventually
from .ways import TRACKER, WAYS, Way, page_of_ways

GUARD = '<script src="/consent/banner.js?lang=et&guard=1"></script>'
ABSENT = {"chromium": set(), "webkit": {"link-prefetch"}}
"""What an engine does not do at all."""


@dataclass(frozen=True)
class Seen:
    """What reached the tracker: without the gate, behind the guard before an answer, and after it was granted."""

    engine: str
    control: frozenset[str]
    guarded: frozenset[str]
    granted: frozenset[str]


def reached(site: Site) -> frozenset[str]:
    return frozenset(hit.path.removeprefix("/way/") for hit in site.hits(TRACKER))


def settled(site: Site, quiet: float = 1.5) -> frozenset[str]:
    """What arrived, once nothing more did for so many seconds."""
    known = [reached(site)]
    while eventually(lambda: reached(site) != known[0], quiet):
        known[0] = reached(site)
    return known[0]


@pytest.fixture(scope="module", params=["chromium", "webkit"])
def seen(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Seen]:
    driver: WebDriver = request.getfixturevalue(f"{request.param}_driver")
    plain, guarded = (Site(stage, f"ways-{request.param}-{name}-{os.getpid()}") for name in ("plain", "guarded"))
    driver.get(plain.page(page_of_ways(plain), head=""))
    control = settled(plain)
    driver.get(guarded.page(page_of_ways(guarded), head=GUARD))
    ready(driver)
    before = settled(guarded)
    call(driver, "return consentBanner.acceptAll()")
    yield Seen(request.param, control, before, settled(guarded))
    driver.get("about:blank")


def test_every_way_works_without_the_gate(seen: Seen) -> None:
    assert {way.name for way in WAYS} - seen.control == ABSENT[seen.engine]


def test_the_guard_holds_them(seen: Seen) -> None:
    assert {way.name for way in WAYS if way.guarded} & seen.guarded == set()


def test_what_is_granted_loads_in_the_same_page(seen: Seen) -> None:
    assert {way.name for way in WAYS if way.released} - ABSENT[seen.engine] <= seen.granted
