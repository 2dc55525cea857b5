"""The paths of the service, one conversation a file. `make_blueprint` gathers them under the operator's prefix."""

from __future__ import annotations

from flask import Blueprint, Flask

from . import banner, check, choices, operations, policy, preferences, receipts
from .cors import share
from .problems import answer_errors


def make_blueprint() -> Blueprint:
    """A fresh blueprint with every path under the prefix."""
    blueprint = Blueprint("consent_banner", __name__)
    for module in (banner, check, choices, operations, policy, preferences, receipts):
        module.register(blueprint)
    blueprint.after_request(share)
    answer_errors(blueprint)
    return blueprint


def register_well_known(app: Flask) -> None:
    """`/.well-known/gpc.json` stands at the root of the host, whatever the prefix (W3C GPC, 4)."""
    app.add_url_rule("/.well-known/gpc.json", "consent_banner_gpc", policy.gpc)
