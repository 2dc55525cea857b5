"""Runs under a strict Content-Security-Policy with Trusted Types: it needs its script and its service, no more."""

from __future__ import annotations

from html import escape

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from .acts import Rejected, address, arrived, call, choose, external, fired, image, inline, push, ready, settled
from .conftest import part, press
from .stage import Site, eventually

WATCH = """<script nonce="page">
window.violations = [];
document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile, sample }) =>
  violations.push([effectiveDirective, blockedURI, sourceFile, sample].join(' ')));
window.stray = 0;
addEventListener('error', () => stray++);
addEventListener('unhandledrejection', () => stray++);
</script>"""


def strict(site: Site, script: str, *more: str) -> str:
    """A policy that allows the page's nonce, the stand-ins for its own tags, and what the contract says we need."""
    return "; ".join((
        "default-src 'none'", f"script-src 'nonce-page' {script} http://*.stand-in.localhost:{site.stage.port}",
        "connect-src 'self'", "style-src 'none'", f"img-src data: http://*.stand-in.localhost:{site.stage.port}",
        f"frame-src http://*.stand-in.localhost:{site.stage.port}", "base-uri 'none'",
        "require-trusted-types-for 'script'", "trusted-types consent-banner", *more))  # fmt: skip


def violations(driver: WebDriver) -> list[str]:
    found: list[str] = driver.execute_script("return window.violations")
    return found


@pytest.mark.parametrize("allowed", ["'nonce-banner'", "/consent/banner.js"])
def test_nothing_of_ours_violates_a_strict_policy(browser: WebDriver, site: Site, allowed: str) -> None:
    by_path = allowed.startswith("/")
    script = site.script(attributes="" if by_path else 'nonce="banner"')
    frame = escape(address(site, "video", "frame", "/frame.html"))
    body = "".join((
        external(site, "analytics", "script", 'nonce="page"'),
        external(site, "analytics", "by-host", source="data-src"),
        inline("analytics", push("inline"), 'nonce="page"'),
        inline("counter", push("module"), 'nonce="page" data-type="module"'),
        image(site, "marketing", "image"),
        f'<iframe id="frame" data-consent="video" data-src="{frame}"></iframe>',
        '<div id="here" data-consent-preferences></div><div id="there" data-consent-declaration></div>',
    ))  # fmt: skip
    browser.get(site.page(body, head=WATCH + script, csp=strict(site, site.origin + allowed if by_path else allowed)))
    ready(browser)
    notice = part(browser, "notice")
    assert notice is not None
    assert notice.value_of_css_property("position") == "fixed", "styled, without style-src"
    press(browser, "customise")
    dialog = part(browser, "preferences")
    assert dialog is not None
    assert eventually(lambda: browser.find_elements(By.CSS_SELECTOR, "#here input, #there *"))
    call(browser, "await consentBanner.close()")
    browser.find_element(By.CSS_SELECTOR, '#jutt-consent [hreflang="en"]').click()
    spoken = "return document.getElementById('jutt-consent')?.textContent.includes('Accept all')"
    assert eventually(lambda: browser.execute_script(spoken))
    assert settled(browser, site) == []

    press(browser, "accept-all")
    assert arrived(site, "script", "by-host", "image", "frame")
    assert eventually(lambda: len(fired(browser)) == 4)
    press(browser, "launcher")
    press(browser, "withdraw")
    assert eventually(lambda: browser.execute_script("return !document.getElementById('frame').hasAttribute('src')"))
    settled(browser, site)
    assert violations(browser) == []
    assert browser.execute_script("return stray") == 0


def test_a_gated_script_keeps_its_own_nonce_and_is_never_lent_ours(browser: WebDriver, site: Site) -> None:
    body = (
        inline("analytics", push("lent"), 'id="without"') + inline("analytics", push("wrong"), 'nonce="wrong"')
        + inline("analytics", push("own"), 'nonce="page" id="own"')
    )  # fmt: skip
    head = WATCH + site.script(attributes='nonce="banner"')
    browser.get(site.page(body, head=head, csp=strict(site, "'nonce-banner'")))
    ready(browser)
    choose(browser, "analytics")
    assert eventually(lambda: fired(browser)) == ["own"]
    assert eventually(lambda: len(violations(browser)) == 2), violations(browser)
    assert browser.execute_script("return ['without', 'own'].map((id) => document.getElementById(id).nonce)") == [
        "",
        "page",
    ]


