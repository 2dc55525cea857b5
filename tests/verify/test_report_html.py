"""The HTML report is one safe file that reads well: for eyes, on paper, and for those who do not see it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from consent_banner.verify.baseline import Baseline, Known
from consent_banner.verify.judging import judge
from consent_banner.verify.reporting import render

from ..browser.engines import chromium
from . import sample

TODAY = date(2026, 11, 22)
BASELINE = Baseline((Known("undeclared_request", date(2026, 12, 31), "Soon gone.", host="fonts.host.example"),))
EMPTY = frozenset({"meta", "link", "img", "br", "hr", "input", "use"})
Attributes = dict[str, str | None]


class Reading(HTMLParser):
    """The elements of a document with their attributes, and the text of some."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Attributes]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[Attributes]:
        return [attributes for each, attributes in self.elements if each == tag]


def written(language: str = "en") -> str:
    run = sample.evidence()
    return render(BASELINE.excuse(judge(run), TODAY), run, "html", language, baseline=BASELINE, today=TODAY)


@pytest.fixture(scope="module", params=["et", "en"])
def document(request: pytest.FixtureRequest) -> Reading:
    return Reading(written(request.param))


@pytest.fixture(scope="module")
def english() -> Reading:
    return Reading(written())


def test_nothing_in_it_can_run(document: Reading) -> None:
    names = {name for name, _ in document.elements}
    assert not names & {"script", "iframe", "object", "embed", "form", "base", "link", "animate", "set"}
    attributes = {attribute for _, attributes in document.elements for attribute in attributes}
    assert [each for each in attributes if each.startswith("on")] == []
    assert "style" not in attributes


def test_nothing_in_it_leads_out_but_the_pages_themselves(document: Reading) -> None:
    for name, attributes in document.elements:
        href, source = attributes.get("href"), attributes.get("src")
        if href is not None and not href.startswith("#"):
            assert name == "a"
            assert href.startswith("https://shop.example/")
            assert attributes["rel"] == "noreferrer noopener"
        assert source is None or (name == "img" and source.startswith("data:image/png;base64,"))
        assert not {"srcset", "poster", "data", "xlink:href", "action", "background"} & attributes.keys()
    assert len({each["href"] for each in document.all("a") if str(each["href"]).startswith("http")}) == 4


def test_its_own_policy_allows_its_one_stylesheet_and_nothing_else(document: Reading) -> None:
    (style,) = document.texts["style"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (csp,) = (each["content"] for each in document.all("meta") if "http-equiv" in each)
    assert csp == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"url\(|@import", style)


def test_hostile_text_is_text(english: Reading) -> None:
    assert any(sample.SCRIPT in text for text in english.texts["code"])
    assert any(sample.JAVASCRIPT in text for text in english.texts["dd"])
    assert any(sample.SCRIPT in text for text in english.texts["h5"])
    assert "svg onload=alert(2)" in english.texts["h2"][-1]


def test_it_says_its_language_and_verdict(document: Reading) -> None:
    number = sum(len(report.findings) for report in BASELINE.excuse(judge(sample.evidence()), TODAY))
    verdict = {"et": f"{number} leidu", "en": f"{number} findings"}[str(document.all("html")[0]["lang"])]
    assert [text.strip() for text in document.texts["h1"]] == [verdict]
    assert document.texts["title"][0].startswith(verdict)


def test_a_clean_run_says_that_it_passed() -> None:
    run = sample.clean()
    clean = Reading(render(judge(run), run, "html", "en"))
    assert clean.texts["h1"][0].strip() == "Passed"
    assert "leaks" not in {each.get("class") for each in clean.all("td")}
    assert not clean.texts.get("pre")


def test_the_matrix_has_a_word_and_a_shape_in_every_cell(english: Reading) -> None:
    cells = english.all("td")
    states = [str(each["class"]) for each in cells if each.get("class") in ("held", "let_through", "leaks", "silent")]
    words = {"held": "held", "let_through": "let through", "leaks": "leaks", "silent": "silent"}
    assert set(states) == set(words)
    texts = [text for cell, text in zip(cells, english.texts["td"], strict=True) if cell.get("class") in words]
    assert [words[state] in text for state, text in zip(states, texts, strict=True)] == [True] * len(states)
    defined = {f"#{each['id']}" for each in english.all("g")}
    assert {each["href"] for each in english.all("use")} <= defined


def test_the_line_to_change_can_be_copied_as_it_is(english: Reading) -> None:
    finding = judge(sample.evidence())[0].findings[0]
    assert finding.evidence["tag"] in english.texts["pre"]
    assert finding.evidence["change"] in english.texts["pre"]
    assert 'data-consent="acme-pixel" data-src=' in english.texts["ins"]


def test_what_is_known_stands_apart(english: Reading) -> None:
    known = [each for each in english.all("article") if each["class"] == "finding known"]
    assert len(known) == 1
    assert any("Known until December 31, 2026: Soon gone." in text for text in english.texts["p"])


def test_every_scenario_has_its_course_and_picture(english: Reading) -> None:
    courses = [each for each in english.all("svg") if each.get("role") == "img"]
    assert len(courses) == sum(len(page.visits) for page in sample.evidence().pages)
    assert all(each["aria-label"] for each in courses)
    assert any("withdrawn: 7.4" in text for text in english.texts["text"])
    pictures = english.all("img")
    assert len(pictures) == len(courses) - 1  # The hostile page's is none.
    assert all(each["alt"] for each in pictures)


def test_headings_and_anchors_are_in_order(document: Reading) -> None:
    ids = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(each["href"])[1:] for each in document.all("a") if str(each["href"]).startswith("#")} <= set(ids)
    levels = [int(name[1]) for name, _ in document.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium(**{"goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"}}) as driver:
        yield driver


def test_chromium_shows_it_without_asking_anybody(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(written("et"), encoding="utf-8")
    browser.get(file.as_uri())
    border = "return getComputedStyle(document.querySelector('.finding')).borderLeftWidth"
    assert browser.execute_script(border) == "4px"
    assert browser.execute_script("return [...document.images].every((each) => each.naturalWidth > 0)")
    said = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    asked = [each["params"] for each in said if each["method"] == "Network.requestWillBeSent"]
    ours = [each["request"]["url"] for each in asked if each["documentURL"] == file.as_uri()]
    assert len(ours) > 1
    assert [url for url in ours if url != file.as_uri() and not url.startswith("data:image/png")] == []
    assert browser.get_log("browser") == []
    for width in (360, 768, 1280):
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
