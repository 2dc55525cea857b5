"""What the packaged catalogue knows of a host or a stored thing that the policy does not declare."""

from __future__ import annotations

from functools import cache

from ..policy.services import catalogue_entry, catalogue_names
from .declared import Declared
from .sites import host_of, site_of

_TELLING = 4
"""Letters of a name: `fr` may be anybody's, unless it lies at the vendor's."""


@cache
def _catalogue() -> Declared:
    """Every entry of the catalogue, as though a policy declared them all."""
    services = []
    for name in catalogue_names():
        entry = catalogue_entry(name) or {}
        hosts, storage = entry.get("hosts", []), entry.get("storage", [])
        services.append({"id": name, "category": "optional", "name": {}, "hosts": hosts, "storage": storage})
    return Declared({"revision": "", "categories": [{"id": "optional", "required": False}], "services": services})


def known_as(host: str) -> str | None:
    """The catalogue's entry for a host, the one that names it most exactly, and the fewest others beside it."""
    found = _catalogue().at(f"https://{host}/")
    return max(found, key=lambda each: (found[each], -len(each.hosts))).id if found else None


def keeper_of(kind: str, name: str, place: str) -> str | None:
    """The catalogue's entry for a stored thing: one whose host it lies at, or whose name tells by itself."""
    found = _catalogue().keeping(kind, name, place)
    host = host_of(place) or place.lstrip(".")
    near = any(site_of(host) == site_of(each) for service in found[:1] for each in service.hosts)
    return found[0].id if found and (near or name.startswith("_") or len(name) >= _TELLING) else None


def entry_name(entry: str) -> str:
    """What an entry is called."""
    name = (catalogue_entry(entry) or {}).get("name", entry)
    return str(name)
