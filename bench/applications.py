"""What the servers serve: the service itself, and the constant answers that it is held against.

`granian --interface wsgi bench.applications:service`. Each is made when it is asked for, so that the constant ones
bring nothing of the service along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "2")]
_BODY = [b"ok"]


def constant(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The least that a WSGI callable can do."""
    start_response("200 OK", _HEADERS)
    return _BODY


def make_hello() -> Flask:
    """The least that a Flask route can do, for a GET and for a POST whose body it leaves alone."""
    app = Flask("hello")
    _add_constant(app)
    return app


def make_service() -> Flask:
    """The service as it is run, configured by `CONSENT_*`, with a constant route beside it."""
    from consent_banner import create_app

    app = create_app()
    _add_constant(app)
    return app


def _add_constant(app: Flask) -> None:
    app.add_url_rule("/constant", "constant", lambda: "ok", methods=["GET", "POST"])


_MAKERS: dict[str, Callable[[], Flask]] = {"hello": make_hello, "service": make_service}


def __getattr__(name: str) -> Flask:
    if name not in _MAKERS:
        raise AttributeError(name)
    return _MAKERS[name]()
