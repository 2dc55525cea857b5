"""Every check finds what its fixtures show and accuses none of their innocent twins; no evidence confuses the judge.

The fixtures stand beside the checks, `checks/<kind>.json`: evidence in which only what matters is written out, and what
must be found in it, no more and no less. What a case leaves out is filled in here: the page is the shop's, an answer is
recorded after two seconds and a withdrawal after five, a control is one of two twins. `services` names those of
`policy.json` that the case is about; all of them otherwise.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_banner.verify import checks
from consent_banner.verify.evidence import (
    Evidence,
    Notice,
    Page,
    Part,
    Request,
    State,
    Stored,
    Usable,
    Visit,
    from_json,
    to_json,
)
from consent_banner.verify.facts import Facts
from consent_banner.verify.findings import KINDS, Finding
from consent_banner.verify.judging import Report, judge

Case = Mapping[str, Any]
HERE = Path(checks.__file__).parent
POLICY: dict[str, Any] = json.loads((HERE / "policy.json").read_text(encoding="utf-8"))
PAGE = {"url": "https://shop.example/", "service": "https://shop.example/consent/"}
ANSWERLESS = ("fresh", "gpc", "blocked")
MOMENTS = {"header": 100, "loaded": 900, "withdrawn": 6000, "last": 9000}
PART = {"width": 160.0, "height": 44.0, "font_size": 15.0, "contrast": 8.0, "usable": True}


@cache
def cases_of(kind: str) -> tuple[Case, ...]:
    """The fixtures of a kind."""
    return tuple(json.loads((HERE / f"{kind}.json").read_text(encoding="utf-8")))


def evidence_of(case: Case) -> Evidence:
    """A case's evidence with what it leaves out, read as a file would be."""
    chosen = case.get("services")
    services = [each for each in POLICY["services"] if chosen is None or each["id"] in chosen]
    assert len(services) == len(chosen or POLICY["services"]), "a service that the policy lacks"
    pages = [
        {**PAGE, **page, "visits": [filled(visit) for visit in page["visits"]]} for page in case["evidence"]["pages"]
    ]
    policy = {**POLICY, "services": services}
    values = {"version": 1, "browser": "Chromium 156", "started_at": "2026-11-25T10:00:00Z", "policy": policy}
    return from_json(json.dumps({**values, "pages": pages}))


def filled(visit: Mapping[str, Any]) -> dict[str, Any]:
    """A visit with the defaults of a fixture."""
    times: dict[str, int] = {} if visit["scenario"] in ANSWERLESS else {"answered_ms": 2000}
    if visit["scenario"] == "withdraw":
        times["withdrawn_ms"] = 5000
    values = {**times, **visit}
    values["requests"] = [{"kind": "image", "after_ms": each["at_ms"], **each} for each in visit.get("requests", ())]
    values["stored"] = [
        {"place": "shop.example", "at_ms": MOMENTS[each["moment"]], **each} for each in visit.get("stored", ())
    ]
    values["states"] = [{"moment": "last", **each} for each in visit.get("states", ())]
    values["acts"] = [{"at_ms": 1500, **each} for each in visit.get("acts", ())]
    values["usable"] = [{"moment": "last", "address": "", "letters": 2000, **each} for each in visit.get("usable", ())]
    if "notice" in visit:
        parts = {name: {**PART, **part} for name, part in visit["notice"].get("parts", {}).items()}
        values["notice"] = {**visit["notice"], "parts": parts}
    return values


def all_cases() -> list[Any]:
    """Every case as a parameter, with its kind and its name."""
    return [pytest.param(kind, case, id=f"{kind}: {case['name']}") for kind in KINDS for case in cases_of(kind)]


def fits(finding: Finding, expected: Mapping[str, Any]) -> bool:
    """Whether a finding is the expected one; of its evidence, what is expected must be there."""
    said = finding.service, finding.scenario, finding.page
    wanted = expected["service"], expected["scenario"], expected.get("page", finding.page)
    evidence = dict(finding.evidence)
    return said == wanted and all(
        name in evidence and evidence[name] == value for name, value in expected.get("evidence", {}).items()
    )


@pytest.mark.parametrize(("kind", "case"), all_cases())
def test_finds_what_the_fixture_shows_and_no_more(kind: str, case: Case) -> None:
    left = list(checks.check(kind)(Facts(evidence_of(case))))
    for expected in case["finds"]:
        found = next((each for each in left if fits(each, expected)), None)
        assert found is not None, f"{kind}, “{case['name']}” ({case['why']}): {expected} is not among {left}"
        left.remove(found)
    assert not left, f"{kind}, “{case['name']}” ({case['why']}): nothing more should be found than {case['finds']}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_judgement_accuses_no_innocent_twin(kind: str) -> None:
    for case in cases_of(kind):
        if not case["finds"]:
            found = [each for report in judge(evidence_of(case)) for each in report.findings if each.kind == kind]
            assert not found, f"{kind}, “{case['name']}” ({case['why']})"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_cases(kind: str) -> None:
    finding = [each["name"] for each in cases_of(kind) if each["finds"]]
    innocent = [each["name"] for each in cases_of(kind) if not each["finds"]]
    assert len(finding) >= 3
    assert len(innocent) >= 3
    assert len({*finding, *innocent}) == len(finding) + len(innocent), "two cases of one name"
    assert all(each["name"] and each["why"] for each in cases_of(kind))


