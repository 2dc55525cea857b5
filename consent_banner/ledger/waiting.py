"""Receipts of refusals that no store would take yet, in memory, in order, and not without bound."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice

from .rows import Row


class WaitingRoom:
    """Holds rows until they are written. What finds no room is counted as lost."""

    def __init__(self, room: int = 10_000) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._rows: OrderedDict[bytes, Row] = OrderedDict()
        self.lost = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: Row) -> None:
        """Let a row wait, last in the line."""
        with self._lock:
            if len(self._rows) < self._room:
                self._rows[row.id] = row
            else:
                self.lost += 1

    def first(self, number: int) -> list[Row]:
        """Whose turn it is."""
        with self._lock:
            return list(islice(self._rows.values(), number))

    def find(self, receipt: uuid.UUID) -> str | None:
        """The body of a row that waits, by its receipt's id."""
        with self._lock:
            row = self._rows.get(receipt.bytes)
        return row.body if row else None

    def discard(self, receipts: Iterable[bytes]) -> None:
        """Let go of rows, written or erased."""
        with self._lock:
            for receipt in receipts:
                self._rows.pop(receipt, None)
