"""A service whose tags have consent calls, and pages with the vendors' snippets; the libraries are stand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver.remote.webdriver import WebDriver

from tests.servers import start_service

from .acts import call, ready
from .conftest import policy_text
from .stage import Site, Stage

SNIPPETS = Path(__file__).with_name("snippets")
CATEGORIES = {
    "google": "analytics", "meta": "marketing", "microsoft-uet": "marketing", "microsoft-clarity": "analytics",
    "tiktok": "marketing", "matomo": "analytics", "hubspot": "marketing", "contentsquare": "analytics",
}  # fmt: skip
DENIED = {
    "ad_storage": "denied", "ad_user_data": "denied", "ad_personalization": "denied", "analytics_storage": "denied",
    "functionality_storage": "denied", "personalization_storage": "denied", "security_storage": "granted",
}  # fmt: skip


def service_with(api: str, category: str, name: str = "") -> str:
    """A policy's service that obeys this API; named like it unless `name` says otherwise."""
    return f"""
[[services]]
id = "{name or api}"
category = "{category}"
name = "{name or api}"
provider = "Vendor OÜ"
country = "EE"
privacy_policy = "https://vendor.example/privacy"
purpose = {{ et = "Loeb.", en = "Counts." }}
hosts = ["{name or api}.stand-in.localhost"]
consent_api = "{api}"
"""


@contextmanager
def running(stage: Stage, folder: Path, more: str = "") -> Iterator[str]:
    """The service with one tag for every API, and `more` in its policy: its host and port."""
    services = "".join(service_with(api, category) for api, category in CATEGORIES.items())
    policy = folder / "policy.toml"
    policy.write_text(policy_text(stage) + services + more, encoding="utf-8")
    environment = {"CONSENT_POLICY": str(policy), "CONSENT_COOKIE_SECURE": "0", "CONSENT_RATE_LIMIT": "off"}
    with start_service(folder, **environment) as (url, _process):
        yield url.removeprefix("http://")


def snippet(site: Site, api: str) -> str:
    """The vendor's snippet, marked, with a stand-in for its library."""
    library = site.stage.tracker(api, f"/tag.js?name={api}&site={site.host}")
    return (SNIPPETS / f"{api}.html").read_text(encoding="utf-8").replace(f"{{{api}}}", library)


def visit(browser: WebDriver, site: Site, service: str, *apis: str) -> None:
    """Open a page with the snippets of these vendors, and wait for its decision."""
    site.served_by(service)
    browser.get(site.page("".join(snippet(site, api) for api in apis)))
    ready(browser)


def data_layer(browser: WebDriver) -> list[list[Any]]:
    """Every call of `gtag`, in order; the data layer's plain events are left out."""
    plain = "(word) => (word instanceof Date ? 0 : word)"
    calls = f"[...dataLayer].filter((each) => each[0]).map((each) => [...each].map({plain}))"
    return list(call(browser, f"return {calls}"))


def last_update(browser: WebDriver) -> dict[str, str]:
    """What Google was told last."""
    signals: dict[str, str] = [each for each in data_layer(browser) if each[:2] == ["consent", "update"]][-1][2]
    return signals
