"""What a browser saw, as plain values between collecting and judging: written as JSON, judged again without a browser.

Times called `at_ms` run from the start of a visit, `after_ms` from the start of the navigation before them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import cattrs

from ..errors import ConsentError
from .declared import Declared

VERSION = 1
BLOCKED = "blocked"
"""The visit with the service blocked: no scenario of the contract's, and never in `fired`."""


class EvidenceError(ConsentError):
    """A file that is no evidence of this version."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something that went out, or tried to. `initiator` is the script or page that asked; `line` where in it."""

    url: str
    at_ms: int
    after_ms: int
    kind: str
    method: str = "GET"
    page: str = ""
    frame: str | None = None
    initiator: str | None = None
    line: int | None = None
    redirected_from: str | None = None
    status: int | None = None
    error: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A cookie or key that was there. `place` is a cookie's domain, or an origin; `days` None for a session or a key.

    `moment` says when it was looked for: `loaded` before any answer, `used` before the page was loaded again,
    `withdrawn` right after a withdrawal, `last` at the end, `left` after leaving, `header` for a cookie of an answer.
    """

    kind: str
    name: str
    place: str
    at_ms: int
    moment: str
    days: float | None = None
    http_only: bool = False
    frame: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What each party says is granted, at one moment: names to true. None where a party says nothing."""

    moment: str
    reason: str | None = None
    decided: bool | None = None
    page: Mapping[str, bool] | None = None
    allows: Mapping[str, bool] | None = None
    check: Mapping[str, bool] | None = None
    cookie: Mapping[str, bool] | None = None
    data_layer: Mapping[str, bool] | None = None
    consent_mode: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A control of the notice as it is drawn, in CSS pixels. `contrast` is that of its text (WCAG 2.2, 1.4.3)."""

    width: float
    height: float
    font_size: float
    contrast: float
    usable: bool
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice at one moment: whether a visitor can see it, and its controls by their names."""

    visible: bool
    why: str | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usable:
    """Whether a page can be used: how much of the window something foreign covers, and what else stands in the way."""

    moment: str
    address: str
    covered: float = 0.0
    by: str | None = None
    inert: bool = False
    locked: bool = False
    letters: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the visit did as a visitor does. `clicks` is how many it took; None where it never worked."""

    name: str
    at_ms: int
    clicks: int | None = 1
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """An element of the page's markup that loads something, as it stands there.

    An inline script has no `url` of its own, but names `hosts` in its code.
    """

    url: str
    markup: str
    marked: str | None = None
    rel: str | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One page in one scenario, in a fresh profile. `answered_ms` is when the service had recorded the choice."""

    scenario: str
    requests: tuple[Request, ...] = ()
    stored: tuple[Stored, ...] = ()
    states: tuple[State, ...] = ()
    acts: tuple[Act, ...] = ()
    notice: Notice | None = None
    usable: tuple[Usable, ...] = ()
    ticked: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    answered_ms: int | None = None
    withdrawn_ms: int | None = None
    screenshot: str | None = None

    def act(self, name: str) -> Act | None:
        """The last act of a name."""
        return next((act for act in reversed(self.acts) if act.name == name), None)

    def state(self, moment: str) -> State | None:
        """What was said at a moment."""
        return next((state for state in self.states if state.moment == moment), None)


@dataclass(frozen=True, slots=True)
class Page:
    """One address, and every visit to it. `service` is where the page's own consent service stands, if it has one."""

    url: str
    service: str | None = None
    visits: tuple[Visit, ...] = ()

    def visit(self, scenario: str) -> Visit | None:
        """The visit in a scenario."""
        return next((visit for visit in self.visits if visit.scenario == scenario), None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a run saw, and the policy that it is to be held against (as `policy.json` has it)."""

    browser: str
    started_at: str
    policy: dict[str, Any]
    pages: tuple[Page, ...] = ()
    version: int = VERSION

    def visits(self) -> Iterator[tuple[Page, Visit]]:
        """Every visit with its page."""
        return ((page, visit) for page in self.pages for visit in page.visits)


_converter = cattrs.Converter(forbid_extra_keys=True, omit_if_default=True)


def _strictly(kind: type, *also: type) -> None:
    """Take a value for what it is: "false" is no truth value, and 7 is no name."""

    def structure(value: Any, _: type) -> Any:
        if isinstance(value, bool) is not (kind is bool) or not isinstance(value, (kind, *also)):
            raise TypeError(f"expected {kind.__name__}, found {type(value).__name__}")
        return value

    _converter.register_structure_hook(kind, structure)


for _kind, *_also in ((str,), (int,), (bool,), (float, int)):
    _strictly(_kind, *_also)


def to_json(evidence: Evidence) -> str:
    """Evidence as JSON; what has its default is left out, but for the version."""
    values = {"version": evidence.version, **_converter.unstructure(evidence)}
    return json.dumps(values, indent=1)  # In ASCII: addresses may hold halves of characters.


def from_json(text: str) -> Evidence:
    """The way back. Raises EvidenceError for anything else, naming the first place that does not fit."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"no JSON: {error}") from None
    if not isinstance(values, dict) or type(values.get("version")) is not int or values["version"] != VERSION:
        raise EvidenceError(f"no evidence of version {VERSION}")
    try:
        evidence = _converter.structure(values, Evidence)
        Declared(evidence.policy)
    except cattrs.BaseValidationError as error:
        raise EvidenceError(f"no evidence: {cattrs.transform_error(error)[0]}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise EvidenceError(f"no evidence: its policy lacks {error}") from None
    return evidence
