"""A file that several workers make at the same moment is made once, and is nobody's mistake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from consent_banner.ledger import open_ledger
sys.stdin.readline()
open_ledger("sqlite:///" + sys.argv[1], spool="").close()
"""


def test_is_made_by_eight_processes_at_once(tmp_path: Path) -> None:
    for number in range(5):
        path = str(tmp_path / f"{number}.db")
        command = [sys.executable, "-c", PROGRAM, path]
        started = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(8)
        ]
        for process in started:
            assert process.stdin is not None
            process.stdin.write("now\n")
            process.stdin.flush()
        for process in started:
            said = process.communicate(timeout=30)[1]
            assert process.returncode == 0, said
