"""HTTP and HTTPS on free loopback ports, in threads, with one WSGI callable behind both."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

BODILESS = ("204", "304")


class LoopbackServer(ThreadingHTTPServer):
    """One listening port. With a certificate it speaks TLS, and `greeted` hears the name in every handshake.

    Connections are kept open, as on a real site, and a connection that never asks for anything holds up no other.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, application: WSGIApplication, certificate: Path | None, greeted: Callable[[str], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.application = application
        self.scheme = "https" if certificate else "http"
        self.port: int = self.server_address[1]
        self._tls = _tls(certificate, greeted) if certificate else None
        self._open: set[socket.socket] = set()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(10)
        with self._tls.wrap_socket(request, server_side=True) if self._tls else request as connection:
            self._open.add(connection)
            try:
                super().finish_request(connection, client_address)
            finally:
                self._open.discard(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError | ValueError):  # A browser that has left is no error.
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop listening and hang up on everybody."""
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: LoopbackServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _serve(self) -> None:
        body, status, headers = run_wsgi_app(self.server.application, self._environ())
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers.items():
            self.send_header(name, value)
        if code == "101":
            self.end_headers()
            self.wfile.write(b"".join(body))
            self.close_connection = True
            return
        chunked = code not in BODILESS and self.command != "HEAD" and "Content-Length" not in headers
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._send(body, chunked)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _serve

    def _send(self, body: Iterable[bytes], chunked: bool) -> None:
        try:
            for part in body:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked and part else part)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")
        finally:
            close = getattr(body, "close", None)
            if close:
                close()

    def _environ(self) -> WSGIEnvironment:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        fields = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        return fields | {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(parts.path, "latin-1"),
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.protocol_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": self.server.scheme,
            "wsgi.input": BytesIO(self.rfile.read(length)),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }


def _tls(certificate: Path, greeted: Callable[[str], None]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: greeted(name or "")
    return context


def self_signed(folder: Path, *names: str) -> Path:
    """A fresh certificate and its key in one file, made by the `openssl` command."""
    file = folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-nodes", "-days", "7", "-newkey", "ec", "-pkeyopt"]
    command += ["ec_paramgen_curve:prime256v1", "-subj", f"/CN={names[0]}", "-keyout", str(file), "-out", f"{file}.crt"]
    command += ["-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)]
    subprocess.run(command, check=True, capture_output=True)
    with file.open("a") as key:
        key.write(Path(f"{file}.crt").read_text())
    return file
