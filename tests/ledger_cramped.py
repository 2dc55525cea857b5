"""Fills a ledger whose file may not grow, then lets it grow again, and says what happened as JSON.

python -m tests.ledger_cramped PATH
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable

from consent_banner.errors import LedgerUnavailable
from consent_banner.ledger import Ledger, open_ledger
from tests.ledger_receipts import a_receipt


def main() -> None:
    ledger = open_ledger(f"sqlite:///{sys.argv[1]}", spool="")
    print(json.dumps(cramped(ledger, lambda: limit(150_000), lambda: limit(resource.RLIM_INFINITY))))
    ledger.close()


def limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def cramped(ledger: Ledger, narrow: Callable[[], None], widen: Callable[[], None]) -> dict[str, object]:
    """Append until it is refused, record a refusal meanwhile, and try again once there is room."""
    kept: list[str] = []
    refused: list[str] = []
    slowest, in_a_row = 0.0, 0
    while in_a_row < 12 and len(kept) < 20_000:
        if len(kept) == 50:
            narrow()
        receipt, began = a_receipt(), time.monotonic()
        try:
            ledger.append(receipt)
            kept.append(str(receipt.receipt))
            in_a_row = 0
        except LedgerUnavailable:  # A first one may free room, when the log is merged into the file.
            refused.append(str(receipt.receipt))
            slowest, in_a_row = max(slowest, time.monotonic() - began), in_a_row + 1
    later = a_receipt(method="reject_all")
    ledger.append_later(later)
    told = ledger.status()
    widen()
    deadline = time.monotonic() + 8
    while ledger.status().waiting and time.monotonic() < deadline:
        time.sleep(0.05)
    after = a_receipt()
    ledger.append(after)
    found = [str(receipt.receipt) for receipt in ledger.export()]
    return {
        "kept": kept,
        "refused": refused,
        "slowest": slowest,
        "ready": told.ready,
        "waiting": told.waiting,
        "reason": told.reason,
        "later": str(later.receipt),
        "after": str(after.receipt),
        "found": found,
    }


if __name__ == "__main__":
    main()
