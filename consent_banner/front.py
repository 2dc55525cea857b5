"""The check's fast door: a small WSGI callable in front of Flask, for the plain case of a plain `GET`.

Anything unusual (another method, a query, a cookie sent twice or quoted, a foreign `Host`) falls through to the Flask
route, which is the reference; both render the same answers (`checking.py`), and one test suite runs over both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from threading import Lock
from time import time
from typing import TYPE_CHECKING

from .checking import Answer, Checks
from .decision import Signals
from .i18n import negotiate
from .policy import Policy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Key = tuple[str, str | None, str | None, str | None, bool]
REMEMBERED = 4096
MAX_LANGUAGE_LENGTH = 200
_PLAIN = re.compile(r"[A-Za-z0-9._-]+", re.ASCII).fullmatch


class Front:
    """Answers plain checks itself and hands everything else to the application behind it.

    Remembered are answers to good cookies and to none, keyed by the exact token: never one to a bad cookie, an unknown
    name or a foreign origin, so that nobody fills the memory with rubbish. It is emptied with the process, which is
    how keys are rotated.
    """

    def __init__(
        self,
        application: WSGIApplication,
        checks: Checks,
        policy: Policy,
        prefix: str,
        cookie_name: str,
        hosts: Collection[str] = (),
        clock: Callable[[], float] = time,
    ) -> None:
        self._application = application
        self._checks = checks
        self._languages = policy.languages
        self._path = f"{prefix}/check"
        self._below = f"{prefix}/check/"
        self._cookie = cookie_name
        self._any_host = not hosts
        self._hosts = frozenset(host for host in hosts if not host.startswith("."))  # Flask judges subdomains.
        self._clock = clock
        self._answers: dict[Key, Answer] = {}
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if path.startswith(self._path) and environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING"):
            answer = self._answer(path, environ)
            if answer is not None:
                start_response(answer.status, answer.headers.copy())
                return answer.body
        return self._application(environ, start_response)

    def _answer(self, path: str, environ: WSGIEnvironment) -> Answer | None:
        get = environ.get
        cookie = get("HTTP_COOKIE")
        if cookie is not None:
            cookie = self._token(cookie)
            if cookie == "":
                return None
        if not (self._any_host or get("HTTP_HOST") in self._hosts):
            return None
        key: Key = (path, cookie, get("HTTP_ACCEPT_LANGUAGE"), get("HTTP_ORIGIN"), get("HTTP_SEC_GPC") == "1")
        found = self._answers.get(key)
        now = self._clock()
        if found is not None and found.since <= now < found.until:
            return found
        return self._fresh(key, now)

    def _token(self, cookies: str) -> str | None:
        """The consent cookie's exact value; None where there is none, an empty string where only Flask may judge."""
        before, name, after = cookies.partition(self._cookie)
        if not name:
            return None
        token = after[1:].partition(";")[0]
        alone = not before or before.endswith("; ")
        plain = alone and after[:1] == "=" and name not in after and '"' not in cookies and _PLAIN(token)
        return token if plain else ""

    def _fresh(self, key: Key, now: float) -> Answer | None:
        path, token, accept, origin, gpc = key
        if accept and len(accept) > MAX_LANGUAGE_LENGTH:
            return None
        signals = Signals(gpc, negotiate(self._languages, accept))
        decision = self._checks.decide([token] if token is not None else [], signals, datetime.fromtimestamp(now, UTC))
        name = path[len(self._below) :]
        if path == self._path:
            answer = self._checks.whole(decision, origin)
        elif path.startswith(self._below) and name and "/" not in name:
            answer = self._checks.gate(name, decision, origin)
        else:
            return None
        if (answer.recorded or token is None) and self._checks.expects(name, origin):
            self._remember(key, answer)
        return answer

    def _remember(self, key: Key, answer: Answer) -> None:
        with self._lock:
            while len(self._answers) >= REMEMBERED:
                del self._answers[next(iter(self._answers))]
            self._answers[key] = answer
