"""A fresh Chromium for every visit, throttled: CPU x4, 150 ms, 1.6 Mbit/s."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

MISSING = "Chromium or its driver is not installed; on Debian: apt-get install chromium chromium-driver"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,800",
]
CPU, LATENCY, BYTES_PER_SECOND = 4, 150, 1_600_000 // 8
_WATCH = (Path(__file__).parent / "watch.js").read_text(encoding="utf-8")
_PATIENCE = 15.0


def available() -> bool:
    """Whether there is a browser that can be driven."""
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


@contextmanager
def browser() -> Iterator[Chrome]:
    """A browser that has never been anywhere, its first tab throttled and watched."""
    with tempfile.TemporaryDirectory(prefix="bench-profile-", ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            _prepare(driver)
            yield driver
        finally:
            driver.quit()


def new_tab(driver: Chrome) -> None:
    """Another tab, as a visitor who comes back: the cache and the cookies are there, the tab's own storage is not."""
    driver.switch_to.new_window("tab")
    _prepare(driver)


def moment(driver: Chrome, address: str, name: str) -> float:
    """Open a page, and wait for the moment that it notes, in ms from the start of the navigation."""
    driver.get(address)
    return float(awaited(driver, f"return window.{name}", address))


def awaited(driver: Chrome, script: str, what: str) -> float | bool:
    """The first true answer of a script. Raises RuntimeError where none comes."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        found = driver.execute_script(script)
        if found:
            return found if isinstance(found, (float, int)) else True
        time.sleep(0.05)
    raise RuntimeError(f"{what}: waited in vain for `{script}`")


def _prepare(driver: Chrome) -> None:
    network = {"offline": False, "latency": LATENCY, "downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": -1}
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH})
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", network)
    driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": CPU})