def test_one_trusted_types_policy_is_made_once_and_only_where_there_is_need(browser: WebDriver, site: Site) -> None:
    spy = """<script>
    window.policies = [];
    const make = TrustedTypePolicyFactory.prototype.createPolicy;
    TrustedTypePolicyFactory.prototype.createPolicy = function (name, rules) {
      policies.push(name);
      return make.call(this, name, rules);
    };
    </script>"""
    browser.get(site.page(external(site, "analytics", "tag"), head=spy + site.script() + site.script("?lang=en")))
    ready(browser)
    call(browser, "await consentBanner.open(); await consentBanner.acceptAll()")
    assert arrived(site, "tag")
    assert set(browser.execute_script("return policies")) == {"consent-banner"}
    assert len(browser.execute_script("return policies")) == 1


def test_a_page_that_grants_no_policy_gets_no_banner_and_loads_nothing(browser: WebDriver, site: Site) -> None:
    """Without `trusted-types consent-banner` nothing can be shown: then nothing may load either."""
    csp = strict(site, "'nonce-banner'").replace("trusted-types consent-banner", "trusted-types other")
    head = WATCH + site.script(attributes='nonce="banner"')
    browser.get(site.page(external(site, "analytics", "tag", 'nonce="page"'), head=head, csp=csp))
    assert eventually(lambda: violations(browser))
    assert settled(browser, site) == []


@pytest.mark.parametrize("page", ["another port", "another host"])
def test_a_service_of_another_origin_of_the_same_site_works_by_cors(
    request: pytest.FixtureRequest, browser: WebDriver, site: Site, page: str
) -> None:
    """`another host` in Chromium alone: WebKitGTK takes every host below `localhost` for a site of its own."""
    webkit = browser.capabilities["browserName"] != "chrome"
    if page == "another host" and webkit:
        return  # Not a skip: the same promise is shown for WebKit by `another port`.
    other = site.twin() if page == "another port" else Site(site.stage, f"www.{site.host.removesuffix('.localhost')}")
    script = f'<script async nonce="page" src="{site.origin}/consent/banner.js?lang=et"></script>'
    csp = strict(site, "").replace("connect-src 'self'", f"connect-src {site.origin}")
    browser.get(other.page(external(other, "analytics", "tag"), "/other", head=WATCH + script, csp=csp))
    assert ready(browser)["reason"] == "none"
    assert settled(browser, other) == []
    press(browser, "accept-all")
    assert arrived(other, "tag")
    browser.get(other.page(external(other, "analytics", "again"), "/next", head=WATCH + script, csp=csp))
    assert ready(browser)["reason"] == "recorded"
    call(browser, "await consentBanner.open()")
    assert part(browser, "preferences") is not None
    assert call(browser, "return (await consentBanner.withdraw()).categories.analytics") is False
    assert violations(browser) == []
    asked = {hit.headers.get("origin") for hit in site.asked("check")}
    assert asked == {other.origin}


def test_a_page_of_an_origin_that_the_policy_does_not_list_gets_no_decision_and_records_no_choice(
    browser: WebDriver, site: Site
) -> None:
    path = f"/{site.host}"
    script = f'<script async src="{site.origin}/consent/banner.js?lang=et"></script>'
    site.page(external(site, "analytics", "tag"), path, head=script)
    site.stage.pages["127.0.0.1", path] = site.stage.pages[site.host, path]
    browser.get(f"http://127.0.0.1:{site.stage.port}{path}")
    assert ready(browser)["reason"] == "unreachable"
    with pytest.raises(Rejected):
        call(browser, "return consentBanner.acceptAll()")
    assert settled(browser, site) == []
    assert len(site.asked("check")) >= 1
    browser.get(site.page())
    assert ready(browser)["reason"] == "none"
