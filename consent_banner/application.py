"""The stand-alone service: a Flask application with nothing in it but the service, and the demo where asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from .extension import ConsentBanner
from .parts import SESSION_COOKIE
from .settings import draft_settings
from .views.problems import answer_errors


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The service as an application, configured by `config`, else by `CONSENT_*` variables.

    Raises ConfigurationError with every mistake.
    """
    app = Flask("consent_banner", static_folder=None, template_folder=None)
    app.config.update(config or {})
    settings, _mistakes = draft_settings(app.config)  # Told below, together with those of the policy and the ledger.
    app.config["SESSION_COOKIE_NAME"] = SESSION_COOKIE
    app.config.update(
        SESSION_COOKIE_SECURE=settings.cookie_secure,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH=f"{settings.url_prefix}/preferences",
    )
    answer_errors(app)
    ConsentBanner().init_app(app, alone=True)
    if settings.demo:
        from .demo import register

        register(app)
    return app
