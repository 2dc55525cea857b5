"""GET /consent/policy.json and /consent/declaration: what may be asked, for machines and for people; and gpc.json."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from ..i18n import offered
from ..policy import Policy, Service, Stored
from ..rendering import render
from . import visit
from .caching import Shelf, send


def register(blueprint: Blueprint) -> None:
    """Add the paths of this conversation."""
    shelf = Shelf()
    blueprint.add_url_rule("/policy.json", "policy", lambda: policy(shelf))
    blueprint.add_url_rule("/declaration", "declaration", lambda: declaration(shelf))


def policy(shelf: Shelf) -> Response:
    """The policy in force with its revision: the file's own keys, services resolved from the catalogue."""
    parts = visit.parts()
    return send(
        shelf.take(
            ("policy", parts.policy.revision),
            lambda: json.dumps(policy_as_json(parts.policy, parts.own_storage)),
            "application/json",
        )
    )


def declaration(shelf: Shelf) -> Response:
    """The cookie declaration (GDPR Art. 13): every service, cookie and lifetime, as a page or as a fragment of one."""
    parts, language, prefix = visit.parts(), visit.language(), visit.prefix()
    fragment = request.args.get("fragment") == "1"
    template = "declaration.html" if fragment else "declaration_page.html"
    values = {**parts.wordings.context(language, prefix), "revision": parts.policy.revision}
    key = (template, language, prefix)
    response = send(shelf.take(key, lambda: render(template, language, **values), "text/html; charset=utf-8"))
    response.headers["Content-Language"] = language
    if not offered(parts.policy.languages, request.args.get("lang")):
        response.vary.add("Accept-Language")
    return response


def gpc() -> Response:
    """Say that the site honours Global Privacy Control (W3C GPC, 4). The date is that of the policy's texts."""
    answer: dict[str, Any] = {"gpc": True}
    try:
        answer["lastUpdate"] = date.fromisoformat(visit.parts().policy.version).isoformat()
    except ValueError:
        answer["lastUpdate"] = visit.now().date().replace(day=1).isoformat()
    response = Response(json.dumps(answer), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def policy_as_json(policy: Policy, own_storage: tuple[Stored, ...]) -> dict[str, Any]:
    """The policy as plain values; `storage` is what the service itself keeps, all of it necessary."""
    controller = policy.controller
    return {
        "version": policy.version,
        "revision": policy.revision,
        "languages": list(policy.languages),
        "origins": list(policy.origins),
        "lifetime_days": policy.lifetime_days,
        "controller": {
            "name": controller.name,
            "address": controller.address,
            "email": controller.email,
            "dpo_email": controller.dpo_email,
            "registry_code": controller.registry_code,
            "privacy_policy": dict(controller.privacy_policy),
        },
        "categories": [
            {
                "id": each.id,
                "required": each.required,
                "gpc": each.gpc,
                "name": dict(each.name),
                "description": dict(each.description),
            }
            for each in policy.categories
        ],
        "services": [_service(each) for each in policy.services],
        "storage": [_stored(each) for each in own_storage],
    }


def _service(service: Service) -> dict[str, Any]:
    return {
        "id": service.id,
        "category": service.category,
        "name": dict(service.name),
        "provider": service.provider,
        "country": service.country,
        "safeguard": service.safeguard,
        "privacy_policy": dict(service.privacy_policy),
        "purpose": dict(service.purpose),
        "hosts": list(service.hosts),
        "storage": [_stored(each) for each in service.storage],
    }


def _stored(item: Stored) -> dict[str, Any]:
    return {"name": item.name, "kind": item.kind, "lifetime": str(item.lifetime), "purpose": dict(item.purpose)}
