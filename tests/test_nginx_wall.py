"""The wall in a real nginx, run from `docs/nginx.conf`: pages, pixels, an endpoint and a file of tags, by decision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from .conftest import POLICY
from .nginx_site import Site, nginx, recording_endpoint
from .servers import ROOT, free_port, start_service, stop

EMPTY = (
    "default-src 'self'; script-src 'self' {0}; style-src 'self' {0}; connect-src 'self' {0}; "
    "img-src 'self' data: {0}; font-src 'self' {0}; frame-src {0}; form-action 'self' {0}; "
    "object-src 'none'; base-uri 'none'; report-uri /consent/reports"
)


@contextmanager
def standing(folder: Path, endpoint: ThreadingHTTPServer) -> Iterator[tuple[Site, object]]:
    """The documented configuration with a service behind it, moved to free ports and to a folder of files."""
    url, www = f"http://127.0.0.1:{free_port()}", folder / "www"
    (www / "tags").mkdir(parents=True)
    (www / "index.html").write_text("<!doctype html><p>page")
    (www / "tags" / "marketing.js").write_text("track()")
    (folder / "policy.toml").write_text(POLICY.replace("acme-pixel", "meta-pixel"), encoding="utf-8")
    with start_service(folder, CONSENT_PROXY_HOPS="1", CONSENT_CSP="enforce") as (service, process):
        text = (ROOT / "docs" / "nginx.conf").read_text(encoding="utf-8")
        for documented, here in (
            ("127.0.0.1:8000", urlsplit(service).netloc),
            ("listen 8080", f"listen {urlsplit(url).netloc}"),
            ("127.0.0.1:9000", f"127.0.0.1:{endpoint.server_port}"),
            ("/var/www/site", str(www)),
        ):
            assert documented in text
            text = text.replace(documented, here)
        with nginx(folder, text, url):
            yield Site(url, service, folder, endpoint.arrived), process  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ThreadingHTTPServer]:
    with recording_endpoint() as server:
        yield server


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, endpoint: ThreadingHTTPServer) -> Iterator[Site]:
    with standing(tmp_path_factory.mktemp("wall"), endpoint) as (site, _process):
        yield site


def policy_of(answer: requests.Response) -> str:
    """A page's policy, as it must stand on every page: private, and asked again each time."""
    assert (answer.status_code, answer.text) == (200, "<!doctype html><p>page")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Vary"] == "Cookie, Sec-GPC"
    return answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("headers", [{}, {"Sec-GPC": "1"}, {"Cookie": "consent=x"}, {"Cookie": "consent=a; consent=b"}])
def test_C20_C23_a_page_lets_nothing_in_before_a_choice(site: Site, headers: dict[str, str]) -> None:
    assert policy_of(site.get("/", **headers)) == EMPTY.format("")


def test_a_page_lets_in_the_hosts_of_granted_services(site: Site) -> None:
    visitor = site.choose(services={"meta-pixel": True})
    granted = "px.acme.example wss://px.acme.example"
    assert policy_of(site.get("/", visitor)) == EMPTY.format(granted)
    both = site.choose(services={"meta-pixel": True, "counter": True})
    assert "frame-src counter.example px.acme.example wss:" in policy_of(site.get("/index.html", both))
    visitor.delete(f"{site.url}/consent/choices")
    assert policy_of(site.get("/", visitor)) == EMPTY.format("")


def test_a_page_that_is_not_there_carries_the_policy_too(site: Site) -> None:
    answer = site.get("/nope.html")
    assert (answer.status_code, answer.headers["Content-Security-Policy"]) == (404, EMPTY.format(""))


def test_a_page_kept_by_a_browser_comes_back_with_the_new_policy(site: Site) -> None:
    visitor = site.choose(services={"meta-pixel": True})
    tag = site.get("/", visitor).headers["ETag"]
    visitor.delete(f"{site.url}/consent/choices")
    answer = site.get("/", visitor, **{"If-None-Match": tag})
    assert answer.status_code == 304
    assert answer.headers["Content-Security-Policy"] == EMPTY.format("")


def test_T04_a_pixel_loads_for_whom_its_service_was_granted(site: Site) -> None:
    assert site.status("/pixels/meta.gif") == 403
    assert site.status("/pixels/meta.gif", site.choose(services={"counter": True})) == 403
    answer = site.get("/pixels/meta.gif", site.choose(services={"meta-pixel": True}))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


def test_an_analytics_endpoint_receives_from_whom_its_category_was_granted(site: Site) -> None:
    agreed, refused = site.choose(categories={"analytics": True}), site.choose(categories={})
    site.arrived.clear()
    assert site.status("/stats/hit?who=nobody") == 403
    assert site.status("/stats/hit?who=refused", refused, "POST") == 403
    assert site.status("/stats/hit?who=agreed", agreed, "POST") == 202
    assert site.arrived == ["/hit?who=agreed"]


def test_T16_a_file_of_tags_is_empty_until_granted_and_is_kept_for_nobody_else(site: Site) -> None:
    visitor = site.choose(categories={"marketing": True})
    answers = [site.get("/tags/marketing.js"), site.get("/tags/marketing.js", visitor)]
    visitor.delete(f"{site.url}/consent/choices")
    answers.append(site.get("/tags/marketing.js", visitor))
    assert [(answer.status_code, answer.text) for answer in answers] == [(204, ""), (200, "track()"), (204, "")]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["Vary"] == "Cookie, Sec-GPC"


def test_a_violation_that_the_browser_reports_is_counted(site: Site) -> None:
    report = {"csp-report": {"effective-directive": "img-src", "blocked-uri": "https://px.acme.example/p"}}
    headers = {"Content-Type": "application/csp-report", "Origin": site.url}
    answer = requests.post(f"{site.url}/consent/reports", json=report, headers=headers, timeout=10)
    assert answer.status_code == 204


def test_the_questions_themselves_cannot_be_asked(site: Site) -> None:
    assert (site.status("/_grants"), site.status("/_allowed/analytics")) == (404, 404)


def test_C21_without_the_service_pages_go_out_closed_and_no_tag_does(
    tmp_path: Path, endpoint: ThreadingHTTPServer
) -> None:
    with standing(tmp_path, endpoint) as (site, process):
        agreed = site.choose(categories={"analytics": True, "marketing": True})
        assert "px.acme.example" in policy_of(site.get("/", agreed))
        stop(process)  # type: ignore[arg-type]
        site.arrived.clear()
        assert policy_of(site.get("/", agreed)) == EMPTY.format("")
        for path in ("/pixels/meta.gif", "/stats/x", "/tags/marketing.js"):
            assert site.status(path, agreed) == 500
        assert site.arrived == []
