"""The policy as verification needs it: which service an address or a stored thing belongs to, and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..policy.model import Lifetime
from .sites import host_of, site_of, stood_for

_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "month": 31, "year": 366}
_EXACT = 1000
_OWN = (
    ("consent", "session_storage"),
    ("consent", "local_storage"),
    ("consent-pending", "local_storage"),
    ("consent", "cookie"),
    ("consent-session", "cookie"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """A declared cookie or key. `days` is how long it may live: None for a session, infinite where it persists."""

    name: str
    kind: str
    days: float | None

    def matches(self, kind: str, name: str) -> int:
        """How exactly a stored thing is this one, 0 for not at all; `*` in the declared name stands for anything."""
        if kind != self.kind:
            return 0
        if name == self.name:
            return _EXACT
        pattern = self.name.replace("[", "[[]").replace("?", "[?]")
        return len(self.name) if "*" in self.name and fnmatchcase(name, pattern) else 0


@dataclass(frozen=True, slots=True)
class Service:
    """A declared service."""

    id: str
    category: str
    hosts: tuple[str, ...]
    items: tuple[Item, ...]

    def owns_host(self, host: str) -> int:
        """How exactly a host is this service's, 0 for not at all."""
        return max((_owned(host, each) for each in self.hosts), default=0)


class Declared:
    """A policy, from the values of `policy.json` (contract §6). Raises KeyError, TypeError, AttributeError."""

    def __init__(self, policy: Mapping[str, Any]) -> None:
        self.revision: str = policy["revision"]
        self.categories: dict[str, bool] = {each["id"]: each["required"] for each in policy["categories"]}
        self.services = tuple(_service(each) for each in policy["services"])
        self.names: dict[str, Mapping[str, str]] = {each["id"]: each["name"] for each in policy["services"]}
        known = tuple(Item(name, kind, float("inf")) for name, kind in _OWN)
        self._own = tuple(_item(each) for each in policy.get("storage") or ()) or known

    @property
    def optional(self) -> tuple[str, ...]:
        """The categories that a visitor may refuse."""
        return tuple(name for name, required in self.categories.items() if not required)

    @property
    def gated(self) -> tuple[Service, ...]:
        """The services that wait for consent."""
        return tuple(each for each in self.services if not self.categories.get(each.category, False))

    def granted(self, scenario: str) -> frozenset[str]:
        """The categories that hold once a scenario's answer is recorded."""
        if scenario == "accept":
            return frozenset(self.categories)
        only = scenario.removeprefix("only:") if scenario.startswith("only:") else None
        return frozenset(name for name, required in self.categories.items() if required or name == only)

    def allows(self, service: Service, scenario: str) -> bool:
        """Whether a service may load once a scenario's answer is recorded."""
        return service.category in self.granted(scenario)

    def at(self, address: str) -> dict[Service, int]:
        """The services that an address may belong to, and how exactly each declares its host."""
        host = stood_for(host_of(address))
        return {each: exact for each in self.services if (exact := each.owns_host(host))}

    def keeping(self, kind: str, name: str, place: str) -> tuple[Service, ...]:
        """The services that declare a stored thing; those whose host it lies at, if any does."""
        found = [each for each in self.services if any(item.matches(kind, name) for item in each.items)]
        host = stood_for(host_of(place) or place.lstrip("."))
        near = [each for each in found if each.owns_host(host) or site_of(host) in map(site_of, each.hosts)]
        return tuple(near or found)

    def is_own(self, kind: str, name: str) -> bool:
        """Whether the consent service itself keeps this."""
        return any(item.matches(kind, name) for item in self._own)

    def lifetimes(self, kind: str, name: str, place: str) -> Sequence[float | None]:
        """How long a stored thing may live, in days, by the most exact declaration of each service that keeps it."""
        keepers = [each.items for each in self.keeping(kind, name, place)]
        found = [_closest(items, kind, name) for items in (*keepers, self._own)]
        return [item.days for item in found if item is not None]


def _closest(items: Iterable[Item], kind: str, name: str) -> Item | None:
    found = max(items, key=lambda item: item.matches(kind, name), default=None)
    return found if found is not None and found.matches(kind, name) else None


def _owned(host: str, declared: str) -> int:
    if declared.startswith("*."):
        return len(declared) if host.endswith(declared[1:]) else 0
    return _EXACT if host == declared else 0


def _service(values: Mapping[str, Any]) -> Service:
    hosts = tuple(each.lower() for each in values["hosts"])
    return Service(values["id"], values["category"], hosts, tuple(_item(each) for each in values["storage"]))


def _item(values: Mapping[str, Any]) -> Item:
    name, kind = values["name"], values["kind"]
    if not (isinstance(name, str) and isinstance(kind, str)):
        raise TypeError("names of stored things")
    lifetime = Lifetime.parse(values["lifetime"])
    if lifetime is None or lifetime.unit == "persistent":
        return Item(name, kind, float("inf"))
    days = None if lifetime.unit == "session" else lifetime.count * _DAYS[lifetime.unit]
    return Item(name, kind, days)
