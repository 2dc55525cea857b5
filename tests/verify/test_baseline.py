"""A baseline excuses what it names, until the day it names, and says when it is of no use any more."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from consent_banner.errors import ConfigurationError
from consent_banner.verify.baseline import Baseline, Known, read_baseline
from consent_banner.verify.evidence import Page
from consent_banner.verify.findings import Finding
from consent_banner.verify.judging import Report

TODAY = date(2026, 11, 22)
LATER = date(2026, 12, 31)
PAGE = "https://shop.example/campaign/spring?utm=1"
PIXEL = Finding("fired_without_consent", PAGE, "acme-pixel", "fresh", {"url": "https://px.acme.example/p.gif?id=1"})
COOKIE = Finding("undeclared_storage", PAGE, None, "fresh", {"name": "_hi", "domain": "shop.example"})
COOKIES = Finding("stored_without_consent", PAGE, "hotjar", "fresh", {"name": "_hj1", "names": ["_hj1", "other"]})
STRANGER = Finding("undeclared_request", PAGE, None, "fresh", {"host": "a.fonts.example", "url": "https://b.example/"})


def report(*findings: Finding, page: str = PAGE) -> Report:
    return Report(Page(page), "1f3a9c2e", "Chromium", (), findings)


def known(kind: str = "fired_without_consent", until: date = LATER, **narrower: Any) -> Known:
    return Known(kind, until, "It is being fixed.", **narrower)


def excused(finding: Finding, entry: Known, today: date = TODAY) -> bool:
    (after,) = Baseline((entry,)).excuse([report(finding)], today)
    assert (*after.findings, *after.known) == (finding,)
    assert after.passed == bool(after.known)
    return bool(after.known)


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(text: str) -> Baseline:
        file = tmp_path / "known.toml"
        file.write_text(text, encoding="utf-8")
        return read_baseline(file)

    return read


@pytest.mark.parametrize(
    ("finding", "entry"),
    [
        (PIXEL, known()),
        (PIXEL, known(service="acme-pixel")),
        (PIXEL, known(page="https://shop.example/*")),
        (PIXEL, known(page="/campaign/*")),
        (PIXEL, known(page="/campaign/spring?utm=1")),
        (PIXEL, known(host="*.acme.example")),
        (PIXEL, known(host="PX.acme.example", page="*", service="acme-pixel")),
        (COOKIE, known("undeclared_storage", name="_h*")),
        (COOKIES, known("stored_without_consent", name="*")),
        (STRANGER, known("undeclared_request", host="a.fonts.example")),
    ],
)
def test_excuses_what_it_names(finding: Finding, entry: Known) -> None:
    assert excused(finding, entry)


@pytest.mark.parametrize(
    ("finding", "entry"),
    [
        (PIXEL, known("fails_open")),
        (PIXEL, known(service="meta-pixel")),
        (PIXEL, known(page="/campaign/")),
        (PIXEL, known(page="/campaign/spring?utm=?")),
        (PIXEL, known(page="https://shop.example/")),
        (PIXEL, known(host="acme.example")),
        (PIXEL, known(name="p.gif")),
        (COOKIE, known("undeclared_storage", service="anything")),
        (COOKIE, known("undeclared_storage", name="_H*")),
        (COOKIE, known("undeclared_storage", host="shop.example")),
        (COOKIES, known("stored_without_consent", name="_hj*")),
        (STRANGER, known("undeclared_request", host="b.example")),
    ],
)
def test_excuses_nothing_else(finding: Finding, entry: Known) -> None:
    assert not excused(finding, entry)


@pytest.mark.parametrize(("until", "still"), [(date(2026, 11, 21), False), (TODAY, True), (LATER, True)])
def test_excuses_until_the_end_of_its_last_day(until: date, still: bool) -> None:
    assert excused(PIXEL, known(until=until)) is still
    assert bool(Baseline((known(until=until),)).expired(TODAY)) is not still


def test_leaves_everything_else_of_a_report_alone() -> None:
    entry = known("undeclared_storage")
    one, two = report(PIXEL, COOKIE, STRANGER), report(page="https://shop.example/clean")
    first, second = Baseline((entry,)).excuse([one, two], TODAY)
    assert first == Report(one.page, one.revision, one.browser, (), (PIXEL, STRANGER), (COOKIE,))
    assert second == two
    assert first.as_json()["known"][0]["kind"] == "undeclared_storage"


def test_names_the_entry_that_excuses() -> None:
    expired, holds = known(until=date(2020, 1, 1)), known(service="acme-pixel")
    assert Baseline((expired, holds)).entry(PIXEL, TODAY) == holds
    assert Baseline((expired,)).entry(PIXEL, TODAY) is None


def test_tells_entries_that_match_nothing() -> None:
    used, unused = known(), known("fails_open")
    elsewhere, expired = known("fails_open", page="/another"), known("fails_open", until=date(2020, 1, 1))
    baseline = Baseline((used, unused, elsewhere, expired))
    reports = [report(PIXEL)]
    assert baseline.stale(reports, TODAY) == (unused,)
    assert baseline.stale(baseline.excuse(reports, TODAY), TODAY) == (unused,)
    assert baseline.expired(TODAY) == (expired,)


def test_an_entry_is_described_by_what_it_names() -> None:
    entry = known("undeclared_request", host="*.fonts.example", page="/a")
    assert entry.described() == "undeclared_request page=/a host=*.fonts.example"


def test_reads_a_file(read: Any) -> None:
    text = """
    [[known]]
    kind = "undeclared_request"
    host = "*.fonts.example"
    page = "/campaign/*"
    until = 2026-12-31
    reason = "Moves to our own host."

    [[known]]
    kind = "never_fired"
    service = "hotjar"
    until = 2027-01-31
    reason = "Ordered, not built."
    """
    assert read(text).known == (
        Known("undeclared_request", LATER, "Moves to our own host.", page="/campaign/*", host="*.fonts.example"),
        Known("never_fired", date(2027, 1, 31), "Ordered, not built.", service="hotjar"),
    )
    assert read("").known == ()


def test_says_every_mistake_and_its_place_at_once(read: Any, tmp_path: Path) -> None:
    text = """
    knwon = 1
    [[known]]
    kind = "fired_without_consnt"
    until = "2026-12-31"
    [[known]]
    kind = "never_fired"
    services = "hotjar"
    until = 2026-12-31T10:00:00
    reason = ""
    [[known]]
    kind = "made_up"
    reason = "x"
    [[known]]
    kind = "fails_open"
    until = 2026-12-31
    reason = "x"
    [[known]]
    kind = "fails_open"
    until = 2027-12-31
    reason = "y"
    """
    with pytest.raises(ConfigurationError) as raised:
        read(text)
    place = f"{tmp_path}/known.toml: "
    assert all(each.startswith(place) for each in raised.value.mistakes)
    mistakes = [each.removeprefix(place) for each in raised.value.mistakes]
    assert [each for each in mistakes if "made_up" not in each] == [
        'knwon: is no key that is known here; did you mean "known"?',
        'known[0].kind: "fired_without_consnt" is no kind of finding; did you mean "fired_without_consent"?',
        'known[0].until: must be a date without quotes, such as 2026-12-31, not "2026-12-31"',
        "known[0].reason: is missing",
        'known[1].services: is no key that is known here; did you mean "service"?',
        "known[1].until: must be a date without quotes, such as 2026-12-31, not 2026-12-31 10:00:00",
        "known[1].reason: is empty",
        "known[2].until: is missing: what is known must come to an end",
        "known[4]: says the same as known[3]",
    ]
    (made_up,) = (each for each in mistakes if "made_up" in each)
    assert made_up.startswith(
        'known[2].kind: "made_up" is no kind of finding; it must be one of fired_without_consent, '
    )


@pytest.mark.parametrize(
    ("content", "mistake"),
    [(b"[[known]", "no TOML: "), (b"\xff", "the file is not UTF-8 (byte 0)"), (b"known = 1", "known: must be a list"),
     (b"known = [1]", "known[0]: must be a table")],
)  # fmt: skip
def test_a_file_that_is_none_is_a_mistake(content: bytes, mistake: str, tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="known") as raised:
        read_baseline(file)
    assert raised.value.mistakes[0].startswith(f"{file}: {mistake}")


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read_baseline(tmp_path / "none.toml")
