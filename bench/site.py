"""The pages that are timed: one Flask application with the service in it, so that all come from one server alike.

`/first/<way>` asks for consent; `/returning/<way>` carries a tag too, which the way of asking holds back or not.
`/busy/<way>` is large, and has nothing to hold.
"""

from __future__ import annotations

from pathlib import Path

import brotli
from flask import Flask, Response, abort, render_template, request

from bench.rivals import RIVALS
from consent_banner import ConsentBanner
from consent_banner.views.caching import Shelf, send

WAYS = ("hand", "server", "script", "orejime", "cookieconsent")
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
DOT = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
_TAG = "window.benchTag = performance.now();"


def make_site() -> Flask:
    """The application: pages, rivals, tag and service."""
    site = Flask("bench", root_path=str(Path(__file__).parent), template_folder="pages")
    ConsentBanner(site)
    shelf = Shelf()
    files = {path.name: path for paths in RIVALS.values() for path in paths}
    site.add_url_rule("/first/<way>", "first", lambda way: page(way, returning=False))
    site.add_url_rule("/returning/<way>", "returning", lambda way: page(way, returning=True))
    site.add_url_rule("/rivals/<name>", "rivals", lambda name: rival(shelf, files, name))
    site.add_url_rule("/tag.js", "tag", tag)
    site.add_url_rule("/busy/<way>", "busy", lambda way: render_template("busy.html", way=way))
    site.add_url_rule("/dot.gif", "dot", lambda: Response(DOT, content_type="image/gif"))
    site.after_request(_compressed)
    return site


def page(way: str, returning: bool) -> str:
    """One page. Whoever returns has answered, so nothing in it asks."""
    if way not in WAYS:
        abort(404)
    return render_template(f"{way}.html", returning=returning)


def rival(shelf: Shelf, files: dict[str, Path], name: str) -> Response:
    """A rival's file with the very headers and the compression that our own script has."""
    if name not in files:
        abort(404)
    path = files[name]
    return send(shelf.take(name, lambda: path.read_text(encoding="utf-8"), _TYPES[path.suffix]))


def tag() -> Response:
    """The stand-in for a vendor's tag, which notes when it ran. Never cached, as if it were the first of the day."""
    return Response(_TAG, content_type=_TYPES[".js"], headers={"Cache-Control": "no-store"})


def _compressed(response: Response) -> Response:
    """Compress pages as a proxy in front would."""
    if response.mimetype == "text/html" and request.accept_encodings.quality("br") and not response.content_encoding:
        response.set_data(brotli.compress(response.get_data(), quality=5))
        response.content_encoding = "br"
        response.vary.add("Accept-Encoding")
    return response


def __getattr__(name: str) -> Flask:
    if name != "site":
        raise AttributeError(name)
    return make_site()
