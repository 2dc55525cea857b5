"""Writes the policy entries that undeclared services need: from the catalogue where known, else to be completed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..policy.services import catalogue_entry
from .checks import undeclared_request, undeclared_storage
from .evidence import Evidence
from .facts import Facts
from .findings import Finding
from .sites import host_of, site_of

TODO = "TODO"
NOTHING_DECLARED: dict[str, Any] = {
    "revision": "00000000",
    "categories": [
        {"id": name, "required": name == "necessary", "gpc": True}
        for name in ("necessary", "preferences", "analytics", "marketing")
    ],
    "services": [],
    "storage": [],
}
"""A policy for pages that have none yet: everything that is seen is undeclared."""


@dataclass
class Draft:
    """One service to be: the catalogue's entry, or what was seen of a site that the catalogue does not know."""

    name: str
    known: bool
    hosts: list[str] = field(default_factory=list)
    items: dict[tuple[str, str], float | None] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)


def suggestions(evidence: Evidence) -> str:
    """TOML for the end of a policy file; empty where all that was seen is declared."""
    facts, drafts = Facts(evidence), dict[str, Draft]()
    for finding in undeclared_request.find(facts):
        _note(drafts, finding, host_of(str(finding.evidence["url"]))).hosts.append(str(finding.evidence["host"]))
    for finding in undeclared_storage.find(facts):
        place = str(finding.evidence["domain"])
        draft = _note(drafts, finding, host_of(place) or place.lstrip("."))
        key = str(finding.evidence["kind"]), str(finding.evidence["name"])
        draft.items[key] = finding.evidence.get("days")
    return "\n".join(_entry(draft) for draft in drafts.values())


def _note(drafts: dict[str, Draft], finding: Finding, host: str) -> Draft:
    known = finding.evidence.get("known_as")
    name = str(known or site_of(host))
    draft = drafts.setdefault(name, Draft(name, bool(known)))
    if finding.page not in draft.pages:
        draft.pages.append(finding.page)
    return draft


def _entry(draft: Draft) -> str:
    seen = [f"# Seen on {page}" for page in draft.pages[:3]]
    body = _from_catalogue(draft) if draft.known else _to_complete(draft)
    return "\n".join([*seen, "[[services]]", *body, ""])


def _from_catalogue(draft: Draft) -> list[str]:
    category = (catalogue_entry(draft.name) or {}).get("category", TODO)
    return [f'use = "{draft.name}"', f"category = {_quoted(str(category))}"]


def _to_complete(draft: Draft) -> list[str]:
    return [
        f'id = "{re.sub("[^a-z0-9]+", "-", draft.name).strip("-") or "service"}"',
        f"category = {_quoted(TODO)} # one of the policy's categories",
        f"name = {_quoted(draft.name)}",
        f"provider = {_quoted(TODO)} # the company that gets the data",
        f"country = {_quoted(TODO)} # ISO 3166; outside the EEA a safeguard too: adequacy, DPF, SCC, BCR, derogation",
        f"privacy_policy = {_quoted(TODO)} # its address",
        f"purpose = {{ et = {_quoted(TODO)}, en = {_quoted(TODO)} }}",
        f"hosts = {_listed(sorted(set(draft.hosts)))}",
        *_storage(draft),
    ]


def _storage(draft: Draft) -> Iterable[str]:
    if not draft.items:
        return ["storage = []"]
    lines = [
        f"  {{ name = {_quoted(name)}, kind = {_quoted(kind)}, lifetime = {_quoted(_lifetime(kind, days))}, "
        f"purpose = {{ et = {_quoted(TODO)}, en = {_quoted(TODO)} }} }},"
        for (kind, name), days in draft.items.items()
    ]
    return ["storage = [", *lines, "]"]


def _lifetime(kind: str, days: float | None) -> str:
    if kind in ("local_storage", "indexed_db"):
        return "persistent"
    if days is None:
        return "session"
    whole = max(1, math.ceil(days - 0.01))
    return f"{whole} day" if whole == 1 else f"{whole} days"


def _listed(values: Sequence[str]) -> str:
    return "[" + ", ".join(_quoted(each) for each in values) + "]"


def _quoted(text: str) -> str:
    """A basic TOML string; JSON's escapes are TOML's, too (TOML 1.0, Strings)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
