"""Records what one visitor's tabs request, from the browser's own events, in the order in which they came."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from .bidi import Bidi

NOT_SENT = "blocked by the page's own policy"
"""What is said of a request that never left: Chromium reports those that a Content-Security-Policy stops, too."""

EVENTS = (
    "network.beforeRequestSent",
    "network.responseStarted",
    "network.responseCompleted",
    "network.fetchError",
    "browsingContext.contextCreated",
)


@dataclass
class Seen:
    """One request under way: what is known of it so far. `at` is in seconds of the epoch."""

    number: str
    url: str
    at: float
    kind: str
    method: str
    context: str | None
    visitor: str | None
    navigation: bool
    initiator: str | None = None
    line: int | None = None
    redirected_from: str | None = None
    status: int | None = None
    error: str | None = None
    content_type: str | None = None
    preconnects: list[str] = field(default_factory=list)
    set_cookies: list[tuple[str, Mapping[str, str | None]]] = field(default_factory=list)
    answered: float | None = None
    done: bool = False


class Traffic:
    """Everything that a browser requests, by visitor. One for each browser; it lives as long as the connection."""

    def __init__(self, bidi: Bidi) -> None:
        self._bidi = bidi
        self._blocked: dict[str, Callable[[str], bool]] = {}
        self._lock = threading.Condition()
        self._visitors: dict[str, str] = {}
        self._parents: dict[str, str | None] = {}
        self._addresses: dict[str, str] = {}
        self._strays: set[str] = set()
        self._seen: list[Seen] = []
        self._open: dict[str, Seen] = {}
        bidi.on("browsingContext.contextCreated", self._created)
        bidi.on("network.beforeRequestSent", self._sent)
        bidi.on("network.responseStarted", self._answered)
        bidi.on("network.responseCompleted", self._completed)
        bidi.on("network.fetchError", self._failed)
        bidi.subscribe(*EVENTS)

    def of(self, visitor: str, since: float) -> list[Seen]:
        """A visitor's requests since a moment, strays left out; with those of workers, which belong to no tab."""
        with self._lock:
            seen = [each for each in self._seen if each.at >= since and self._belongs(each, visitor)]
        return sorted(seen, key=lambda each: each.at)

    def heard(self, visitor: str, since: float) -> list[tuple[str, float]]:
        """The same with strays: addresses and moments, to tell what was never reported at all."""
        with self._lock:
            return [(each.url, each.at) for each in self._seen if each.at >= since and each.visitor in (visitor, None)]

    def tab_of(self, context: str) -> str:
        """The tab that a frame is in."""
        while parent := self._parents.get(context):
            context = parent
        return context

    def address_of(self, context: str) -> str | None:
        """The address that a frame was last led to."""
        return self._addresses.get(context)

    def block(self, tab: str, unwanted: Callable[[str], bool]) -> None:
        """Let some addresses fail in a tab, as though nobody were there; all others go on as ever."""
        self._blocked[tab] = unwanted
        self._bidi.command("network.addIntercept", {"phases": ["beforeRequestSent"], "contexts": [tab]})

    def strays(self, visitor: str) -> list[str]:
        """The tabs that a link of the visitor's page led to: other pages, whose requests are not this one's."""
        return [each for each in self._strays if self._visitors.get(each) == visitor]

    def answered(
        self, visitor: str, service: str, methods: Sequence[str], since: float, patience: float
    ) -> float | None:
        """When the service had answered a visitor's choice well, in seconds of the epoch; None where it did not."""
        deadline = time.monotonic() + patience
        with self._lock:
            while True:
                for each in self._seen:
                    if each.at >= since and _is_choice(each, service, methods) and self._belongs(each, visitor):
                        return each.answered
                if not self._lock.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    return None

    def _belongs(self, seen: Seen, visitor: str) -> bool:
        if seen.context is None:  # A worker's.
            return seen.visitor in (visitor, None)
        owner = seen.visitor or self._visitors.get(seen.context)
        return owner == visitor and self.tab_of(seen.context) not in self._strays

    def _created(self, event: dict[str, Any]) -> None:
        context, visitor, parent = event["context"], event["userContext"], event.get("parent")
        with self._lock:
            # A visitor's first tab is ours, one that a page opens has an opener; what is left was opened by a link.
            if parent is None and event.get("originalOpener") is None and visitor in self._visitors.values():
                self._strays.add(context)
            self._visitors[context], self._parents[context] = visitor, parent

    def _sent(self, event: dict[str, Any]) -> None:
        request, initiator = event["request"], event.get("initiator") or {}
        earlier = self._open.get(request["request"]) if event.get("redirectCount") else None
        seen = Seen(
            number=request["request"],
            url=request["url"],
            at=event["timestamp"] / 1000,
            kind=_kind(request, initiator),
            method=request["method"],
            context=event.get("context"),
            visitor=event.get("userContext"),
            navigation=event.get("navigation") is not None,
            initiator=_initiator(request, initiator),
            line=None if initiator.get("lineNumber") is None else initiator["lineNumber"] + 1,
            redirected_from=earlier.url if earlier else None,
        )
        with self._lock:
            if seen.navigation and seen.context:
                self._addresses[seen.context] = seen.url
            self._seen.append(seen)
            self._open[seen.number] = seen
        if event.get("isBlocked"):
            unwanted = self._blocked[self.tab_of(event["context"])]
            verdict = "network.failRequest" if unwanted(seen.url) else "network.continueRequest"
            self._bidi.send(verdict, {"request": seen.number})

    def _answered(self, event: dict[str, Any]) -> None:
        response = event["response"]
        with self._lock:
            seen = self._open.get(event["request"]["request"])
            if seen is None:
                return
            seen.status = response["status"] or None
            seen.answered = seen.answered or event["timestamp"] / 1000
            seen.content_type = response.get("mimeType") or None
            seen.set_cookies = [parsed for header in response["headers"] for parsed in _cookies(header)]
            if seen.navigation:
                seen.preconnects = [url for header in response["headers"] for url in _preconnects(header)]

    def _completed(self, event: dict[str, Any]) -> None:
        self._answered(event)
        with self._lock:
            seen = self._open.get(event["request"]["request"])
            if seen is not None:
                seen.done = True
            self._lock.notify_all()

    def _failed(self, event: dict[str, Any]) -> None:
        with self._lock:
            seen = self._open.get(event["request"]["request"])
            if seen is not None:
                seen.error = event.get("errorText") or NOT_SENT
            self._lock.notify_all()


