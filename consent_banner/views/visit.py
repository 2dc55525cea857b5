"""What one request brings, read once: the parts of its application, its consent, its signals, its decision."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import cast

from flask import Request, current_app, g, request

from ..checking import presented
from ..decision import Decision, Presented, Signals, decide
from ..i18n import negotiate, offered
from ..parts import Parts

EXTENSION = "consent_banner"


class Visit:
    """One request. Holds the request itself, not Flask's proxy to it, and asks for nothing twice.

    Headers are taken by their CGI names: werkzeug raises and catches an error for each one that is missing.
    """

    def __init__(self, parts: Parts, request: Request) -> None:
        self.parts = parts
        self.request = request

    def header(self, name: str) -> str | None:
        """A header by its CGI name, such as `HTTP_ORIGIN`."""
        return cast("str | None", self.request.environ.get(name))

    @cached_property
    def language(self) -> str:
        """`?lang=`, else `Accept-Language`, else the policy's first; an unknown `?lang=` is ignored."""
        languages = self.parts.policy.languages
        asked = self.request.args.get("lang") if self.header("QUERY_STRING") else None
        return offered(languages, asked) or negotiate(languages, self.header("HTTP_ACCEPT_LANGUAGE"))

    @cached_property
    def signals(self) -> Signals:
        """Global Privacy Control counts when the header is exactly `1` (W3C GPC, 3.1)."""
        return Signals(gpc=self.header("HTTP_SEC_GPC") == "1", language=self.language)

    @cached_property
    def consent_cookies(self) -> list[str]:
        """Every consent cookie that the request carries: one is usual, two prove nothing."""
        name = self.parts.settings.cookie_name
        return self.request.cookies.getlist(name) if self.header("HTTP_COOKIE") else []

    @cached_property
    def consent(self) -> Presented:
        """What those cookies prove."""
        return presented(self.parts.signer, self.consent_cookies)

    @cached_property
    def decision(self) -> Decision:
        """This request's decision."""
        return decide(self.parts.policy, self.consent, self.signals, now())

    @property
    def prefix(self) -> str:
        """The prefix of our paths as a browser sees it, with the mount point of the application before it."""
        return self.request.script_root + self.parts.settings.url_prefix


def here() -> Visit:
    """The current request's visit."""
    found = g.get("consent_visit")
    if found is None:
        own = cast(Request, request._get_current_object())  # type: ignore[attr-defined]
        found = g.consent_visit = Visit(current_app.extensions[EXTENSION], own)
    return cast(Visit, found)


def now() -> datetime:
    """The server's time, the only one that counts."""
    return datetime.now(UTC)


def parts() -> Parts:
    """The parts that `init_app` wired for the current application."""
    return here().parts


def language() -> str:
    """The language to answer in."""
    return here().language


def signals() -> Signals:
    """What the browser says of itself."""
    return here().signals


def consent_cookies() -> list[str]:
    """Every consent cookie that the request carries."""
    return here().consent_cookies


def consent() -> Presented:
    """What those cookies prove."""
    return here().consent


def decision() -> Decision:
    """This request's decision."""
    return here().decision


def prefix() -> str:
    """The prefix of our paths as a browser sees it."""
    return here().prefix
