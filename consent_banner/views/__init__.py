"""The paths of the service, one conversation a file. `make_blueprint` gathers them under the operator's prefix."""

from __future__ import annotations

from flask import Blueprint, Flask, request

from . import banner, check, choices, link, operations, policy, preferences, receipts, reports
from .cors import share
from .problems import answer_errors

MAX_BODY = 512 * 1024  # A form with two thousand services; no upload, and nobody's disk is filled by one.


def make_blueprint() -> Blueprint:
    """A fresh blueprint with every path under the prefix."""
    blueprint = Blueprint("consent_banner", __name__)
    for module in (banner, check, choices, link, operations, policy, preferences, receipts, reports):
        module.register(blueprint)
    blueprint.before_request(limit_body)
    blueprint.after_request(share)
    answer_errors(blueprint)
    return blueprint


def limit_body() -> None:
    """Bodies of forms have an end too (413), whatever the host application allows its own."""
    request.max_content_length = request.max_form_memory_size = MAX_BODY


def register_well_known(app: Flask) -> None:
    """`/.well-known/gpc.json` stands at the root of the host, whatever the prefix (W3C GPC, 4)."""
    app.add_url_rule("/.well-known/gpc.json", "consent_banner_gpc", policy.gpc)
