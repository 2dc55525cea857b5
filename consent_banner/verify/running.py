"""Runs visits side by side in browsers of our own, and gathers what they saw."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ..consent import iso
from ..errors import ConfigurationError, ConsentError
from . import netlog
from .appearance import ordinary
from .browser import Browser, Kind
from .declared import Declared
from .evidence import BLOCKED, Evidence, Page, Visit
from .netlog import Logged
from .network import Traffic
from .places import checked, crawled, of_sitemap
from .plan import Plan
from .visits import Visiting


class PolicyUnavailable(ConsentError):
    """There is no policy to hold the pages against: no file was named, and no page's service serves one."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is told. `scenarios` are all of the policy's where none are named; `fallback` is a last policy."""

    wait: float = 5.0
    scenarios: Sequence[str] = ()
    arguments: Sequence[str] = ()
    kind: Kind = "chrome"
    policy: dict[str, Any] | None = None
    fallback: dict[str, Any] | None = None
    sitemap: str | None = None
    crawl: int | None = None
    side_by_side: int = 7


def scenarios_of(declared: Declared) -> list[str]:
    """Every scenario for a policy (contract §7)."""
    return ["fresh", "gpc", "reject", "accept", *(f"only:{each}" for each in declared.optional), "withdraw"]


@dataclass
class Run:
    """One run over some pages, with a browser of its own. Progress is told as (done, all)."""

    urls: Sequence[str]
    options: Options
    progress: Callable[[int, int], None] = lambda done, total: None
    _order: Sequence[str] = ()
    _found: dict[tuple[str, str], tuple[Visiting, Visit]] = field(default_factory=dict)

    def collect(self) -> Evidence:
        """Visit every page in every scenario. Raises ConsentError where browser, page or policy cannot be had."""
        started = iso(datetime.now(UTC))
        ours = ordinary() if self.options.kind == "chrome" else ()
        with Browser(self.options.kind, (*ours, *self.options.arguments)) as browser:
            traffic = Traffic(browser.bidi)
            self.urls = self._places(browser)
            service, policy = self._scout(browser, traffic)
            self._visit_all(browser, traffic, service, Declared(policy))
            browser.stop()
            logged = _by_mark(browser)
            pages = tuple(self._page(url, logged) for url in self.urls)
            return Evidence(browser.name, started, policy, pages)

    def _scout(self, browser: Browser, traffic: Traffic) -> tuple[str | None, dict[str, Any]]:
        """Where the pages' service is, and the policy that holds: the one named, else the one served there."""
        service = None
        for url in self.urls:
            with browser.user_context() as user_context:
                visiting = Visiting(browser.bidi, traffic, user_context, Plan(url, "scout"))
                service = visiting.scout()
                served = visiting.read("policy.json") if service else None
            if service and (served or self.options.policy):
                return service, self._policy(served)
        policy = self.options.policy or self.options.fallback
        if policy:
            return service, policy
        raise PolicyUnavailable("the policy could not be had: name a file with --policy, or check the page's service")

    def _places(self, browser: Browser) -> list[str]:
        urls = [checked(url) for url in self.urls]
        urls += of_sitemap(browser, checked(self.options.sitemap)) if self.options.sitemap else []
        urls = crawled(browser, urls, self.options.crawl) if self.options.crawl else urls
        return list(dict.fromkeys(urls))

    def _policy(self, served: str | None) -> dict[str, Any]:
        """The policy that was named, with what the pages' service says of its own storage; else the served one."""
        try:
            theirs: dict[str, Any] = json.loads(served or "{}")
            if self.options.policy:
                return {**self.options.policy, "storage": theirs.get("storage") or self.options.policy["storage"]}
            Declared(theirs)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise PolicyUnavailable("what the page's service serves as policy.json is no policy") from None
        return theirs

    def _visit_all(self, browser: Browser, traffic: Traffic, service: str | None, declared: Declared) -> None:
        scenarios = self._order = self._scenarios(declared)
        plans: queue.SimpleQueue[Plan] = queue.SimpleQueue()
        for url in self.urls:
            for scenario in sorted(scenarios, key=_length, reverse=True):
                plans.put(Plan(url, scenario, self.options.wait, service, declared))
        total = plans.qsize()
        failures: list[BaseException] = []

        def work() -> None:
            while not failures:
                try:
                    plan = plans.get_nowait()
                except queue.Empty:
                    return
                try:
                    with browser.user_context() as user_context:
                        visiting = Visiting(browser.bidi, traffic, user_context, plan)
                        visit = visiting.run()
                    self._found[plan.url, plan.scenario] = visiting, visit
                    self.progress(len(self._found), total)
                except Exception as error:
                    failures.append(error)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(min(self.options.side_by_side, total))]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
        if failures:
            raise failures[0]

    def _scenarios(self, declared: Declared) -> list[str]:
        known = scenarios_of(declared)
        unknown = [each for each in self.options.scenarios if each not in known]
        if unknown:
            raise ConfigurationError([f"{each}: no scenario; there are {', '.join(known)}" for each in unknown])
        return list(dict.fromkeys(self.options.scenarios)) or [*known, BLOCKED]

    def _page(self, url: str, logged: Mapping[str, Sequence[Logged]]) -> Page:
        visits, services = [], []
        for scenario in self._order:
            visiting, visit = self._found[url, scenario]
            more = visiting.seen.overhear(logged.get(visiting.visitor.user_context, ()))
            visits.append(replace(visit, requests=(*visit.requests, *more)))
            services += [visiting.seen.service] if visiting.seen.service and scenario != BLOCKED else []
        return Page(url, services[0] if services else None, tuple(visits))


def _length(scenario: str) -> int:
    """How long a visit takes beside others: the longest begin first, so that none is waited for alone at the end."""
    return {"withdraw": 3, "accept": 1, "reject": 1}.get(scenario, 2 if scenario.startswith("only:") else 0)


def _by_mark(browser: Browser) -> dict[str, list[Logged]]:
    """What the net log holds of each visitor."""
    visitors = {mark: visitor for visitor, mark in browser.marks.items()}
    found: dict[str, list[Logged]] = {visitor: [] for visitor in visitors.values()}
    for each in netlog.read(browser.net_log) if browser.net_log else ():
        if each.mark in visitors:
            found[visitors[each.mark]].append(each)
    return found
