"""What a browser sent, by its own record: above all what BiDi does not tell."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from consent_banner.verify.browser import Browser
from consent_banner.verify.netlog import BROWSER, Logged, NetLogError, read
from tests.servers import wait_until

from . import Hit, Web, folder_of, go, main_process, open_tab

SHOP = "http://shop.example/"
TRACKER = "http://tracker.example/"
PAGE = f"""<!doctype html><title>Pood</title>
<link rel="preconnect" href="http://early.example"><link rel="dns-prefetch" href="//looked-up.example">
<img src="{TRACKER}first?to=second"><iframe src="http://frame.example/"></iframe>
<iframe sandbox="allow-scripts" srcdoc="<script>fetch('{TRACKER}boxed', {{mode: 'no-cors'}})</script>"></iframe>
<form><input name="email" type="email"></form>
<script>
  const who = location.search;
  new WebSocket("ws://tracker.example/talk" + who);
  addEventListener("pagehide", () => navigator.sendBeacon("{TRACKER}farewell" + who));
</script>"""


@dataclass(frozen=True)
class Story:
    """What a browser logged while three visitors came, and what arrived; the third has the default profile.

    That one has also reached `early.example`, or there is no story.
    """

    log: Path
    logged: list[Logged]
    hits: list[Hit]
    marks: list[str]


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    web = Web()
    web.pages[f"{TRACKER}first?to=second"] = (302, {"Location": f"{TRACKER}second"}, "")
    web.pages.update({f"{SHOP}?{who}": PAGE for who in ("mari", "jaan", "keegi")})
    yield web
    web.close()


@pytest.fixture(scope="module")
def story(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Story:
    with socket.create_server(("127.0.0.1", 0)) as early:
        port = early.getsockname()[1]
        rules = f"MAP early.example 127.0.0.1:{port}, MAP *.example 127.0.0.1:{web.port}"
        with Browser(arguments=[f"--host-resolver-rules={rules}"]) as browser:
            with browser.user_context() as mari, browser.user_context() as jaan:
                visit(web, browser, mari, "mari")
                visit(web, browser, jaan, "jaan")
            visit(web, browser, "default", "keegi")
            early.settimeout(5)
            early.accept()[0].close()
            browser.stop()
            log = Path(shutil.copy(folder_of(browser) / "net-log.json", tmp_path_factory.mktemp("log")))
    return Story(log, read(log), list(web.hits), [browser.marks[mari], browser.marks[jaan]])


def visit(web: Web, browser: Browser, visitor: str, who: str) -> None:
    """Come, and leave again once everything has arrived."""
    tab = open_tab(browser.bidi, visitor)
    go(browser.bidi, tab, f"{SHOP}?{who}")
    web.wait_for(f"{TRACKER}talk?{who}")
    go(browser.bidi, tab, "about:blank")
    web.wait_for(f"{TRACKER}farewell?{who}")


def named(story: Story, url: str) -> list[Logged]:
    return [each for each in story.logged if each.url == url]


def test_has_every_request_that_arrived(story: Story) -> None:
    arrived = [hit.url for hit in story.hits if "/talk" not in hit.url]
    logged = [each.url for each in story.logged if each.kind == "request" and ".example" in each.url]
    assert sorted(logged) == sorted(arrived)


def test_knows_every_hop_of_a_redirect(story: Story) -> None:
    for mark in story.marks:
        tracker = [each.url for each in story.logged if each.mark == mark and each.url.startswith(TRACKER)]
        assert tracker.index(f"{TRACKER}first?to=second") < tracker.index(f"{TRACKER}second")


def test_sees_websockets(story: Story) -> None:
    (seen,) = named(story, "ws://tracker.example/talk?mari")
    assert (seen.kind, seen.initiator, seen.page_site) == ("websocket", "http://shop.example", "http://shop.example")


def test_sees_what_is_sent_on_leaving(story: Story) -> None:
    (seen,) = named(story, f"{TRACKER}farewell?mari")
    assert (seen.kind, seen.initiator, seen.page_site) == ("request", "http://shop.example", "http://shop.example")


def test_tells_visitors_apart(story: Story) -> None:
    for who, mark in zip(("mari", "jaan"), story.marks, strict=True):
        theirs = {each.url for each in story.logged if each.mark == mark}
        assert {f"{SHOP}?{who}", f"ws://tracker.example/talk?{who}", f"{TRACKER}farewell?{who}"} <= theirs
        assert "http://frame.example/" in theirs
        assert not any(url.endswith(("mari", "jaan", "keegi")) and not url.endswith(who) for url in theirs)
    assert [each.mark for each in named(story, f"{TRACKER}farewell?keegi")] == [None]


def test_sees_preconnects_that_reached_a_host(story: Story) -> None:
    seen = {(each.url, each.initiator, each.page_site) for each in story.logged if each.kind == "preconnect"}
    assert ("http://early.example/", None, "http://shop.example") in seen


def test_takes_no_socket_of_a_request_for_a_preconnect(story: Story) -> None:
    assert {each.url for each in story.logged if each.kind == "preconnect"} == {"http://early.example/"}


def test_leaves_out_what_only_looks_up_a_name(story: Story) -> None:
    assert not [each for each in story.logged if "looked-up" in each.url]


def test_says_who_asked(story: Story) -> None:
    assert {each.initiator for each in named(story, f"{SHOP}?mari")} == {None}
    assert {each.initiator for each in named(story, "http://frame.example/")} == {"http://shop.example"}
    assert {each.initiator for each in named(story, f"{TRACKER}boxed")} == {"null"}


def test_sets_the_browsers_own_affairs_apart(story: Story) -> None:
    own = [each.url for each in story.logged if each.initiator == BROWSER]
    assert not [url for url in own if ".example" in url]
    assert not [each for each in story.logged if each.initiator != BROWSER and ".example" not in each.url]


def test_tells_the_time(story: Story) -> None:
    times = [each.at for each in story.logged]
    assert times == sorted(times)
    for hit in story.hits:
        if hit.url.startswith(f"{TRACKER}farewell"):
            (seen,) = named(story, hit.url)
            assert -0.05 < hit.at - seen.at < 2


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_reads_a_log_that_breaks_off(story: Story, tmp_path: Path, share: float) -> None:
    whole = story.log.read_bytes()
    start = whole.index(b"\n")
    for extra in range(0, 400, 7):
        (tmp_path / "log.json").write_bytes(whole[: start + int((len(whole) - start) * share) + extra])
        seen = [(each.url, each.at) for each in read(tmp_path / "log.json") if each.kind != "preconnect"]
        assert seen == [(each.url, each.at) for each in story.logged if each.kind != "preconnect"][: len(seen)]
    assert share < 0.9 or len(seen) > len(story.logged) / 2


def test_reads_a_log_that_breaks_off_where_an_event_seems_to_end(story: Story, tmp_path: Path) -> None:
    constants, *_ = story.log.read_text().splitlines(keepends=True)
    number = json.loads(constants.rstrip(",\n") + "}")["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    half = f'"events": [\n{{"phase":1,"source":{{"id":1,"start_time":"1","type":{number}}}'
    (tmp_path / "log.json").write_text(constants + half)
    assert read(tmp_path / "log.json") == []


def test_reads_the_log_of_a_browser_that_was_killed(web: Web) -> None:
    with Browser(arguments=web.arguments) as browser:
        tab = open_tab(browser.bidi)
        go(browser.bidi, tab, SHOP)
        assert browser.net_log is not None
        log = browser.net_log
        wait_until(lambda: SHOP in log.read_text())
        os.kill(main_process(folder_of(browser)), signal.SIGKILL)
        browser.stop()
        assert not log.read_text().rstrip().endswith("}")
        assert SHOP in {each.url for each in read(log)}


@pytest.mark.parametrize("text", ["", "{", '{"constants": {}}', "[]\n", '{"constants":{"timeTickOffset":'])
def test_does_not_take_something_else_for_silence(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.json").write_text(text)
    with pytest.raises(NetLogError, match=r"log\.json is no net log"):
        read(tmp_path / "log.json")


def test_does_not_take_a_missing_log_for_silence(tmp_path: Path) -> None:
    with pytest.raises(NetLogError, match=r"log\.json"):
        read(tmp_path / "log.json")
