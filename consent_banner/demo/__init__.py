"""The site that `make run` shows: pages in the manner of jutt.ai, real tags, and stand-ins that count what arrives.

Only active where `CONSENT_DEMO=1` asks for it. Nothing of it is needed by the service.
"""

from __future__ import annotations

from flask import Flask

from ..views import visit
from .log import HitLog
from .pages import make_blueprint
from .standins import StandIns


def register(app: Flask) -> None:
    """Add the demo's pages to an application, and put its stand-ins for the vendors' hosts in front of it.

    The log of what arrived is kept in this process: run one worker, or each counts for itself.
    """
    log = HitLog()
    app.register_blueprint(make_blueprint(log))
    policy = app.extensions[visit.EXTENSION].policy
    app.wsgi_app = StandIns(app.wsgi_app, log, policy)  # type: ignore[method-assign]