def test_every_fixture_is_some_checks() -> None:
    assert {path.stem for path in HERE.glob("*.json")} == {*KINDS, "policy"}


@pytest.mark.parametrize("kind", KINDS)
def test_judges_the_same_evidence_alike(kind: str) -> None:
    for case in cases_of(kind):
        evidence = evidence_of(case)
        reports = [each.as_json() for each in judge(evidence)]
        assert [each.as_json() for each in judge(evidence)] == reports, case["name"]
        assert [each.as_json() for each in judge(from_json(to_json(evidence)))] == reports, case["name"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_visits_changes_no_verdict(kind: str) -> None:
    for case in cases_of(kind):
        evidence = evidence_of(case)
        pages = tuple(dataclasses.replace(page, visits=tuple(reversed(page.visits))) for page in evidence.pages)
        turned = judge(dataclasses.replace(evidence, pages=pages))
        for one, other in zip(judge(evidence), turned, strict=True):
            assert accused(one) == accused(other), case["name"]


def accused(report: Report) -> tuple[set[Any], dict[str, str]]:
    """What was found and the verdicts, without the scenario that happens to tell it; with it where each is told."""
    found = {
        (each.kind, each.service, each.scenario if each.kind in EACH_TOLD else each.evidence.get("name"))
        for each in report.findings
    }
    return found, {each.id: each.verdict for each in report.services}


EACH_TOLD = ("fired_without_consent", "stored_without_consent", "choice_mismatch")
REQUIRED = {each["id"] for each in POLICY["services"] if each["category"] == "necessary"}
HOSTS = [host.replace("*", "a") for each in POLICY["services"] for host in each["hosts"]]
NAMES = [item["name"].replace("*", "x") for each in POLICY["services"] for item in each["storage"]]
SCENARIOS = ("fresh", "gpc", "reject", "accept", "only:analytics", "only:nothing", "withdraw", "blocked", "õ")

SPECK = Part(0.0, 0.0, 0.0, float("nan"), True)

text = st.text(max_size=6)
times = st.integers(0, 12_000)
urls = st.one_of(
    st.builds("{}://{}/{}".format, st.sampled_from(("https", "wss", "http", "data")), st.sampled_from(HOSTS), text),
    st.sampled_from(("", "http://:80", "https://shop.example/consent/check", "//x", "https://..../")),
    text,
)
flags = st.none() | st.dictionaries(st.sampled_from(("necessary", "analytics", "marketing", "x")), st.booleans())
requests = st.builds(
    Request,
    url=urls,
    at_ms=times,
    after_ms=times,
    kind=st.sampled_from(("image", "browser", "websocket", "preconnect")),
    frame=st.none() | urls,
    initiator=st.none() | urls,
    redirected_from=st.none() | urls,
    status=st.none() | st.integers(100, 599),
    error=st.none() | st.sampled_from(("net::ERR_BLOCKED_BY_CSP", "net::ERR_FAILED", "")),
)
stored = st.builds(
    Stored,
    kind=st.sampled_from(("cookie", "local_storage", "indexed_db", "x")),
    name=st.sampled_from(NAMES) | text,
    place=urls | st.sampled_from((*HOSTS, ".shop.example", "")),
    at_ms=times,
    moment=st.sampled_from(tuple(MOMENTS)),
    days=st.none() | st.floats(),
    frame=st.none() | urls,
)
states = st.builds(
    State,
    moment=st.sampled_from(("loaded", "answered", "withdrawn", "last")),
    reason=st.none() | st.sampled_from(("none", "gpc", "unreachable")),
    page=flags,
    check=flags,
    cookie=flags,
    data_layer=flags,
    consent_mode=st.none() | st.dictionaries(st.sampled_from(("ad_storage", "x")), st.sampled_from(("granted", "x"))),
)
usable = st.builds(
    Usable, moment=st.just("last"), address=urls, covered=st.floats(), inert=st.booleans(), letters=st.integers()
)
visits = st.builds(
    Visit,
    scenario=st.sampled_from(SCENARIOS),
    requests=st.lists(requests, max_size=4).map(tuple),
    stored=st.lists(stored, max_size=3).map(tuple),
    states=st.lists(states, max_size=2).map(tuple),
    notice=st.sampled_from((None, Notice(False), Notice(True, None, {"accept-all": SPECK, "reject-all": SPECK}))),
    usable=st.lists(usable, max_size=1).map(tuple),
    ticked=st.lists(st.text(max_size=5), max_size=2).map(tuple),
    answered_ms=st.none() | times,
    withdrawn_ms=st.none() | times,
)
pages = st.builds(
    Page,
    url=st.sampled_from(
        ("https://shop.example/", "http://[::1]:8000/", "https://õun.ee/", "https://px.pixel.example/")
    ),
    service=st.sampled_from((None, "https://shop.example/consent/", "https://consent.example.net/")),
    visits=st.lists(visits, max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(pages, max_size=2).map(tuple))
def test_no_evidence_confuses_the_judge(pages: tuple[Page, ...]) -> None:
    reports = judge(Evidence("Chromium", "2026-11-25T10:00:00Z", POLICY, pages))
    assert [each.page for each in reports] == list(pages)
    for report in reports:
        values = report.as_json()
        assert report.passed == (not report.findings) == values["passed"] == (not values["findings"])
        for finding in report.findings:
            assert finding.kind != "fired_without_consent" or finding.service not in REQUIRED
        for verdict in report.services:
            assert verdict.id not in REQUIRED or verdict.verdict != "leaks"
