"""The ledger: where proof of consent is kept, in a local file first, and in Redis where a fleet's ledgers meet."""

from .addresses import open_ledger
from .protocol import Document, Ledger, Status
from .seal import Seal

__all__ = ["Document", "Ledger", "Seal", "Status", "open_ledger"]
