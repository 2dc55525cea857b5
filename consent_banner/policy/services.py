"""The services of a policy file: written out, or taken from the packaged catalogue with `use`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale

from .consent_apis import read_consent_api
from .hosts import host_mistake
from .model import Lifetime, Service, Stored
from .table import Mistakes, Table, meant, shown

CATALOGUE = Path(__file__).with_name("catalogue")
KINDS = ("cookie", "local_storage", "session_storage", "indexed_db")
SAFEGUARDS = ("adequacy", "DPF", "SCC", "BCR", "derogation")
EEA = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO".split()  # noqa: SIM905
)

_SERVICE = (
    "use", "id", "category", "name", "provider", "country", "safeguard", "privacy_policy", "purpose", "hosts",
    "storage", "consent_api"
)  # fmt: skip
_STORED = ("name", "kind", "lifetime", "purpose")
_COOKIE_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z\-\[\]():/@{}<>?]+")


def catalogue_entry(name: str) -> Mapping[str, Any] | None:
    """One entry of the packaged catalogue as its file has it, without its sources; None where there is none."""
    if name not in catalogue_names():
        return None
    return {key: value for key, value in _catalogue_file(name).items() if key != "sources"}


def catalogue_sources(name: str) -> Sequence[str]:
    """The addresses of the pages where an entry's facts were found."""
    return tuple(_catalogue_file(name)["sources"])


@cache
def _catalogue_file(name: str) -> Mapping[str, Any]:
    return tomllib.loads((CATALOGUE / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def catalogue_names() -> tuple[str, ...]:
    """The ids of all packaged entries, sorted."""
    return tuple(sorted(path.stem for path in CATALOGUE.glob("*.toml")))


@cache
def countries() -> frozenset[str]:
    """The codes of ISO 3166-1 alpha-2, without the groupings that locales name beside them."""
    codes = map(str, Locale("en").territories)
    groupings = {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB", "XK", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - groupings


def read_services(policy: Table, languages: Sequence[str], categories: Collection[str]) -> tuple[Service, ...]:
    """Every service of the file. Mistakes go to the table's list; ids are unique and no category's."""
    found: dict[str, Service] = {}
    for place, item in policy.each("services"):
        service = _service(_resolved(item, place, policy.mistakes), languages, categories)
        if service.id and service.id in found:
            policy.mistakes.note(f"{place}.id", f'"{service.id}" stands there twice')
        elif service.id in categories:
            policy.mistakes.note(f"{place}.id", f'"{service.id}" is a category already')
        found[service.id] = service
    return tuple(found.values())


def _resolved(item: Any, place: str, mistakes: Mistakes) -> Table:
    """The entry with what the catalogue knows of it below what the file says."""
    written = Table(item, place, mistakes, _SERVICE)
    name = written.values.get("use")
    if name is None:
        return written
    entry = catalogue_entry(name) if isinstance(name, str) else None
    if entry is None:
        known = catalogue_names()
        near = meant(name, known) if isinstance(name, str) else ""
        written.note("use", f"{shown(name)} is no entry of the catalogue{near}")
        return Table({"id": name if isinstance(name, str) else "", **written.values, "_": None}, place, Mistakes(), ())
    return Table({**entry, **written.values}, place, mistakes, _SERVICE)


def _service(table: Table, languages: Sequence[str], categories: Collection[str]) -> Service:
    country = _country(table)
    return Service(
        id=table.identifier(),
        category=_category(table, categories),
        name=table.texts("name", languages, plain=True),
        provider=table.text("provider"),
        country=country,
        safeguard=_safeguard(table, country),
        privacy_policy=table.links("privacy_policy", languages),
        purpose=table.texts("purpose", languages),
        hosts=_hosts(table),
        storage=tuple(_stored(item, place, table.mistakes, languages) for place, item in table.each("storage")),
        consent_api=read_consent_api(table),
    )


def _category(table: Table, categories: Collection[str]) -> str:
    category = table.text("category")
    if category and category not in categories:
        table.note("category", f"{shown(category)} is no category{meant(category, categories)}")
    return category


def _country(table: Table) -> str:
    country = table.text("country")
    if country and country not in countries():
        table.note("country", f'{shown(country)} is no country of ISO 3166, such as "EE"')
        return ""
    return country


def _safeguard(table: Table, country: str) -> str | None:
    safeguard = table.text("safeguard", required=False)
    if safeguard and safeguard not in SAFEGUARDS:
        near = meant(safeguard, SAFEGUARDS) or f"; it must be one of {', '.join(SAFEGUARDS)}"
        table.note("safeguard", f"{shown(safeguard)} is no safeguard{near}")
    elif "safeguard" not in table and country and country not in EEA:
        table.note("safeguard", f"is missing: {country} is outside the EEA (GDPR Art. 44); {', '.join(SAFEGUARDS)}")
    return safeguard or None


def _hosts(table: Table) -> tuple[str, ...]:
    found = []
    for place, host in table.strings("hosts"):
        mistake = host_mistake(host.lower())
        if mistake:
            table.mistakes.note(place, mistake)
        found.append(host.lower())
    return tuple(dict.fromkeys(found))


def _stored(item: Any, place: str, mistakes: Mistakes, languages: Sequence[str]) -> Stored:
    table = Table(item, place, mistakes, _STORED)
    kind = _kind(table)
    return Stored(
        name=_name(table, kind),
        kind=kind,
        lifetime=_lifetime(table),
        purpose=table.texts("purpose", languages),
    )


def _kind(table: Table) -> str:
    kind = table.text("kind")
    if kind and kind not in KINDS:
        near = meant(kind, KINDS) or f"; it must be one of {', '.join(KINDS)}"
        table.note("kind", f"{shown(kind)} is no kind of storage{near}")
    return kind


def _name(table: Table, kind: str) -> str:
    name = table.text("name")
    if name and not name.replace("*", ""):
        table.note("name", "would match everything; name what is stored")
    elif name and kind == "cookie" and not _COOKIE_NAME.fullmatch(name):
        table.note("name", f"{shown(name)} is no name that a cookie can have")
    return name


def _lifetime(table: Table) -> Lifetime:
    text = table.text("lifetime")
    lifetime = Lifetime.parse(text)
    if text and lifetime is None:
        table.note(
            "lifetime",
            f'{shown(text)} must be "session", "persistent", or a whole number of minutes, hours, days, months or '
            'years, such as "390 days"',
        )
    return lifetime or Lifetime(0, "session")
