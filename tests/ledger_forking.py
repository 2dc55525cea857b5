"""Starts a ledger, forks while it works, and has parent and children append: what a server with preloading does.

python -m tests.ledger_forking URL SPOOL CHILDREN NUMBER
"""

from __future__ import annotations

import os
import sys
import threading
import time

from consent_banner.ledger import Ledger, open_ledger
from tests.ledger_receipts import a_receipt


def main() -> None:
    url, spool, children, number = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    ledger = open_ledger(url, spool=spool)
    ledger.start()
    busy = threading.Thread(target=append, args=(ledger, number))
    busy.start()
    forked = [fork(ledger, number) for _ in range(children)]
    busy.join()
    for child in forked:
        os.waitpid(child, 0)
    ledger.close()


def fork(ledger: Ledger, number: int) -> int:
    time.sleep(0.02)
    child = os.fork()
    if child == 0:
        append(ledger, number)
        names = sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("consent"))
        os.write(1, f"threads {','.join(names)}\n".encode())
        ledger.close()
        os._exit(0)
    return child


def append(ledger: Ledger, number: int) -> None:
    for _ in range(number):
        receipt = a_receipt()
        ledger.append(receipt)
        ledger.chain(receipt.receipt)
        os.write(1, f"kept {receipt.receipt}\n".encode())


if __name__ == "__main__":
    main()
