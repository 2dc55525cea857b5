"""One visit: a page in one scenario, from the first request to the last words on leaving, as evidence.

Waits are fixed times after every act. "Until the network is idle" would return at once where it was idle before, and
never where one answer is left unread.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ConsentError
from .bidi import Bidi
from .cookies import granted_by
from .declared import Declared
from .evidence import BLOCKED, Act, Notice, Part, Request, State, Stored, Tag, Usable, Visit
from .netlog import BROWSER, Logged
from .network import Seen, Traffic, days_of
from .visitor import Visitor

_SETTLE = 1.0
"""Seconds after loading before anybody answers: a person needs longer, a tag that fires at once does not."""
_ANSWER = 2.5
_RELOADED = 2.5
_LEFT = 0.8
_EVENTS = 5.0
_PART = '#jutt-consent [data-consent-part="{}"]'
_OPENERS = ("launcher", "customise")


class PageUnavailable(ConsentError):
    """The page did not load, so that nothing can be said of it. Names the address and the reason."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a visit is to do. `service` is the consent service's address, where it is known already."""

    url: str
    scenario: str
    wait: float = 5.0
    service: str | None = None
    declared: Declared | None = None


class Visiting:
    """A visit under way. Gathers evidence as it goes."""

    def __init__(self, bidi: Bidi, traffic: Traffic, user_context: str, plan: Plan) -> None:
        self._bidi, self._traffic, self._plan = bidi, traffic, plan
        self.visitor = Visitor(bidi, user_context)
        self._navigations: list[float] = []
        self._stored: list[Stored] = []
        self._states: list[State] = []
        self._acts: list[Act] = []
        self._usable: list[Usable] = []
        self._notice: Notice | None = None
        self._ticked: list[str] = []
        self._tags: list[tuple[float, Tag]] = []
        self._answered: float | None = None
        self._withdrawn: float | None = None
        self._screenshot: str | None = None
        self._left: float | None = None
        self._elsewhere = (0.0, 0.0)
        self.service: str | None = None

    # -- the visit ------------------------------------------------------------------------------------------------

    def run(self) -> Visit:
        """Do what the scenario asks for, and say what was seen. Raises PageUnavailable where there is no page."""
        self._arrive()
        scenario = self._plan.scenario
        if scenario == "withdraw":
            self._withdraw()
        elif scenario in ("accept", "reject") or scenario.startswith("only:"):
            self._answer(scenario)
            self._use(self._plan.wait)
            self._come_back(_RELOADED)
        else:
            self._use(self._plan.wait)
        self._finish()
        return self._visit()

    def scout(self) -> str | None:
        """Open the page only to learn where its consent service is. Raises PageUnavailable."""
        self._arrive()
        return self.service

    def read(self, name: str) -> str | None:
        """A file of the page's service, fetched in the browser."""
        found = self.visitor.look("read", f"{self.service}{name}")
        return found if isinstance(found, str) else None

    def _arrive(self) -> None:
        if self._plan.scenario == "gpc":
            send_signal(self._bidi, self.visitor.user_context)
        if self._plan.scenario == BLOCKED:
            self._traffic.block(self.visitor.tab, self._is_service)
        self._navigations.append(time.time())
        failed = self.visitor.open(self._plan.url)
        page = self._page()
        if page is None or page.error or (page.status or 0) >= 400:
            reason = failed or (page and (page.error or f"it answers {page.status}")) or "nothing answers"
            raise PageUnavailable(f"{self._plan.url}: {reason}")
        self._find_service()
        self._pause(_SETTLE)
        self._find_service()
        self._see("loaded")
        self._notice = _notice(self.visitor.look("notice"))

    def _page(self) -> Seen | None:
        """The page's own request, once it was answered: events come later than the answer to a command."""
        deadline = time.monotonic() + _EVENTS
        while True:
            page = next((each for each in self._seen() if each.navigation and each.kind == "document"), None)
            known = page is not None and (page.status or page.error)
            if known or time.monotonic() > deadline:
                return page if known else None
            self._pause(0.05)

    def _answer(self, scenario: str) -> None:
        if scenario.startswith("only:"):
            self._choose(scenario.removeprefix("only:"))
        else:
            self._press(scenario, _PART.format(f"{scenario}-all"))
        self._see("answered", stored=False)

    def _choose(self, category: str) -> None:
        if not self._open_preferences("customise"):
            self._note(f"only:{category}", None, "the preferences do not open")
            return
        self._ticked += self.visitor.look("ticked") or []
        inside = _PART.format("preferences")
        ticked = self.visitor.click(f'{inside} input[name="{category}"]')
        self._press(f"only:{category}", _PART.format("save"))
        if not ticked:
            self._note(f"only:{category}", None, "its switch cannot be clicked")

    def _withdraw(self) -> None:
        self._answer("accept")
        self._use(min(self._plan.wait, 2.0))
        since = time.time()
        if self._open_preferences(*_OPENERS):
            self.visitor.click(_PART.format("withdraw"))
            self._withdrawn = self._await_answer(since, ("DELETE", "POST"))
        reason = None if self._withdrawn else "there is no way to withdraw that works"
        self._note("withdraw", 2 if self._withdrawn else None, reason)
        self._pause(_SETTLE)
        self._see("withdrawn")
        self._come_back(0)
        self._use(self._plan.wait)

    def _use(self, seconds: float) -> None:
        """Be on the page for so long, and do with it what visitors do."""
        until = time.monotonic() + seconds
        self._pause(seconds * 0.3)
        self.visitor.wander()
        self.visitor.scroll()
        self.visitor.click_page()
        self._pause(until - time.monotonic())

    def _come_back(self, seconds: float) -> None:
        self._navigations.append(time.time())
        self.visitor.reload()
        self._pause(seconds)

    def _finish(self) -> None:
        self._see("last")
        self._look_around()
        self._screenshot = self.visitor.screenshot()
        if self._plan.scenario == "fresh" and self._open_preferences("customise"):
            self._ticked += self.visitor.look("ticked") or []
            self.visitor.escape()
        self._follow_link()
        self._left = time.time()
        # Where the service stands on the page's own host, what was stored on leaving can still be looked at from there.
        self.visitor.leave(f"{self.service}policy.json" if self.service else "about:blank")
        self._pause(_LEFT)
        self._stored += _cookies(self.visitor.cookies(), self._ms(time.time()), "left")
        self._stored += self._keys("left")

    def _follow_link(self) -> None:
        """Press a link. What it leads to is another page, whose requests are not this one's."""
        began = time.time()
        pressed = self.visitor.follow_link()
        for _ in range(20 if pressed else 0):
            self._pause(0.1)
            if strays := self._traffic.strays(self.visitor.user_context):
                for tab in strays:
                    self.visitor.close(tab)
                self._pause(0.3)
                break
        self._elsewhere = (began, time.time())

    # -- the banner -----------------------------------------------------------------------------------------------

    def _press(self, name: str, selector: str) -> None:
        """Click until the choice is recorded, twice at most: a third click would be another page than a visitor's."""
        since = time.time()
        for clicks in (1, 2):
            if not self.visitor.click(selector):
                self._note(name, None, "it cannot be clicked")
                return
            self._answered = self._await_answer(since, ("POST",))
            if self._answered:
                self._note(name, clicks, None)
                return
        self._note(name, None, "clicking it records no choice")

    def _await_answer(self, since: float, methods: tuple[str, ...]) -> float | None:
        if self.service is None:
            self._pause(_ANSWER)
            return None
        found = self._traffic.answered(self.visitor.user_context, self.service, methods, since, _ANSWER)
        if found is not None:
            self._pause(0.2)  # For the page to follow.
        return found

    def _open_preferences(self, *openers: str) -> bool:
        """Open the preference centre, by the banner's own buttons or the page's link."""
        for selector in (*(_PART.format(each) for each in openers), "[data-consent-open]"):
            if self.visitor.click(selector):
                for _ in range(20):
                    if self.visitor.look("spot", _PART.format("preferences") + "[open]"):
                        return True
                    self._pause(0.15)
        return False

    def _note(self, name: str, clicks: int | None, why: str | None) -> None:
        self._acts.append(Act(name, self._ms(time.time()), clicks, why))

    # -- looking --------------------------------------------------------------------------------------------------

    def _find_service(self) -> None:
        """The service stands where banner.js comes from."""
        for each in self._seen():
            path = each.url.partition("?")[0]
            if self.service is None and path.endswith("/banner.js"):
                self.service = path.removesuffix("banner.js")

    def _is_service(self, address: str) -> bool:
        path = address.partition("?")[0]
        if path.endswith("/banner.js"):
            self.service = path.removesuffix("banner.js")
        known = (self.service, self._plan.service)
        return any(service is not None and address.startswith(service) for service in known)

    def _see(self, moment: str, *, stored: bool = True) -> None:
        says = self.visitor.says()
        asks = self.service is not None and self._plan.scenario != BLOCKED
        check = (self.visitor.look("check", self.service) if asks else None) or {}
        cookies = self.visitor.cookies()
        self._states.append(
            State(
                moment=moment,
                reason=says.get("reason") or check.get("reason"),
                decided=check.get("decided") if says.get("decided") is None else says["decided"],
                page=says.get("page"),
                check=_flags(check),
                cookie=granted_by(cookies, self._plan.declared),
                data_layer=says.get("data_layer"),
                consent_mode=says.get("consent_mode"),
            )
        )
        self._tags += [(time.time(), _tag(each)) for each in self.visitor.look("tags") or []]
        if stored:
            self._stored += _cookies(cookies, self._ms(time.time()), moment)
            self._stored += self._keys(moment)

    def _keys(self, moment: str) -> Iterator[Stored]:
        frames: dict[str, str | None] = {self.visitor.tab: None, **self.visitor.frames()}
        seen: set[tuple[str, str, str]] = set()
        for frame, address in frames.items():
            found = self.visitor.look_in(frame, "stored") or {}
            for kind in ("local_storage", "session_storage", "indexed_db"):
                for name in found.get(kind, ()):
                    if (kind, name, found["origin"]) not in seen:
                        seen.add((kind, name, found["origin"]))
                        yield Stored(kind, name, found["origin"], self._ms(time.time()), moment, frame=address)

    def _look_around(self) -> None:
        seen = self.visitor.look("usable")
        if seen:
            self._usable.append(Usable("last", **seen))
        if self._plan.scenario in ("fresh", "gpc"):
            self._ticked += self.visitor.look("ticked") or []

    # -- what was seen --------------------------------------------------------------------------------------------

    def _seen(self) -> list[Seen]:
        return self._traffic.of(self.visitor.user_context, self._navigations[0])

    def _ms(self, moment: float) -> int:
        return round((moment - self._navigations[0]) * 1000)

    def _visit(self) -> Visit:
        seen = self._seen()
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
            answered_ms=None if self._answered is None else self._ms(self._answered),
            withdrawn_ms=None if self._withdrawn is None else self._ms(self._withdrawn),
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
        heard = self._traffic.heard(self.visitor.user_context, self._navigations[0])
        found = []
        for each in logged:
            apart = self._elsewhere[0] <= each.at <= self._elsewhere[1]
            known = any(url == each.url and abs(at - each.at) < 2.0 for url, at in heard)
            if each.initiator != BROWSER and each.at >= self._navigations[0] and not known and not apart:
                found.append(self._overheard(each))
        return found

    def _overheard(self, logged: Logged) -> Request:
        on_leaving = self._left is not None and logged.at >= self._left
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

    def _pause(self, seconds: float) -> None:
        """Wait. What arrives meanwhile is recorded by other threads."""
        if seconds > 0:
            time.sleep(seconds)


