"""What a visitor's browser looks like: some tags spare robots, and would seem gated to one that says what it is."""

from __future__ import annotations

import re
import shutil
import subprocess

_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"


def ordinary() -> tuple[str, ...]:
    """Arguments with which a headless Chromium says of itself what any other does; fewer where its version is unknown.

    The user agent has the reduced form that Chromium gives itself (https://www.chromium.org/updates/ua-reduction/).
    """
    program = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "google-chrome-stable"))), None)
    try:
        said = subprocess.run(
            [program or "", "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    version = re.search(r"(\d+)\.\d", said)
    agent = (f"--user-agent={_AGENT.format(version[1])}",) if version else ()
    return ("--disable-blink-features=AutomationControlled", *agent)
