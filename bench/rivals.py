"""What ours is measured against: npm packages, for development only, installed when first needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "rivals"
MODULES = FOLDER / "node_modules"
MISSING = "npm is not installed; on Debian: apt-get install npm"

OREJIME = (MODULES / "orejime/dist/orejime-standard-et.js", MODULES / "orejime/dist/orejime-standard.css")
COOKIECONSENT = (
    MODULES / "vanilla-cookieconsent/dist/cookieconsent.umd.js",
    MODULES / "vanilla-cookieconsent/dist/cookieconsent.css",
)
RIVALS = {"orejime": OREJIME, "vanilla-cookieconsent": COOKIECONSENT}
SCANNER = MODULES / "@slashgear/gdpr-cookie-scanner/package.json"


def install() -> bool:
    """Install the versions of the lock file, if they are not there. Raises RuntimeError where that fails."""
    if SCANNER.exists() and all(path.exists() for files in RIVALS.values() for path in files):
        return True
    if shutil.which("npm") is None:
        return False
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    environment = {**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    done = subprocess.run(command, cwd=FOLDER, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"npm ci: {done.stderr.strip().splitlines()[-1]}")
    return True
