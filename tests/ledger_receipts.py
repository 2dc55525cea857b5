"""Receipts for the ledger's tests and for the programs that they start."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from consent_banner.consent import Receipt, new_receipt_id


def a_receipt(previous: Receipt | uuid.UUID | None = None, given_at: datetime | None = None, **changes: Any) -> Receipt:
    """A receipt given now, or then, after another one."""
    given_at = given_at or datetime.now(UTC).replace(microsecond=0)
    values: dict[str, Any] = {
        "receipt": new_receipt_id(given_at),
        "given_at": given_at,
        "revision": "3f9c2a71",
        "language": "et",
        "method": "custom",
        "gpc": False,
        "categories": {"necessary": True, "analytics": True, "marketing": False},
        "services": {"google-analytics": True, "meta-pixel": False},
        "text_digest": "d" * 64,
        "previous": previous.receipt if isinstance(previous, Receipt) else previous,
        "version": "2025-01-28",
    }
    return Receipt(**{**values, **changes})


def a_chain(length: int) -> list[Receipt]:
    """One visitor's receipts, oldest first."""
    receipts: list[Receipt] = []
    for _ in range(length):
        receipts.append(a_receipt(receipts[-1] if receipts else None))
    return receipts