def _tag(seen: dict[str, Any]) -> Tag:
    return Tag(**{**seen, "hosts": tuple(seen.get("hosts") or ())})


def _notice(seen: dict[str, Any] | None) -> Notice | None:
    if seen is None:
        return None
    parts = {name: Part(**values) for name, values in seen["parts"].items()}
    return Notice(seen["visible"], seen["why"], parts)


def _flags(decision: Any) -> dict[str, bool] | None:
    if not isinstance(decision, dict) or not isinstance(decision.get("categories"), dict):
        return None
    answers = {**decision["categories"], **(decision.get("services") or {})}
    return {name: value is True for name, value in answers.items()}


def _cookies(cookies: list[dict[str, Any]], at_ms: int, moment: str) -> Iterator[Stored]:
    for each in cookies:
        days = None if each.get("expiry") is None else (each["expiry"] - time.time()) / 86_400
        yield Stored("cookie", each["name"], each["domain"], at_ms, moment, days, bool(each.get("httpOnly")))


def send_signal(bidi: Bidi, user_context: str) -> None:
    """Have a visitor's browser object, as header and as property (W3C Global Privacy Control, 3.1 and 3.2)."""
    header = {"name": "Sec-GPC", "value": {"type": "string", "value": "1"}}
    bidi.command("network.setExtraHeaders", {"headers": [header], "userContexts": [user_context]})
    preload = {"functionDeclaration": _GPC, "userContexts": [user_context]}
    bidi.command("script.addPreloadScript", preload)


_GPC = """() => {
  const there = { get: () => true, enumerable: true, configurable: true };
  Object.defineProperty(Navigator.prototype, "globalPrivacyControl", there);
}"""
