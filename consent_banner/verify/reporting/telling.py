"""Findings as a reader wants them: one entry for one thing to change, with every scenario in which it was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ..findings import KINDS, Finding
from ..known import entry_name
from ..sites import host_of
from .details import Detail, details_of
from .plain import line, plain, without_query
from .words import Words

_SUBJECTS: Mapping[str, Callable[[Mapping[str, Any], Words], str]] = {
    "undeclared_request": lambda seen, words: seen.get("host") or host_of(str(seen.get("url", ""))),
    "undeclared_storage": lambda seen, words: seen.get("name", ""),
    "outlives_declaration": lambda seen, words: seen.get("name", ""),
    "preselected": lambda seen, words: ", ".join(words.either(str(name)) for name in seen.get("names", ())),
    "choice_mismatch": lambda seen, words: words.source(str(seen.get("source", ""))),
    "refusal_harder_than_acceptance": lambda seen, words: words.sentence(seen.get("reason", "")),
    "page_blocked": lambda seen, words: words.sentence(seen.get("reason", "")),
    "banner_missing": lambda seen, words: words.sentence(seen.get("why", "")),
    "service_unreachable": lambda seen, words: words.sentence(seen.get("reason", "")),
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """A scenario in which something was seen, and after how long, where that is known."""

    scenario: str
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is wrong. `tag` is the line as it stands, `change` the one to put in its place."""

    kind: str
    service: str | None
    subject: str
    about: str
    seen: tuple[Sighting, ...]
    details: tuple[Detail, ...] = ()
    tag: str | None = None
    change: str | None = None
    findings: tuple[Finding, ...] = ()


def by_kind(findings: Iterable[Finding], words: Words, categories: Mapping[str, str]) -> list[tuple[str, list[Told]]]:
    """Every kind that was found, the gravest first, with what is told of it."""
    told = tell(findings, words, categories)
    groups = ((kind, [each for each in told if each.kind == kind]) for kind in KINDS)
    return [(kind, group) for kind, group in groups if group]


def tell(findings: Iterable[Finding], words: Words, categories: Mapping[str, str]) -> list[Told]:
    """The findings of a page, those that are one thing drawn together. `categories` are those of the services."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_thing(finding), []).append(finding)
    return [_told(group, words, categories) for group in groups.values()]


def told_alone(finding: Finding, words: Words) -> Told:
    """One finding by itself."""
    return _told([finding], words, {})


def _thing(finding: Finding) -> tuple[object, ...]:
    """What makes two findings one thing to change: all but when, how often, with what and in which scenario."""
    seen = finding.evidence
    where = without_query(str(seen.get("url", "")))
    own = [str(seen.get(key)) for key in ("name", "reason", "why", "source", "says", "chosen")]
    own += [str(seen.get("kind"))] if "name" in seen else []
    return finding.kind, finding.service, where, *own


def _told(group: Sequence[Finding], words: Words, categories: Mapping[str, str]) -> Told:
    """The one with a line to change stands for them all."""
    first = next((each for each in group if each.evidence.get("change")), group[0])
    told = Told(
        kind=first.kind,
        service=first.service,
        subject=_subject(first, words),
        about=_about(first, words, categories),
        seen=tuple(dict.fromkeys(sighting for finding in group for sighting in _sightings(finding, words))),
        details=tuple(details_of(first, words)),
        findings=tuple(group),
    )
    tag, change = first.evidence.get("tag"), first.evidence.get("change")
    return replace(told, tag=plain(tag) if tag else None, change=plain(change) if change else None)


def _subject(finding: Finding, words: Words) -> str:
    """Who or what it is about, in the fewest words."""
    if finding.service is not None:
        return words.service(finding.service)
    subject = _SUBJECTS.get(finding.kind)
    return line(subject(finding.evidence, words) if subject else "") or words.title(finding.kind)


def _about(finding: Finding, words: Words, categories: Mapping[str, str]) -> str:
    if finding.service is not None:
        category = categories.get(finding.service)
        return " · ".join([line(finding.service), *([words.category(category)] if category else [])])
    known = finding.evidence.get("known_as")
    return words.known_as(entry_name(str(known))) if known else ""


def _sightings(finding: Finding, words: Words) -> Iterator[Sighting]:
    """The finding's own scenario, and those that a finding of a whole page lists beside it."""
    time = finding.evidence.get("after_ms")
    first = finding.scenario
    if first is not None:
        yield Sighting(first, words.time(time) if isinstance(time, int | float) else None)
    for scenario in finding.evidence.get("scenarios", ()):
        if scenario != first:
            yield Sighting(str(scenario))


def page_name(address: str) -> str:
    """A page as a heading has it: host and path."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return line(address)
    return line(f"{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")) or line(address)
