"""A visitor's grants, merged into an application's own Content-Security-Policy. Pure functions over the header's text.

Every host of a service that is not granted is taken out; the hosts of granted services are put in, wherever a tag can
reach a host by. A header may carry several policies, all of which must allow something (CSP3, 2.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .hosts import Hosts, websockets

Rules = dict[str, list[str]]
"""One policy: the values of each directive, by its name in lower case."""

NONE = "'none'"
_SPACE = re.compile(r"[\t\n\f\r ]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_BEFORE_HOST = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NETWORK = frozenset({"http:", "https:", "ws:", "wss:"})

# What a tag reaches hosts by, and which directives speak for it, the first of them that is there (CSP3, 6.8.3).
_REACH: Mapping[str, Sequence[str]] = {
    "script-src": ("script-src", "default-src"),
    "script-src-elem": ("script-src-elem",),
    "style-src": ("style-src", "default-src"),
    "style-src-elem": ("style-src-elem",),
    "connect-src": ("connect-src", "default-src"),
    "img-src": ("img-src", "default-src"),
    "font-src": ("font-src", "default-src"),
    "media-src": ("media-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
    "form-action": ("form-action",),
}
_LOOKED_AT: Mapping[str, Sequence[str]] = {
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "style-src": ("style-src-elem", "style-src", "default-src"),
    **{name: _REACH[name] for name in ("connect-src", "img-src", "font-src", "media-src", "frame-src")},
}


@dataclass(frozen=True, slots=True)
class Hole:
    """Hosts that a header cannot keep out: `source` is too wide for them, or None where no directive speaks at all."""

    directive: str
    source: str | None
    hosts: tuple[str, ...]

    def __str__(self) -> str:
        why = f"{self.source} also lets through" if self.source else "nothing restricts it, so it lets through"
        more = f" and {len(self.hosts) - 3} more" if len(self.hosts) > 3 else ""
        return f"{self.directive}: {why} {', '.join(self.hosts[:3])}{more}"


def parse(header: str) -> list[Rules]:
    """The policies of a header's value. As in browsers, the first directive of a name counts, and ASCII alone."""
    policies = (_parse_one(text) for text in header.split(","))
    return [rules for rules in policies if rules]


def spell(policies: Iterable[Rules]) -> str:
    """The way back: a header's value."""
    return ", ".join("; ".join(" ".join([name, *values]) for name, values in rules.items()) for rules in policies)


def merge(header: str, hosts: Hosts) -> str:
    """A header's value with exactly the granted hosts in it. Sources wider than a refused host stay: see `holes`."""
    return spell(_merge_one(rules, hosts) for rules in parse(header))


def holes(header: str, hosts: Hosts, own: str = "") -> list[Hole]:
    """Refused hosts that a merged header lets through all the same. `own` is the page's own host, for `'self'`."""
    policies, found = parse(header), dict[tuple[str, str | None], list[str]]()
    for host in hosts.refused.listed:
        if hosts.granted.hold(host):
            continue
        for directive, speakers in _LOOKED_AT.items():
            through = [_lets_through(rules, speakers, host, own) for rules in policies]
            if all(passed for passed, _ in through):
                source = next((source for _, source in through if source), None)
                found.setdefault((directive, source), []).append(host)
    return [Hole(directive, source, tuple(through)) for (directive, source), through in found.items()]


def reporting(header: str, uri: str, group: str | None, *, alone: bool = False) -> str:
    """A header's value that reports violations to an address, and to a group of `Reporting-Endpoints` if there is one.

    Reports go on to where they went already, unless ours is to be `alone`. A policy reports to one group only.
    """
    policies = parse(header)
    for rules in policies:
        uris, groups = rules.pop("report-uri", []), rules.pop("report-to", [])
        rules["report-uri"] = [uri] if alone else [*(each for each in uris if each != uri), uri]
        groups = [*([] if alone else groups), *([group] if group else [])][:1]
        if groups:
            rules["report-to"] = groups
    return spell(policies)


def _parse_one(text: str) -> Rules:
    rules: Rules = {}
    for directive in text.split(";"):
        name, *values = _SPACE.split(directive.strip("\t\n\f\r "))
        if name and directive.isascii():
            rules.setdefault(name.lower(), values)
    return rules


def _merge_one(rules: Rules, hosts: Hosts) -> Rules:
    kept = {name: _without(values, hosts) if _lists_sources(name) else values for name, values in rules.items()}
    if not hosts.granted.listed:
        return kept
    written = dict(kept)
    for directive, speakers in _REACH.items():
        speaking = next((name for name in speakers if name in kept), None)
        if speaking is not None:
            written[directive] = _with(kept[speaking], _sources(directive, hosts.granted.listed))
    return written


def _lists_sources(name: str) -> bool:
    return name.endswith(("-src", "-src-elem", "-src-attr")) or name == "form-action"


def _sources(directive: str, granted: Sequence[str]) -> list[str]:
    return [*granted, *websockets(granted)] if directive == "connect-src" else list(granted)


def _without(values: list[str], hosts: Hosts) -> list[str]:
    kept = [value for value in values if not _is_denied(value, hosts)]
    return kept if kept or not values else [NONE]


def _with(values: list[str], sources: list[str]) -> list[str]:
    there = [value for value in values if value.lower() != NONE]
    known = {value.lower() for value in there}
    return there + [source for source in sources if source not in known]


def _is_denied(value: str, hosts: Hosts) -> bool:
    name = _host(value)
    return name is not None and hosts.denies(name)


def _host(value: str) -> str | None:
    """The host of a source, in lower case, whatever its scheme, port and path; None for what names no host."""
    if value.startswith("'") or _SCHEME.fullmatch(value):
        return None
    return re.split(r"[:/?#]", _BEFORE_HOST.sub("", value), maxsplit=1)[0].lower().rstrip(".")


def _lets_through(rules: Rules, speakers: Sequence[str], host: str, own: str) -> tuple[bool, str | None]:
    """Whether one policy lets a host through, and by which source; by none where no directive speaks."""
    speaking = next((name for name in speakers if name in rules), None)
    if speaking is None:
        return True, None
    source = next((value for value in rules[speaking] if _is_wider(value, host, own)), None)
    return source is not None, source


def _is_wider(value: str, host: str, own: str) -> bool:
    """Whether a source takes in a host, or a pattern's hosts, among others."""
    name = _host(value)
    if name is None:
        mine = value.lower() == "'self'" and bool(own) and _takes_in(host, own)
        return mine or value.lower() in _NETWORK
    return name == "*" or _takes_in(name, host)


def _takes_in(pattern: str, name: str) -> bool:
    below = pattern.startswith("*.") and name.removeprefix("*.").endswith(pattern[1:])
    return below or pattern == name
