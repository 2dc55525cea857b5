"""The wall in a Flask application: a page's own Content-Security-Policy lets in what this visitor granted, and no more.

The browser then holds the rest back, marked or not, however it is reached for. `enforce` rewrites the application's
header; `report-only` leaves it as it is and adds a second one, which blocks nothing and reports.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from flask import Response, request

from ..decision import Decision
from ..views import visit
from ..views.caching import keep_private
from .csp import holes, merge, reporting
from .hosts import Hosts

if TYPE_CHECKING:
    from ..parts import Parts

log = logging.getLogger("consent_banner.wall")
ENFORCED = "Content-Security-Policy"
REPORTED = "Content-Security-Policy-Report-Only"
GROUP = "consent"
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_NONCE = re.compile(r"'nonce-[^']*'")
_SHAPES = 64  # A host application has a few headers; whoever writes a new one each time is told no more.


class Wall:
    """The last hook of an application's responses. Says once what it cannot do, at warning level."""

    def __init__(self, parts: Parts) -> None:
        self._hosts = parts.hosts
        self._enforces = parts.settings.csp == "enforce"
        self._seen: set[str] = set()

    def __call__(self, response: Response) -> Response:
        """Give a page its visitor's policy. Other responses, and the service's own, stay as they are."""
        if response.mimetype not in _PAGES or request.blueprint == "consent_banner":
            return response
        given = ", ".join(response.headers.getlist(ENFORCED))
        hosts = self._hosts.of(_decision())
        merged = merge(given, hosts)
        if not merged:
            self._once("", f"{request.path} has no {ENFORCED}, so CONSENT_CSP has nothing to merge grants into")
            return response
        self._look_for_holes(merged, hosts)
        self._set(response, merged)
        return keep_private(response)

    def _set(self, response: Response, merged: str) -> None:
        uri = f"{visit.prefix()}/reports"
        group = GROUP if request.is_secure else None  # Over plain http browsers send to no group, nor then to the URI.
        if group:
            _add_endpoint(response, uri)
        if self._enforces:
            response.headers[ENFORCED] = reporting(merged, uri, group)
        else:
            response.headers.add(REPORTED, reporting(merged, uri, group, alone=True))

    def _look_for_holes(self, merged: str, hosts: Hosts) -> None:
        shape = _NONCE.sub("", merged)
        if shape not in self._seen and len(self._seen) < _SHAPES:
            self._seen.add(shape)
            for hole in holes(merged, hosts, request.host.partition(":")[0].lower()):
                self._once(hole.directive + str(hole.source), f"the wall has a hole: {hole}")

    def _once(self, what: str, sentence: str) -> None:
        if what not in self._seen:
            self._seen.add(what)
            log.warning(sentence)


def _decision() -> Decision | None:
    """This visitor's decision; None, which grants nothing, where there cannot be one."""
    try:
        return visit.decision()
    except Exception:  # Whatever it is, the page goes out, and nothing optional loads in it.
        log.exception("no decision for %s: nothing is granted there", request.path)
        return None


def _add_endpoint(response: Response, uri: str) -> None:
    """Name our group to the browser (Reporting API, 3.3), beside the application's own."""
    known = response.headers.get("Reporting-Endpoints")
    ours = f'{GROUP}="{uri}"'
    response.headers["Reporting-Endpoints"] = f"{known}, {ours}" if known else ours
