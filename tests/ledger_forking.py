"""Starts a ledger, forks while it works, and has parent and children append: what a server with preloading does.

python -m tests.ledger_forking URL SPOOL CHILDREN NUMBER
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback

from consent_banner.errors import LedgerUnavailable
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
    failed = [child for child in forked if os.waitpid(child, 0)[1]]
    ledger.close()
    sys.exit(f"children {failed} failed" if failed else 0)


def fork(ledger: Ledger, number: int) -> int:
    time.sleep(0.02)
    child = os.fork()
    if child == 0:
        try:
            work_as_child(ledger, number)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def work_as_child(ledger: Ledger, number: int) -> None:
    append(ledger, number)
    names = sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("consent"))
    os.write(1, f"threads {','.join(names)}\n".encode())
    ledger.close()


def append(ledger: Ledger, number: int) -> None:
    kept = 0
    while kept < number:
        receipt = a_receipt()
        try:
            ledger.append(receipt)
        except LedgerUnavailable as error:  # A disk that stalls for a second is not what is tried out here.
            os.write(2, f"refused {receipt.receipt}: {error}\n".encode())
        else:
            kept += 1
            ledger.chain(receipt.receipt)
            os.write(1, f"kept {receipt.receipt}\n".encode())


if __name__ == "__main__":
    main()
