"""What a page loads, in bytes as brotli sends them, beside what the smallest rivals with a preference centre need."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import brotli
import requests

from bench.rivals import MISSING, RIVALS, install
from bench.servers import free_port, granian, serving, settings
from bench.tables import Table, Target

LANGUAGES = ("et", "en")
FIRST, SECOND, GUARDED = 6_000, 4_000, 9_000
_SILKTIDE = 6_191  # Measured in November 2026; it is not on npm.


def run() -> Iterator[Table]:
    """Ours as served, the rivals as published."""
    table = Table("Bytes that a page loads, brotli (quality 11)", ["bytes", "uncompressed"])
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with serving(granian("wsgi:app", port, 1), port, settings(Path(folder))) as base:
            _ours(table, base)
    _rivals(table)
    yield table


def _ours(table: Table, base: str) -> None:
    for path, what, most in (("banner.js", "script, styles and first layer", FIRST), ("banner", "both layers", SECOND)):
        for language in LANGUAGES:
            sent, whole = _served(f"{base}/consent/{path}?lang={language}")
            table.add(f"{path}?lang={language}: {what}", sent, whole)
            table.targets.append(Target(f"{path}?lang={language}", sent, most, at_most=True))
    for language in LANGUAGES:
        path = f"banner.js?lang={language}&guard=1"
        sent, whole = _served(f"{base}/consent/{path}")
        table.add(f"{path}: the same with the guard", sent, whole)
        table.targets.append(Target(path, sent, GUARDED, at_most=True))


def _served(address: str) -> tuple[int, int]:
    """How many bytes the server sends for an address, and how many they are when unpacked."""
    with requests.get(address, headers={"Accept-Encoding": "br"}, stream=True, timeout=10) as answer:
        answer.raise_for_status()
        sent: bytes = answer.raw.read(decode_content=False)
    if answer.headers.get("Content-Encoding") != "br":
        raise RuntimeError(f"{address} does not come in brotli")
    return len(sent), len(brotli.decompress(sent))


def _rivals(table: Table) -> None:
    if not install():
        table.notes.append(f"the rivals: {MISSING}")
        return
    for name, files in RIVALS.items():
        whole = [path.read_bytes() for path in files]
        table.add(f"{name}: script and styles", sum(len(brotli.compress(each)) for each in whole), sum(map(len, whole)))
    table.add("Silktide: script and styles (measured earlier)", _SILKTIDE, "")
    table.notes.append("vanilla-cookieconsent comes without texts, which a site adds")
