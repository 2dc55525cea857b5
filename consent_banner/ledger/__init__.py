"""The ledger: where proof of consent is kept, in a local file first, and in Redis where a fleet's ledgers meet."""

from consent_banner.ledger.addresses import open_ledger
from consent_banner.ledger.protocol import Document, Ledger, Status
from consent_banner.ledger.seal import Seal

__all__ = ["Document", "Ledger", "Seal", "Status", "open_ledger"]
