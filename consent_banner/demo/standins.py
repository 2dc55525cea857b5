"""Stand-ins for the vendors' hosts: `www.googletagmanager.com.localhost:8000` is served by the demo itself.

Browsers take every name under `.localhost` to this machine (RFC 6761, 6.3), so the vendors' snippets run as they are
published, with nothing but their hosts changed, and what they send truly arrives.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from werkzeug.http import parse_cookie

from ..policy import Policy
from .log import Hit, HitLog

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SUFFIX = ".localhost"
STATIC = Path(__file__).parent / "static"

# Where a vendor's tag finds its script or page, by host and the beginning of the path. Anything else is a collector.
SCRIPTS = (
    ("www.googletagmanager.com", "/gtag/js", "standin-gtag.js"),
    ("www.googletagmanager.com", "/gtm.js", "standin-gtm.js"),
    ("connect.facebook.net", "/en_US/fbevents.js", "standin-fbevents.js"),
    ("snap.licdn.com", "/li.lms-analytics/insight.min.js", "standin-insight.js"),
    ("static.hotjar.com", "/c/hotjar-", "standin-hotjar.js"),
    ("www.youtube-nocookie.com", "/embed/", "standin-youtube.html"),
)
# Two services share a host: what tells them apart is the path.
PATHS = {("www.googletagmanager.com", "/gtag/"): "google-analytics"}

PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
TYPES = {".js": "text/javascript; charset=utf-8", ".html": "text/html; charset=utf-8"}
PIXEL_PATHS = ("/tr", "/collect")
HEADERS = [
    ("Cache-Control", "no-store"),  # Every load is a request, so that every load is counted.
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Headers", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
]


class StandIns:
    """Answers for every host under `.localhost` and logs the request; hands every other host to the site."""

    def __init__(self, application: WSGIApplication, log: HitLog, policy: Policy) -> None:
        self._application = application
        self._log = log
        self._policy = policy

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = vendor_host(environ.get("HTTP_HOST", ""))
        if host is None:
            return self._application(environ, start_response)
        path = environ.get("PATH_INFO", "/")
        self._log.add(self._hit(environ, host, path))
        status, content_type, body = answer(host, path)
        described = [("Content-Type", content_type), ("Content-Length", str(len(body)))] if body else []
        start_response(status, HEADERS + described)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _hit(self, environ: WSGIEnvironment, host: str, path: str) -> Hit:
        return Hit(
            at=int(time() * 1000),
            method=environ["REQUEST_METHOD"],
            host=host,
            path=path,
            query=environ.get("QUERY_STRING", ""),
            service=service_of(self._policy, host, path),
            page=environ.get("HTTP_REFERER"),
            cookies=tuple(parse_cookie(environ)),
        )


def vendor_host(host: str) -> str | None:
    """The vendor's own name behind a `Host` header (`www.hotjar.com.localhost:8000`); None for the site itself."""
    name = host.lower().partition(":")[0].rstrip(".")
    return name.removesuffix(SUFFIX) if name.endswith(SUFFIX) and name != SUFFIX else None


def service_of(policy: Policy, host: str, path: str) -> str | None:
    """The service that a host belongs to by the policy: an exact name goes before a wildcard."""
    for (shared, beginning), service in PATHS.items():
        if host == shared and path.startswith(beginning):
            return service
    parents = ["*." + host.split(".", cut)[-1] for cut in range(1, host.count(".") + 1)]
    for name in (host, *parents):
        for each in policy.services:
            if name in each.hosts:
                return each.id
    return None


def answer(host: str, path: str) -> tuple[str, str, bytes]:
    """Status, type and body: the vendor's script in our own words, a pixel, or nothing at all (204)."""
    for name, beginning, file in SCRIPTS:
        if host == name and path.startswith(beginning):
            return "200 OK", TYPES[Path(file).suffix], _file(file)
    if path.startswith(PIXEL_PATHS):
        return "200 OK", "image/gif", PIXEL
    return "204 No Content", "", b""


@cache
def _file(name: str) -> bytes:
    return (STATIC / name).read_bytes()
