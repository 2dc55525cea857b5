"""The fast doors: a small WSGI callable in front of Flask, for plain checks and, behind them, plain choices.

Anything unusual (another method, a query, a cookie sent twice or quoted, a foreign `Host`) falls through to the Flask
routes, which are the reference; both render the same answers (`checking.py`, `answering.py`), and one test suite runs
over both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from threading import Lock
from time import time
from typing import TYPE_CHECKING

from .checking import Answer
from .choices_door import Answered, ChoicesDoor
from .decision import Signals
from .i18n import negotiate
from .parts import Parts

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
        parts: Parts,
        hosts: Collection[str] = (),
        *,
        choices: bool = False,
        clock: Callable[[], float] = time,
    ) -> None:
        self._application = application
        self._checks = parts.checks
        self._languages = parts.policy.languages
        prefix = parts.settings.url_prefix
        self._path, self._below = f"{prefix}/check", f"{prefix}/check/"
        self._choices = f"{prefix}/choices" if choices else None
        self._choices_door = ChoicesDoor(parts)
        self._cookie = parts.settings.cookie_name
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
        elif path == self._choices and environ["REQUEST_METHOD"] == "POST":
            answered = self._choose(environ)
            if answered is not None:
                start_response(answered[0], answered[1])
                return answered[2]
        return self._application(environ, start_response)

    def _choose(self, environ: WSGIEnvironment) -> Answered | None:
        cookies: str | None = environ.get("HTTP_COOKIE")
        token = None if cookies is None else self._token(cookies)
        if token == "" or not (self._any_host or environ.get("HTTP_HOST") in self._hosts):
            return None
        return self._choices_door.answer(environ, token)

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
