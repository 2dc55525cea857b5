"""The first party: a honey shop with our extension in it, whose pages are the zoo's."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, abort, render_template, request, send_from_directory
from jinja2 import FileSystemLoader
from markupsafe import Markup

from consent_banner import ConsentBanner

from .reading import HERE, PAGES, ZooPage

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SITE = "shop.example"
INFORMATION = {
    "/": "Avaleht",
    "/meist": "Meist",
    "/tarne": "Tarne",
    "/privaatsus": "Privaatsus",
    "/privacy": "Privacy",
    "/lahkumine": "Nägemist",
}


def is_ours(host: str) -> bool:
    """Whether a `Host` is the shop's or one of its subdomains'."""
    name = host.partition(":")[0].lower()
    return name == SITE or name.endswith(f".{SITE}")


def make_shop(folder: Path, policy: Path, pages: Mapping[str, ZooPage]) -> tuple[Flask, Callable[[], None]]:
    """The application, with a ledger in a folder, and what closes that ledger."""
    app = Flask(__name__, static_folder=str(HERE / "static"), template_folder=None)
    app.jinja_loader = FileSystemLoader([str(PAGES), str(HERE / "shared")])
    app.config.update(
        CONSENT_SECRET_KEYS=secrets.token_hex(32),
        CONSENT_POLICY=str(policy),
        CONSENT_LEDGER_URL=f"sqlite:///{folder}/consent.db",
        CONSENT_SPOOL=str(folder / "spool.db"),
        CONSENT_RATE_LIMIT="off",
        CONSENT_URL_PREFIX="/consent",
        CONSENT_COOKIE_SECURE="1",
    )
    ConsentBanner(app)
    for path, title in INFORMATION.items():
        app.add_url_rule(path, f"information {path}", partial(_information, title))
    app.add_url_rule("/<kind>/<name>", "page", lambda kind, name: _page(pages, kind, name))
    for rule, view in (("/r", _redirect), ("/events", _events)):
        app.add_url_rule(rule, rule, view)
    app.add_url_rule("/collect", "collect", lambda: ("", 204), methods=["GET", "POST"])
    app.add_url_rule("/api/answer", "answer", _answer)
    parts = app.extensions["consent_banner"]
    return app, parts.ledger.close


def _page(pages: Mapping[str, ZooPage], kind: str, name: str) -> Response:
    page = pages.get(f"{kind}/{name}.html")
    if page is None:  # A worker, or the inside of a frame, that stands beside the page that uses it.
        return send_from_directory(PAGES / kind, name) if "." in name else abort(404)
    nonce = secrets.token_urlsafe(12)
    said = dict(page.headers)
    mark = Markup(' nonce="{}"').format(nonce) if "{nonce}" in said.get("Content-Security-Policy", "") else Markup()
    response = Response(render_template(page.path, page=page, nonce=nonce, nonced=mark, others=list(pages.values())))
    response.headers.setdefault("Cache-Control", "no-cache")
    response.headers["Referrer-Policy"] = "unsafe-url"  # So that a stand-in's record says which page sent it.
    for header, value in page.headers:
        response.headers.add(header, value.replace("{nonce}", nonce))
    return response


def _redirect() -> Response:
    return Response(status=302, headers={"Location": request.args["to"], "Cache-Control": "no-store"})


def _information(title: str) -> str:
    return render_template("information.html", title=title, page={})


def _events() -> Response:
    """A stream that goes on for a while, so that the page's network is never idle."""

    def stream() -> Iterator[str]:
        for number in range(60):
            yield f"retry: 3600000\ndata: {number}\n\n"
            time.sleep(1)

    return Response(stream(), content_type="text/event-stream")


def _answer() -> Response:
    """An interface of the shop's own; `?cookie=…` has it set that cookie."""
    response = Response("{}", content_type="application/json", headers={"Cache-Control": "no-store"})
    origin = request.headers.get("Origin", "")
    if is_ours(urlsplit(origin).netloc):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
    if "cookie" in request.args:
        response.headers.add("Set-Cookie", f"{request.args['cookie']}; Secure")
    return response


@dataclass(frozen=True)
class Fault:
    """What goes wrong on one path of the service: it answers late, or something else than it should."""

    path: str
    status: int = 0
    body: str = ""
    wait: float = 0.0


HTML = "<!doctype html><title>Mesila</title><p>Seda lehte siin ei ole.</p>"
FAULTS = {
    "banner-404": Fault("/consent/banner.js", 404, HTML),
    "banner-500": Fault("/consent/banner.js", 500, HTML),
    "banner-html": Fault("/consent/banner.js", 200, HTML),
    "check-html": Fault("/consent/check", 200, HTML),
    "check-500": Fault("/consent/check", 500, HTML),
    "check-hangs": Fault("/consent/check", 504, HTML, wait=20.0),
    "choices-404": Fault("/consent/choices", 404, HTML),
    "slow": Fault("/consent/check", wait=1.2),
}


class Faults:
    """Stands before the shop: on `check-html.shop.example` and the like, one path of the service misbehaves."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._closing = threading.Event()

    def close(self) -> None:
        """Let everybody go who is still made to wait."""
        self._closing.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        fault = FAULTS.get(environ.get("HTTP_HOST", "").partition(".")[0])
        if fault is None or environ["PATH_INFO"] != fault.path:
            return self._application(environ, start_response)
        self._closing.wait(fault.wait)
        if not fault.status:
            return self._application(environ, start_response)
        return Response(fault.body, fault.status, content_type="text/html; charset=utf-8")(environ, start_response)
