"""Answers that are the same for everyone: compressed once, named by an ETag, kept by caches (RFC 9110, 9111)."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock

import brotli
from flask import Response, request

SHARED = "public, max-age=600, stale-while-revalidate=86400"


@dataclass(frozen=True, slots=True)
class Compressed:
    """One body in every encoding that we speak, smallest first."""

    etag: str
    content_type: str
    br: bytes
    gzip: bytes
    identity: bytes

    @classmethod
    def of(cls, body: bytes, content_type: str) -> Compressed:
        """Compress a body once, at the highest level: it is sent many times."""
        return cls(
            etag=hashlib.sha256(body).hexdigest()[:20],
            content_type=content_type,
            br=brotli.compress(body, quality=11),
            gzip=gzip.compress(body, 9, mtime=0),
            identity=body,
        )


class Shelf:
    """Compressed bodies, made when first asked for. `make` is called once for each key while its body is kept."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._kept: dict[Hashable, Compressed] = {}
        self._lock = Lock()

    def take(self, key: Hashable, make: Callable[[], str], content_type: str) -> Compressed:
        """The body of a key; rendered and compressed where it is not there yet."""
        found = self._kept.get(key)
        if found is None:
            with self._lock:
                found = self._kept.get(key) or Compressed.of(make().encode(), content_type)
                while len(self._kept) >= self._most:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[key] = found
        return found


def send(body: Compressed) -> Response:
    """The body in the best encoding that the client takes, or 304 where it has it already."""
    encoding = request.accept_encodings.best_match(["br", "gzip", "identity"], "identity")
    response = Response(getattr(body, encoding), content_type=body.content_type)
    if encoding != "identity":
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = SHARED
    response.set_etag(f"{body.etag}-{encoding}")
    response.make_conditional(request)
    return response


def keep_private(response: Response) -> Response:
    """What depends on a visitor's decision is theirs alone (RFC 9111, 5.2.2.7)."""
    response.vary.update(("Cookie", "Sec-GPC"))
    response.cache_control.public = False
    response.cache_control.private = True
    return response
