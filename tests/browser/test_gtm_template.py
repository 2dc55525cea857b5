"""The template for Google Tag Manager, run with stand-ins for what Tag Manager gives its templates."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.test_gtm_template import SECTIONS

from .telling import DENIED

RUN = """
const [code, data, layer] = arguments, calls = [];
const told = (name) => (...words) => void calls.push([name, ...words]);
const apis = { copyFromDataLayer: (key) => layer[key] ?? undefined, makeNumber: Number };
new Function("require", "data", code)((name) => apis[name] || told(name), { ...data, gtmOnSuccess: told("success") });
return calls;
"""
DATA = {
    "waitForUpdate": "500", "adsDataRedaction": True, "urlPassthrough": False,
    "analyticsServices": "google-analytics", "marketingServices": "google-ads, campaigns",
}  # fmt: skip
ADS = ("ad_storage", "ad_user_data", "ad_personalization")


def run(chrome: WebDriver, **layer: Any) -> dict[str, Any]:
    """What the template called, by name."""
    calls = chrome.execute_script(RUN, SECTIONS["SANDBOXED_JS_FOR_WEB_TEMPLATE"], DATA, layer)
    assert calls[-1] == ["success"]
    return {name: words[0] for name, *words in calls[:-1]}


def chosen(granted: tuple[str, ...], **services: bool) -> dict[str, Any]:
    return {"categories": {name: name in granted for name in ("preferences", "analytics", "marketing")},
            "services": {name.replace("_", "-"): yes for name, yes in services.items()}}  # fmt: skip


def test_T01_T03_denies_everything_before_other_tags(chrome: WebDriver) -> None:
    calls = run(chrome, event="gtm.init_consent")
    assert calls == {
        "setDefaultConsentState": {**DENIED, "wait_for_update": 500},
        "gtagSet": {"ads_data_redaction": True, "url_passthrough": False},
    }


@pytest.mark.parametrize(
    ("consent", "granted"),
    [
        (chosen(()), ()),
        (chosen(("analytics",)), ("analytics_storage",)),
        (chosen(("marketing",), meta_pixel=False), ADS),
        (chosen(("preferences",)), ("functionality_storage", "personalization_storage")),
        (chosen(("marketing",), google_ads=False, campaigns=True), ()),
        (chosen((), google_ads=True, campaigns=True), ADS),
    ],
)
def test_T02_says_what_was_chosen_when_it_was(
    chrome: WebDriver, consent: dict[str, Any], granted: tuple[str, ...]
) -> None:
    calls = run(chrome, event="consent_update", consent=consent)
    assert calls == {"updateConsentState": {**DENIED, **dict.fromkeys(granted, "granted")}}
