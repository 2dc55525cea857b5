"""Every requirement that names an automatic test has one that carries its id, or stands here with the reason."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
NUMBERS = {"C": 24, "I": 12, "T": 17, "K": 8, "A": 17}
ALL = {f"{letter}{number:02}" for letter, most in NUMBERS.items() for number in range(1, most + 1)}

LATER: dict[str, str] = {}


def ids_of_tests() -> set[str]:
    """The ids in the names of all test functions: `test_C07_C08_…` tests two."""
    names = [
        node.name
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    return {found for name in names for found in re.findall(r"(?<=_)([CITKA]\d\d)(?=_|$)", name)}


def test_every_requirement_has_a_test_or_a_reason() -> None:
    assert sorted(ALL - ids_of_tests() - LATER.keys()) == []


def test_no_reason_outlives_its_test() -> None:
    assert sorted(ids_of_tests() & LATER.keys()) == []
