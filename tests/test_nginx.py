"""A real nginx in front: `auth_request` with the check's gates holds back pixels, endpoints and whole files.

The configuration is the README's own, with more locations of the same kind beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from .nginx_site import Site, nginx, recording_endpoint
from .servers import ROOT, free_port, start_service, stop

KEPT = """
    proxy_cache_path FOLDER/cache keys_zone=gates:1m;
    # Two cookies prove nothing, whichever of them comes first: such an answer is not kept, and none is reused.
    map $http_cookie $doubtful { default 0; "~consent.*consent" 1; }
"""
MORE = """
    location = /pixel.gif {
        auth_request /_allowed/acme-pixel;
        empty_gif;
    }
    location /tags/ {
        auth_request /_allowed/marketing;
        root FOLDER/www;
    }
    location /typo/ {
        auth_request /_allowed/marketting;
        root FOLDER/www;
    }
    # For busy sites: one question per cookie and ten seconds.
    location = /kept.gif {
        auth_request /_kept/analytics;
        empty_gif;
    }
    location /_kept/ {
        internal;
        rewrite ^/_kept/(.+)$ /consent/check/$1 break;
        proxy_pass http://consent;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header Host $http_host;
        proxy_cache gates;
        proxy_cache_key "$uri|$cookie_consent|$http_sec_gpc";
        proxy_cache_valid 204 403 10s;
        proxy_ignore_headers Cache-Control Vary;
        proxy_cache_bypass $doubtful;
        proxy_no_cache $doubtful;
    }
"""


def configured(folder: Path, port: int, service: str, analytics: int) -> str:
    """The README's nginx, moved to free ports."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```nginx\n(.*?)```", readme, re.DOTALL)
    moved = block.replace("127.0.0.1:8000", urlsplit(service).netloc).replace("listen 8080", f"listen 127.0.0.1:{port}")
    moved = moved.replace("127.0.0.1:9000", f"127.0.0.1:{analytics}")
    return (KEPT + moved.rstrip().removesuffix("}") + MORE).replace("FOLDER", str(folder)) + "}\n"


@pytest.fixture(scope="module")
def analytics() -> Iterator[ThreadingHTTPServer]:
    with recording_endpoint() as server:
        yield server


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, analytics: ThreadingHTTPServer) -> Iterator[Site]:
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    (folder / "www" / "tags").mkdir(parents=True)
    (folder / "www" / "tags" / "tag.js").write_text("track()")
    url = f"http://127.0.0.1:{port}"
    with start_service(folder, CONSENT_PROXY_HOPS="1") as (service, process):
        with nginx(folder, configured(folder, port, service, analytics.server_port), url):
            yield Site(url, service, folder / "cache", analytics.arrived)  # type: ignore[attr-defined]
        assert process.poll() is None


def test_T04_a_pixel_loads_for_whom_its_service_was_granted(site: Site) -> None:
    assert site.status("/pixel.gif") == 403
    assert site.status("/pixel.gif", site.choose(categories={"analytics": True})) == 403
    assert site.status("/pixel.gif", site.choose(services={"acme-pixel": True})) == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_endpoint_receives_from_whom_its_category_was_granted(site: Site, method: str) -> None:
    agreed, refused = site.choose(categories={"analytics": True}), site.choose(categories={})
    site.arrived.clear()
    assert site.status("/collect/hit?who=nobody", method=method) == 403
    assert site.status("/collect/hit?who=refused", refused, method) == 403
    assert site.status("/collect/hit?who=agreed", agreed, method) == 202
    agreed.delete(f"{site.url}/consent/choices")
    assert site.status("/collect/hit?who=withdrew", agreed, method) == 403
    assert site.arrived == ["/hit?who=agreed"]


def test_a_whole_tag_file_is_held_back(site: Site) -> None:
    assert site.status("/tags/tag.js") == 403
    agreed = site.choose(categories={"marketing": True})
    assert agreed.get(f"{site.url}/tags/tag.js").text == "track()"


def test_an_unknown_name_lets_nobody_in_and_is_no_error(site: Site) -> None:
    assert site.status("/typo/tag.js", site.choose(categories={"marketing": True})) == 403


@pytest.mark.parametrize(
    "headers",
    [{"Cookie": "consent=x"}, {"Cookie": "consent="}, {"Sec-GPC": "1"}, {"Cookie": "consent=a; consent=b"}],
)
def test_C20_C23_doubt_means_no(site: Site, headers: dict[str, str]) -> None:
    for path in ("/pixel.gif", "/collect/x", "/tags/tag.js", "/kept.gif"):
        assert site.status(path, **headers) == 403


def test_the_gates_themselves_cannot_be_asked(site: Site) -> None:
    assert site.status("/_allowed/analytics") == 404


def test_our_own_origin_is_the_one_that_the_visitor_sees(site: Site) -> None:
    answer = requests.post(
        f"{site.url}/consent/choices", json={"method": "reject_all"}, headers={"Origin": site.service}, timeout=10
    )
    assert answer.status_code == 403


class TestKept:
    """Answers kept for ten seconds by the cookie's value."""

    def test_T16_two_visitors_do_not_see_each_others(self, site: Site) -> None:
        agreed, refused = site.choose(categories={"analytics": True}), site.choose(categories={})
        for _ in range(3):
            assert site.status("/kept.gif", agreed) == 200
            assert site.status("/kept.gif", refused) == 403
            assert site.status("/kept.gif") == 403

    def test_a_new_choice_is_a_new_cookie_and_counts_at_once(self, site: Site) -> None:
        visitor = site.choose(categories={"analytics": True})
        assert site.status("/kept.gif", visitor) == 200
        visitor.delete(f"{site.url}/consent/choices")
        assert site.status("/kept.gif", visitor) == 403

    def test_a_second_cookie_behind_a_known_good_one_proves_nothing(self, site: Site) -> None:
        token = site.choose(categories={"analytics": True}).cookies["consent"]
        assert site.status("/kept.gif", Cookie=f"consent={token}") == 200
        assert site.status("/kept.gif", Cookie=f"consent={token}; consent=x") == 403
        assert site.status("/kept.gif", Cookie=f"consent={token}; consent") == 403
        assert site.status("/kept.gif", Cookie=f"consent={token}") == 200

    def test_they_are_really_kept(self, site: Site) -> None:
        assert site.status("/kept.gif", site.choose(categories={"analytics": True})) == 200
        assert [path for path in site.cache.iterdir() if path.is_file()]


def test_C21_without_the_service_nothing_is_let_through(tmp_path: Path, analytics: ThreadingHTTPServer) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        start_service(tmp_path, CONSENT_PROXY_HOPS="1") as (service, process),
        nginx(tmp_path, configured(tmp_path, port, service, analytics.server_port), url),
    ):
        site = Site(url, service, tmp_path / "cache", analytics.arrived)  # type: ignore[attr-defined]
        agreed = site.choose(categories={"analytics": True, "marketing": True})
        assert site.status("/pixel.gif", agreed) == 200
        stop(process)
        site.arrived.clear()
        for path in ("/pixel.gif", "/collect/x", "/tags/tag.js"):
            assert site.status(path, agreed) >= 500
        assert site.arrived == []
