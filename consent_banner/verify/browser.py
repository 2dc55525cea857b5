"""A browser of our own: started by Selenium, spoken to in BiDi, and gone without a trace afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self
from urllib.request import getproxies

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from urllib3.exceptions import HTTPError

from ..errors import ConsentError
from .bidi import Bidi, BidiError

Kind = Literal["chrome", "firefox"]
_QUIET = (
    "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=500,400",
    "--disable-features=AutofillServerCommunication,NetworkTimeServiceQuerying",
)  # fmt: skip
_LIGHT = (
    # A window, too, costs by its size: it is small, and the viewport of a visit is set by itself (`Visitor`).
    "--js-flags=--optimize-for-size,--max-semi-space-size=1",
    "--in-process-gpu",
    "--enable-features=NetworkServiceInProcess2",
    # The address bar's popups take a process of 30 MiB in every window, and each foreign frame would take one of 20.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess,"
    "IsolateOrigins,site-per-process",
    "--disable-site-isolation-trials",
)
_THIRD_PARTY_COOKIES = {"profile.cookie_controls_mode": 0}  # Let through: what a tag sets where it may must be seen.
_PROMPTS = {"default": "dismiss", "beforeUnload": "accept"}  # A page that asks does not stop the visit.
_ROOM = 60  # Characters that a folder's name may have for the sockets that Chromium makes in it.
FOLDER = "consent-banner-"
"""How the folder of a browser is called, and by that its processes."""
_PATIENCE = 3.0  # Seconds that a browser may take to close by itself.


class BrowserUnavailable(ConsentError):
    """There is no such browser here, or no driver for it, or it does not start. Says which in one sentence."""


def _chrome(folder: Path) -> webdriver.ChromeOptions:
    options = webdriver.ChromeOptions()
    alone = ("--no-sandbox",) if os.geteuid() == 0 else ()  # With it Chromium does not start as root.
    kept = (f"--user-data-dir={folder}/profile", f"--log-net-log={folder}/net-log.json")
    for argument in (*_QUIET, *_LIGHT, *alone, *kept):
        options.add_argument(argument)
    options.add_experimental_option("prefs", _THIRD_PARTY_COOKIES)
    return options


def _firefox(folder: Path) -> webdriver.FirefoxOptions:
    options = webdriver.FirefoxOptions()
    for argument in ("-headless", "--width=1280", "--height=800"):
        options.add_argument(argument)
    options.set_preference("network.cookie.cookieBehavior", 0)
    return options


class _Engine(NamedTuple):
    """What a kind of browser is called on the PATH and by people, and how Selenium comes by it."""

    programs: Mapping[str, str]
    driver: str
    options: Callable[[Path], Any]
    service: Callable[..., Any]
    start: Callable[..., Any]


_CHROME = {"chromium": "Chromium", "google-chrome": "Chrome", "google-chrome-stable": "Chrome"}
_FIREFOX = {"firefox": "Firefox", "firefox-esr": "Firefox"}
_ENGINES: Mapping[Kind, _Engine] = {
    "chrome": _Engine(_CHROME, "chromedriver", _chrome, webdriver.ChromeService, webdriver.Chrome),
    "firefox": _Engine(_FIREFOX, "geckodriver", _firefox, webdriver.FirefoxService, webdriver.Firefox),
}


class Browser:
    """One browser with a profile of its own, from construction to `close`; a context manager.

    `arguments` are passed on verbatim, after ours. Raises BrowserUnavailable.

    >>> with Browser(arguments=["--accept-lang=et"]) as browser, browser.user_context() as visitor:
    ...     browser.bidi.command("browsingContext.create", {"type": "tab", "userContext": visitor})

    `name` is such as `Chromium 156.0.8078.79`. `net_log` is Chromium's own record of what it sent (`netlog.read`),
    complete after `stop` and gone after `close`; None for Firefox. `marks` tells by what a visitor is known in there.
    """

    name: str
    bidi: Bidi
    net_log: Path | None
    marks: dict[str, str]

    def __init__(self, kind: Kind = "chrome", arguments: Sequence[str] = ()) -> None:
        engine = _ENGINES[kind]
        program, title = _program(engine)
        driver = _driver(engine)
        self._running = ExitStack()
        self._folder = Path(tempfile.mkdtemp(prefix=FOLDER))
        self.net_log = self._folder / "net-log.json" if kind == "chrome" else None
        self.marks = {}
        self._numbers = count()
        self._marking = kind == "chrome" and not _proxied(arguments)
        try:
            version = self._start(engine, driver, self._options(engine, program, arguments))
        except (WebDriverException, HTTPError, BidiError, OSError) as error:
            self.close()
            raise BrowserUnavailable(f"{title} does not start: {_sentence(error)}") from error
        except BaseException:
            self.close()
            raise
        self.name = f"{title} {version}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def user_context(self) -> Iterator[str]:
        """The id of a visitor without a past, whose storage nobody else sees; removed with all its tabs."""
        number = next(self._numbers)  # Not how many there are: visitors come side by side.
        mark = f"127.1.{number // 250}.{number % 250 + 1}:1"
        made = self.bidi.command("browser.createUserContext", _marked(mark) if self._marking else {})["userContext"]
        if self._marking:
            self.marks[made] = mark
        try:
            yield made
        finally:
            self.bidi.command("browser.removeUserContext", {"userContext": made})

    def stop(self) -> None:
        """End the browser, its driver and every process of theirs. May be called again."""
        self._running.close()

    def close(self) -> None:
        """Stop, and delete the profile and the net log. May be called again."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _options(self, engine: _Engine, program: str, arguments: Sequence[str]) -> Any:
        options = engine.options(self._folder)
        options.binary_location = program
        options.set_capability("webSocketUrl", True)
        options.set_capability("unhandledPromptBehavior", _PROMPTS)
        for argument in arguments:
            options.add_argument(argument)
        return options

    def _start(self, engine: _Engine, driver_path: str, options: Any) -> str:
        """Start driver and browser, and connect to them; gives the browser's version."""
        inside = {"TMPDIR": str(self._folder)} if len(str(self._folder)) <= _ROOM else {}
        # In a session of its own, a Ctrl-C at the terminal is for us alone, and all that it starts ends with its group.
        service = engine.service(driver_path, env={**os.environ, **inside}, popen_kw={"start_new_session": True})
        self._running.callback(_end, service)
        driver = engine.start(options=options, service=service)
        self._running.callback(driver.command_executor.close)
        self.bidi = Bidi(driver.capabilities["webSocketUrl"])
        process = driver.capabilities.get("goog:processID") or driver.capabilities.get("moz:processID")
        self._running.callback(self._ask_to_close, process)
        return str(driver.capabilities["browserVersion"])

    def _ask_to_close(self, process: int | None) -> None:
        """A browser that closes by itself completes its net log."""
        with suppress(BidiError):
            self.bidi.settle(_PATIENCE)  # What a callback raised is no reason to cut the log short.
        deadline = time.monotonic() + _PATIENCE
        try:
            self.bidi.command("browser.close", patience=_PATIENCE)
        except BidiError:
            deadline = 0
        self.bidi.close()
        while process and _runs(process) and time.monotonic() < deadline:
            time.sleep(0.01)


