"""The zoo, running: the shop, its subdomains and everybody else, on loopback, in this process.

>>> with Zoo() as zoo, chromium(*zoo.browser_arguments) as driver:
...     driver.get(zoo.pages[0].address)
...     zoo.received  # What the stand-ins really got.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from .reading import HERE, ZooPage, read_pages
from .server import LoopbackServer, self_signed
from .shop import SITE, Faults, is_ours, make_shop
from .vendors import Hit, StandIns

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["Hit", "Zoo", "ZooPage"]

MAPPED = ("*.example", "www.googletagmanager.com")  # The second is a tracker that the packaged catalogue knows.


class Zoo:
    """Serves every page of the zoo, and every other host under `.example`, by the `Host` header.

    `received` are the requests that stand-ins got, `connected` the TLS connections that were made to them, asked for
    anything or not. A browser must be started with `browser_arguments`: they lead those names to this process, and no
    other name anywhere.
    """

    base = f"https://{SITE}/"
    policy_file: Path = HERE / "zoo.toml"

    def __init__(self) -> None:
        self._stand_ins = StandIns()
        self.received: list[Hit] = self._stand_ins.received
        self.connected: list[Hit] = []

    @cached_property
    def pages(self) -> list[ZooPage]:
        """Every page, sorted by kind and name."""
        return read_pages()

    @property
    def browser_arguments(self) -> tuple[str, ...]:
        """What Chromium needs to take every host for one of ours, and to believe the certificate."""
        ports = dict(zip((443, 80), (server.port for server in self._servers), strict=True))
        rules = [f"MAP {name}:{port} 127.0.0.1:{ours}" for name in MAPPED for port, ours in ports.items()]
        rules += ["MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1", "EXCLUDE localhost"]
        return (f"--host-resolver-rules={', '.join(rules)}", "--ignore-certificate-errors", "--no-proxy-server")

    def __enter__(self) -> Zoo:
        self._folder = tempfile.TemporaryDirectory(prefix="zoo-")
        folder = Path(self._folder.name)
        app, self._close_ledger = make_shop(folder, self.policy_file, {page.path: page for page in self.pages})
        self._faults = Faults(app)
        certificate = self_signed(folder, SITE, f"*.{SITE}", "*.example")
        self._servers = [LoopbackServer(self._serve, file, self._greeted) for file in (certificate, None)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._faults.close()
        for server in self._servers:
            server.close()
        self._close_ledger()
        self._folder.cleanup()

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chosen = self._faults if is_ours(environ.get("HTTP_HOST", "")) else self._stand_ins
        return chosen(environ, start_response)

    def _greeted(self, name: str) -> None:
        if not is_ours(name):
            self.connected.append(Hit(name, ""))
