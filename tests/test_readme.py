"""Every command and example of the README holds: each is run here, or is `make run` and `make test` themselves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from consent_banner.ledger import open_ledger
from consent_banner.settings import DEFAULTS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUN_ELSEWHERE = {
    "make run": "test_demo and the demo's browser tests",
    "make test": "this run",
    "pip install .": "test_packaging",
    "consent-banner verify http://127.0.0.1:8000/ --format html --output report.html": "test_verify, test_guide",
    "granian --interface wsgi --workers 2 --blocking-threads 8 wsgi:app": "test_servers",
    "gunicorn --workers 2 --threads 8 --keep-alive 75 wsgi:app": "test_servers",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


@pytest.mark.parametrize("command", [each for each in COMMANDS if each not in RUN_ELSEWHERE])
def test_every_command_runs(command: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment |= {"CONSENT_SECRET_KEYS": "k" * 40, "CONSENT_LEDGER_URL": f"sqlite:///{tmp_path}/consent.db"}
    open_ledger(environment["CONSENT_LEDGER_URL"], spool="").close()
    done = subprocess.run(command.split(), cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_flask_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("python")
    names: dict[str, object] = {"__name__": "example"}
    exec(compile(example, "README.md", "exec"), names)
    client = names["app"].test_client()  # type: ignore[attr-defined]
    assert b"data-decision" in client.get("/").data
    assert client.get("/offers").status_code == 403
    token = re.search(r'token: "(.+?)"', client.get("/account").get_data(as_text=True))
    assert token
    assert client.post("/consent/link", json={"token": token[1]}).get_json()["ask"] is False


def test_the_nginx_example_is_one_that_nginx_takes(tmp_path: Path) -> None:
    (example,) = blocks("nginx")
    config = tmp_path / "nginx.conf"
    config.write_text(f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; {example} }}\n")
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx"
    done = subprocess.run([nginx, "-t", "-c", str(config), "-p", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_setting_is_told_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(CONSENT_\w+)` \| (.*?) \|", README, re.MULTILINE))
    assert rows.keys() == DEFAULTS.keys()
    for name, told in rows.items():
        default = DEFAULTS[name][0]
        assert default in told or not default


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target.startswith("https://jutt.ai") or (ROOT / target).is_file()
