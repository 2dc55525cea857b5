"""JSON as the contract has it (§7); `report.schema.json` beside the package describes it."""

from __future__ import annotations

import json

from .account import Account


def render(account: Account) -> str:
    """One object for one page, an array for several."""
    reports = [report.as_json() for report in account.reports]
    values = reports[0] if len(reports) == 1 else reports
    text = json.dumps(values, ensure_ascii=False, indent=2)
    try:
        text.encode()
    except UnicodeEncodeError:  # Half a character, as a page may have it: no file could take that.
        text = json.dumps(values, indent=2)
    return text + "\n"
