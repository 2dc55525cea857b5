"""GET /consent/banner.js and /consent/banner: what a page needs to ask. POST: the same notice without any script."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, request

from .. import assets
from ..choosing import choice_of, everything, refusal
from ..consent import Choice
from ..extras import EXTRAS
from ..i18n import offered
from ..recording import Recorded
from . import visit
from .answers import set_consent_cookie
from .caching import Shelf, send
from .choices import record
from .cors import foreign
from .problems import problem

JAVASCRIPT = "text/javascript; charset=utf-8"
HTML = "text/html; charset=utf-8"
CSS = "text/css; charset=utf-8"


def register(blueprint: Blueprint) -> None:
    """Add the paths of this conversation."""
    shelf = Shelf()
    blueprint.add_url_rule("/banner.js", "script", lambda: script(shelf))
    blueprint.add_url_rule("/banner", "banner", lambda: banner(shelf))
    blueprint.add_url_rule("/banner", "answer_notice", answer_notice, methods=["POST"])
    blueprint.add_url_rule("/style.css", "style", lambda: style(shelf))


def script(shelf: Shelf) -> Response:
    """The script, with one language's first layer where `?lang=` names one that the policy has.

    `?guard=1` puts the guard before it; `?extra=<name>` is a file that the script itself asks for.
    """
    parts = visit.parts()
    language = offered(parts.policy.languages, request.args.get("lang"))
    prefix = visit.prefix()
    extra = request.args.get("extra")
    if extra is not None:
        return _extra(shelf, extra)
    guard = request.args.get("guard") == "1"
    key = ("script", language, prefix, parts.policy.revision, guard)
    return send(shelf.take(key, lambda: parts.wordings.script(language, prefix, guard=guard), JAVASCRIPT))


def _extra(shelf: Shelf, name: str) -> Response:
    if name not in EXTRAS:
        return problem(404, "the script has no such file")
    parts = visit.parts()
    key = ("extra", name, parts.policy.revision)
    return send(shelf.take(key, lambda: parts.wordings.extra(name), JAVASCRIPT))


def banner(shelf: Shelf) -> Response:
    """Both layers in one language; with `&since=REVISION`, saying what changed since then."""
    parts = visit.parts()
    wording = parts.wordings.wording(visit.language(), request.args.get("since"))
    prefix = visit.prefix()
    body = shelf.take((wording.digest, prefix), lambda: parts.wordings.layers(wording, prefix), HTML)
    response = send(body)
    response.headers["Content-Language"] = wording.language
    if not offered(parts.policy.languages, request.args.get("lang")):
        response.vary.add("Accept-Language")
    return response


def style(shelf: Shelf) -> Response:
    """The stylesheet of our own pages."""
    return send(shelf.take("style", lambda: assets.text("css", "site.css"), CSS))


def answer_notice() -> Response:
    """The notice's own form, for a page without scripts: records what was pressed and leads back to the page."""
    refused = foreign()
    if refused:
        return refused
    action = request.form.get("action")
    if action == "customise":
        return _see_other(f"{visit.prefix()}/preferences?lang={visit.parts().policy.languages[0]}", keep_language=True)
    choice = _pressed(action)
    if choice is None:
        return problem(400, "the form is malformed", [("#/action", "must be accept_all, reject_all or customise")])
    outcome = record(choice)
    if not isinstance(outcome, Recorded):  # Somebody reads this, and no script: the page says what would do.
        return _see_other(f"{visit.prefix()}/preferences?lang={choice.language}&status={outcome.status_code}")
    response = _see_other(_way_back())
    set_consent_cookie(response, outcome.consent)
    return response


def _pressed(action: str | None) -> Choice | None:
    policy = visit.parts().policy
    language = offered(policy.languages, request.form.get("language")) or visit.language()
    text = request.form.get("text") or None
    if action == "accept_all":
        return choice_of(policy, everything(policy), {}, action, request.form.get("revision"), language, text)
    return refusal(policy, action, language, text) if action == "reject_all" else None


def _way_back() -> str:
    """The page that asked: a path of this host, or an address of an origin that the policy lists; never elsewhere."""
    for address in (request.form.get("next"), request.headers.get("Referer")):
        if address and _is_ours(address):
            return address
    return f"{visit.prefix()}/preferences"


def _is_ours(address: str) -> bool:
    if any(character in address for character in "\\\r\n\t") or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if not parts.scheme and not parts.netloc:
        return address.startswith("/") and not address.startswith("//")
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    return origin == f"{request.scheme}://{request.host}".lower() or origin in visit.parts().origins


def _see_other(address: str, *, keep_language: bool = False) -> Response:
    if keep_language:
        language = offered(visit.parts().policy.languages, request.form.get("language"))
        address = f"{address.partition('?')[0]}?lang={language}" if language else address
    response = redirect(address, 303)
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]
