"""A visit over time: who was asked for something when, and whether that was allowed. Places are shares of the width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..declared import Service
from ..evidence import BLOCKED, Page, Request, Visit
from ..facts import ANSWERLESS, Facts, is_of_page, landed, was_sent
from ..sites import host_of, site_of
from .plain import line, shortened, without_query
from .words import Words

OURS = "ours"
UNDECLARED = "undeclared"
_MOST_TRACKS = 12
_GRAIN = 0.5  # Percent of the width: marks that are nearer than this are one.
_STEPS = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000)
_MOST_STEPS = 6
_GRAVITY = ("leaks", UNDECLARED, "let_through", OURS)


@dataclass(slots=True)
class Mark:
    """One request, or several at once. `state` is `leaks`, `undeclared`, `let_through` or `ours`."""

    at: float
    state: str
    title: str
    requests: int = 1


@dataclass(slots=True)
class Track:
    """Everything that went to one owner."""

    name: str
    state: str
    marks: list[Mark] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return sum(mark.requests for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The tracks of a visit, the moments of its answer and withdrawal, and the steps of its axis."""

    tracks: tuple[Track, ...]
    moments: tuple[tuple[float, str], ...]
    steps: tuple[tuple[float, str], ...]


def timeline(facts: Facts, page: Page, visit: Visit, words: Words) -> Timeline:
    """A visit as it is drawn: those who leak first, the site itself last."""
    sent = [request for request in visit.requests if was_sent(request) and request.kind != "browser"]
    ends = [request.at_ms for request in sent] + [act.at_ms for act in visit.acts]
    end = max([*ends, visit.answered_ms or 0, visit.withdrawn_ms or 0, 1])
    step = next((each for each in _STEPS if end / each <= _MOST_STEPS), _STEPS[-1])
    scale = 100 / (end * 1.02)
    tracks: dict[str, Track] = {}
    home = frozenset(site_of(host_of(address)) for address in (*landed(page), page.service or page.url))
    for request in sent:
        name, state = _owner(facts, page, visit, request, home) or (words.speech.gettext("This website itself"), OURS)
        name = words.service(name) if state in ("leaks", "let_through") else name
        track = tracks.setdefault(name, Track(name, state))
        track.state = min(track.state, state, key=_GRAVITY.index)
        _mark(track, min(100.0, max(0.0, request.at_ms * scale)), state, request, words)
    points = range(0, end + 1, max(step, end // 100))
    steps = tuple((at * scale, words.time(at) if at else "0") for at in points)
    return Timeline(tuple(_fewer(_ordered(tracks.values()), words)), tuple(_moments(visit, words, scale)), steps)


def may(facts: Facts, visit: Visit, service: Service, at_ms: int) -> bool:
    """Whether a service was allowed at a moment of a visit."""
    if facts.declared.categories.get(service.category, False):
        return True
    if visit.answered_ms is None or visit.scenario in ANSWERLESS or at_ms < visit.answered_ms:
        return False
    if visit.scenario == "withdraw":
        return visit.withdrawn_ms is None or at_ms < visit.withdrawn_ms
    return facts.declared.allows(service, visit.scenario)


def _owner(facts: Facts, page: Page, visit: Visit, request: Request, home: frozenset[str]) -> tuple[str, str] | None:
    """Whose a request is, and whether it was right; of services that share a host, the one that was allowed."""
    owners = {} if is_of_page(page, request) else facts.declared.at(request.url)
    allowed = next((each for each in owners if may(facts, visit, each, request.at_ms)), None)
    if allowed is not None:
        return allowed.id, "let_through"
    if owners:
        return max(owners, key=lambda each: owners[each]).id, "leaks"
    host = host_of(request.url)
    return None if not host or site_of(host) in home else (line(host), UNDECLARED)


def _mark(track: Track, at: float, state: str, request: Request, words: Words) -> None:
    """Add a request; to the mark before it, where the two would lie upon each other."""
    last = next((mark for mark in reversed(track.marks) if mark.state == state), None)
    if last is not None and abs(at - last.at) < _GRAIN:
        last.requests += 1
        return
    address = shortened(without_query(request.url), 100)
    track.marks.append(Mark(round(at, 2), state, f"{words.time(request.at_ms)} · {address}"))


def _ordered(tracks: Iterable[Track]) -> list[Track]:
    return sorted(tracks, key=lambda track: _GRAVITY.index(track.state))


def _fewer(tracks: list[Track], words: Words) -> Iterator[Track]:
    """At most so many tracks; what is left over shares one, its marks kept."""
    yield from tracks[:_MOST_TRACKS]
    rest = tracks[_MOST_TRACKS:]
    if rest:
        marks = sorted((mark for track in rest for mark in track.marks), key=lambda mark: mark.at)
        yield Track(words.speech.gettext("%(number)s more", number=len(rest)), rest[0].state, marks)


def _moments(visit: Visit, words: Words, scale: float) -> Iterator[tuple[float, str]]:
    _ = words.speech.gettext
    if visit.answered_ms is not None and visit.scenario not in ("fresh", BLOCKED):
        yield visit.answered_ms * scale, _("answered: %(time)s", time=words.time(visit.answered_ms))
    if visit.withdrawn_ms is not None:
        yield visit.withdrawn_ms * scale, _("withdrawn: %(time)s", time=words.time(visit.withdrawn_ms))
