"""The guide for marketers: its commands are ones that the program takes, and its pictures are taken here.

`make pictures` keeps them in `docs/images/`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from consent_banner.commands import main
from tests.browser.engines import chromium
from tests.servers import BIN, ROOT, start_service

GUIDES = [ROOT / "docs" / "guide" / name for name in ("turundajale.md", "marketers.md")]
IMAGES = ROOT / "docs" / "images"
LEAST_BYTES = 40_000  # A report that failed to draw is a white sheet of a tenth of that.


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_every_command_is_one(guide: Path) -> None:
    found = re.findall(r"^consent-banner (.*)$", guide.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(found) >= 5
    for line in found:
        group, words, command = main, shlex.split(line), None
        while isinstance(group, click.Group):
            command = group.get_command(click.Context(group), words.pop(0))
            group = command
        assert command is not None, line
        command.make_context("consent-banner", words)  # Raises on an option that there is not.


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_every_link_and_picture_is_there(guide: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", guide.read_text(encoding="utf-8")):
        assert (guide.parent / target).is_file(), target


def test_both_languages_tell_the_same() -> None:
    """The same headings, tables and examples, in the same order."""
    shapes = []
    for guide in GUIDES:
        text = guide.read_text(encoding="utf-8")
        shapes.append((
            re.findall(r"^#+", text, re.MULTILINE), len(re.findall(r"^\|", text, re.MULTILINE)),
            re.findall(r"^consent-banner \w+", text, re.MULTILINE), len(re.findall(r"^\d\.", text, re.MULTILINE)),
        ))  # fmt: skip
    assert shapes[0] == shapes[1]


@pytest.mark.timeout(200)
def test_takes_the_pictures(tmp_path: Path) -> None:
    packaged = str(ROOT / "consent_banner" / "policy" / "jutt_ai.toml")
    seen = tmp_path / "evidence.json"
    with start_service(tmp_path, CONSENT_DEMO="1", CONSENT_POLICY=packaged) as (base, _):
        page = f"{base}/koolitus?unmark=meta-pixel"
        # Pictures that are kept show every scenario; otherwise two tell whether they can be taken.
        few = () if os.environ.get("CONSENT_PICTURES") else ("--scenario", "fresh", "--scenario", "accept")
        verify(page, "--wait", "3", "--evidence", str(seen), *few)
    for language in ("et", "en"):
        report, picture = tmp_path / f"{language}.html", tmp_path / f"report-{language}.png"
        verify("--judge", str(seen), "--format", "html", "--lang", language, "--output", str(report))
        with chromium("--window-size=1280,1500", "--hide-scrollbars") as driver:
            driver.get(report.as_uri())
            assert driver.find_element("css selector", "html").get_attribute("lang") == language
            assert "Meta Pixel" in driver.page_source
            picture.write_bytes(driver.get_screenshot_as_png())
        assert picture.stat().st_size > LEAST_BYTES
        if os.environ.get("CONSENT_PICTURES"):
            shutil.copy(picture, IMAGES / picture.name)


def verify(*words: str) -> None:
    """The command, which finds the tag that was left unmarked."""
    done = subprocess.run([str(BIN / "consent-banner"), "verify", *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
