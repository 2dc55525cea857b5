"""The stage that browser tests play on: a site, the service behind it, and stand-ins that record what reaches them.

One HTTP server on loopback plays every host below `localhost`: `<anything>.localhost` is a site with the service under
`/consent` (a reverse proxy, whose faults tests switch on), and `<service>.stand-in.localhost` is a tracker. What counts
is what the trackers received, not what a page says.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
TAG = """(self.fired = self.fired || []).push({name!r}); {code}"""


@dataclass(frozen=True)
class Hit:
    """One request that a stand-in received."""

    host: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    method: str
    at: float = field(default_factory=time.monotonic)

    @property
    def tracker(self) -> str:
        return self.host.partition(".stand-in.")[0]


@dataclass
class Fault:
    """What the proxy does to a path of the service: waits, answers rubbish, or hangs up."""

    delay: float = 0.0
    status: int = 0
    body: bytes = b""
    content_type: str = "application/json"
    drop: bool = False


class Stage:
    """The server, its pages, its faults and its hits."""

    def __init__(self, service: str) -> None:
        self.service = urlsplit(service).netloc
        self.services: dict[str, str] = {}
        self.folder = Path()
        self.pages: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
        self.faults: dict[tuple[str, str], Fault] = {}
        self.hits: list[Hit] = []
        self.asked: list[Hit] = []
        self._servers: list[ThreadingHTTPServer] = []
        self.port, self.second_port = self._listen(), self._listen()

    def _listen(self) -> int:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self._servers.append(server)
        port: int = server.server_address[1]
        return port

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def tracker(self, name: str, path: str = "/tag.js") -> str:
        """The address of something at a stand-in: `/tag.js?name=…&code=…`, `/pixel.gif`, `/frame.html`, `/slow.js`."""
        return f"http://{name}.stand-in.localhost:{self.port}{path}"


class Site:
    """One test's own site: an origin that no other test shares, so nothing stored is shared either."""

    def __init__(self, stage: Stage, name: str, port: int = 0) -> None:
        self.stage = stage
        self.host = f"{name}.localhost"
        self.origin = f"http://{self.host}:{port or stage.port}"

    def twin(self) -> Site:
        """Another origin of the same site and host, on the stage's second port: they share cookies, and no storage."""
        return Site(self.stage, self.host.removesuffix(".localhost"), self.stage.second_port)

    def page(self, body: str = "", path: str = "/", *, head: str | None = None, csp: str = "", lang: str = "et") -> str:
        """Put a page there, with the banner's script in its head unless `head` says otherwise; gives its address."""
        head = self.script() if head is None else head
        markup = (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Leht</title>'
            f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">{head}</head>'
            f"<body>{body}</body></html>"
        )
        self.stage.pages[self.host, path] = (markup, {"Content-Security-Policy": csp} if csp else {})
        return self.origin + path

    def script(self, query: str = "?lang=et", attributes: str = "") -> str:
        return f'<script async src="/consent/banner.js{query}" {attributes}></script>'

    def fault(self, path: str, **values: Any) -> None:
        """Break one path of the service for this site: `fault("check", delay=30)`, `fault("choices", drop=True)`."""
        self.stage.faults[self.host, f"/consent/{path}"] = Fault(**values)

    def served_by(self, netloc: str) -> None:
        """Put another service behind this site, as a new release under another policy does."""
        self.stage.services[self.host] = netloc

    def mend(self, path: str) -> None:
        self.stage.faults.pop((self.host, f"/consent/{path}"), None)

    def hits(self, tracker: str | None = None) -> list[Hit]:
        """What reached the stand-ins from this site's pages (by `Referer`, `Origin`, or a query's `site`)."""
        mine = [hit for hit in list(self.stage.hits) if self._is_mine(hit)]
        return [hit for hit in mine if tracker is None or hit.tracker == tracker]

    def asked(self, path: str) -> list[Hit]:
        """The requests that reached a path of the service from this site."""
        return [hit for hit in list(self.stage.asked) if hit.host == self.host and hit.path == f"/consent/{path}"]

    def _is_mine(self, hit: Hit) -> bool:
        origin = hit.headers.get("referer", "") or hit.headers.get("origin", "")
        return origin.startswith(self.origin) or hit.query.get("site") == [self.host]


def _handler(stage: Stage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            host = self.headers.get("Host", "").partition(":")[0]
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            hit = Hit(host, parts.path, parse_qs(parts.query, keep_blank_values=True), headers, self.command)
            if ".stand-in." in host or host.startswith("stand-in."):
                stage.hits.append(hit)
                self._stand_in(hit)
            elif parts.path.startswith(("/consent/", "/.well-known/")):
                stage.asked.append(hit)
                self._proxied(hit, body)
            else:
                self._page(host, parts.path)

        do_GET = do_POST = do_DELETE = do_HEAD = do_OPTIONS = handle_any

        def _page(self, host: str, path: str) -> None:
            found = stage.pages.get((host, path))
            if found is None:
                return self._send(404, b"no such page", "text/plain")
            markup, headers = found
            return self._send(200, markup.encode(), "text/html; charset=utf-8", headers)

        def _stand_in(self, hit: Hit) -> None:
            cors = {"Access-Control-Allow-Origin": hit.headers.get("origin", "*"), "Cache-Control": "no-store"}
            time.sleep(float(hit.query.get("wait", ["0"])[0]))
            if hit.path.endswith(".js"):
                name, code = (hit.query.get(key, [""])[0] for key in ("name", "code"))
                return self._send(200, TAG.format(name=name, code=code).encode(), "text/javascript", cors)
            if hit.path.endswith(".html"):
                code = hit.query.get("code", [""])[0]
                markup = f"<!doctype html><title>frame</title><p>frame<script>{code}</script>"
                return self._send(200, markup.encode(), "text/html", cors)
            if hit.path.endswith(".missing"):
                return self._send(404, b"", "text/plain", cors)
            return self._send(200, PIXEL, "image/gif", cors)

        def _proxied(self, hit: Hit, body: bytes) -> None:
            fault = stage.faults.get((hit.host, hit.path))
            if fault:
                time.sleep(fault.delay)
                if fault.drop:
                    self.close_connection = True
                    return None
                if fault.status:
                    return self._send(fault.status, fault.body, fault.content_type)
            return self._forward(body)

        def _forward(self, body: bytes) -> None:
            host = self.headers.get("Host", "").partition(":")[0]
            upstream = http.client.HTTPConnection(stage.services.get(host, stage.service), timeout=30)
            kept = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            try:
                upstream.request(self.command, self.path, body or None, kept)
                answer = upstream.getresponse()
                payload = answer.read()
            except OSError:
                return self._send(502, b"", "text/plain")
            finally:
                upstream.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                    self.send_header(name, value)
            if answer.status not in (204, 304):
                self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(payload)
            return None

        def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, TimeoutError, ValueError):  # A browser that leaves is no error of the stage.
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: failures show in the tests."""

    return Handler


def eventually(look: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Look until there is something to see; what was seen last is given back either way."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen or time.monotonic() > deadline:
            return seen
        time.sleep(0.03)
