"""GET and POST /consent/preferences: the preference centre as a page of its own, with JavaScript off too."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request
from flask_wtf import FlaskForm

from ..choosing import everything
from ..decision import Decision
from ..errors import LedgerError
from ..forms import preferences_form, pressed, ticked
from ..i18n import speech
from ..recording import Recorded
from ..rendering import render
from ..wording import granted
from . import visit
from .answers import expire_consent_cookie, set_consent_cookie
from .choices import record
from .cors import foreign
from .receipts import erase_own, own_receipts

STATUSES = ("saved", "withdrawn", "erased", "409", "429", "503")
_CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def register(blueprint: Blueprint) -> None:
    """Add the paths of this conversation."""
    blueprint.add_url_rule("/preferences", "preferences", preferences)
    blueprint.add_url_rule("/preferences", "save_preferences", save_preferences, methods=["POST"])


def preferences() -> Response:
    """The form as it stands for this visitor, with their receipts."""
    status = request.args.get("status")
    return _page(_form(), status=status if status in STATUSES else None)


def save_preferences() -> Response:
    """Do what the pressed button says, and lead back to the page with one sentence on what now holds."""
    refused = foreign()
    if refused:
        return refused
    form = _form()
    if not form.validate_on_submit():
        return _page(form, status="malformed", code=400)
    if form.action.data == "erase":
        return _erased(form)
    outcome = record(pressed(visit.parts().policy, form, request.form, visit.language(), visit.decision()))
    if isinstance(outcome, Recorded):
        response = _back("withdrawn" if form.action.data == "withdraw" else "saved")
        set_consent_cookie(response, outcome.consent)
        return response
    return _again(form, outcome)


def _again(form: FlaskForm, refused: Response) -> Response:
    """The page once more, with what was ticked still ticked, and a sentence on why it could not be saved."""
    categories, services = ticked(visit.parts().policy, request.form)
    if form.action.data == "accept_all":
        categories = everything(visit.parts().policy)
        services = dict.fromkeys(services, True)
    kept = frozenset(name for name, yes in {**categories, **services}.items() if yes)
    changed = refused.status_code == 409
    response = _page(form, status=str(refused.status_code), code=refused.status_code, kept=None if changed else kept)
    if "Retry-After" in refused.headers:
        response.headers["Retry-After"] = refused.headers["Retry-After"]
    return response


def _erased(form: FlaskForm) -> Response:
    try:
        erase_own()
    except LedgerError:
        return _page(form, status="503", code=503)
    response = _back("erased")
    expire_consent_cookie(response)
    return response


def _form() -> FlaskForm:
    return preferences_form(visit.language())()


def _back(status: str) -> Response:
    response = redirect(f"{visit.prefix()}/preferences?lang={visit.language()}&status={status}", 303)
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]


def _page(form: FlaskForm, *, status: str | None, code: int = 200, kept: frozenset[str] | None = None) -> Response:
    parts, language, decision = visit.parts(), visit.language(), visit.decision()
    prefix = visit.prefix()
    values: dict[str, Any] = parts.wordings.context(language, prefix)
    wording = parts.wordings.wording(language)
    marked = granted(decision) if kept is None else kept
    values |= {
        "form": form,
        "status": status,
        "sentence": sentence(decision, language),
        "decision": decision,
        "digest": wording.digest,
        "revision": parts.policy.revision,
        "receipts": _receipts(),
        "fields": parts.wordings.fields(wording, prefix, granted=marked, decision=decision),
    }
    response = Response(
        render("preferences_page.html", language, **values), code, content_type="text/html; charset=utf-8"
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = _CSP
    response.headers["Content-Language"] = language
    response.vary.update(("Cookie", "Sec-GPC", "Accept-Language"))
    return response


def _receipts() -> list[Any] | None:
    """The visitor's receipts; None where they cannot be read just now, or were read too often."""
    if visit.consent() is None or visit.parts().limiter.wait("receipts", request.remote_addr):
        return [] if visit.consent() is None else None
    try:
        return own_receipts()
    except LedgerError:
        return None


def sentence(decision: Decision, language: str) -> str:
    """What holds now, in the visitor's words, with the date until when."""
    words = speech(language)
    policy = visit.parts().policy
    optional = [each for each in policy.categories if not each.required]
    allowed = [each.name[language].lower() for each in optional if decision.categories[each.id]]
    apart = [each for each in policy.services if not decision.categories[each.category]]
    allowed += [each.name[language] for each in apart if decision.services[each.id]]
    if decision.expires_at is None:
        return words.gettext("Only what is necessary is in use.")
    until = words.date(decision.expires_at)
    if not allowed:
        return words.gettext("Only what is necessary is in use. Your choice holds until %(date)s.", date=until)
    return words.gettext("Allowed: %(names)s. Your choice holds until %(date)s.", names=", ".join(allowed), date=until)
