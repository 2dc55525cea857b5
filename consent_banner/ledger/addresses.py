"""From one address to a ledger: which schemes there are, and what is wrong with an address, without its password."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from urllib.parse import unquote

from ..errors import ConfigurationError
from .protocol import Ledger
from .schema import ForeignFile, connect
from .sqlite import SqliteLedger

_URL, _SPOOL = "CONSENT_LEDGER_URL", "CONSENT_SPOOL"
# Errors that the set-up is to blame for. A full disk or a busy file is none: it may be gone in a minute.
_LASTING = {
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened or made",
    sqlite3.SQLITE_READONLY: "it cannot be written to",
    sqlite3.SQLITE_PERM: "it cannot be written to",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
}


def open_ledger(url: str, *, spool: str, retention_days: int = 1095) -> Ledger:
    """The ledger at an address; `spool` is the local file that comes first where that is Redis.

    Raises ConfigurationError when the address or the file cannot be right. Redis being away just now is no error, and
    nothing is connected yet: that happens in each process at its first use.
    """
    scheme = url.partition("://")[0].lower()
    opener = _OPENERS.get(scheme)
    if opener is None or "://" not in url:
        known = ", ".join(f"{name}://" for name in _OPENERS)
        raise ConfigurationError([f"{_URL}: names no kind of ledger; one of {known} would do"])
    return opener(url, spool, retention_days)


def _open_sqlite(url: str, spool: str, retention_days: int) -> Ledger:
    address = url.partition("://")[2]
    path = unquote(address[1:])
    if not address.startswith("/") or not path or path == ":memory:" or "\0" in path:
        raise ConfigurationError(
            [
                f"{_URL}: sqlite:/// is followed by the path of a file, relative as in sqlite:///consent.db "
                "or absolute as in sqlite:////var/lib/consent/consent.db"
            ]
        )
    return SqliteLedger(_checked(path, _URL), retention_days)


def _open_redis(url: str, spool: str, retention_days: int) -> Ledger:
    mistakes: list[str] = []
    try:
        from .redis import RedisLedger
        from .remote import connector
    except ImportError:
        raise ConfigurationError([f"{_URL}: Redis needs the package redis, which is not installed"]) from None
    try:
        connect_redis = connector(url)
    except ValueError as error:
        mistakes.append(f"{_URL}: {error}")
    try:
        path = _checked(spool, _SPOOL)
    except ConfigurationError as error:
        mistakes += error.mistakes
    if mistakes:
        raise ConfigurationError(mistakes)
    return RedisLedger(path, connect_redis, retention_days)


def _checked(path: str, variable: str) -> str:
    """The absolute path of a file that can be the ledger's, made if it is missing."""
    full = os.path.abspath(path)
    mistake = _mistake(full) if path and "\0" not in path else "it is empty"
    if mistake:
        raise ConfigurationError([f"{variable}: {full}: {mistake}"])
    return full


def _mistake(path: str) -> str | None:
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        return f"there is no directory {folder}"
    if os.path.isdir(path):
        return "it is a directory, and a file is wanted"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"the directory {folder} cannot be written to"
    try:
        connect(path).close()  # Closed again: a connection must not be there when the server forks its workers.
    except ForeignFile as error:
        return str(error)
    except sqlite3.Error as error:
        return _LASTING.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return None


_OPENERS: dict[str, Callable[[str, str, int], Ledger]] = {
    "sqlite": _open_sqlite,
    "redis": _open_redis,
    "rediss": _open_redis,
    "unix": _open_redis,
    "redis+sentinel": _open_redis,
    "redis+cluster": _open_redis,
}
