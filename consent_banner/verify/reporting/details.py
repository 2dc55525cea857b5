"""What was seen, as pairs of a label and a value: the evidence of a finding in the reader's words, nothing left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..findings import Finding
from .plain import line, sent, shortened, without_query
from .words import Words

_PARAMETERS = 8
_VALUE_LENGTH = 48
Seen = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Detail:
    """One label and its value; `code` where the value is a name or an address, `whole` what was shortened."""

    label: str
    value: str
    code: bool = False
    whole: str | None = None


def details_of(finding: Finding, words: Words) -> Iterator[Detail]:
    """Everything that the evidence says beside what, when and where it was found."""
    seen = finding.evidence
    for part in _PARTS:
        yield from part(finding, words)
    for key, value in seen.items():
        if key not in _TOLD and value is not None:
            yield Detail(line(key), shortened(value), code=True)


def _request(finding: Finding, words: Words) -> Iterator[Detail]:
    """Where to, what sort, what was sent."""
    seen, _ = finding.evidence, words.speech.gettext
    if seen.get("url"):
        yield _address(_("Address"), str(seen["url"]))
        yield from _sent(str(seen["url"]), words)
    if seen.get("kind"):
        yield Detail(_("Kind"), words.kind(str(seen["kind"])))
    if seen.get("status"):
        yield Detail(_("Answer"), line(seen["status"]))
    if (seen.get("requests") or 0) > 1:
        yield Detail(_("Requests"), words.number(seen["requests"]))


def _cause(finding: Finding, words: Words) -> Iterator[Detail]:
    """Who loaded it, and where that stands."""
    seen, _ = finding.evidence, words.speech.gettext
    if seen.get("initiator"):
        place = _address(_("Loaded by"), str(seen["initiator"]))
        row = seen.get("line")
        value = _("%(address)s, line %(line)s", address=place.value, line=row) if row else place.value
        yield replace(place, value=value)
    if seen.get("redirected_from"):
        yield _address(_("Redirected from"), str(seen["redirected_from"]))
    if seen.get("frame"):
        yield _address(_("In the frame"), str(seen["frame"]))
    if seen.get("page") and seen["page"] != finding.page:
        yield _address(_("On the page"), str(seen["page"]))


def _stored(finding: Finding, words: Words) -> Iterator[Detail]:
    """Names, place and life of what is stored."""
    seen, _ = finding.evidence, words.speech.gettext
    names = [line(name) for name in seen.get("names") or [seen["name"]] if name] if "name" in seen else []
    if names and finding.kind != "choice_mismatch":
        yield Detail(_("Name"), ", ".join(names), code=True)
    if seen.get("domain"):
        yield Detail(_("Stored at"), shortened(seen["domain"]), code=True)
    if seen.get("days") is not None:
        yield Detail(_("Lifetime"), words.days(seen["days"]))
    if seen.get("declared_days") is not None:
        yield Detail(_("Declared"), words.days(seen["declared_days"]))
    if seen.get("http_only"):
        yield Detail(_("Set by"), _("a server (HttpOnly: no script can read or delete it)"))


def _said(finding: Finding, words: Words) -> Iterator[Detail]:
    """Of a state that differs: what was said, of what, when, and what had been chosen."""
    seen, _ = finding.evidence, words.speech.gettext
    if "source" not in seen:
        return
    yield Detail(_("Concerns"), words.either(str(seen.get("name", ""))))
    yield Detail(_("State"), words.allowed(seen.get("says")))
    yield Detail(_("Choice"), words.allowed(seen.get("chosen")))
    if seen.get("at"):
        yield Detail(_("When"), words.point(str(seen["at"])))


def _notice(finding: Finding, words: Words) -> Iterator[Detail]:
    """Of the notice and the page: why, how much, and what stands in the way."""
    seen, _ = finding.evidence, words.speech.gettext
    if seen.get("why") and finding.kind != "banner_missing":
        yield Detail(_("Why"), words.reason(seen["why"]))
    if finding.kind == "banner_missing":
        service = seen.get("service")
        yield _address(_("Consent service"), str(service)) if service else Detail(_("Consent service"), _("none"))
    if seen.get("by"):
        yield Detail(_("Element"), shortened(seen["by"]), code=True)
    if seen.get("share") is not None:
        of_page = finding.kind == "page_blocked"
        yield Detail(_("Share of the window") if of_page else _("Compared with accepting"), words.share(seen["share"]))
    if "accept_clicks" in seen:
        yield Detail(_("Clicks to accept"), words.number(seen["accept_clicks"]))
        clicks = seen.get("reject_clicks")
        yield Detail(_("Clicks to refuse"), _("it did not work") if clicks is None else words.number(clicks))
    if "letters" in seen:
        yield Detail(_("Characters of text"), words.number(seen["letters"]))
        yield Detail(_("After accepting"), words.number(seen.get("accepted", 0)))


def _silence(finding: Finding, words: Words) -> Iterator[Detail]:
    """Of a service that never fired: where it was looked for."""
    seen, _ = finding.evidence, words.speech.gettext
    if seen.get("hosts"):
        yield Detail(_("Looked for at"), ", ".join(line(host) for host in seen["hosts"]), code=True)
    if finding.kind == "never_fired" and seen.get("pages"):
        yield Detail(_("Pages that allowed it"), words.number(seen["pages"]))


_PARTS: Sequence[Callable[[Finding, Words], Iterator[Detail]]] = (_request, _cause, _stored, _said, _notice, _silence)
_TOLD = frozenset(
    [
        "url",
        "kind",
        "status",
        "requests",
        "initiator",
        "line",
        "redirected_from",
        "frame",
        "page",
        "name",
        "names",
        "domain",
        "days",
        "declared_days",
        "http_only",
        "source",
        "says",
        "chosen",
        "at",
        "why",
        "reason",
        "service",
        "by",
        "share",
        "accept_clicks",
        "reject_clicks",
        "letters",
        "accepted",
        "hosts",
        "pages",
        "host",
        "known_as",
        "scenarios",
        "after_ms",
        "tag",
        "change",
    ]
)


def _address(label: str, address: str) -> Detail:
    """An address without what it sends along; whole where a reader asks for it."""
    short = shortened(without_query(address))
    return Detail(label, short, code=True, whole=line(address) if short != line(address) else None)


def _sent(address: str, words: Words) -> Iterator[Detail]:
    pairs = sent(address)
    if pairs:
        shown = [f"{shortened(name, 32)}={shortened(value, _VALUE_LENGTH)}" for name, value in pairs[:_PARAMETERS]]
        more = len(pairs) - len(shown)
        if more:
            shown.append(words.speech.gettext("%(number)s more", number=more))
        yield Detail(words.speech.gettext("Sent along"), ", ".join(shown), code=True)