def _program(engine: _Engine) -> tuple[str, str]:
    for name, title in engine.programs.items():
        if path := shutil.which(name):
            return path, title
    raise BrowserUnavailable(f"No {' or '.join(dict.fromkeys(engine.programs.values()))} is on the PATH.")


def _driver(engine: _Engine) -> str:
    """Found here, so that Selenium does not download one."""
    if path := shutil.which(engine.driver):
        return path
    raise BrowserUnavailable(f"{engine.driver}, which drives the browser, is not on the PATH.")


def _proxied(arguments: Sequence[str]) -> bool:
    """Whether the way out leads through a proxy, which our marks would lead past."""
    return bool(getproxies()) or any(each.startswith("--proxy-") for each in arguments)


def _marked(mark: str) -> dict[str, Any]:
    """A user context whose requests go out directly, as ever, and are logged with a proxy that is never asked.

    Nothing else in the net log tells visitors apart: requests on leaving, and WebSockets, are in there alone.
    """
    ways = f"direct://,{mark}"
    proxy = {"proxyType": "manual", "httpProxy": ways, "sslProxy": ways, "noProxy": ["<-loopback>"]}
    return {"proxy": proxy}


def _runs(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


def _end(service: Any) -> None:
    """Kill the driver's group, with all that is left in it, and have Selenium clean up after its process."""
    process = getattr(service, "process", None)
    if process is None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    service.stop()


def _sentence(error: Exception) -> str:
    """What a driver has to say, without its stack and its advertisement."""
    text = str(getattr(error, "msg", None) or error)
    return text.strip().partition("\n")[0].partition("; For documentation")[0].rstrip(".") + "."
