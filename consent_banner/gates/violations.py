"""What browsers report of a Content-Security-Policy, read without trust: which directive held which host back.

Two forms are in use: `{"csp-report": {…}}` from `report-uri` (CSP3, 5.3) and a list of reports from `report-to`
(Reporting API, 3.2). Of both, only a host and a directive are taken; pages, scripts and samples are forgotten here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

OTHER = "other"
_DIRECTIVES = frozenset({
    "base-uri", "child-src", "connect-src", "default-src", "font-src", "form-action", "frame-ancestors", "frame-src",
    "img-src", "manifest-src", "media-src", "object-src", "prefetch-src", "require-trusted-types-for", "script-src",
    "script-src-attr", "script-src-elem", "style-src", "style-src-attr", "style-src-elem", "trusted-types",
    "worker-src",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation: the directive, `other` for an unknown one, and the host, None for `inline` and the like."""

    directive: str
    host: str | None


def read_violations(body: bytes) -> list[Violation] | None:
    """The violations in a report's body, other kinds of reports left out; None where it is no report at all."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    reports = found if isinstance(found, list) else [found]
    if not all(isinstance(report, dict) for report in reports):
        return None
    if isinstance(found, dict) and "csp-report" not in found and "type" not in found:
        return None
    return list(_violations(reports))


def _violations(reports: list[dict[str, Any]]) -> Iterator[Violation]:
    for report in reports:
        old, new = report.get("csp-report"), report.get("body")
        if isinstance(old, dict):
            directive = old.get("effective-directive") or old.get("violated-directive")
            yield Violation(_directive(directive), _host(old.get("blocked-uri")))
        elif report.get("type") == "csp-violation" and isinstance(new, dict):
            yield Violation(_directive(new.get("effectiveDirective")), _host(new.get("blockedURL")))


def _directive(value: Any) -> str:
    name = value.split(maxsplit=1)[0].lower() if isinstance(value, str) and value.strip() else OTHER
    return name if name in _DIRECTIVES else OTHER


def _host(value: Any) -> str | None:
    try:
        return urlsplit(value).hostname if isinstance(value, str) else None
    except ValueError:
        return None
