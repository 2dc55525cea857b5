"""What one request brings, read once: the parts of its application, its consent, its signals, its decision."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from flask import current_app, g, request

from ..checking import presented
from ..decision import Decision, Presented, Signals, decide
from ..i18n import negotiate, offered
from ..parts import Parts

EXTENSION = "consent_banner"


def parts() -> Parts:
    """The parts that `init_app` wired for the current application."""
    return cast(Parts, current_app.extensions[EXTENSION])


def now() -> datetime:
    """The server's time, the only one that counts."""
    return datetime.now(UTC)


def language() -> str:
    """`?lang=`, else `Accept-Language`, else the policy's first; an unknown `?lang=` is ignored."""
    languages = parts().policy.languages
    return offered(languages, request.args.get("lang")) or negotiate(languages, request.headers.get("Accept-Language"))


def signals() -> Signals:
    """Global Privacy Control counts when the header is exactly `1` (W3C GPC, 3.1)."""
    return Signals(gpc=request.headers.get("Sec-GPC") == "1", language=language())


def consent_cookies() -> list[str]:
    """Every consent cookie that the request carries: one is usual, two prove nothing."""
    return request.cookies.getlist(parts().settings.cookie_name)


def consent() -> Presented:
    """What those cookies prove."""
    return presented(parts().signer, consent_cookies())


def decision() -> Decision:
    """This request's decision, made once."""
    if "consent_decision" not in g:
        g.consent_decision = decide(parts().policy, consent(), signals(), now())
    return cast(Decision, g.consent_decision)


def prefix() -> str:
    """The prefix of our paths as a browser sees it, with the mount point of the application before it."""
    return request.script_root + parts().settings.url_prefix
