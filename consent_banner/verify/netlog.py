"""Chromium's own record of what it sent, for what BiDi does not report: WebSockets, beacons on leaving, preconnects.

One event a line behind a line of constants (`net/log/file_net_log_observer.cc`); what an event means is said in
`net/log/net_log_event_type_list.h`. The log of a browser that was killed breaks off, and is read up to there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from ..errors import ConsentError

Kind = Literal["request", "websocket", "preconnect"]
BROWSER = "browser"
_BEGIN, _END = 1, 2
_GROUP = re.compile(
    r"(?:\w+/)*(\w+://[^ ]+) <(\S+)"
)  # Sockets to a host under a page: `pm/https://host <https://site …`.
_SOON = 3.0  # Seconds between asking for a document and opening a connection for it, whichever comes first.


class NetLogError(ConsentError):
    """There is no such log, or nothing in it: what the browser sent is not known."""


@dataclass(frozen=True)
class Logged:
    """Something that the browser sent or tried to. What its cache answered is among it, and has no mark.

    `at` is Unix time in seconds. Every hop of a redirect is one of its own; a preconnect's `url` names the host alone.
    `initiator` is the origin that asked for it, `browser` for the browser's own affairs, None for what was navigated to
    from outside and for preconnects. `page_site` is the site of the page on top, such as `https://shop.example`.
    `mark` is that of the visitor (`Browser.marks`).
    """

    at: float
    kind: Kind
    url: str
    initiator: str | None
    page_site: str | None
    mark: str | None = None


def read(path: Path) -> list[Logged]:
    """All that was sent, in the order of time. Raises NetLogError."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            constants = json.loads(next(lines, "").rstrip().rstrip(",") + "}")["constants"]
            reading = _Reading(int(constants["timeTickOffset"]))
            for name, event in _events(lines, constants["logEventTypes"], reading.takes):
                reading.take(name, event)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NetLogError(f"{path.name} is no net log: {error}") from error
    return reading.logged()


def _events(
    lines: Iterable[str], numbers: Mapping[str, int], wanted: Iterable[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The whole events of the wanted types. Most lines are of others, and are not even parsed."""
    names = {numbers[name]: name for name in wanted if name in numbers}
    ending = re.compile(r'"type":(?:' + "|".join(map(str, names)) + r")\}\]?,?\s*$")
    for line in filter(ending.search, lines):
        try:
            event = json.loads(line.rstrip().rstrip(",]"))
        except ValueError:  # It broke off where a part of it ends as a whole one does.
            return
        yield names[event["type"]], event


class _Reading:
    """What is understood so far of events that come in the order of time.

    Left out is what reaches no host: `dns-prefetch` is a HOST_RESOLVER_MANAGER_REQUEST with `is_speculative`, and shows
    only for names that no `--host-resolver-rules` maps.
    """

    def __init__(self, offset: int) -> None:
        self.takes: dict[str, Callable[[int, int, float, dict[str, Any]], None]] = {
            "URL_REQUEST_START_JOB": self._request,
            "HTTP_STREAM_JOB_CONTROLLER": self._stream,
            "HTTP_STREAM_JOB_CONTROLLER_BOUND": self._bound,
            "PROXY_RESOLUTION_SERVICE_RESOLVED_PROXY_LIST": self._mark,
            "TCP_CLIENT_SOCKET_POOL_REQUESTED_SOCKETS": self._sockets_wanted,
            "SOCKET_POOL_CONNECT_JOB_CREATED": self._socket_opened,
            "SOCKET_POOL_CONNECTING_N_SOCKETS": self._sockets_done,
        }
        self._offset = offset
        self._requests: list[tuple[int, float, dict[str, Any]]] = []
        self._stream_of: dict[int, int] = {}
        self._marks: dict[int, str] = {}
        self._speculative: dict[str, int] = {}
        self._wanted: dict[str, tuple[int, Logged]] = {}
        self._preconnects: list[Logged] = []

    def take(self, name: str, event: dict[str, Any]) -> None:
        """Learn from the next event."""
        at = (self._offset + int(event["time"])) / 1000
        self.takes[name](event["source"]["id"], event["phase"], at, event.get("params", {}))

    def logged(self) -> list[Logged]:
        """Everything that counts."""
        requests = [self._logged(*each) for each in self._requests]
        documents = [
            each
            for each, (_, _, params) in zip(requests, self._requests, strict=True)
            if params.get("request_type") in ("main frame", "subframe")
        ]
        alone = [each for each in self._preconnects if not any(_serves(each, one) for one in documents)]
        return sorted(requests + alone, key=lambda each: each.at)

    def _logged(self, source: int, at: float, params: dict[str, Any]) -> Logged:
        url: str = params["url"]
        kind: Kind = "websocket" if url.startswith(("ws:", "wss:")) else "request"
        return Logged(at, kind, url, _initiator(params), _site(params), self._mark_of(source))

    def _request(self, source: int, phase: int, at: float, params: dict[str, Any]) -> None:
        if phase == _BEGIN:
            self._requests.append((source, at, params))

    def _mark_of(self, source: int) -> str | None:
        return self._marks.get(self._stream_of.get(source, source))

    def _stream(self, source: int, phase: int, at: float, params: dict[str, Any]) -> None:
        if phase == _BEGIN and params["is_preconnect"]:
            self._speculative[_origin(params["url"])] = source

    def _bound(self, source: int, phase: int, at: float, params: dict[str, Any]) -> None:
        """Said by either side of the other; only a request ever asks what it was bound to."""
        self._stream_of[source] = params["source_dependency"]["id"]

    def _mark(self, source: int, phase: int, at: float, params: dict[str, Any]) -> None:
        direct, _, mark = params["proxy_info"].partition(";PROXY ")
        if direct == "DIRECT" and mark:
            self._marks[source] = mark

    def _sockets_wanted(self, source: int, phase: int, at: float, params: dict[str, Any]) -> None:
        """Several sockets at once are asked for by preconnects alone."""
        if group := _GROUP.match(params["group_id"]):
            site = group[2] if "://" in group[2] else None
            mark = self._marks.get(self._speculative.get(group[1], 0))
            self._wanted[params["group_id"]] = (source, Logged(at, "preconnect", f"{group[1]}/", None, site, mark))

    def _socket_opened(self, source: int, phase: int, at: float, params: dict[str, Any]) -> None:
        """Within the asking, which finds enough of them open already otherwise."""
        if params["group_id"] in self._wanted:
            self._preconnects.append(self._wanted.pop(params["group_id"])[1])

    def _sockets_done(self, source: int, phase: int, at: float, params: dict[str, Any]) -> None:
        if phase == _END:
            self._wanted = {group: each for group, each in self._wanted.items() if each[0] != source}


def _initiator(params: dict[str, Any]) -> str | None:
    named: str = params.get("initiator", "")
    if named and named != "not an origin":
        return named.split()[0]
    return BROWSER if params.get("request_type", "other") == "other" else None


def _site(params: dict[str, Any]) -> str | None:
    first: str = params.get("network_isolation_key", "").partition(" ")[0]
    return first if "://" in first else None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _serves(preconnect: Logged, document: Logged) -> bool:
    """Whether the browser opened it for a document that the same visitor asks that host for: no more than that."""
    same = document.mark in (preconnect.mark, None) and _origin(document.url) == _origin(preconnect.url)
    return same and abs(document.at - preconnect.at) < _SOON
