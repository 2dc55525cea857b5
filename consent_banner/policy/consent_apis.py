"""The consent calls that vendors offer for their own tags, and what a policy says of them.

LinkedIn's Insight Tag and Hotjar have none: their tags are gated, and that is all (requirements T10, T12).
"""

from __future__ import annotations

from .model import GoogleConsentMode
from .table import Table, meant, shown

CONSENT_APIS = (
    "google", "meta", "microsoft-uet", "microsoft-clarity", "tiktok", "matomo", "hubspot", "contentsquare"
)  # fmt: skip
MODES = ("basic", "advanced")
_KEYS = ("mode", "wait_for_update", "ads_data_redaction", "url_passthrough")


def read_consent_api(table: Table) -> str | None:
    """A service's `consent_api`, or None where it has none."""
    api = table.text("consent_api", required=False)
    if api and api not in CONSENT_APIS:
        near = meant(api, CONSENT_APIS) or f"; it must be one of {', '.join(CONSENT_APIS)}"
        table.note("consent_api", f"{shown(api)} is no consent API that is known here{near}")
    return api or None


def read_google_consent_mode(policy: Table) -> GoogleConsentMode:
    """The table `[google_consent_mode]`; its defaults where there is none."""
    if "google_consent_mode" not in policy:
        return GoogleConsentMode()
    table = Table(policy.values["google_consent_mode"], policy.at("google_consent_mode"), policy.mistakes, _KEYS)
    mode = table.text("mode", required=False) or "basic"
    if mode not in MODES:
        table.note("mode", f"{shown(mode)} must be one of {', '.join(MODES)}{meant(mode, MODES)}")
    return GoogleConsentMode(
        mode=mode,
        wait_for_update=table.whole("wait_for_update", 500, 0, 10_000),
        ads_data_redaction=table.flag("ads_data_redaction", True),
        url_passthrough=table.flag("url_passthrough", False),
    )
