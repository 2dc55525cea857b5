"""Whether a grant would be acknowledged now, found out by writing something as durably."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time

from ..errors import LedgerError
from . import tables
from .background import watch_forks
from .writer import Writer

_FRESH_SECONDS = 0.5
_ABOUT_A_RECEIPT = 4096


class Probe:
    """Tries a durable write of a receipt's size, at most twice a second however often it is asked."""

    _lock: threading.Lock
    _tried: float
    _reason: str | None

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.after_fork(child=True)
        watch_forks(self)

    def reason(self) -> str | None:
        """Why a grant would not be acknowledged; None when it would."""
        with self._lock:
            if time.monotonic() - self._tried > _FRESH_SECONDS:
                self._reason = self._try()
                self._tried = time.monotonic()
            return self._reason

    def before_fork(self) -> None:
        """Nothing to put down."""

    def after_fork(self, child: bool) -> None:
        """In a child, know nothing yet."""
        if child:
            self._lock = threading.Lock()
            self._tried = float("-inf")
            self._reason = None

    def _try(self) -> str | None:
        try:
            self._writer.do(_write)
        except LedgerError as error:
            return str(error)
        return None


def _write(connection: sqlite3.Connection) -> None:
    tables.note(connection, "probe", secrets.token_hex(_ABOUT_A_RECEIPT // 2))
