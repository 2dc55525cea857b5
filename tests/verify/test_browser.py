"""A browser of our own: it is a fresh visitor's, it does as it was told, and it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from consent_banner.verify.bidi import BidiError
from consent_banner.verify.browser import Browser, BrowserUnavailable
from tests.servers import ROOT, wait_until

from . import Web, evaluate, folder_of, go, main_process, open_tab, processes

SHOP = "http://shop.example/"
PROGRAM = """
from consent_banner.verify.browser import Browser
with Browser() as browser:
    print("started", flush=True)
    while True:
        browser.bidi.command("session.status")
"""


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


@pytest.fixture(scope="module")
def browser(web: Web) -> Iterator[Browser]:
    with Browser(arguments=[*web.arguments, "--accept-lang=et"]) as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser) -> Iterator[str]:
    with browser.user_context() as visitor:
        yield open_tab(browser.bidi, visitor)


@pytest.fixture
def short_path() -> Iterator[Path]:
    """Chromium makes sockets where it writes, whose names may not be long."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def test_says_what_it_is(browser: Browser) -> None:
    assert re.fullmatch(r"(Chromium|Chrome) \d+(\.\d+){3}", browser.name)


def test_passes_arguments_on(browser: Browser, tab: str) -> None:
    assert evaluate(browser.bidi, tab, "navigator.language") == "et"


def test_gives_each_visitor_storage_of_its_own(web: Web, browser: Browser) -> None:
    keep = "document.cookie = 'who=first; max-age=99'; localStorage.who = 'first'"
    read = "document.cookie + (localStorage.who ?? '')"
    with browser.user_context() as first, browser.user_context() as second:
        tabs = [open_tab(browser.bidi, visitor) for visitor in (first, second)]
        for tab in tabs:
            go(browser.bidi, tab, SHOP)
        evaluate(browser.bidi, tabs[0], keep)
        assert [evaluate(browser.bidi, tab, read) for tab in tabs] == ["who=firstfirst", ""]
    with browser.user_context() as third:
        tab = open_tab(browser.bidi, third)
        go(browser.bidi, tab, SHOP)
        assert evaluate(browser.bidi, tab, read) == "", "a visitor who left was remembered"


def test_forgets_a_visitor_with_all_tabs(browser: Browser) -> None:
    with browser.user_context() as visitor:
        tab = open_tab(browser.bidi, visitor)
    with pytest.raises(BidiError, match="no such frame"):
        evaluate(browser.bidi, tab, "1")


def test_lets_third_party_cookies_through(web: Web, browser: Browser, tab: str) -> None:
    # Only what counts as secure may set one, and `localhost` does without a certificate.
    tracker = f"http://tracker.localhost:{web.port}/pixel"
    web.pages[tracker] = (200, {"Set-Cookie": "id=1; Max-Age=99; Secure; SameSite=None"}, "")
    web.pages[SHOP + "ads"] = f'<img src="{tracker}">'
    go(browser.bidi, tab, SHOP + "ads")
    (context,) = browser.bidi.command("browsingContext.getTree", {"root": tab})["contexts"]
    partition = {"type": "storageKey", "userContext": context["userContext"]}
    (cookie,) = browser.bidi.command("storage.getCookies", {"partition": partition})["cookies"]
    assert (cookie["name"], cookie["domain"]) == ("id", "tracker.localhost")


def test_is_held_up_by_no_dialog(web: Web, browser: Browser, tab: str) -> None:
    web.pages[SHOP + "asks"] = """<script>
        alert("Tere!"); window.answer = confirm("Luban?"); onbeforeunload = (event) => event.preventDefault();
    </script>"""
    go(browser.bidi, tab, SHOP + "asks")
    assert evaluate(browser.bidi, tab, "answer") is False
    click = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]  # Without one it may not ask.
    move = {"type": "pointerMove", "x": 9, "y": 9}
    pointer = {"type": "pointer", "id": "mouse", "actions": [move, *click]}
    browser.bidi.command("input.performActions", {"context": tab, "actions": [pointer]})
    go(browser.bidi, tab, SHOP)
    assert evaluate(browser.bidi, tab, "location.href") == SHOP


