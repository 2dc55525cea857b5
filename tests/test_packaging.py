"""The wheel carries everything, works from any folder without Node, and holds nothing that git does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, env=_environment(environment))
    assert done.returncode == 0, done.stderr
    return done.stdout


def _environment(more: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("CONSENT_", "PYTHON"))} | more


@pytest.fixture(scope="module")
def clean_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git tracks, as it stands in the working tree: `pip install .` would ship leftovers of `build/`."""
    tree = tmp_path_factory.mktemp("tree")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.split(b"\0")
    for name in filter(None, names):
        path = ROOT / name.decode()
        if path.is_file():
            (tree / name.decode()).parent.mkdir(parents=True, exist_ok=True)
            (tree / name.decode()).write_bytes(path.read_bytes())
    return tree


@pytest.fixture(scope="module")
def built(clean_tree: Path) -> Path:
    """The wheel and the source archive, as `python -m build` makes them."""
    run(sys.executable, "-m", "build", "--outdir", str(clean_tree / "made"), str(clean_tree), cwd=clean_tree)
    return clean_tree / "made"


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in a folder of its own, ahead of the checkout; its dependencies come from this environment."""
    target = tmp_path_factory.mktemp("installed")
    (wheel,) = built.glob("*.whl")
    run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(target), str(wheel), cwd=target)
    return target


def test_the_wheel_carries_script_styles_templates_translations_and_policy(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= {
        "consent_banner/static/js/dist/banner.js",
        "consent_banner/static/js/dist/notice.css",
        "consent_banner/static/js/consent-banner.d.ts",
        "consent_banner/static/css/site.css",
        "consent_banner/translations/et/LC_MESSAGES/messages.po",
        "consent_banner/templates/consent_banner/notice.html",
        "consent_banner/policy/jutt_ai.toml",
        "consent_banner/policy/catalogue/google-analytics.toml",
        "consent_banner/py.typed",
        "consent_banner/verify/scripts/look.js",
        "consent_banner/verify/report.schema.json",
    }
    assert not [name for name in names if "node_modules" in name or "/tests/" in name or name.endswith(".db")]


def test_every_template_and_demo_file_is_carried(built: Path, clean_tree: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    kept = {
        path.relative_to(clean_tree).as_posix() for path in (clean_tree / "consent_banner").rglob("*") if path.is_file()
    }
    assert sorted(kept - names) == []


def test_the_source_archive_builds_the_same(built: Path) -> None:
    assert len(list(built.glob("*.tar.gz"))) == 1


PROGRAM = """
import json, consent_banner
from consent_banner import create_app
app = create_app({"CONSENT_SECRET_KEYS": "k" * 40})
client = app.test_client()
print(json.dumps({
    "where": consent_banner.__file__,
    "script": len(client.get("/consent/banner.js?lang=et").data),
    "banner": client.get("/consent/banner?lang=en").status_code,
    "page": client.get("/consent/preferences").status_code,
    "declaration": client.get("/consent/declaration").status_code,
    "style": client.get("/consent/style.css").status_code,
}))
"""


def test_the_wheel_works_from_any_folder_without_node(installed: Path, tmp_path: Path) -> None:
    output = run(sys.executable, "-c", PROGRAM, cwd=tmp_path, PYTHONPATH=str(installed), PATH="/nowhere")
    answers = json.loads(output)
    assert answers["where"].startswith(str(installed))
    assert answers["script"] > 5000
    assert {answers[name] for name in ("banner", "page", "declaration", "style")} == {200}


def test_the_demo_works_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    program = PROGRAM.replace('{"CONSENT_SECRET_KEYS": "k" * 40}', '{"CONSENT_DEMO": "1"}') + (
        'assert client.get("/").status_code == 200\n'
    )
    run(sys.executable, "-c", program, cwd=tmp_path, PYTHONPATH=str(installed))
