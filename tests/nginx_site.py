"""A real nginx for tests, in front of a real service: on free ports, with an endpoint behind it that records."""

from __future__ import annotations

import getpass
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from .servers import answers, running, wait_until

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

CONFIG = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ text/html html; text/javascript js; }}
    {inside}
}}
"""


@dataclass
class Site:
    """nginx's address, the service's address behind it, and what reached the analytics endpoint."""

    url: str
    service: str
    cache: Path
    arrived: list[str] = field(default_factory=list)

    def status(self, path: str, session: requests.Session | None = None, method: str = "GET", **headers: str) -> int:
        return self.get(path, session, method, **headers).status_code

    def get(
        self, path: str, session: requests.Session | None = None, method: str = "GET", **headers: str
    ) -> requests.Response:
        asking = (session or requests.Session()).request
        return asking(method, f"{self.url}{path}", headers=headers, timeout=10)

    def choose(self, **body: object) -> requests.Session:
        """A visitor who chose, through nginx."""
        session = requests.Session()
        revision = session.get(f"{self.url}/consent/check").json()["revision"]
        values = {"method": "custom", "revision": revision} | body
        answer = session.post(f"{self.url}/consent/choices", json=values, headers={"Origin": self.url})
        assert answer.status_code == 200
        return session


@contextmanager
def recording_endpoint() -> Iterator[ThreadingHTTPServer]:
    """A first-party analytics endpoint; what really arrives is in its `arrived`."""
    arrived: list[str] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            arrived.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.arrived = arrived  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@contextmanager
def nginx(folder: Path, inside: str, url: str) -> Iterator[None]:
    """nginx with some configuration inside its `http { }`, until the end of the block."""
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    path = folder / "nginx.conf"
    path.write_text(CONFIG.format(user=user, folder=folder, inside=inside), encoding="utf-8")
    with running([NGINX, "-e", f"{folder}/error.log", "-c", str(path)], folder) as process:
        wait_until(lambda: process.poll() is not None or answers(f"{url}/consent/healthz"))
        assert process.poll() is None, (folder / "error.log").read_text()
        yield