def test_shows_all_visitors_at_once(browser: Browser) -> None:
    frames = """new Promise((done) => { let frames = 0;
        (function next() { ++frames < 5 ? requestAnimationFrame(next) : done(document.visibilityState); })(); })"""
    with browser.user_context() as first, browser.user_context() as second, browser.user_context() as third:
        tabs = [open_tab(browser.bidi, visitor) for visitor in (first, second, third)]
        assert [evaluate(browser.bidi, tab, frames, 10) for tab in tabs] == ["visible"] * 3


def test_leaves_no_process_and_no_file() -> None:
    with Browser() as browser:
        folder = folder_of(browser)
        assert len(processes(folder)) > 3
        assert (folder / "profile").is_dir()
        assert any("crashpad" in command for command in processes(folder).values())
    assert gone(folder)
    browser.close()


def test_leaves_nothing_when_the_visit_fails() -> None:
    with suppress(KeyboardInterrupt), Browser() as browser:
        folder = folder_of(browser)
        raise KeyboardInterrupt
    assert gone(folder)


def test_keeps_the_net_log_until_it_is_closed() -> None:
    with Browser() as browser:
        browser.stop()
        browser.stop()
        assert browser.net_log is not None
        assert browser.net_log.read_text().endswith("}]\n}\n"), "the browser was not let finish its log"
        wait_until(lambda: not processes(folder_of(browser)))
    assert not browser.net_log.exists()


def test_completes_the_net_log_although_a_callback_failed() -> None:
    with Browser() as browser:
        browser.bidi.on("browsingContext.contextCreated", lambda event: event["no such key"])
        browser.bidi.subscribe("browsingContext.contextCreated")
        browser.stop()
        assert browser.net_log is not None
        assert browser.net_log.read_text().endswith("}]\n}\n")


def test_ends_a_browser_that_hangs() -> None:
    with Browser() as browser:
        folder = folder_of(browser)
        os.kill(main_process(folder), signal.SIGSTOP)
    assert gone(folder)


@pytest.mark.parametrize("moment", ["while it starts", "while it works"])
def test_leaves_nothing_on_ctrl_c(moment: str, short_path: Path) -> None:
    """As at a terminal, which tells the whole group of the command."""
    with command(short_path) as program:
        wait_until(lambda: any("chromedriver" in each for each in processes(short_path).values()))
        if moment == "while it works":
            assert program.stdout is not None
            assert program.stdout.readline().startswith("started")
        os.killpg(program.pid, signal.SIGINT)
        _, errors = program.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    wait_until(lambda: not processes(short_path))
    assert list(short_path.iterdir()) == []


@contextmanager
def command(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that drives a browser for ever, with a folder for what it writes."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env={**os.environ, "TMPDIR": str(folder)}, text=True,
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with program:
        try:
            yield program
        finally:
            program.kill()


def test_says_that_there_is_no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserUnavailable, match=r"^No Chromium or Chrome is on the PATH\.$"):
        Browser()
    with pytest.raises(BrowserUnavailable, match=r"^No Firefox is on the PATH\.$"):
        Browser("firefox")


def test_says_that_there_is_no_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "chromium")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserUnavailable, match=r"^chromedriver, which drives the browser, is not on the PATH\.$"):
        Browser()


def test_says_that_it_does_not_start(tmp_path: Path, short_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin" / "chromium")
    monkeypatch.setattr("tempfile.tempdir", str(short_path))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    with pytest.raises(BrowserUnavailable, match=r"^Chromium does not start: [^\n]+[^.]\.$"):
        Browser()
    assert not processes(short_path)
    assert list(short_path.iterdir()) == []


def test_starts_where_names_are_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ("long" * 20)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with Browser() as browser:
        assert browser.name
    assert list(folder.iterdir()) == []


def gone(folder: Path) -> bool:
    """Whether nothing is left; what was killed takes a moment to go."""
    wait_until(lambda: not processes(folder), 5)
    return not folder.exists()


def program(path: Path) -> None:
    """A program that does nothing."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\nexit 3\n")
    path.chmod(0o755)
