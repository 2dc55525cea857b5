"""One visit: a page in one scenario, from the first request to the last words on leaving.

Waits are fixed times after every act. "Until the network is idle" would return at once where it was idle before, and
never where one answer is left unread.
"""

from __future__ import annotations

import time

from ..errors import ConsentError
from .bidi import Bidi
from .evidence import BLOCKED, Visit
from .network import Seen, Traffic
from .observing import Observation
from .plan import Plan
from .visitor import Visitor

_SETTLE = 1.0
"""Seconds after loading before anybody answers: a person needs longer, a tag that fires at once does not."""
_ANSWER = 2.5
_RELOADED = 1.5
"""Seconds on the page that a visitor comes back to, and with what was granted before it is taken back."""
_AFTERTHOUGHT = 1.2
"""Seconds after scrolling and clicking at least: some tags think about it."""
_LEFT = 0.8
_EVENTS = 5.0
_PART = '#jutt-consent [data-consent-part="{}"]'
_OPENERS = ("launcher", "customise")


class PageUnavailable(ConsentError):
    """The page did not load, so that nothing can be said of it. Names the address and the reason."""


class Visiting:
    """A visit under way: what the visitor does. What is seen meanwhile is in `seen`."""

    def __init__(self, bidi: Bidi, traffic: Traffic, user_context: str, plan: Plan) -> None:
        self._bidi, self._traffic, self._plan = bidi, traffic, plan
        self.visitor = Visitor(bidi, user_context)
        self.seen = Observation(self.visitor, traffic, plan)

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
            self.seen.look_inside("used")
            self._come_back()
            self._pause(min(self._plan.wait, _RELOADED))
        else:
            self._use(self._plan.wait)
        self._finish()
        return self.seen.visit()

    def scout(self) -> str | None:
        """Open the page only to learn where its consent service is. Raises PageUnavailable."""
        self._arrive()
        return self.seen.service

    def read(self, name: str) -> str | None:
        """A file of the page's service, fetched in the browser."""
        found = self.visitor.look("read", f"{self.seen.service}{name}")
        return found if isinstance(found, str) else None

    def _arrive(self) -> None:
        if self._plan.scenario == "gpc":
            send_signal(self._bidi, self.visitor.user_context)
        if self._plan.scenario == BLOCKED:
            self._traffic.block(self.visitor.tab, self.seen.is_service)
        self.seen.navigates()
        failed = self.visitor.open(self._plan.url)
        page = self._page()
        if page is None or page.error or (page.status or 0) >= 400:
            reason = failed or (page and (page.error or f"it answers {page.status}")) or "nothing answers"
            raise PageUnavailable(f"{self._plan.url}: {reason}")
        self.seen.find_service()
        self._pause(_SETTLE)
        self.seen.find_service()
        self.seen.see("loaded")
        self.seen.look_at_notice()

    def _page(self) -> Seen | None:
        """The page's own request, once it was answered: events come later than the answer to a command."""
        deadline = time.monotonic() + _EVENTS
        while True:
            page = next((each for each in self.seen.seen() if each.navigation and each.kind == "document"), None)
            known = page is not None and (page.status or page.error)
            if known or time.monotonic() > deadline:
                return page if known else None
            self._pause(0.05)

    def _answer(self, scenario: str) -> None:
        if scenario.startswith("only:"):
            self._choose(scenario.removeprefix("only:"))
        else:
            self._press(scenario, _PART.format(f"{scenario}-all"))
        self.seen.see("answered", stored=False)

    def _choose(self, category: str) -> None:
        if not self._open_preferences("customise"):
            self.seen.note(f"only:{category}", None, "the preferences do not open")
            return
        self.seen.look_for_ticks()
        inside = _PART.format("preferences")
        clicked = [self.visitor.click(f'{inside} input[name="{each}"]') for each in self._to_change(category)]
        self._press(f"only:{category}", _PART.format("save"))
        if not all(clicked):
            self.seen.note(f"only:{category}", None, "its switch cannot be clicked")

    def _to_change(self, category: str) -> list[str]:
        """The switches that a visitor who wants one category alone has to move: it, and what is ticked already."""
        optional = self._plan.declared.optional if self._plan.declared else (category,)
        ticked = self.visitor.look("boxes", _PART.format("preferences")) or []
        return [each for each in optional if (each in ticked) is not (each == category)]

    def _withdraw(self) -> None:
        self._answer("accept")
        self._pause(min(self._plan.wait, _RELOADED))  # For the tags to set what is to be deleted.
        since = time.time()
        if self._open_preferences(*_OPENERS):
            self.visitor.click(_PART.format("withdraw"))
            self.seen.withdrawn = self._await_answer(since, ("DELETE", "POST"))
        reason = None if self.seen.withdrawn else "there is no way to withdraw that works"
        self.seen.note("withdraw", 2 if self.seen.withdrawn else None, reason)
        self._pause(_SETTLE)
        self.seen.see("withdrawn")
        self._come_back()
        self._use(self._plan.wait)

    def _use(self, seconds: float) -> None:
        """Be on the page for so long, and do with it what visitors do."""
        until = time.monotonic() + seconds
        self._pause(seconds * 0.3)
        self.visitor.wander()
        self.visitor.scroll()
        self.visitor.click_page()
        self._pause(max(until - time.monotonic(), _AFTERTHOUGHT))

    def _come_back(self) -> None:
        self.seen.navigates()
        self.visitor.reload()

    def _finish(self) -> None:
        self.seen.see("last")
        self.seen.look_around()
        if self._plan.scenario == "fresh" and self._open_preferences("customise"):
            self.seen.look_for_ticks()
            self.visitor.escape()
        self._follow_link()
        self.seen.look_aside()
        self.seen.left = time.time()
        # Where the service stands on the page's own host, what was stored on leaving can still be looked at from there.
        self.visitor.leave(f"{self.seen.service}policy.json" if self.seen.service else "about:blank")
        self._pause(_LEFT)
        self.seen.look_back()

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
        self.seen.elsewhere = (began, time.time())

    # -- the banner -----------------------------------------------------------------------------------------------

    def _press(self, name: str, selector: str) -> None:
        """Click until the choice is recorded, twice at most: a third click would be another page than a visitor's."""
        since = time.time()
        for clicks in (1, 2):
            if not self.visitor.click(selector):
                self.seen.note(name, None, "it cannot be clicked")
                return
            self.seen.answered = self._await_answer(since, ("POST",))
            if self.seen.answered:
                self.seen.note(name, clicks, None)
                return
        self.seen.note(name, None, "clicking it records no choice")

    def _await_answer(self, since: float, methods: tuple[str, ...]) -> float | None:
        if self.seen.service is None:
            self._pause(_ANSWER)
            return None
        found = self._traffic.answered(self.visitor.user_context, self.seen.service, methods, since, _ANSWER)
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

    def _pause(self, seconds: float) -> None:
        """Wait. What arrives meanwhile is recorded by other threads."""
        if seconds > 0:
            time.sleep(seconds)


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
