"""Reports say what was found, in every format and language, whatever a page put into the evidence."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from consent_banner.verify import evidence as seen
from consent_banner.verify.baseline import Baseline, Known
from consent_banner.verify.findings import KINDS
from consent_banner.verify.judging import Report, judge
from consent_banner.verify.reporting import FORMATS, render
from consent_banner.verify.reporting.grid import WIDTH
from consent_banner.verify.reporting.plain import line
from consent_banner.verify.reporting.telling import tell
from consent_banner.verify.reporting.words import Words

from . import sample

TODAY = date(2026, 11, 22)
BASELINE = Baseline(
    (
        Known("undeclared_request", date(2026, 12, 31), "Moves to our own host.", host="fonts.host.example"),
        Known("page_blocked", date(2026, 10, 1), "The wall comes down."),
        Known("undeclared_storage", date(2027, 1, 1), "Gone?", name="old-*"),
    )
)
UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture(scope="module")
def run() -> seen.Evidence:
    return sample.evidence()


@pytest.fixture(scope="module")
def reports(run: seen.Evidence) -> list[Report]:
    return BASELINE.excuse(judge(run), TODAY)


def told(reports: Sequence[Report], run: seen.Evidence, format: str, language: str = "en", **more: Any) -> str:
    return render(reports, run, format, language, baseline=BASELINE, today=TODAY, **more)


def schema(name: str) -> dict[str, Any]:
    text = files("consent_banner.verify").joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    made: dict[str, Any] = json.loads(text)
    Draft202012Validator.check_schema(made)
    return made


def test_the_sample_has_every_kind_and_a_clean_page(reports: list[Report]) -> None:
    assert {finding.kind for report in reports for finding in (*report.findings, *report.known)} == set(KINDS)
    assert [report.passed for report in reports] == [False, False, False, True, False]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("language", ["et", "en"])
def test_nothing_that_cannot_be_shown_or_written_gets_through(
    format: str, language: str, reports: list[Report], run: seen.Evidence
) -> None:
    text = told(reports, run, format, language)
    assert text.encode()
    if format != "json":
        assert not UNSHOWN.search(text)


# JSON


def test_json_is_an_object_for_one_page_and_an_array_for_several(reports: list[Report], run: seen.Evidence) -> None:
    assert json.loads(told(reports[:1], run, "json")) == reports[0].as_json()
    assert json.loads(told(reports[:4], run, "json")) == [report.as_json() for report in reports[:4]]
    assert json.loads(told([], run, "json")) == []


def test_json_keeps_to_its_schema(reports: list[Report], run: seen.Evidence) -> None:
    validator = Draft202012Validator(schema("report"))
    for some in (reports, reports[:1], judge(sample.clean())):
        validator.validate(json.loads(told(some, run, "json")))
    spoilt = {**reports[0].as_json(), "passed": "no"}
    assert not validator.is_valid(spoilt)
    assert not validator.is_valid({**reports[0].as_json(), "findings": [{"kind": "made_up"}]})


def test_the_schema_describes_every_kind_and_all_evidence(reports: list[Report]) -> None:
    defined = schema("report")["$defs"]
    assert tuple(defined["finding"]["properties"]["kind"]["enum"]) == KINDS
    given = {key for report in reports for finding in report.findings for key in finding.as_json()["evidence"]}
    assert given - defined["evidence"]["properties"].keys() == set()


def test_evidence_keeps_to_its_schema(run: seen.Evidence) -> None:
    validator = Draft202012Validator(schema("evidence"))
    validator.validate(json.loads(seen.to_json(run)))
    assert not validator.is_valid({**json.loads(seen.to_json(run)), "version": 2})


@pytest.mark.parametrize(
    "kind", [seen.Page, seen.Visit, seen.Request, seen.Stored, seen.State, seen.Notice, seen.Part, seen.Usable,
             seen.Act, seen.Tag]
)  # fmt: skip
def test_the_schema_of_evidence_has_every_field(kind: type) -> None:
    assert schema("evidence")["$defs"][kind.__name__.lower()]["properties"].keys() == {f.name for f in fields(kind)}


# Text


@pytest.mark.parametrize("language", ["et", "en"])
@pytest.mark.parametrize("known", [True, False])
def test_text_fits_a_terminal(language: str, known: bool, reports: list[Report], run: seen.Evidence) -> None:
    text = told(reports if known else judge(run), run, "text", language)
    assert max(map(len, text.splitlines())) <= WIDTH


def test_text_says_what_to_change_and_sums_up_last(reports: list[Report], run: seen.Evidence) -> None:
    text = told(reports, run, "text")
    before, after = (re.search(rf"^ +\{sign} (<img .*)$", text, re.M) for sign in "-+")
    assert before
    assert after
    assert before[1].startswith('<img src="https://px.acme.example')
    assert after[1].startswith('<img data-consent="acme-pixel" data-src="https://px.acme.example')
    number = sum(len(report.findings) for report in reports)
    assert text.splitlines()[-1] == f"{number} findings; pages: 5; of them clean: 1; known: 1."
    assert "Passed; pages: 1; of them clean: 1." in render(judge(sample.clean()), sample.clean(), "text", "en")


def test_text_draws_the_matrix_in_words(reports: list[Report], run: seen.Evidence) -> None:
    rows = [row.split() for row in told(reports[:1], run, "text").splitlines() if row.startswith(("Acme", "YouTube"))]
    assert rows == [
        ["YouTube", "–", "–", "–", "fired", "fired", "–", "–", "–", "–"],
        ["Acme", "Analytics", "–", "–", "–", "fired", "–", "fired", "–", "LEAK", "–"],
        ["Acme", "Pixel", "LEAK", "LEAK", "LEAK", "fired", "LEAK", "LEAK", "fired", "LEAK", "–"],
    ]


def test_text_is_coloured_only_when_asked(reports: list[Report], run: seen.Evidence) -> None:
    plainly, coloured = told(reports, run, "text"), told(reports, run, "text", colour=True)
    assert "\x1b" not in plainly
    assert "\x1b[1;31mLEAK\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]+m", "", coloured) == plainly


def test_text_breaks_a_matrix_that_is_too_wide() -> None:
    run = sample.clean()
    visits = tuple(replace(run.pages[0].visits[0], scenario=f"only:{'category' * 3}-{n}") for n in range(30))
    wide = replace(run, pages=(replace(run.pages[0], visits=visits),))
    text = render(judge(wide), wide, "text", "en")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert sum(row.startswith("YouTube") for row in text.splitlines()) > 1


def test_text_names_what_was_not_checked_and_what_was_not_recorded(reports: list[Report], run: seen.Evidence) -> None:
    text = told(reports[2:3], run, "text")
    assert "Not checked: Privacy signal (GPC), Reject all" in text
    assert "The choice was not recorded: Accept all" in text


def test_what_is_one_thing_to_change_is_told_once(reports: list[Report], run: seen.Evidence) -> None:
    words = Words(run, "en")
    fired = [each for each in tell(reports[0].findings, words, {}) if each.kind == "fired_without_consent"]
    assert [each.subject for each in fired][:1] == ["Acme Pixel"]
    assert [each.scenario for each in fired[0].seen] == [
        "fresh", "gpc", "reject", "only:preferences", "only:analytics", "withdraw",
    ]  # fmt: skip
    assert fired[0].change
    assert tell(reports[0].findings[::-1], words, {})[-1].change == fired[0].change
    assert sum(len(each.findings) for each in fired) == 7


# JUnit


def test_junit_has_a_suite_a_page_and_a_case_a_kind(reports: list[Report], run: seen.Evidence) -> None:
    root = ElementTree.fromstring(told(reports, run, "junit"))
    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == [line(report.page.url) for report in reports]
    for suite, report in zip(root, reports, strict=True):
        cases = suite.findall("testcase")
        assert [str(case.get("name")).partition(":")[0] for case in cases] == list(KINDS)
        failures = [failure.get("type") for failure in suite.iter("failure")]
        assert sorted(map(str, failures)) == sorted(finding.kind for finding in report.findings)
        assert suite.get("failures") == str(len(set(failures)))
        assert suite.get("tests") == str(len(cases))
        assert not [case for case in cases if len({each.tag for each in case}) > 1]
    assert root.get("failures") == str(sum(int(str(suite.get("failures"))) for suite in root))


def test_junit_failures_carry_message_and_evidence(reports: list[Report], run: seen.Evidence) -> None:
    root = ElementTree.fromstring(told(reports, run, "junit"))
    failure = next(root.iter("failure"))
    assert failure.get("message") == "Acme Pixel: No answer (after 447\N{NO-BREAK SPACE}ms)"
    assert failure.text
    assert "https://px.acme.example/p.gif" in failure.text
    assert '\n+ <img data-consent="acme-pixel"' in failure.text


def test_junit_skips_what_is_only_known(run: seen.Evidence) -> None:
    entry = Known("service_unreachable", date(2026, 12, 31), "Moved.")
    excused = Baseline((entry,)).excuse(judge(run), TODAY)
    suite = ElementTree.fromstring(told(excused, run, "junit"))[2]
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")


# The baseline


def test_the_baseline_has_its_say(reports: list[Report], run: seen.Evidence) -> None:
    for format in ("text", "html"):
        text = " ".join(told(reports, run, format).split())
        assert "Expired on October 1, 2026, and excuses nothing: page_blocked" in text
        assert "Matches nothing any more, and can go: undeclared_storage name=old-*" in text
        assert "December 31, 2026: Moves to our own host." in text
