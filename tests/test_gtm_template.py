"""The template for Google Tag Manager is one that it can import, and asks for no more than it uses."""

from __future__ import annotations

import json
import re
from pathlib import Path

TEXT = (Path(__file__).parent.parent / "docs" / "gtm" / "consent-banner.tpl").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^___([A-Z_]+)___\n\n(.*?)(?=\n\n\n___|\Z)", TEXT, re.MULTILINE | re.DOTALL))
PERMISSION = {
    "copyFromDataLayer": "read_data_layer", "gtagSet": "write_data_layer",
    "setDefaultConsentState": "access_consent", "updateConsentState": "access_consent",
}  # fmt: skip
SIGNALS = {
    "ad_storage", "ad_user_data", "ad_personalization", "analytics_storage", "functionality_storage",
    "personalization_storage", "security_storage",
}  # fmt: skip


def permissions() -> dict[str, str]:
    """What each permission is for, as it is spelled."""
    found = json.loads(SECTIONS["WEB_PERMISSIONS"])
    return {each["instance"]["key"]["publicId"]: json.dumps(each["instance"]["param"]) for each in found}


def test_has_every_section_and_good_json() -> None:
    assert {
        "INFO",
        "TEMPLATE_PARAMETERS",
        "SANDBOXED_JS_FOR_WEB_TEMPLATE",
        "WEB_PERMISSIONS",
        "TESTS",
    } < SECTIONS.keys()
    assert json.loads(SECTIONS["INFO"])["type"] == "TAG"
    assert [each["name"] for each in json.loads(SECTIONS["TEMPLATE_PARAMETERS"])] == re.findall(
        r"(?<=data\.)(?!gtm)\w+", SECTIONS["SANDBOXED_JS_FOR_WEB_TEMPLATE"]
    )


def test_asks_for_what_it_uses_and_no_more() -> None:
    used = set(re.findall(r"require\('(\w+)'\)", SECTIONS["SANDBOXED_JS_FOR_WEB_TEMPLATE"])) - {"makeNumber"}
    assert {PERMISSION[each] for each in used} == permissions().keys()
    read = set(re.findall(r"copyFromDataLayer\('(\w+)'\)", SECTIONS["SANDBOXED_JS_FOR_WEB_TEMPLATE"]))
    assert read == set(re.findall(r'"string": "(\w+)"', permissions()["read_data_layer"])) - {"specific"}


def test_T01_names_all_seven_signals() -> None:
    assert set(re.findall(r"^    (\w+):", SECTIONS["SANDBOXED_JS_FOR_WEB_TEMPLATE"], re.MULTILINE)) == SIGNALS
    assert set(re.findall(r"\w+_(?:storage|data|personalization)", permissions()["access_consent"])) == SIGNALS
