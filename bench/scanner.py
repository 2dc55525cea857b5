"""gdpr-cookie-scanner over pages of the zoo, in the very browser that ours uses: what it reports, beyond a clean page.

It knows the words on buttons in eight languages, and Estonian is none of them: it gets the same pages with the
banner in English.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bench.rivals import FOLDER, SCANNER
from tests.sites.reading import PAGES, read_pages
from tests.sites.zoo import Zoo, ZooPage

PLAIN = "clean/plain"
_PATIENCE = 180.0
_ESTONIAN = "banner.js?lang=et"  # In a page that brings its own script tag, whatever its language.


class EnglishZoo(Zoo):
    """The zoo with every banner in English."""

    @cached_property
    def pages(self) -> list[ZooPage]:
        """Every page that can be had in English."""
        return [replace(page, language="en") for page in read_pages() if _ESTONIAN not in source(page)]


@dataclass(frozen=True, slots=True)
class Scan:
    """What it reports of one page, each as its kind and sentence; `failed` says why there is no report."""

    issues: frozenset[tuple[str, str]] = frozenset()
    seconds: float = 0.0
    failed: str | None = None


def source(page: ZooPage) -> str:
    """A page's file."""
    return (PAGES / page.path).read_text(encoding="utf-8")


def version() -> str:
    """The version that is installed."""
    return str(json.loads(SCANNER.read_text(encoding="utf-8"))["version"])


def sample(pages: Sequence[ZooPage], every: int) -> list[ZooPage]:
    """Pages evenly spread over those that break a promise, and over the clean ones save the plain one."""
    broken = [page for page in pages if page.kind]
    clean = [page for page in pages if not page.kind and page.name != PLAIN]
    return broken[::every] + clean[::every]


def scan(page: ZooPage, arguments: Sequence[str]) -> Scan:
    """Scan a page that is being served."""
    command = ["node", "scan.mjs", page.address, shutil.which("chromium") or "", *arguments]
    try:
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return Scan(failed=f"no answer in {_PATIENCE:.0f} s")
    if done.returncode:
        return Scan(failed=_reason(done.stderr))
    told = json.loads(done.stdout)
    issues = frozenset((each["type"], each["description"]) for each in told["issues"])
    unloaded = next((each for each in told["errors"] if "net::ERR_" in each), None)
    return Scan(issues, told["duration"] / 1000, unloaded and unloaded.partition("\n")[0])


def _reason(said: str) -> str:
    """The line of Node's that names the error, among those of its stack."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next((line for line in lines if "Error" in line), lines[-1] if lines else "it says nothing")
