"""The ledger: where proof of consent is kept, in a local file first, and in Redis where a fleet's ledgers meet."""

from .addresses import open_ledger
from .protocol import Accounts, Document, Ledger, Link, Status
from .seal import Seal

__all__ = ["Accounts", "Document", "Ledger", "Link", "Seal", "Status", "open_ledger"]
