"""Real browsers: headless Chromium, and WebKitGTK (Safari's engine) on a virtual screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import glob
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.webkitgtk.options import Options as WebKitOptions
from selenium.webdriver.webkitgtk.service import Service as WebKitService

CHROMIUM_ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en",
    "--window-size=1280,900",
)  # fmt: skip


@contextmanager
def chromium(*arguments: str, preferences: dict[str, Any] | None = None, **capabilities: Any) -> Iterator[WebDriver]:
    """Chromium with a profile of its own, gone when done."""
    profile = tempfile.mkdtemp(prefix="chromium-")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for argument in (*CHROMIUM_ARGUMENTS, f"--user-data-dir={profile}", *arguments):
        options.add_argument(argument)
    options.add_experimental_option("prefs", preferences or {})
    for name, value in capabilities.items():
        options.set_capability(name, value)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        with suppress(Exception):
            driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


@contextmanager
def webkit() -> Iterator[WebDriver]:
    """WebKitGTK's MiniBrowser, whose automation sessions are ephemeral, on a virtual screen of its own."""
    with virtual_screen() as display:
        options = WebKitOptions()
        options.binary_location = glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser")[0]
        options.add_argument("--automation")
        environment = {**os.environ, "DISPLAY": display, "NO_AT_BRIDGE": "1", "LIBGL_ALWAYS_SOFTWARE": "1"}
        environment["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        service = WebKitService(shutil.which("WebKitWebDriver") or "/usr/bin/WebKitWebDriver", env=environment)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Selenium's own, in its driver for WebKitGTK.
            driver = webdriver.WebKitGTK(options=options, service=service)
        try:
            driver.set_window_size(1280, 800)
            yield driver
        finally:
            with suppress(Exception):
                driver.quit()


@contextmanager
def virtual_screen() -> Iterator[str]:
    """An X server without a screen. It picks a free display itself and says which."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp", "-noreset"]
    process = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        process.terminate()
        process.wait(10)


def screenshot(driver: WebDriver, name: str) -> None:
    """Keep a picture where `SCREENSHOTS` names a folder: for people, not for tests."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        driver.save_screenshot(str(Path(folder) / f"{name}.png"))
