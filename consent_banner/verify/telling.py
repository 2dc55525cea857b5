"""Findings' evidence of requests: which tag, when, who loaded it, and the line to put in its place."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser
from typing import Any

from .evidence import Request, Tag, Visit
from .sites import host_of

_SOURCES = {"img": ("src", "srcset"), "iframe": ("src",), "link": ("href",)}


def tag_of(visit: Visit, request: Request) -> Tag | None:
    """The element of the page's markup that made a request, if one stands there unmarked."""
    loose = [tag for tag in visit.tags if tag.marked is None and 'rel="preload"' not in tag.markup]
    # A snippet inserts the script that it names: what stands in the page, and is to be changed, is the snippet.
    snippets = [tag for tag in loose if host_of(request.url) in tag.hosts]
    if snippets:
        return snippets[0]
    for address in (request.url, request.redirected_from, request.initiator):
        for tag in loose:
            if address and tag.url == address:
                return tag
    return None


def told(visit: Visit, request: Request, number: int, service: str | None) -> dict[str, Any]:
    """The evidence of a request, with the line to change where the tag stands in the page."""
    tag = tag_of(visit, request)
    return {
        "url": request.url,
        "after_ms": request.after_ms,
        "kind": request.kind,
        "page": request.page or None,
        "frame": request.frame,
        "initiator": request.initiator,
        "line": request.line,
        "redirected_from": request.redirected_from,
        "requests": number,
        "tag": tag.markup if tag else None,
        "change": marked(tag.markup, service) if tag and service else None,
    }


def marked(markup: str, service: str) -> str | None:
    """A tag with `data-consent` added, so that it waits (contract §3); None for one that cannot be gated so."""
    reader = _Opening()
    reader.feed(markup)
    name, attributes, rest = reader.name, reader.attributes, markup[len(reader.text) :]
    if name == "script":
        module = [("data-type", "module")] if ("type", "module") in attributes else []
        kept = [(key, value) for key, value in attributes if key != "type"]
        return _written(name, [("type", "text/plain"), ("data-consent", service), *module, *kept]) + rest
    if name in _SOURCES:
        waiting = [(f"data-{key}" if key in _SOURCES[name] else key, value) for key, value in attributes]
        return _written(name, [("data-consent", service), *waiting])
    return None


class _Opening(HTMLParser):
    """Reads the first opening tag of some markup."""

    name: str | None = None
    text = ""
    attributes: list[tuple[str, str | None]]

    def __init__(self) -> None:
        super().__init__()
        self.attributes = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.name is None:
            self.name, self.attributes, self.text = tag, attrs, self.get_starttag_text() or ""


def _written(name: str, attributes: list[tuple[str, str | None]]) -> str:
    pairs = [key if value is None else f'{key}="{escape(value, quote=True)}"' for key, value in attributes]
    return f"<{' '.join([name, *pairs])}>"
