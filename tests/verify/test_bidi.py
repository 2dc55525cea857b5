"""The conversation with a browser: answers reach who asked, events come in order, and nothing is lost in silence."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from consent_banner.verify.bidi import Bidi, BidiError
from consent_banner.verify.browser import Browser
from tests.servers import free_port

from . import evaluate, evaluation, folder_of, main_process, open_tab

NEVER = "new Promise(() => {})"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        browser.bidi.subscribe("log.entryAdded")
        yield browser


@pytest.fixture
def bidi(browser: Browser) -> Bidi:
    return browser.bidi


@pytest.fixture
def tab(browser: Browser) -> Iterator[str]:
    with browser.user_context() as visitor:
        yield open_tab(browser.bidi, visitor)


def heard(bidi: Bidi, tab: str) -> list[str]:
    """What a page says on its console, from now on."""
    texts: list[str] = []
    bidi.on("log.entryAdded", lambda entry: entry["source"]["context"] == tab and texts.append(entry["text"]))
    return texts


def test_gives_the_answer_to_a_command(bidi: Bidi, tab: str) -> None:
    assert evaluate(bidi, tab, "6 * 7") == 42


def test_says_why_a_command_was_refused(bidi: Bidi) -> None:
    with pytest.raises(BidiError, match=r"no such frame: .*nowhere") as caught:
        bidi.command("browsingContext.getTree", {"root": "nowhere"})
    assert caught.value.code == "no such frame"


def test_gives_up_after_its_patience_and_goes_on(bidi: Bidi, tab: str) -> None:
    begun = time.monotonic()
    with pytest.raises(BidiError) as caught:
        evaluate(bidi, tab, NEVER, patience=0.2)
    assert caught.value.code == "timeout"
    assert time.monotonic() - begun < 2
    assert evaluate(bidi, tab, "'still here'") == "still here"


def test_gives_each_thread_its_own_answer(bidi: Bidi, tab: str) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda number: evaluate(bidi, tab, f"{number} * 10"), range(200)))
    assert answers == [number * 10 for number in range(200)]


def test_hands_events_over_in_the_order_in_which_they_came(bidi: Bidi, tab: str) -> None:
    texts = heard(bidi, tab)
    evaluate(bidi, tab, "for (let number = 0; number < 1500; number++) console.log(String(number))")
    bidi.settle()
    assert texts == [str(number) for number in range(1500)]


def test_calls_back_one_at_a_time(bidi: Bidi, tab: str) -> None:
    threads: set[int] = set()
    bidi.on("log.entryAdded", lambda entry: threads.add(threading.get_ident()))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: evaluate(bidi, tab, "console.log('x')"), range(20)))
    bidi.settle()
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_lets_a_callback_ask_and_be_answered(bidi: Bidi, tab: str) -> None:
    answers: list[Any] = []

    def ask(entry: dict[str, Any]) -> None:
        if entry["text"] == "ask":
            answers.append(evaluate(bidi, tab, "1 + 1", patience=5))
            bidi.send("script.evaluate", evaluation(tab, "globalThis.sent = true"))

    bidi.on("log.entryAdded", ask)
    evaluate(bidi, tab, "console.log('ask'); console.log('ask')")
    bidi.settle()
    assert answers == [2, 2]
    assert evaluate(bidi, tab, "sent") is True


def test_carries_messages_of_megabytes(bidi: Bidi, tab: str) -> None:
    text = evaluate(bidi, tab, "'x'.repeat(4e6) + 'õ'")
    assert len(text) == 4_000_001
    assert text.endswith("xõ")


def test_does_not_hide_that_a_callback_failed(bidi: Bidi, tab: str) -> None:
    def fail(entry: dict[str, Any]) -> None:
        if entry["text"] == "fail":
            raise LookupError("no such tag")

    bidi.on("log.entryAdded", fail)
    texts = heard(bidi, tab)
    evaluate(bidi, tab, "console.log('fail'); console.log('after')")
    with pytest.raises(BidiError, match="callback: LookupError: no such tag"):
        bidi.settle()
    assert texts == ["fail", "after"]
    assert evaluate(bidi, tab, "'once only'") == "once only"


def test_sends_without_minding_whether_it_is_done(bidi: Bidi, tab: str) -> None:
    bidi.send("nonsense.nothing")
    bidi.send("script.evaluate", evaluation(tab, "globalThis.done = 1"))
    assert evaluate(bidi, tab, "done") == 1


def test_wakes_who_waits_when_the_browser_dies() -> None:
    with Browser() as browser, ThreadPoolExecutor(1) as pool:
        tab = open_tab(browser.bidi)
        texts = heard(browser.bidi, tab)
        browser.bidi.subscribe("log.entryAdded")
        waiting = pool.submit(evaluate, browser.bidi, tab, f"console.log('waiting'), {NEVER}")
        while texts != ["waiting"]:
            browser.bidi.settle(5)
        os.kill(main_process(folder_of(browser)), signal.SIGKILL)
        with pytest.raises(BidiError) as caught:
            waiting.result(5)
        assert caught.value.code in ("closed", "unknown error")  # The driver may still say that it lost the browser.
        with pytest.raises(BidiError):
            browser.bidi.command("browsingContext.getTree", patience=5)


def test_is_silent_once_it_is_closed() -> None:
    with Browser() as browser:
        tab = open_tab(browser.bidi)
        texts = heard(browser.bidi, tab)
        browser.bidi.subscribe("log.entryAdded")
        evaluate(browser.bidi, tab, "for (let number = 0; number < 300; number++) console.log('x')")
        browser.bidi.close()
        assert len(texts) == 300, "what had arrived was dropped"
        browser.bidi.close()
        browser.bidi.send("browsingContext.getTree")
        browser.bidi.settle()
        with pytest.raises(BidiError, match="closed"):
            browser.bidi.command("browsingContext.getTree")


def test_says_that_nobody_is_there() -> None:
    with pytest.raises(BidiError, match="closed: nobody answers"):
        Bidi(f"ws://127.0.0.1:{free_port()}/session")