def _is_choice(seen: Seen, service: str, methods: Sequence[str]) -> bool:
    path = seen.url.partition("?")[0]
    ours = path in (f"{service}choices", f"{service}banner", f"{service}preferences")
    return ours and seen.method in methods and seen.done and seen.status in (200, 303)


def _kind(request: Mapping[str, Any], initiator: Mapping[str, Any]) -> str:
    return str(request.get("destination") or request.get("initiatorType") or initiator.get("type") or "other")


def _initiator(request: Mapping[str, Any], initiator: Mapping[str, Any]) -> str | None:
    """The address of the script that asked, the lowest in its stack that has one; else of the page or style sheet."""
    frames = (initiator.get("stackTrace") or {}).get("callFrames") or []
    script = next((frame["url"] for frame in frames if frame.get("url")), None)
    return script or (request.get("goog:resourceInitiator") or {}).get("url")


def _cookies(header: Mapping[str, Any]) -> list[tuple[str, Mapping[str, str | None]]]:
    """The cookies of a `Set-Cookie` header, each with its attributes in lower case (RFC 6265, 5.2)."""
    if header["name"].lower() != "set-cookie":
        return []
    found: list[tuple[str, Mapping[str, str | None]]] = []
    for line in str(header["value"].get("value", "")).split("\n"):
        pair, *rest = line.split(";")
        name, equals, _ = pair.partition("=")
        attributes = {
            key.strip().lower(): value.strip() or None for key, _, value in (each.partition("=") for each in rest)
        }
        if equals and name.strip():
            found.append((name.strip(), attributes))
    return found


def _preconnects(header: Mapping[str, Any]) -> list[str]:
    """The hosts that a `Link` header has the browser connect to ahead (RFC 8288; HTML, 4.6.7.10)."""
    if header["name"].lower() != "link":
        return []
    links = str(header["value"].get("value", "")).split(",")
    return [link.partition("<")[2].partition(">")[0] for link in links if "preconnect" in link.partition(">")[2]]


def days_of(attributes: Mapping[str, str | None], now: float) -> float | None:
    """How long a cookie of a header lives, in days; None for a session (RFC 6265, 5.3: Max-Age before Expires)."""
    age, expires = attributes.get("max-age"), attributes.get("expires")
    if age is not None and age.lstrip("-").isdigit():
        return int(age) / 86_400
    if expires is not None:
        try:
            return (parsedate_to_datetime(expires).timestamp() - now) / 86_400
        except (ValueError, TypeError, OverflowError):
            return None
    return None
