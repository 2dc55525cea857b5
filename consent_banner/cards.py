"""What the cards in place of held frames and widgets say of the policy, in each of its languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .i18n import Speech, speech
from .policy import Policy
from .policy.model import Service


def told(policy: Policy) -> Mapping[str, Any]:
    """`texts` by language; `categories` by id, their names by language; `services` by id, with provider and hosts."""
    return {
        "texts": {language: _texts(speech(language)) for language in policy.languages},
        "categories": {each.id: dict(each.name) for each in policy.categories},
        "services": {each.id: _service(each, policy.languages) for each in policy.services},
    }


def _service(service: Service, languages: tuple[str, ...]) -> dict[str, Any]:
    return {
        "category": service.category,
        "hosts": list(service.hosts),
        "name": dict(service.name),
        "provider": service.provider,
        "country": {each: speech(each).country(service.country) for each in languages},
    }


def _texts(words: Speech) -> dict[str, str]:
    """Names in braces are filled in by the script."""
    _ = words.gettext
    return {
        "label": _("{title}: not loaded"),
        "from": _(
            "This is content from {service}. If you load it, {provider} learns of your visit. "
            "Your data goes to: {country}."
        ),
        "stranger": _("This content comes from {host}. If you load it, {host} learns of your visit."),
        "whole": _("“Always allow” allows the whole category “{category}”."),
        "details": _("Details and settings"),
        "once": _("Load once"),
        "always": _("Always allow"),
        "loaded": _("Loaded once: {title}. Nothing was saved."),
        "walled": _("This page is protected and loads this only once you have chosen “Always allow”."),
        "failed": _("Your choice could not be saved. Nothing new was allowed. Please try again."),
    }
