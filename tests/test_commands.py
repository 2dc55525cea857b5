"""The command line: 0 done or nothing found, 1 findings on stdout, 2 could not run, with the reason on stderr."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from consent_banner.commands import main

from .conftest import KEY, POLICY, choose, parts_of
from .servers import ROOT, environment

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `consent-banner …` on the ledger of the test's folder."""
    for name, value in environment(tmp_path).items():
        if name.startswith("CONSENT_"):
            monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(main, words)


@pytest.fixture
def receipts(app: Flask) -> list[str]:
    """The ids of three receipts that the ledger holds, oldest first: two of one visitor, one of another."""
    client, other = app.test_client(), app.test_client()
    answers = [choose(client), choose(client, "reject_all"), choose(other)]
    parts_of(app).ledger.close()
    return [answer.get_json()["receipt"] for answer in answers]


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


class TestPolicyCheck:
    def test_0_for_a_good_one(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "good.toml").write_text(POLICY)
        for words in ([str(tmp_path / "good.toml")], []):
            result = run("policy", "check", *words)
            assert (result.exit_code, result.stdout) == (0, "")

    def test_1_with_every_mistake_on_stdout(self, run: Run, tmp_path: Path) -> None:
        broken = POLICY.replace('version = "1"\n', "").replace('category = "marketing"', 'category = "marketting"')
        (tmp_path / "broken.toml").write_text(broken)
        result = run("policy", "check", str(tmp_path / "broken.toml"))
        assert result.exit_code == 1
        assert result.stdout.splitlines() == [
            "version: is missing",
            'services[2].category: "marketting" is no category; did you mean "marketing"?',
        ]
        assert result.stderr == ""

    @pytest.mark.parametrize("text", [b"version = ", b"\xff\xfe", b"[[categories]\n", b"a = 1\na = 2"])
    def test_1_for_a_syntax_error(self, run: Run, tmp_path: Path, text: bytes) -> None:
        (tmp_path / "broken.toml").write_bytes(text)
        result = run("policy", "check", str(tmp_path / "broken.toml"))
        assert (result.exit_code, len(result.stdout.splitlines())) == (1, 1)

    @pytest.mark.parametrize("name", ["none.toml", "."])
    def test_2_without_a_file(self, run: Run, tmp_path: Path, name: str) -> None:
        result = run("policy", "check", str(tmp_path / name))
        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


class TestRecords:
    def test_export_is_a_receipt_a_line(self, app: Flask, run: Run, receipts: list[str]) -> None:
        result = run("records", "export")
        assert (result.exit_code, result.stderr) == (0, "")
        assert [line["receipt"] for line in lines(result)] == receipts
        assert all(line["signature"] and "version" not in line for line in lines(result))

    def test_C16_export_tells_of_a_broken_signature(self, run: Run, receipts: list[str], tmp_path: Path) -> None:
        import sqlite3

        with sqlite3.connect(tmp_path / "consent.db") as file:
            file.execute("UPDATE receipts SET body = replace(body, '\"reject_all\"', '\"accept_all\"')")
        file.close()
        result = run("records", "export")
        assert (result.exit_code, len(lines(result))) == (1, 3)
        assert [line.partition(":")[0] for line in result.stderr.splitlines()] == [receipts[1]]

    def test_erase_removes_those_and_no_others(self, run: Run, receipts: list[str]) -> None:
        assert run("records", "erase", receipts[1]).exit_code == 0
        assert [line["receipt"] for line in lines(run("records", "export"))] == [receipts[0], receipts[2]]
        assert run("records", "erase", receipts[0], receipts[2]).exit_code == 0
        assert lines(run("records", "export")) == []
        assert run("records", "erase", str(uuid.uuid4())).exit_code == 0

    def test_prune_takes_a_date(self, run: Run, receipts: list[str]) -> None:
        assert run("records", "prune").exit_code == 0
        assert run("records", "prune", "--before", "2020-01-01").exit_code == 0
        assert len(lines(run("records", "export"))) == len(receipts)
        assert run("records", "prune", "--before", "2999-01-01").exit_code == 0
        assert lines(run("records", "export")) == []

    def test_stats_name_nobody(self, run: Run, receipts: list[str]) -> None:
        result = run("records", "stats")
        assert result.exit_code == 0
        assert {(row["method"], row["number"]) for row in lines(result)} == {("accept_all", 2), ("reject_all", 1)}
        assert not [receipt for receipt in receipts if receipt in result.stdout]

    def test_stats_tell_what_browsers_reported(self, run: Run, app: Flask) -> None:
        parts_of(app).ledger.count_violation(date(2026, 11, 22), "acme-pixel", "img-src")
        parts_of(app).ledger.close()
        row = {"day": "2026-11-22", "service": "acme-pixel", "directive": "img-src", "violations": 1}
        assert lines(run("records", "stats")) == [row]

    @pytest.mark.parametrize(
        "words",
        [["records", "erase"], ["records", "erase", "x"], ["records", "prune", "--before", "soon"], ["records", "x"],
         ["x"], ["policy", "check", "--what"]],
    )  # fmt: skip
    def test_2_for_wrong_usage(self, run: Run, words: list[str]) -> None:
        result = run(*words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr

    def test_2_for_wrong_settings(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CONSENT_SECRET_KEYS", "hunter2")
        monkeypatch.setenv("CONSENT_PROXY_HOPS", "x")
        result = run("records", "stats")
        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 2)
        assert "hunter2" not in result.stderr

    @pytest.mark.parametrize("words", [["export"], ["prune"]])
    def test_2_without_a_server(self, run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
        monkeypatch.setenv("CONSENT_LEDGER_URL", "redis://user:hunter2@127.0.0.1:1/0")
        result = run("records", *words)
        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
        assert "hunter2" not in result.stderr

    def test_2_for_a_file_that_is_no_ledger(self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x.db").write_text("not a database, and long enough to be looked at" * 40)
        monkeypatch.setenv("CONSENT_LEDGER_URL", f"sqlite:///{tmp_path}/x.db")
        result = run("records", "export")
        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


def test_keys_new_makes_a_key_that_will_do(run: Run) -> None:
    first, second = (run("keys", "new").stdout.strip() for _ in range(2))
    assert first != second
    assert min(len(first), len(second)) >= 32
    assert "," not in first + second


class TestWithinFlask:
    def test_takes_its_settings_from_the_application(self, app: Flask, receipts: list[str]) -> None:
        runner = app.test_cli_runner()
        result = runner.invoke(args=["consent", "records", "export"])
        assert result.exit_code == 0
        assert [line["receipt"] for line in lines(result)] == receipts
        assert runner.invoke(args=["consent", "records", "erase", receipts[0]]).exit_code == 0
        assert len(list(parts_of(app).ledger.export())) == 2

    def test_checks_the_applications_policy(self, app: Flask, tmp_path: Path) -> None:
        (tmp_path / "policy-0.toml").write_text(POLICY.replace('version = "1"\n', ""))
        result = app.test_cli_runner().invoke(args=["consent", "policy", "check"])
        assert (result.exit_code, result.stdout) == (1, "version: is missing\n")

    def test_flask_finds_it(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "consent", "records", "stats"]
        done = subprocess.run(command, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_help_needs_no_settings() -> None:
    command = [sys.executable, "-c", "from consent_banner.commands import main; main()", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    assert KEY not in done.stdout
