"""Pages that each break one promise, and pages that break none: `verify` accuses the first of that alone.

A smaller set than the zoo has; `make bench` goes through all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from consent_banner.verify.command import policy_values
from consent_banner.verify.evidence import Evidence
from consent_banner.verify.judging import Report, judge
from consent_banner.verify.running import Options, Run
from tests.sites.zoo import Zoo, ZooPage

CHOSEN = (
    "clean/strict_csp.html",
    "fired_without_consent/beacon_on_leave.html",
    "fired_without_consent/wrong_category.html",
    "kept_after_withdrawal/other_path.html",
    "never_fired/typo_in_name.html",
    "choice_mismatch/accept_posted_after_refusal.html",
    "refusal_harder_than_acceptance/",
    "page_blocked/wall_after_refusal.html",
    "fails_open/timeout_fallback.html",
)
"""A file, or the first of its kind."""


@pytest.fixture(scope="module")
def zoo() -> Iterator[Zoo]:
    with Zoo() as running:
        yield running


def page_of(zoo: Zoo, start: str) -> ZooPage:
    return next(page for page in zoo.pages if page.path.startswith(start))


@pytest.fixture(scope="module")
def evidence(zoo: Zoo) -> Evidence:
    """All chosen pages, visited in one run."""
    addresses = [page_of(zoo, start).address for start in CHOSEN]
    policy = policy_values(zoo.policy_file)
    return Run(addresses, Options(wait=2.0, side_by_side=9, arguments=zoo.browser_arguments, policy=policy)).collect()


@pytest.fixture(scope="module")
def reports(evidence: Evidence) -> dict[str, Report]:
    """Every page judged by itself: `never_fired` speaks of a whole run."""
    return {page.url: judge(replace(evidence, pages=(page,)))[0] for page in evidence.pages}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("start", CHOSEN)
def test_finds_what_is_wrong_and_nothing_else(zoo: Zoo, reports: dict[str, Report], start: str) -> None:
    page = page_of(zoo, start)
    found = reports[page.address].findings
    expected = {page.kind} if page.kind else set()
    assert {each.kind for each in found} - set(page.also) == expected, [each.as_json() for each in found]
    if page.kind:
        assert page.service in {each.service for each in found if each.kind == page.kind}


def test_what_is_told_is_what_arrived(zoo: Zoo, reports: dict[str, Report]) -> None:
    """The beacon that a page sends on leaving is reported with its address, and really reached its host."""
    page = page_of(zoo, "fired_without_consent/beacon_on_leave.html")
    (fresh,) = (each for each in reports[page.address].findings if each.scenario == "fresh")
    host = urlsplit(str(fresh.evidence["url"])).hostname
    assert host in {hit.host for hit in zoo.received}


def test_every_optional_service_is_silent_before_and_fires_once_allowed(zoo: Zoo, reports: dict[str, Report]) -> None:
    report = reports[page_of(zoo, "clean/strict_csp.html").address]
    for service in report.services:
        if service.category == "necessary":
            continue
        fired = {scenario for scenario, fired in service.fired.items() if fired}
        assert fired == {"accept", f"only:{service.category}"}, service.id
        assert service.verdict == "gated"
