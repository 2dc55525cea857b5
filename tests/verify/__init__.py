"""Tests of `consent-banner verify`: real browsers, and a little web of their own on loopback."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from consent_banner.verify.bidi import Bidi
from consent_banner.verify.browser import Browser

_WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True)
class Hit:
    """One request that arrived, with the moment in Unix seconds."""

    url: str
    method: str
    headers: dict[str, str]
    at: float = field(default_factory=time.time)


class Web:
    """Every host below `example`, on one port: `pages` holds what is there, all else is empty. `hits` are what arrived.

    A page is its markup, or a status, headers and a body. `arguments` bring a browser here.
    """

    def __init__(self) -> None:
        self.pages: dict[str, str | tuple[int, dict[str, str], str]] = {}
        self.hits: list[Hit] = []
        self.arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.arguments = [f"--host-resolver-rules=MAP *.example 127.0.0.1:{self.port}"]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, url: str, seconds: float = 5.0) -> Hit:
        """The first request for an address, as soon as it has arrived."""
        with self.arrived:
            came = self.arrived.wait_for(lambda: any(hit.url == url for hit in self.hits), seconds)
        assert came, f"{url} was never asked for; these were: {[hit.url for hit in self.hits]}"
        return next(hit for hit in self.hits if hit.url == url)


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = f"http://{self.headers['Host']}{self.path}"
            with web.arrived:
                web.hits.append(Hit(url, self.command, {name.lower(): text for name, text in self.headers.items()}))
                web.arrived.notify_all()
            if "Sec-WebSocket-Key" in self.headers:
                return self._shake_hands()
            page = web.pages.get(url, "")
            status, headers, body = (200, {}, page) if isinstance(page, str) else page
            kind = "text/javascript" if ".js" in self.path else "text/html"
            return self._send(status, {"Content-Type": f"{kind}; charset=utf-8", **headers}, body.encode())

        do_GET = do_POST = answer

        def _shake_hands(self) -> None:
            key = hashlib.sha1((self.headers["Sec-WebSocket-Key"] + _WEBSOCKET).encode()).digest()
            accept = base64.b64encode(key).decode()
            self._send(101, {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}, None)
            self.close_connection = True

        def _send(self, status: int, headers: dict[str, str], body: bytes | None) -> None:
            self.send_response(status)
            length = {} if body is None else {"Content-Length": str(len(body))}
            for name, text in {**headers, **length}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body or b"")

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, TimeoutError):  # A browser that leaves is no error.
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: failures show in the tests."""

    return Handler


def open_tab(bidi: Bidi, visitor: str = "default") -> str:
    """A new tab of a visitor."""
    tab: str = bidi.command("browsingContext.create", {"type": "tab", "userContext": visitor})["context"]
    return tab


def go(bidi: Bidi, tab: str, url: str) -> None:
    """Load a page there."""
    bidi.command("browsingContext.navigate", {"context": tab, "url": url, "wait": "complete"})


def evaluation(tab: str, expression: str) -> dict[str, Any]:
    """What `script.evaluate` wants to be told."""
    return {"expression": expression, "target": {"context": tab}, "awaitPromise": True}


def evaluate(bidi: Bidi, tab: str, expression: str, patience: float = 30.0) -> Any:
    """The value of an expression in a page."""
    return bidi.command("script.evaluate", evaluation(tab, expression), patience)["result"].get("value")


def folder_of(browser: Browser) -> Path:
    """Where it keeps what it writes."""
    assert browser.net_log is not None
    return browser.net_log.parent


def processes(folder: Path) -> dict[int, str]:
    """Every process that a browser with this folder started, with its command line: all inherit where to write."""
    found = {}
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(folder).encode() in (each / "environ").read_bytes():
                found[int(each.name)] = (each / "cmdline").read_text().replace("\0", " ")
    return found


def main_process(folder: Path) -> int:
    """The browser's own process, which all others of it come from."""
    found = processes(folder).items()
    (main,) = [number for number, command in found if "--log-net-log=" in command and "--type=" not in command]
    return main
