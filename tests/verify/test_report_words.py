"""What reports say is said in the reader's language, and made fit to be shown, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from consent_banner.verify.checks import title
from consent_banner.verify.evidence import Evidence
from consent_banner.verify.facts import Facts
from consent_banner.verify.findings import KINDS
from consent_banner.verify.judging import Report, judge
from consent_banner.verify.reporting import render
from consent_banner.verify.reporting.change import compared
from consent_banner.verify.reporting.plain import line, picture, plain, shortened, web_address
from consent_banner.verify.reporting.reasons import recognised
from consent_banner.verify.reporting.timeline import timeline
from consent_banner.verify.reporting.words import Words

from . import sample


@pytest.fixture(scope="module")
def run() -> Evidence:
    return sample.evidence()


@pytest.fixture(scope="module")
def reports(run: Evidence) -> list[Report]:
    return judge(run)


def test_I06_estonian_is_spoken_all_through(reports: list[Report], run: Evidence) -> None:
    words = {language: Words(run, language) for language in ("et", "en")}
    for kind in KINDS:
        assert words["et"].title(kind) != words["en"].title(kind) == title(kind)
        assert words["et"].advice(kind) != words["en"].advice(kind)
    for format in ("text", "html", "junit"):
        text = render(reports, run, format, "et")
        assert [kind for kind in KINDS if title(kind) in text] == []
    assert "22. november 2026, 10:04 UTC" in render(reports, run, "html", "et")
    assert "November 22, 2026, 10:04 UTC" in render(reports, run, "html", "en")
    assert "9,1\N{NO-BREAK SPACE}s pärast" in render(reports, run, "text", "et")


def test_reasons_are_found_again_in_the_catalogue(reports: list[Report], run: Evidence) -> None:
    script = files("consent_banner.verify").joinpath("scripts", "look.js").read_text(encoding="utf-8")
    said = re.findall(r'[`"](it (?:is|has|lies|takes) [^`"]*)[`"]', script)
    said += [str(each.evidence[key]) for report in reports for each in report.findings
             for key in ("reason", "why") if each.evidence.get(key)]  # fmt: skip
    assert len(said) > 8
    assert [each for each in said if recognised(re.sub(r"\$\{[^}]*\}", "7", each)) is None] == []
    assert recognised("it answers 503") == ("it answers %(status)s", {"status": "503"})
    assert Words(run, "et").reason("something lies over it") == "midagi on selle peal"
    assert Words(run, "en").reason(f"{sample.SCRIPT} lies over it") == f"{sample.SCRIPT} lies over it"
    assert Words(run, "et").reason("nobody knows") == "nobody knows"


@pytest.mark.parametrize(
    ("days", "said"),
    [(390, "390 days"), (0, "until the end of the session"), (0.2, "5 hours"), (float("inf"), "until you delete it"),
     (float("nan"), "until you delete it")],
)  # fmt: skip
def test_lifetimes_are_said_as_visitors_are_told_them(days: float, said: str, run: Evidence) -> None:
    assert Words(run, "en").days(days) == said


# What is shown is made fit to be shown


@pytest.mark.parametrize(
    "address", [sample.JAVASCRIPT, "java\nscript:alert(1)", "data:text/html,x", "//x.example", "http://", "http://[",
                sample.HOSTILE, "https://x.example/\u202egnp", "ftp://x.example/", " https://x.example/"]
)  # fmt: skip
def test_only_a_plain_web_address_becomes_a_link(address: str) -> None:
    assert web_address(address) is None
    assert web_address("https://shop.example/a?b=c#d") == "https://shop.example/a?b=c#d"


@pytest.mark.parametrize("address", [None, "", "data:image/svg+xml;base64,AAAA", 'data:image/png;base64,AA"', "x.png"])
def test_only_a_picture_is_shown_as_one(address: str | None) -> None:
    assert picture(address) is None
    assert picture(sample.picture(True)) == sample.picture(True)


def test_text_is_shown_whole_or_with_its_middle_left_out() -> None:
    assert plain("a\x00b\u202ec\nd\ud800") == "a�b�c\nd�"
    assert line(" a \n\t b ") == "a b"
    assert shortened("a" * 50, 50) == "a" * 50
    assert len(shortened("abc" * 50, 40)) == 40
    assert re.fullmatch(r"a+…z+", shortened("a" * 99 + "z" * 99, 40))


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [('<img src="a" alt="">', '<img data-consent="x" data-src="a" alt="">', ['data-consent="x" data-src=']),
     ("<script async src=a>", '<script type="text/plain" data-consent="x" async src=a>',
      ['type="text/plain" data-consent="x"']),
     ("<a\n b='\"' c>", "<a\n b='\"' c>", []), ('<img "', "<img '\"", ["'"])],
)  # fmt: skip
def test_what_changes_is_marked_and_nothing_lost(before: str, after: str, marked: list[str]) -> None:
    old, new = compared(before, after)
    assert ("".join(text for text, _ in old), "".join(text for text, _ in new)) == (before, after)
    assert [text for text, changed in new if changed] == marked


def states(run: Evidence, scenario: str) -> Mapping[str, list[str]]:
    page = run.pages[0]
    visit = page.visit(scenario)
    assert visit
    drawn = timeline(Facts(run), page, visit, Words(run, "en"))
    return {track.name: [mark.state for mark in track.marks] for track in drawn.tracks}


def test_a_timeline_tells_what_was_allowed_when(run: Evidence) -> None:
    accepted, withdrawn = states(run, "accept"), states(run, "withdraw")
    assert accepted["Acme Pixel"] == ["leaks", "let_through"]
    assert withdrawn["Acme Pixel"] == ["leaks", "leaks"]
    assert set(withdrawn["Acme Analytics"]) == {"let_through"}
    assert withdrawn["fonts.host.example"] == ["undeclared"]
    assert list(withdrawn)[-1] == "This website itself"


def test_a_timeline_stays_small() -> None:
    run = sample.clean()
    many = tuple(sample.request(f"https://h{n % 40}.example/", n) for n in range(8000))
    visit = replace(run.pages[0].visits[0], requests=many)
    drawn = timeline(Facts(run), run.pages[0], visit, Words(run, "en"))
    assert len(drawn.tracks) <= 13
    assert sum(len(track.marks) for track in drawn.tracks) < 5000
    assert sum(track.requests for track in drawn.tracks) == 8000
    assert len(drawn.steps) <= 8


def test_the_stylesheet_of_reports_uses_the_colours_of_the_site() -> None:
    css = (Path(__file__).parents[2] / "static" / "css" / "verify.css").read_text(encoding="utf-8")
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsl\(|url\(|@import", css) == []
