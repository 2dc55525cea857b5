"""Which pages to visit: those that were named, those of a sitemap, or those that links lead to."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree import ElementTree

from ..errors import ConsentError
from .browser import Browser
from .sites import host_of
from .visitor import Visitor

MOST = 500
"""Pages of one run: more is a mistyped sitemap, or a day's work."""
_NESTED = 2


class PlaceError(ConsentError):
    """An address that is none, or a sitemap that cannot be read. Says which."""


def checked(url: str) -> str:
    """A page's address, as it is visited. Raises PlaceError for anything but http and https."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PlaceError(f"{url}: no address of a page; it must begin with https:// or http://")
    return url if parts.path else f"{url}/"


def of_sitemap(browser: Browser, url: str, depth: int = _NESTED) -> list[str]:
    """The pages of a sitemap (sitemaps.org 0.9), those of a sitemap of sitemaps too. Raises PlaceError."""
    with browser.user_context() as user_context:
        visitor = Visitor(browser.bidi, user_context)
        failed = visitor.open(url)
        text = visitor.look("read", url)
    if not isinstance(text, str):
        raise PlaceError(f"{url}: the sitemap cannot be read ({failed or 'it answers with an error'})")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise PlaceError(f"{url}: no sitemap: {error}") from None
    found = [urljoin(url, (each.text or "").strip()) for each in root.iter() if each.tag.rpartition("}")[2] == "loc"]
    if root.tag.rpartition("}")[2] == "sitemapindex" and depth:
        found = [page for each in found for page in of_sitemap(browser, each, depth - 1)]
    return list(dict.fromkeys(checked(each) for each in found))[:MOST]


def crawled(browser: Browser, urls: Sequence[str], number: int) -> list[str]:
    """So many pages, beginning with those that are named, that links on the same hosts lead to."""
    found, hosts = list(dict.fromkeys(urls)), {host_of(url) for url in urls}
    for url in found:
        if len(found) >= number:
            break
        with browser.user_context() as user_context:
            visitor = Visitor(browser.bidi, user_context)
            visitor.open(url)
            links = visitor.look("links") or []
        for link in (urldefrag(each)[0] for each in links):
            if host_of(link) in hosts and link not in found and len(found) < number:
                found.append(link)
    return found
