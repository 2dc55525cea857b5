"""The disk's own group commit: what recording costs at the least, with neither HTTP nor Python's web stack in the way.

Sixteen threads hand in a receipt each; one commits for all who wait, in SQLite's WAL at `synchronous=FULL`.
"""

from __future__ import annotations

import queue
import secrets
import sqlite3
import threading
import time
from pathlib import Path

_SIZE = 700  # Bytes, about a receipt of the packaged policy.
Waiter = tuple[bytes, threading.Lock]


def group_commits(folder: Path, seconds: float, clients: int = 16) -> float:
    """Rows per second, each durable before its thread goes on."""
    waiting: queue.SimpleQueue[Waiter | None] = queue.SimpleQueue()
    written = [0] * clients
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=_hand_in, args=(waiting, written, at, deadline)) for at in range(clients)]
    writer = threading.Thread(target=_commit, args=(waiting, folder / f"disk-{secrets.token_hex(4)}.db"))
    for thread in [writer, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    waiting.put(None)
    writer.join()
    return sum(written) / seconds


def _hand_in(waiting: queue.SimpleQueue[Waiter | None], written: list[int], at: int, deadline: float) -> None:
    durable = threading.Lock()
    durable.acquire()
    while time.monotonic() < deadline:
        waiting.put((secrets.token_bytes(16), durable))
        durable.acquire()
        written[at] += 1


def _commit(waiting: queue.SimpleQueue[Waiter | None], path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rows (id BLOB PRIMARY KEY, body TEXT) WITHOUT ROWID")
    while batch := _gathered(waiting):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO rows VALUES (?, ?)", [(key, "x" * _SIZE) for key, _ in batch])
        connection.execute("COMMIT")
        for _, durable in batch:
            durable.release()
    connection.close()


def _gathered(waiting: queue.SimpleQueue[Waiter | None]) -> list[Waiter]:
    """All who wait now, at least one; nobody when it is time to end."""
    first = waiting.get()
    batch = [first] if first else []
    while first and not waiting.empty():
        another = waiting.get()
        batch += [another] if another else []
    return batch
