"""The files that the banner's script fetches only where a page needs them: `GET /consent/banner.js?extra=<name>`.

One address for all of them: a page's Content-Security-Policy that lets banner.js in lets them in too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import assets, cards
from .inspecting import inspected
from .policy import Policy
from .reloading import told_wall, told_withdrawal

PLACE = '"__CONSENT_EXTRA__"'
_KEY = re.compile(r'([{,])"([A-Za-z_]\w*)":', re.ASCII)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
Configure = Callable[[Policy], Mapping[str, Any]]


def spelled(value: Any) -> str:
    """A value as JavaScript. "</" and the two line separators are spelled out, on which scripts in a page trip."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = _STRING.sub(_quoted, _KEY.sub(r"\1\2:", text))  # A quote within a string is escaped: only keys match.
    return text.replace("</", "<\\/").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _quoted(found: re.Match[str]) -> str:
    """A string in the quotes that it has fewer of: markup is full of the others."""
    text = found[0]
    if "'" in text or '\\"' not in text:
        return text
    return "'" + text[1:-1].replace('\\"', '"') + "'"


@dataclass(frozen=True, slots=True)
class Extra:
    """One such file of `static/js/dist/extras/`, and what it is told of the policy, in all its languages."""

    name: str
    configure: Configure | None = None

    def text(self, policy: Policy) -> str:
        """The file as it is sent."""
        text = assets.text("js", "dist", "extras", f"{self.name}.js")
        return text.replace(PLACE, spelled(self.configure(policy)), 1) if self.configure else text


def consent_apis(policy: Policy) -> Mapping[str, Any]:
    """What `vendors.js` is told: who has which consent API, and how Google's is to be used."""
    return {"apis": policy.consent_apis, "google": policy.google_consent_mode.as_json()}


def advanced_default(policy: Policy) -> str:
    """What must run before Google's tags in advanced mode, as a script; empty in basic mode, where they wait."""
    mode = policy.google_consent_mode
    if mode.mode != "advanced" or "google" not in policy.consent_apis:
        return ""
    denied = {f"{name}_storage": "denied" for name in ("ad", "analytics", "functionality", "personalization")}
    signals = {**denied, "ad_user_data": "denied", "ad_personalization": "denied", "security_storage": "granted"}
    calls = (
        ("consent", "default", {**signals, "wait_for_update": mode.wait_for_update}),
        ("set", "ads_data_redaction", mode.ads_data_redaction),
        ("set", "url_passthrough", mode.url_passthrough),
    )
    said = ",".join(f"g({','.join(map(spelled, call))})" for call in calls)
    # In front of what the page has put there already, as long as nobody has worked it off.
    put = 'l["google_tag_manager"in window?"push":"unshift"]'
    return f"(()=>{{let l=window.dataLayer||=[],g=function(){{return arguments}};{put}({said})}})();"


EXTRAS = {
    each.name: each
    for each in (
        Extra("places"),
        Extra("vendors", consent_apis),
        Extra("withdrawal", told_withdrawal),
        Extra("wall", told_wall),
        Extra("placeholders", cards.told),
        Extra("inspector", inspected),
    )
}
"""Every file by its name."""
