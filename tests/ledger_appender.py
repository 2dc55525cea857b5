"""Appends to a ledger from several threads until it is killed, and says each receipt's id once it is acknowledged.

python -m tests.ledger_appender URL SPOOL THREADS [NUMBER]
"""

from __future__ import annotations

import os
import sys
import threading

from consent_banner.errors import LedgerUnavailable
from consent_banner.ledger import Ledger, open_ledger
from tests.ledger_receipts import a_receipt


def main() -> None:
    url, spool, threads, number = sys.argv[1], sys.argv[2], int(sys.argv[3]), int((*sys.argv, "1000000")[4])
    ledger = open_ledger(url, spool=spool)
    ledger.start()
    workers = [threading.Thread(target=append, args=(ledger, number)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def append(ledger: Ledger, number: int) -> None:
    for _ in range(number):
        receipt = a_receipt()
        try:
            ledger.append(receipt)
        except LedgerUnavailable:
            say(f"refused {receipt.receipt}")
        else:
            say(f"kept {receipt.receipt}")


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # One write, unbuffered: what was said before the kill was said whole.


if __name__ == "__main__":
    main()
