"""What changed between the policy that a visitor was asked under and the one in force."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..i18n import Speech
from .model import Lifetime, Policy


def snapshot(policy: Policy) -> bytes:
    """What the ledger keeps of a policy under its revision: enough to say, years later, what has changed since."""
    names = {service.id: dict(service.name) for service in policy.services}
    return json.dumps({"basis": policy.basis, "names": names}, ensure_ascii=False, sort_keys=True).encode()


def changes(before: bytes, policy: Policy, speech: Speech) -> list[str]:
    """One sentence for each kind of change, in the visitor's language; empty where the snapshot is unreadable."""
    try:
        kept = json.loads(before)
        old, names = kept["basis"]["services"], kept["names"]
    except (ValueError, KeyError, TypeError):
        return []
    return _Comparison(old, names, policy, speech).sentences()


class _Comparison:
    def __init__(self, old: Mapping[str, Any], names: Mapping[str, Any], policy: Policy, speech: Speech) -> None:
        self._old = old
        self._names = names
        self._new: Mapping[str, Any] = json.loads(json.dumps(policy.basis["services"]))
        self._policy = policy
        self._speech = speech

    def sentences(self) -> list[str]:
        _ = self._speech.gettext
        both = [each for each in self._new if each in self._old]
        found = [
            (_("Added: %(names)s."), [each for each in self._new if each not in self._old]),
            (_("No longer used: %(names)s."), [each for each in self._old if each not in self._new]),
            (_("Another purpose: %(names)s."), [each for each in both if self._differs(each, "category")]),
            (
                _("Another provider or country: %(names)s."),
                [each for each in both if self._differs(each, "provider", "country", "safeguard")],
            ),
            (_("Another lifetime: %(names)s."), self._lifetimes(both)),
            (_("Other cookies or hosts: %(names)s."), [each for each in both if self._stores_differently(each)]),
        ]
        return [sentence % {"names": self._listed(services)} for sentence, services in found if services]

    def _differs(self, service: str, *keys: str) -> bool:
        return any(self._old[service].get(key) != self._new[service][key] for key in keys)

    def _lifetimes(self, services: list[str]) -> list[str]:
        return [each for each in services if self._changed_lifetimes(each)]

    def _changed_lifetimes(self, service: str) -> dict[str, str]:
        old = {(kind, name): lifetime for kind, name, lifetime in self._old[service].get("storage", [])}
        new = {(kind, name): lifetime for kind, name, lifetime in self._new[service]["storage"]}
        return {key[1]: new[key] for key in new if key in old and old[key] != new[key]}

    def _stores_differently(self, service: str) -> bool:
        old, new = self._old[service], self._new[service]
        keys = [{(kind, name) for kind, name, _lifetime in each.get("storage", [])} for each in (old, new)]
        return keys[0] != keys[1] or old.get("hosts") != new["hosts"]

    def _listed(self, services: list[str]) -> str:
        return ", ".join(self._named(each) for each in services)

    def _named(self, service: str) -> str:
        language = self._speech.language
        now = {each.id: each.name for each in self._policy.services}.get(service) or self._names.get(service) or {}
        name = now.get(language) or next(iter(now.values()), service)
        longer = [self._words(text) for text in self._changed_lifetimes(service).values()] if service in self._old and (
            service in self._new
        ) else []  # fmt: skip
        return f"{name} ({', '.join(dict.fromkeys(longer))})" if longer else name

    def _words(self, lifetime: str) -> str:
        parsed = Lifetime.parse(lifetime)
        return self._speech.lifetime(parsed) if parsed else lifetime
