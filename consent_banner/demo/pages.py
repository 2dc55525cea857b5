"""The demo's pages, and what its panel asks: `/demo/events`, `/demo/hits.json`, `/demo/reset`."""

from __future__ import annotations

import secrets
from fnmatch import fnmatchcase
from typing import Any

from flask import Blueprint, Response, g, json, redirect, render_template, request

from ..policy import Policy
from ..views import visit
from ..views.answers import expire_consent_cookie
from .log import HitLog
from .tagging import Tagging

# Estonian and English: the same page in both, by name.
PATHS = {
    "home": {"et": "/", "en": "/en/"},
    "training": {"et": "/koolitus", "en": "/en/training"},
    "account": {"et": "/konto", "en": "/en/account"},
    "privacy": {"et": "/privaatsus", "en": "/en/privacy"},
}
RECENT = 12


def make_blueprint(log: HitLog) -> Blueprint:
    """Pages, panel and static files of the demo, over one log."""
    blueprint = Blueprint(
        "demo", __name__, template_folder="templates", static_folder="static", static_url_path="/demo/static"
    )
    for name, paths in PATHS.items():
        for language, path in paths.items():
            values = {"name": name, "language": language, "log": log}
            blueprint.add_url_rule(path, f"{name}_{language}", page, defaults=values)
    blueprint.add_url_rule("/demo/events", "events", lambda: events(log))
    blueprint.add_url_rule("/demo/hits.json", "hits", lambda: hits(log))
    blueprint.add_url_rule("/demo/reset", "reset", lambda: reset(log), methods=["POST"])
    return blueprint


def page(name: str, language: str, log: HitLog) -> Response:
    """One page in one language. `?unmark=meta-pixel` serves it with that tag unmarked: a leak to look at."""
    policy = visit.parts().policy
    g.csp_nonce = secrets.token_urlsafe(16)
    tags = Tagging(policy, request.scheme, request.host, unmarked=request.args.get("unmark"))
    body = render_template(
        f"{language}/{name}.html",
        name=name,
        language=language,
        languages=[("et", "Eesti"), ("en", "English")],
        paths=PATHS,
        policy=policy,
        prefix=visit.prefix(),
        nonce=g.csp_nonce,
        tags=tags,
        panel=state(policy, log, language),
        t=lambda et, en: en if language == "en" else et,
    )
    response = Response(body, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = tags.content_security_policy(g.csp_nonce)
    response.headers["Content-Language"] = language
    # The whole address, so that the stand-ins can say which page a request came from. A real site sends less.
    response.headers["Referrer-Policy"] = "no-referrer-when-downgrade"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def events(log: HitLog) -> Response:
    """How often each service fired and when, and the newest requests: what the panel shows."""
    language = "en" if request.args.get("lang") == "en" else "et"
    return _answer(state(visit.parts().policy, log, language))


def hits(log: HitLog) -> Response:
    """Everything that arrived, oldest first."""
    return _answer([hit.as_json() for hit in log.hits()])


def reset(log: HitLog) -> Response:
    """Empty the log and make the browser a new visitor again: its consent and the tags' cookies expire."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return Response("not from another site", 403, content_type="text/plain")
    log.clear()
    response = redirect(_way_back(request.form.get("next")), 303)
    response.headers["Cache-Control"] = "no-store"
    expire_consent_cookie(response)  # type: ignore[arg-type]
    for name in _tag_cookies(visit.parts().policy):
        response.delete_cookie(name)
    return response  # type: ignore[return-value]


def state(policy: Policy, log: HitLog, language: str) -> dict[str, Any]:
    """The panel's content as plain values, in the policy's order."""
    names = {category.id: category.name[language] for category in policy.categories}
    services = []
    for service in policy.services:
        fired, last = log.fired(service.id)
        about = {"id": service.id, "name": service.name[language], "category": names[service.category]}
        services.append({**about, "fired": fired, "last": last})
    recent = [hit.as_json() for hit in reversed(log.hits(RECENT))]
    return {"services": services, "recent": recent}


def _answer(values: Any) -> Response:
    response = Response(json.dumps(values), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _way_back(path: str | None) -> str:
    known = {each for paths in PATHS.values() for each in paths.values()}
    return path if path in known else "/"


def _tag_cookies(policy: Policy) -> list[str]:
    patterns = [item.name for service in policy.services for item in service.storage if item.kind == "cookie"]
    return [name for name in request.cookies if any(fnmatchcase(name, pattern) for pattern in patterns)]
