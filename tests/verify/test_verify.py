"""`consent-banner verify` as its users call it: exit codes, files, the demo, and nothing left running."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from consent_banner.verify.browser import FOLDER
from tests.servers import BIN, ROOT, free_port, start_service, wait_until

TAGS = ["google-tag-manager", "google-analytics", "hotjar", "meta-pixel", "linkedin-insight"]
Done = subprocess.CompletedProcess[str]
pytestmark = pytest.mark.timeout(300)


def run(*words: str | Path) -> Done:
    """The command, its output and its exit code."""
    command = [str(BIN / "consent-banner"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


def browsers_of(number: int) -> set[int]:
    """The ids of the browsers that a process of ours has started, by their folder."""
    found = set()
    for process in psutil.Process(number).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any("user-data-dir" in each and FOLDER in each for each in process.cmdline()):
                found.add(process.pid)
    return found


def runs(number: int) -> bool:
    """Whether a process is there, and more than an entry that nobody has collected yet."""
    try:
        return bool(psutil.Process(number).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo site as `make run` starts it."""
    packaged = str(ROOT / "consent_banner" / "policy" / "jutt_ai.toml")
    with start_service(tmp_path_factory.mktemp("demo"), CONSENT_DEMO="1", CONSENT_POLICY=packaged) as (base, _):
        yield base


@pytest.fixture(scope="module")
def shipped(demo: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """The demo's pages as shipped, with what was seen."""
    file = tmp_path_factory.mktemp("seen") / "evidence.json"
    pages = [f"{demo}/", f"{demo}/koolitus"]
    return run("verify", *pages, "--format", "json", "--wait", "3", "--evidence", file), file


class TestDemo:
    def test_is_clean_as_shipped(self, shipped: tuple[Done, Path]) -> None:
        done, _ = shipped
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        home, training = json.loads(done.stdout)
        assert (home["passed"], training["passed"]) == (True, True)
        verdicts = {each["id"]: each["verdict"] for each in training["services"]}
        assert verdicts == dict.fromkeys([*TAGS, "youtube"], "gated")

    def test_evidence_is_judged_again_without_a_browser(self, shipped: tuple[Done, Path], tmp_path: Path) -> None:
        done, file = shipped
        again = run("verify", "--judge", file, "--format", "json")
        assert (again.returncode, json.loads(again.stdout)) == (0, json.loads(done.stdout))
        for form, start in (("text", ""), ("junit", "<?xml"), ("html", "<!doctype html>")):
            report = run("verify", "--judge", file, "--format", form, "--output", tmp_path / form)
            assert (report.returncode, report.stdout) == (0, "")
            assert (tmp_path / form).read_text(encoding="utf-8").startswith(start)

    def test_catches_every_tag_that_was_not_marked(self, demo: str) -> None:
        pages = [f"{demo}/koolitus?unmark={tag}" for tag in [*TAGS, "youtube"]]
        done = run("verify", *pages, "--format", "json", "--wait", "2", "--scenario", "fresh", "--scenario", "accept")
        assert done.returncode == 1, done.stderr
        for tag, report in zip([*TAGS, "youtube"], json.loads(done.stdout), strict=True):
            leaks = [each for each in report["findings"] if each["kind"] == "fired_without_consent"]
            assert (tag, "fresh") in {(each["service"], each["scenario"]) for each in leaks}
            assert all(each["evidence"]["url"].startswith("http") for each in leaks)

    def test_a_known_finding_is_excused_until_its_day(self, demo: str, tmp_path: Path) -> None:
        page, seen = f"{demo}/?unmark=meta-pixel", tmp_path / "evidence.json"
        assert run("verify", page, "--wait", "2", "--scenario", "fresh", "--evidence", seen).returncode == 1
        entry = '[[known]]\nkind = "{}"\nservice = "meta-pixel"\nreason = "soon"\nuntil = {}\n'
        kinds = ("fired_without_consent", "stored_without_consent")
        for until, code in (("2099-01-01", 0), ("2020-01-01", 1)):
            baseline = tmp_path / "baseline.toml"
            baseline.write_text("".join(entry.format(kind, until) for kind in kinds))
            assert run("verify", "--judge", seen, "--baseline", baseline).returncode == code
        assert run("verify", "--judge", seen, "--fail-on", "never_fired").returncode == 0
        assert run("verify", "--judge", seen, "--fail-on", "fired_without_consent").returncode == 1


class TestCannotRun:
    def test_without_a_page(self) -> None:
        port = free_port()
        done = run("verify", f"http://127.0.0.1:{port}/", "--scenario", "fresh")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"consent-banner: http://127.0.0.1:{port}/: ")
        assert len(done.stderr.splitlines()) == 1

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            ([], "Name a page"),
            (["ftp://jutt.ai/"], "no address of a page"),
            (["https://jutt.ai/", "--policy", "missing.toml"], "missing.toml: No such file"),
            (["--judge", "missing.json"], "missing.json: No such file"),
            (["https://jutt.ai/", "--browser", "firefox"], "on the PATH"),
            (["https://jutt.ai/", "--format", "pdf"], "'pdf' is not one of"),
        ],
    )
    def test_says_why_in_one_line(self, words: list[str], reason: str) -> None:
        done = run("verify", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert reason in done.stderr.splitlines()[-1]

    def test_on_a_broken_policy_every_mistake_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "broken.toml").write_text('version = "1"\nlanguages = ["xx"]\n')
        done = run("verify", "https://jutt.ai/", "--policy", tmp_path / "broken.toml")
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) > 1

    def test_on_a_page_without_a_service_and_no_policy(self, demo: str) -> None:
        done = run("verify", f"{demo}/consent/policy.json", "--scenario", "fresh")
        assert (done.returncode, done.stderr) == (
            2, "consent-banner: the policy could not be had: name a file with --policy, or check the page's service\n",
        )  # fmt: skip

    def test_an_unknown_scenario(self, demo: str) -> None:
        done = run("verify", f"{demo}/", "--scenario", "only:turundus")
        assert done.returncode == 2
        assert "only:turundus: no scenario; there are fresh, gpc," in done.stderr


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_no_browser_behind(demo: str, ending: signal.Signals) -> None:
    command = [str(BIN / "consent-banner"), "verify", f"{demo}/"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: browsers_of(process.pid))
        started = browsers_of(process.pid)
        process.send_signal(ending)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (2, "consent-banner: stopped\n")
    wait_until(lambda: not any(map(runs, started)))


def test_suggests_entries_for_what_the_policy_lacks(demo: str, tmp_path: Path) -> None:
    """Against a policy without services, the demo's tags are all undeclared, and all in the catalogue."""
    policy = tmp_path / "policy.toml"
    packaged = (ROOT / "consent_banner" / "policy" / "jutt_ai.toml").read_text(encoding="utf-8")
    policy.write_text(packaged[: packaged.index("[[services]]")], encoding="utf-8")
    done = run("policy", "suggest", f"{demo}/", "--policy", policy, "--wait", "3")
    assert done.returncode == 0, done.stderr
    for tag in ("meta-pixel", "linkedin-insight", "hotjar"):
        assert f'use = "{tag}"' in done.stdout
    policy.write_text(policy.read_text(encoding="utf-8") + done.stdout, encoding="utf-8")
    assert run("policy", "check", policy).returncode == 0, done.stdout
