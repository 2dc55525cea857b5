"""The bundle in git is made of the sources in git: told in Python alone, and byte for byte where npm is there."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

STATIC = Path(__file__).parent.parent / "static"
DIST = STATIC / "js" / "dist"
BUNDLES = ("banner.js", "guarded.js")


def sources() -> list[Path]:
    """Everything that the bundle is made of, as `static/js/build.mjs` says."""
    names = ("notice", "preferences", "placeholders", "inspector")
    styles = [STATIC / "css" / f"{name}.css" for name in names]
    folders = ("", "cards", "extras", "guard", "inspector", "vendors")
    scripts = [path for folder in folders for path in (STATIC / "js" / folder).glob("*.js")]
    return sorted([*scripts, *styles], key=lambda path: path.relative_to(STATIC).as_posix())


def test_the_bundle_is_not_stale() -> None:
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for name in BUNDLES:
        first = (DIST / name).read_text(encoding="utf-8").partition("\n")[0]
        assert first == f"/* sources sha256:{digest.hexdigest()} */"


@pytest.mark.parametrize("name", BUNDLES)
def test_the_bundle_has_one_place_for_its_configuration(name: str) -> None:
    assert (DIST / name).read_text(encoding="utf-8").count('"__CONSENT_CONFIG__"') == 1


def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "static"
    shutil.copytree(STATIC, copy, symlinks=True, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "js" / "node_modules").symlink_to(STATIC / "js" / "node_modules")
    subprocess.run(["npm", "run", "--silent", "build"], cwd=copy / "js", check=True, capture_output=True, timeout=60)
    for path in filter(Path.is_file, DIST.rglob("*")):
        assert (copy / "js" / "dist" / path.relative_to(DIST)).read_bytes() == path.read_bytes()


def test_the_script_never_writes_a_cookie_of_its_own() -> None:
    """K01: `document.cookie` is written only to delete what services left behind."""
    writing = [path.name for path in sources() if re.search(r"document\.cookie\s*=", path.read_text(encoding="utf-8"))]
    assert writing == ["cleanup.js", "leftovers.js"]


@pytest.mark.parametrize("name", ["autoconsent.json", "consent-o-matic.json"])
def test_O04_rules_for_other_programs_are_kept_beside_it(name: str) -> None:
    assert "accept-all" in json.dumps(json.loads((STATIC / "js" / "rules" / name).read_text(encoding="utf-8")))
