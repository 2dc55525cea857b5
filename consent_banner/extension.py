"""ConsentBanner: wires the service into a Flask application, in `init_app` and nowhere else."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask import Flask, Response, current_app, g, request
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from .assets import text as asset
from .commands import records_group
from .decision import Decision
from .extras import advanced_default
from .front import Front
from .gates.wall import Wall
from .i18n import offered
from .parts import Parts, assemble
from .policy import Policy
from .settings import Settings
from .views import make_blueprint, register_well_known, visit
from .views.caching import keep_private
from .views.problems import problem
from .wording import Wording

P = ParamSpec("P")
R = TypeVar("R")


class ConsentBanner:
    """The extension. Keeps no application's state itself, so that one object may serve several applications.

    >>> consent = ConsentBanner()
    >>> consent.init_app(app)           # or ConsentBanner(app)

    Settings are `CONSENT_*` keys of the Flask config, else environment variables of the same name.
    """

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, *, alone: bool = False) -> None:
        """Add the service to an application. Raises ConfigurationError with every mistake; nothing starts on one.

        `alone` says that the application has no hooks of its own that a choice should pass: it may then be answered
        before Flask, several times as quickly.
        """
        session_cookie: str = app.config.get("SESSION_COOKIE_NAME", "session")
        parts = assemble(app.config, session_cookie)
        settings = parts.settings
        app.extensions[visit.EXTENSION] = parts
        app.register_blueprint(make_blueprint(), url_prefix=settings.url_prefix)
        register_well_known(app)
        app.context_processor(lambda: {"consent": self, "consent_banner": self.render})
        app.after_request(_keep_private)
        if settings.csp != "off":  # At the end of all hooks, those of extensions that came first too.
            app.after_request_funcs.setdefault(None, []).insert(0, Wall(parts))
        app.cli.add_command(records_group(app))
        _secure_session(app, settings)
        _exempt_from_csrf(app)
        app.before_request(functools.partial(_exempt_from_csrf, app))  # For a CSRFProtect that comes after us.
        _stand_in_front(app, parts, alone)
        parts.ledger.start()

    @property
    def decision(self) -> Decision:
        """This request's decision. A page that reads it is `private` and varies by it."""
        g.consent_read = True
        return visit.decision()

    def allows(self, name: str) -> bool:
        """Whether this visitor granted a category or service; False for a name that the policy lacks."""
        return self.decision.allows(name)

    def required(self, name: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
        """Guard a view: 403 (RFC 9457) unless this visitor granted the category or service."""

        def guard(view: Callable[P, R]) -> Callable[P, R | Response]:
            @functools.wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
                if self.allows(name):
                    return view(*args, **kwargs)
                return problem(403, f"this needs consent to {name}", headers={"X-Consent-Reason": self.decision.reason})

            return guarded

        return guard

    def link(self, subject: str) -> str:
        """A token by which a signed-in visitor's browser is linked to their account, for five minutes.

        `subject` is whatever names the account for good, such as the user's id. It goes nowhere: the token and the
        ledger carry an HMAC of it. Hand the token to a page of that visitor alone, which posts it to
        `/consent/link`. Raises ValueError for an empty subject.
        """
        return _wired().accounts.token(subject)

    def unlink(self, subject: str) -> bool:
        """Erase what an account chose, as when the account itself is deleted. Returns whether there was anything.

        Browsers keep their own consents. Raises LedgerError where the local file cannot do it.
        """
        parts = _wired()
        return parts.ledger.accounts.erase(parts.accounts.names(subject))

    def render(self, language: str | None = None, nonce: str | None = None, launcher: bool = True) -> Markup:
        """What `{{ consent_banner() }}` puts into a page: script, decision and, where it must ask, the notice.

        The decision travels in an attribute, so the page needs neither a round trip nor an inline script. `nonce` is
        the page's CSP nonce; left out, it is taken from `csp_nonce`, which Flask-Talisman and others offer. With one,
        a few inline bytes have granted scripts fetched as early as ungated ones.
        """
        parts, decision = visit.parts(), self.decision
        language = offered(parts.policy.languages, language) or visit.language()
        wording = parts.wordings.wording(language, decision.previous_revision)
        attributes = {
            "src": f"{visit.prefix()}/banner.js?lang={language}",
            "data-decision": json.dumps({**decision.as_json(), "language": language}, separators=(",", ":")),
            "nonce": nonce or _page_nonce(),
            "data-launcher": None if launcher else "off",
        }
        notice = Markup() if decision.decided else _notice(parts, wording, attributes["nonce"])
        early = _ahead(parts, decision, attributes["nonce"]) + _early(decision, attributes["nonce"])
        # In advanced mode Google's default travels in the script, and must be there before what follows it.
        how = "" if advanced_default(parts.policy) else " async"
        return notice + early + Markup("<script{}{}></script>").format(how, _spelled(attributes))


def _wired() -> Parts:
    """The parts of the current application, within a request or not."""
    parts: Parts = current_app.extensions[visit.EXTENSION]
    return parts


def _notice(parts: Parts, wording: Wording, nonce: str | None) -> Markup:
    """The first layer with its styles, there at first paint and usable without JavaScript."""
    markup = parts.wordings.notice(wording, visit.prefix(), next_url=request.full_path.rstrip("?"))
    style = Markup("<style{}>{}</style>").format(_spelled({"nonce": nonce}), Markup(asset("js", "dist", "notice.css")))
    return style + Markup(markup)


def _early(decision: Decision, nonce: str | None) -> Markup:
    """A few inline bytes that fetch ahead what was granted. Only where the page's policy is known to allow them."""
    if not nonce or decision.reason != "recorded":
        return Markup()
    granted = " ".join(name for name in (*decision.categories, *decision.services) if decision.allows(name))
    attributes = _spelled({"nonce": nonce, "data-grants": granted})
    return Markup("<script{}>{}</script>").format(attributes, Markup(asset("js", "dist", "early.js")))


def _ahead(parts: Parts, decision: Decision, nonce: str | None) -> Markup:
    """Have the vendors' consent calls fetched ahead, where something that was granted waits for them."""
    policy = parts.policy
    if not policy.consent_apis or not any(decision.allows(name) for name in policy.optional + _optional(policy)):
        return Markup()
    attributes = {"href": f"{visit.prefix()}/banner.js?extra=vendors", "nonce": nonce}
    return Markup('<link rel="modulepreload"{}>').format(_spelled(attributes))


def _optional(policy: Policy) -> tuple[str, ...]:
    return tuple(each.id for each in policy.services if each.category not in policy.required)


def _spelled(attributes: dict[str, str | None]) -> Markup:
    pairs = [Markup(' {}="{}"').format(name, value) for name, value in attributes.items() if value is not None]
    return Markup("").join(pairs)


def _page_nonce() -> str | None:
    """The nonce that the host application made for this page, by the names in use for it."""
    found: Any = current_app.jinja_env.globals.get("csp_nonce") or g.get("csp_nonce") or getattr(
        request, "csp_nonce", None
    )  # fmt: skip
    value = found() if callable(found) else found
    return str(value) if value else None


def _keep_private(response: Response) -> Response:
    return keep_private(response) if g.get("consent_read") else response


def _secure_session(app: Flask, settings: Settings) -> None:
    """Flask-WTF keeps its token in the session, which needs a key: the host's own, else one derived from ours."""
    if not app.secret_key:
        from hashlib import blake2b

        app.secret_key = blake2b(settings.secret_keys[0].encode(), person=b"consent session"[:16]).hexdigest()


def _exempt_from_csrf(app: Flask) -> None:
    """A host's CSRFProtect would refuse our JSON calls, which `Origin` and `Sec-Fetch-Site` protect."""
    protect = app.extensions.get("csrf")
    if protect is not None:
        protect.exempt(app.blueprints["consent_banner"])


def _stand_in_front(app: Flask, parts: Parts, alone: bool) -> None:
    settings = parts.settings
    if settings.trusted_hosts:
        app.config["TRUSTED_HOSTS"] = list(settings.trusted_hosts)
    hosts = app.config.get("TRUSTED_HOSTS") or ()
    app.wsgi_app = Front(app.wsgi_app, parts, hosts, choices=alone)  # type: ignore[method-assign]
    if settings.proxy_hops:
        hops = settings.proxy_hops
        # No X-Forwarded-Prefix: few proxies overwrite it, and a cache would keep a client's.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops
        )
