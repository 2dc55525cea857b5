"""Which pages a run visits: those of a sitemap, those that links lead to, and no address that is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from consent_banner.verify.browser import Browser
from consent_banner.verify.places import PlaceError, checked, crawled, of_sitemap

from . import Web

SHOP = "http://shop.example"
SITEMAP = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
INDEX = '<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'


def locations(*paths: str) -> str:
    return "".join(f"<url><loc> {SHOP}{path} </loc></url>" for path in paths)


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    running = Web()
    xml = {"Content-Type": "application/xml"}
    running.pages |= {
        f"{SHOP}/sitemap.xml": (200, xml, SITEMAP.format(locations("/", "/a?x=1&amp;y=2", "/"))),
        f"{SHOP}/index.xml": (200, xml, INDEX.format(locations("/sitemap.xml", "/more.xml"))),
        f"{SHOP}/more.xml": (200, xml, SITEMAP.format(locations("/b"))),
        f"{SHOP}/broken.xml": (200, xml, "<urlset><loc>"),
        f"{SHOP}/": '<!doctype html><a href="/a#part">A</a> <a href="/b" download>B</a> <a href="mailto:a@b.ee">C</a>'
        '<a href="http://other.example/">D</a> <a href="http://shop.example/c">E</a>',
        f"{SHOP}/a": '<!doctype html><a href="/">home</a> <a href="/d">D</a>',
    }
    yield running
    running.close()


@pytest.fixture(scope="module")
def browser(web: Web) -> Iterator[Browser]:
    with Browser(arguments=web.arguments) as running:
        yield running


def test_takes_every_page_of_a_sitemap_once(browser: Browser) -> None:
    assert of_sitemap(browser, f"{SHOP}/sitemap.xml") == [f"{SHOP}/", f"{SHOP}/a?x=1&y=2"]


def test_takes_a_sitemap_of_sitemaps(browser: Browser) -> None:
    assert of_sitemap(browser, f"{SHOP}/index.xml") == [f"{SHOP}/", f"{SHOP}/a?x=1&y=2", f"{SHOP}/b"]


def test_says_what_is_wrong_with_a_sitemap(browser: Browser) -> None:
    with pytest.raises(PlaceError, match=r"broken\.xml: no sitemap"):
        of_sitemap(browser, f"{SHOP}/broken.xml")


def test_follows_links_of_the_same_host_until_there_are_enough(browser: Browser) -> None:
    assert crawled(browser, [f"{SHOP}/"], 4) == [f"{SHOP}/", f"{SHOP}/a", f"{SHOP}/c", f"{SHOP}/d"]
    assert crawled(browser, [f"{SHOP}/"], 2) == [f"{SHOP}/", f"{SHOP}/a"]


@pytest.mark.parametrize("address", ["shop.example", "ftp://shop.example/", "https://", "javascript:alert(1)", ""])
def test_refuses_what_is_no_page(address: str) -> None:
    with pytest.raises(PlaceError, match="no address of a page"):
        checked(address)


def test_completes_an_address() -> None:
    assert checked("https://jutt.ai") == "https://jutt.ai/"
