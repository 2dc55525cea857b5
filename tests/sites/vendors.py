"""Stand-ins for everybody but the shop: they answer for every other host, and record what they really received."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from werkzeug.http import parse_cookie
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

VENDORS = Path(__file__).with_name("vendors")
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
TYPES = {".js": "text/javascript; charset=utf-8", ".html": "text/html; charset=utf-8", ".css": "text/css"}
EVENTS = "retry: 3600000\ndata: tere\n\n"
GOODBYE = b"\x88\x00"  # A WebSocket's closing frame (RFC 6455, 5.5.1).


@dataclass(frozen=True)
class Hit:
    """One request that a stand-in received; `path` has the query with it. A mere connection has an empty path."""

    host: str
    path: str
    referer: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    at: float = field(default_factory=time.time)


class StandIns:
    """The WSGI callable behind every host that is not the shop's.

    `/r?to=…` redirects, `/events` is an event stream, `*.js` and `*.html` are files of the folder `vendors`, a
    WebSocket is greeted and closed, all else is a pixel. `?cookie=…` has any of them set a third-party cookie.
    """

    def __init__(self) -> None:
        self.received: list[Hit] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        cookies = dict(parse_cookie(environ).items())
        path = request.full_path.rstrip("?")
        self.received.append(Hit(request.host.partition(":")[0], path, request.referrer or "", cookies))
        return answer(request)(environ, start_response)


def answer(request: Request) -> Response:
    """What a stand-in says, readable from every origin, stored nowhere."""
    response = _body(request)
    origin = request.headers.get("Origin")
    response.headers["Access-Control-Allow-Origin"] = origin or "*"
    if origin:
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Allow-Headers"] = "content-type"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "no-store"
    if "cookie" in request.args:
        response.headers.add("Set-Cookie", f"{request.args['cookie']}; Path=/; Secure; SameSite=None")
    return response


def _body(request: Request) -> Response:
    name = PurePosixPath(request.path)
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return _websocket(request)
    if request.method == "OPTIONS":
        return Response(status=204)
    if request.path == "/r" and "to" in request.args:
        return Response(status=302, headers={"Location": request.args["to"]})
    if request.path == "/events":
        return Response(EVENTS, content_type="text/event-stream")
    if name.suffix in TYPES:
        file = VENDORS / name.name
        return Response(file.read_bytes() if file.is_file() else b"", content_type=TYPES[name.suffix])
    return Response(PIXEL, content_type="image/gif")


def _websocket(request: Request) -> Response:
    key = request.headers.get("Sec-WebSocket-Key", "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}
    return Response(GOODBYE, status=101, headers=headers)
