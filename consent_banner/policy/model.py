"""What may be asked: categories, services and what they store, as good values that cannot be changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from .revision import revision_of

Texts = Mapping[str, str]
"""One text in every language of the policy: `{"et": "…", "en": "…"}`."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long something stays stored: `session`, `persistent`, or so many of a unit (`minute` … `year`)."""

    count: int
    unit: str

    PATTERN = re.compile(r"([1-9][0-9]{0,4}) (minute|hour|day|month|year)s?", re.ASCII)

    @classmethod
    def parse(cls, text: str) -> Lifetime | None:
        """`"390 days"` as a value; None for what the contract does not know."""
        if text in ("session", "persistent"):
            return cls(0, text)
        found = cls.PATTERN.fullmatch(text)
        return cls(int(found[1]), found[2]) if found else None

    def __str__(self) -> str:
        if not self.count:
            return self.unit
        return f"{self.count} {self.unit}{'s' if self.count != 1 else ''}"


@dataclass(frozen=True, slots=True)
class Stored:
    """One cookie or storage key that a service keeps in the browser; `*` in its name is a wildcard."""

    name: str
    kind: str
    lifetime: Lifetime
    purpose: Texts


@dataclass(frozen=True, slots=True)
class Category:
    """A purpose that visitors agree to as one: `necessary`, `analytics`, …"""

    id: str
    name: Texts
    description: Texts
    required: bool = False
    gpc: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """A tag, its provider, and everything that a visitor is told of it.

    `consent_api` names the vendor's own consent calls that its tags obey, of CONSENT_APIS.
    """

    id: str
    category: str
    name: Texts
    provider: str
    country: str
    safeguard: str | None
    privacy_policy: Texts
    purpose: Texts
    hosts: tuple[str, ...] = ()
    storage: tuple[Stored, ...] = ()
    consent_api: str | None = None


@dataclass(frozen=True, slots=True)
class GoogleConsentMode:
    """Google Consent Mode v2 (https://developers.google.com/tag-platform/security/guides/consent).

    In `basic` mode Google's tags wait like any other. In `advanced` mode they load at once and send pings without
    cookies before anybody agreed, which EDPB 2/2023 counts as gaining access. `wait_for_update` is in milliseconds.
    """

    mode: str = "basic"
    wait_for_update: int = 500
    ads_data_redaction: bool = True
    url_passthrough: bool = False

    def as_json(self) -> dict[str, Any]:
        """As plain values, by the policy file's names."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Controller:
    """Who asks (GDPR Art. 13(1)(a), (b)). `registry_code` is None where the policy gives none."""

    name: str
    address: str
    email: str
    dpo_email: str | None
    registry_code: str | None
    privacy_policy: Texts


_BASIC = GoogleConsentMode()


@dataclass(frozen=True)
class Policy:
    """Everything that visitors are asked, and by whom. `revision` names what consent depends on."""

    version: str
    languages: tuple[str, ...]
    origins: tuple[str, ...]
    lifetime_days: int
    controller: Controller
    categories: tuple[Category, ...]
    services: tuple[Service, ...]
    google_consent_mode: GoogleConsentMode = _BASIC

    @cached_property
    def revision(self) -> str:
        """Eight hex digits over what consent depends on, and over nothing else (contract §6)."""
        return revision_of(self.basis)

    @cached_property
    def basis(self) -> dict[str, Any]:
        """What the revision is a hash over: kept by the ledger, so that a later visit can be told what changed."""
        return {
            "version": self.version,
            "categories": {
                category.id: {"required": category.required, "gpc": category.gpc} for category in self.categories
            },
            "services": {service.id: _service_basis(service) for service in self.services},
        }

    @cached_property
    def required(self) -> frozenset[str]:
        """The ids of required categories (exactly one)."""
        return frozenset(category.id for category in self.categories if category.required)

    @cached_property
    def optional(self) -> tuple[str, ...]:
        """The ids of the categories that a visitor may refuse, in the policy's order."""
        return tuple(category.id for category in self.categories if not category.required)

    @cached_property
    def asked_despite_gpc(self) -> frozenset[str]:
        """Optional categories that the GPC signal does not answer (`gpc = false`)."""
        return frozenset(category.id for category in self.categories if not category.required and not category.gpc)

    @cached_property
    def category_of(self) -> Mapping[str, str]:
        """The category's id for each service's id."""
        return {service.id: service.category for service in self.services}

    @cached_property
    def consent_apis(self) -> Mapping[str, Mapping[str, str]]:
        """Per consent API of a vendor the optional services that have it, each with its category."""
        found: dict[str, dict[str, str]] = {}
        for service in self.services:
            if service.consent_api and service.category not in self.required:
                found.setdefault(service.consent_api, {})[service.id] = service.category
        return found

    def services_in(self, category: str) -> tuple[Service, ...]:
        """The services of one category, in the policy's order."""
        return tuple(service for service in self.services if service.category == category)


def _service_basis(service: Service) -> dict[str, Any]:
    return {
        "category": service.category,
        "provider": service.provider,
        "country": service.country,
        "safeguard": service.safeguard,
        "hosts": sorted(set(service.hosts)),
        "storage": sorted({(item.kind, item.name, str(item.lifetime)) for item in service.storage}),
    }
