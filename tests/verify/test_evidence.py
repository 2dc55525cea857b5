"""Evidence travels as JSON and comes back the same; a file that is none is refused in one line that says why."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_banner.errors import ConsentError
from consent_banner.verify.evidence import (
    VERSION,
    Act,
    Evidence,
    EvidenceError,
    Notice,
    Page,
    Part,
    Request,
    State,
    Stored,
    Tag,
    Usable,
    Visit,
    from_json,
    to_json,
)

POLICY: dict[str, Any] = {"revision": "11dc01be", "categories": [], "services": []}


def everything() -> Evidence:
    """Evidence in which every part of every kind is said."""
    request = Request(
        url="https://px.example/p.gif?õ=1", at_ms=412, after_ms=400, kind="image", method="POST", page="https://a.example/",
        frame="https://b.example/", initiator="https://a.example/app.js", line=7, redirected_from="https://a.example/r",
        status=204, error="net::ERR_FAILED", content_type="image/gif",
    )  # fmt: skip
    visit = Visit(
        scenario="only:analytics",
        requests=(request,),
        stored=(Stored("cookie", "_px", ".a.example", 900, "last", 89.5, True, "https://b.example/"),),
        states=(
            State(
                "last",
                "recorded",
                True,
                {"x": True},
                {"x": True},
                {"x": False},
                {},
                {"x": True},
                {"ad": "no"},
            ),
        ),
        acts=(Act("accept", 1500, None, "it cannot be clicked"),),
        notice=Notice(False, "it is transparent", {"accept-all": Part(1.5, 2.0, 15.0, 4.5, False, "it is disabled")}),
        usable=(Usable("last", "https://a.example/", 0.5, "div#wall", True, True, 2000),),
        ticked=("analytics", "service:heat"),
        tags=(Tag("https://px.example/", '<img src="https://px.example/">', "analytics"),),
        answered_ms=2000,
        withdrawn_ms=5000,
        screenshot="data:image/jpeg;base64,AAAA",
    )
    return Evidence(
        "Chromium 156", "2026-11-25T10:00:00Z", POLICY, (Page("https://a.example/", "https://a.example/c/", (visit,)),)
    )


def written(spoil: Callable[[dict[str, Any]], object]) -> str:
    """A good file after something was done to it."""
    values = json.loads(to_json(everything()))
    spoil(values)
    return json.dumps(values)


def visit_of(values: dict[str, Any]) -> dict[str, Any]:
    """The one visit of a file."""
    visit: dict[str, Any] = values["pages"][0]["visits"][0]
    return visit


def test_comes_back_as_it_was() -> None:
    assert from_json(to_json(everything())) == everything()


def test_leaves_out_what_has_its_default_and_names_its_version() -> None:
    visit = Visit("fresh", (Request("https://a.example/", 0, 0, "document"),))
    values = json.loads(to_json(Evidence("Chromium", "now", POLICY, (Page("https://a.example/", None, (visit,)),))))
    assert values["version"] == VERSION
    assert visit_of(values) == {
        "scenario": "fresh",
        "requests": [{"url": "https://a.example/", "at_ms": 0, "after_ms": 0, "kind": "document"}],
    }


texts = st.text(max_size=8)
whole = st.integers(-(2**63), 2**63)
real = st.floats(allow_nan=False, allow_infinity=False)
said = st.none() | st.dictionaries(texts, st.booleans(), max_size=2)
KNOWN = {
    str: texts, str | None: st.none() | texts, int: whole, int | None: st.none() | whole, float: real,
    float | None: st.none() | real, bool: st.booleans(), bool | None: st.none() | st.booleans(),
}  # fmt: skip


def made(part: type, **given_: Any) -> st.SearchStrategy[Any]:
    """Any value of a part of evidence: what is not given is made by the type of its field."""
    fields = {name: KNOWN[kind] for name, kind in get_type_hints(part).items() if name not in given_}
    return st.builds(part, **fields, **given_)


def some(part: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """None, one or two of it."""
    return st.lists(part, max_size=2).map(tuple)


modes = st.none() | st.dictionaries(texts, texts, max_size=2)
notices = st.none() | made(Notice, parts=st.dictionaries(texts, made(Part), max_size=2))
visits = made(
    Visit,
    requests=some(made(Request)),
    stored=some(made(Stored)),
    states=some(made(State, page=said, allows=said, check=said, cookie=said, data_layer=said, consent_mode=modes)),
    acts=some(made(Act)),
    notice=notices,
    usable=some(made(Usable)),
    ticked=some(texts),
    tags=some(made(Tag, hosts=some(texts))),
)
json_values = st.recursive(
    st.none() | st.booleans() | whole | texts, lambda inner: st.lists(inner, max_size=2), max_leaves=4
)
evidences = made(
    Evidence,
    policy=st.dictionaries(texts, json_values, max_size=2).map(lambda more: {**more, **POLICY}),
    pages=some(made(Page, visits=some(visits))),
    version=st.just(VERSION),
)


@settings(max_examples=30, deadline=None)
@given(evidences)
def test_whatever_was_seen_comes_back_as_it_was(evidence: Evidence) -> None:
    assert from_json(to_json(evidence)) == evidence


@settings(max_examples=60, deadline=None)
@given(texts | json_values.map(json.dumps))
def test_nothing_else_is_taken_for_evidence(text: str) -> None:
    with pytest.raises(EvidenceError):
        from_json(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("<!doctype html>", "no JSON"),
        ('{"version": 1', "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"version": 1, "policy": ' + '{"a": ' * 100_000, "no JSON"),
        ("9" * 5000, "no JSON"),
        ("[]", "no evidence of version 1"),
        ("null", "no evidence of version 1"),
        ('"version"', "no evidence of version 1"),
        ("{}", "no evidence of version 1"),
        ('{"version": 2}', "no evidence of version 1"),
        ('{"version": "1"}', "no evidence of version 1"),
        ('{"version": null}', "no evidence of version 1"),
        ('{"version": 1}', "browser"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_says_in_one_line_what_is_wrong_with_a_file(text: str, said: str) -> None:
    assert said in refusal(text)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda it: it.pop("browser"), "browser"),
        (lambda it: it.pop("policy"), "policy"),
        (lambda it: it["pages"][0].pop("url"), "url"),
        (lambda it: visit_of(it).pop("scenario"), "scenario"),
        (lambda it: visit_of(it)["requests"][0].pop("at_ms"), "requests[0].at_ms"),
        (lambda it: visit_of(it)["stored"][0].pop("moment"), "stored[0].moment"),
        (lambda it: visit_of(it)["notice"]["parts"]["accept-all"].pop("width"), "width"),
        (lambda it: visit_of(it)["requests"][0].update(at_ms="soon"), "requests[0].at_ms"),
        (lambda it: visit_of(it)["requests"][0].update(at_ms=None), "requests[0].at_ms"),
        (lambda it: visit_of(it)["requests"][0].update(at_ms=math.inf), "requests[0].at_ms"),
        (lambda it: visit_of(it)["stored"][0].update(days="long"), "stored[0].days"),
        (lambda it: visit_of(it).update(requests=7), "requests"),
        (lambda it: visit_of(it).update(requests=[7]), "requests"),
        (lambda it: visit_of(it).update(notice=[]), "notice"),
        (lambda it: visit_of(it)["states"][0].update(page=["x"]), "page"),
        (lambda it: it.update(pages=7), "pages"),
        (lambda it: it.update(pages=None), "pages"),
        (lambda it: it.update(policy=7), "policy"),
        (lambda it: it["policy"].pop("revision"), "policy lacks 'revision'"),
        (lambda it: it["policy"].update(categories=[{"id": "x"}]), "policy lacks 'required'"),
        (lambda it: it["policy"].update(services=[{"id": "x"}]), "policy lacks"),
        (lambda it: it["policy"].update(services=None), "policy"),
        (lambda it: it["policy"].update(services=["x"]), "policy"),
        (lambda it: it.update(findings=[]), "findings"),
        (lambda it: visit_of(it).update(mood="good"), "mood"),
    ],
)  # fmt: skip
def test_names_the_place_that_does_not_fit(spoil: Callable[[dict[str, Any]], object], said: str) -> None:
    assert said in refusal(written(spoil))


def refusal(text: str) -> str:
    """The sentence in which a file is refused: one short line, without the file's own text."""
    with pytest.raises(EvidenceError) as caught:
        from_json(text)
    sentence = str(caught.value)
    assert isinstance(caught.value, ConsentError)
    assert "\n" not in sentence
    assert len(sentence) < 300
    return sentence


def test_the_last_act_of_a_name_counts() -> None:
    visit = Visit("reject", acts=(Act("reject", 10, None), Act("reject", 20, 1), Act("accept", 30, 1)))
    act = visit.act("reject")
    assert act is not None
    assert act.clicks == 1
    assert visit.act("withdraw") is None


def test_finds_visits_and_states_by_name() -> None:
    page = Page("https://a.example/", None, (Visit("fresh"), Visit("gpc", states=(State("loaded"), State("last")))))
    visit = page.visit("gpc")
    assert visit is not None
    assert visit.state("last") is visit.states[1]
    assert visit.state("withdrawn") is None
    assert page.visit("accept") is None
    assert [each.scenario for _, each in Evidence("", "", POLICY, (page, page)).visits()] == ["fresh", "gpc"] * 2
