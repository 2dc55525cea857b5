"""What is seen during a visit, gathered as it goes and put together as evidence in the end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from .cookies import granted_by
from .evidence import BLOCKED, Act, Notice, Part, Request, State, Stored, Tag, Usable, Visit
from .netlog import BROWSER, Logged
from .network import Seen, Traffic, days_of
from .plan import Plan
from .visitor import Visitor


class Observation:
    """Looks through a visitor's eyes and listens to their traffic. Moments are in seconds of the epoch."""

    def __init__(self, visitor: Visitor, traffic: Traffic, plan: Plan) -> None:
        self._visitor, self._traffic, self._plan = visitor, traffic, plan
        self._navigations: list[float] = []
        self._stored: list[Stored] = []
        self._states: list[State] = []
        self._acts: list[Act] = []
        self._usable: list[Usable] = []
        self._notice: Notice | None = None
        self._ticked: list[str] = []
        self._tags: list[tuple[float, Tag]] = []
        self._screenshot: str | None = None
        self._before: set[tuple[str, str, str]] = set()
        self.service: str | None = None
        self.answered: float | None = None
        self.withdrawn: float | None = None
        self.left: float | None = None
        self.elsewhere = (0.0, 0.0)

    @property
    def visitor(self) -> str:
        """The user context of whoever is watched."""
        return self._visitor.user_context

    def navigates(self) -> None:
        """Note that the page is about to be loaded."""
        self._navigations.append(time.time())

    def note(self, name: str, clicks: int | None, why: str | None) -> None:
        """Note what the visitor did, and whether it worked."""
        self._acts.append(Act(name, self._ms(time.time()), clicks, why))

    def find_service(self) -> None:
        """The service stands where banner.js comes from."""
        for each in self.seen():
            path = each.url.partition("?")[0]
            if self.service is None and path.endswith("/banner.js"):
                self.service = path.removesuffix("banner.js")

    def is_service(self, address: str) -> bool:
        """Whether an address is the consent service's, as far as it is known where that stands."""
        path = address.partition("?")[0]
        if path.endswith("/banner.js"):
            self.service = path.removesuffix("banner.js")
        known = (self.service, self._plan.service)
        return any(service is not None and address.startswith(service) for service in known)

    def see(self, moment: str, *, stored: bool = True) -> None:
        """Ask everybody what is granted, and look at what is stored."""
        says = self._visitor.says()
        asks = self.service is not None and self._plan.scenario != BLOCKED
        check = (self._visitor.look("check", self.service) if asks else None) or {}
        cookies = self._visitor.cookies()
        self._states.append(
            State(
                moment=moment,
                reason=check.get("reason") or says.get("reason"),
                decided=check["decided"] if "decided" in check else says.get("decided"),
                page=says.get("page"),
                allows=says.get("allows"),
                check=_flags(check),
                cookie=granted_by(cookies, self._plan.declared),
                data_layer=says.get("data_layer"),
                consent_mode=says.get("consent_mode"),
            )
        )
        self._tags += [(time.time(), _tag(each)) for each in self._visitor.look("tags") or []]
        if stored:
            self.look_inside(moment)

    def _keys(self, moment: str) -> Iterator[Stored]:
        frames: dict[str, str | None] = {self._visitor.tab: None, **self._visitor.frames()}
        seen: set[tuple[str, str, str]] = set()
        for frame, address in frames.items():
            found = self._visitor.look_in(frame, "stored") or {}
            for kind in ("local_storage", "session_storage", "indexed_db"):
                for name in found.get(kind, ()):
                    if (kind, name, found["origin"]) not in seen:
                        seen.add((kind, name, found["origin"]))
                        yield Stored(kind, name, found["origin"], self._ms(time.time()), moment, frame=address)

    def look_around(self) -> None:
        """Look at the page as a whole, and take its picture."""
        self._screenshot = self._visitor.screenshot()
        seen = self._visitor.look("usable")
        if seen:
            self._usable.append(Usable("last", **seen))
        if self._plan.scenario in ("fresh", "gpc"):
            self.look_for_ticks()

    def look_at_notice(self) -> None:
        """Look at the notice as the visitor meets it."""
        self._notice = _notice(self._visitor.look("notice"))

    def look_for_ticks(self) -> None:
        """Look for what is ticked in the preference centre."""
        self._ticked += self.ticked()

    def ticked(self) -> list[str]:
        """The names of what is ticked wherever the page asks for a choice."""
        names = list(self._plan.declared.categories) if self._plan.declared else []
        return list(self._visitor.look("ticked", names) or [])

    def look_aside(self) -> None:
        """Note what is stored before the page is left, so that it is not taken for what leaving stored."""
        self._before = {_key(each) for each in self._kept("before")}

    def look_back(self) -> None:
        """Look at what was stored on leaving."""
        self._stored += [each for each in self._kept("left") if _key(each) not in self._before]

    def look_inside(self, moment: str) -> None:
        """Look at what is stored now."""
        self._stored += self._kept(moment)

    def _kept(self, moment: str) -> list[Stored]:
        return [*_cookies(self._visitor.cookies(), self._ms(time.time()), moment), *self._keys(moment)]

    def seen(self) -> list[Seen]:
        """What the visitor's page has requested so far."""
        return self._traffic.of(self._visitor.user_context, self._navigations[0])

    def _ms(self, moment: float) -> int:
        return round((moment - self._navigations[0]) * 1000)

    def visit(self) -> Visit:
        """All of it as evidence, but for what only the net log knows."""
        seen = self.seen()
        return Visit(
            scenario=self._plan.scenario,
            requests=(*(self._request(each) for each in seen), *self._preconnects(seen)),
            stored=(*self._stored, *self._headers(seen)),
            states=tuple(self._states),
            acts=tuple(self._acts),
            notice=self._notice,
            usable=tuple(self._usable),
            ticked=tuple(dict.fromkeys(self._ticked)),
            tags=tuple(dict.fromkeys(tag for _, tag in self._tags)),
            answered_ms=None if self.answered is None else self._ms(self.answered),
            withdrawn_ms=None if self.withdrawn is None else self._ms(self.withdrawn),
            screenshot=self._screenshot,
        )

    def _request(self, seen: Seen) -> Request:
        in_frame = seen.context is not None and seen.context != self._traffic.tab_of(seen.context)
        return Request(
            url=seen.url,
            at_ms=self._ms(seen.at),
            after_ms=self._after_ms(seen.at),
            kind=seen.kind,
            method=seen.method,
            page=self._plan.url,
            frame=self._traffic.address_of(seen.context) if seen.context and in_frame else None,
            initiator=seen.initiator,
            line=seen.line,
            redirected_from=seen.redirected_from,
            status=seen.status,
            error=seen.error,
            content_type=seen.content_type,
        )

    def _after_ms(self, moment: float) -> int:
        began = max((each for each in self._navigations if each <= moment), default=moment)
        return round((moment - began) * 1000)

    def _preconnects(self, seen: list[Seen]) -> Iterator[Request]:
        """Connections that the page has the browser open ahead. A profile of our kind opens none, a visitor's does."""
        wanted = [(each.at, url) for each in seen for url in each.preconnects]
        wanted += [(at, tag.url) for at, tag in self._tags if tag.rel == "preconnect"]
        for at, url in wanted:
            yield Request(url, self._ms(at), self._after_ms(at), "preconnect", page=self._plan.url)

    def overhear(self, logged: Sequence[Logged]) -> list[Request]:
        """What the net log alone knows of this visit: sockets, and what was sent on leaving. To be asked afterwards."""
        heard = self._traffic.heard(self._visitor.user_context, self._navigations[0])
        found = []
        for each in logged:
            apart = self.elsewhere[0] <= each.at <= self.elsewhere[1]
            known = any(url == each.url and abs(at - each.at) < 2.0 for url, at in heard)
            if each.initiator != BROWSER and each.at >= self._navigations[0] and not known and not apart:
                found.append(self._overheard(each))
        return found

    def _overheard(self, logged: Logged) -> Request:
        on_leaving = self.left is not None and logged.at >= self.left
        kind = "leaving" if on_leaving and logged.kind == "request" else logged.kind
        at_ms, after_ms = self._ms(logged.at), self._after_ms(logged.at)
        return Request(logged.url, at_ms, after_ms, kind, page=self._plan.url, initiator=logged.initiator)

    def _headers(self, seen: list[Seen]) -> Iterator[Stored]:
        """Cookies that responses set: a header tells a lifetime that a browser would cap."""
        for each in seen:
            for name, attributes in each.set_cookies:
                days = days_of(attributes, each.at)
                if days is None or days > 0:
                    place = attributes.get("domain") or each.url
                    http_only = "httponly" in attributes
                    yield Stored("cookie", name, place, self._ms(each.at), "header", days, http_only)


def _tag(seen: dict[str, Any]) -> Tag:
    return Tag(**{**seen, "hosts": tuple(seen.get("hosts") or ())})


def _notice(seen: dict[str, Any] | None) -> Notice | None:
    if seen is None:
        return None
    parts = {name: Part(**values) for name, values in seen["parts"].items()}
    return Notice(seen["visible"], seen["why"], parts)


def _key(item: Stored) -> tuple[str, str, str]:
    return item.kind, item.name, item.place


def _flags(decision: Any) -> dict[str, bool] | None:
    if not isinstance(decision, dict) or not isinstance(decision.get("categories"), dict):
        return None
    answers = {**decision["categories"], **(decision.get("services") or {})}
    return {name: value is True for name, value in answers.items()}


def _cookies(cookies: list[dict[str, Any]], at_ms: int, moment: str) -> Iterator[Stored]:
    for each in cookies:
        days = None if each.get("expiry") is None else (each["expiry"] - time.time()) / 86_400
        yield Stored("cookie", each["name"], each["domain"], at_ms, moment, days, bool(each.get("httpOnly")))
