"""Threads that live as long as their process, and come back in its forked children."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol

logger = logging.getLogger("consent_banner.ledger")


class Forks(Protocol):
    """Whoever holds threads, locks or connections, none of which may travel into a child process."""

    def before_fork(self) -> None:
        """Put down what a child must not inherit."""

    def after_fork(self, child: bool) -> None:
        """Take it up again in the parent; start anew in the child."""


# Soon after a start, because something may have waited since the last process; not at once, because a fork may follow.
_FIRST_PAUSE = 0.1

_watched: weakref.WeakSet[Forks] = weakref.WeakSet()
_forking: list[Forks] = []
_one_fork_at_a_time = threading.Lock()


def watch_forks(holder: Forks) -> None:
    """Have a holder told of every `os.fork`, for as long as it lives."""
    _watched.add(holder)


def spawn(name: str, target: Callable[..., None], *given: Any) -> threading.Thread | None:
    """Start a daemon thread; None where the system has none to give just now."""
    thread = threading.Thread(target=target, args=given, name=name, daemon=True)
    try:
        thread.start()
    except RuntimeError:
        return None
    return thread


class Ticker:
    """Does one piece of work every `interval` seconds, in a daemon thread, whatever that work raises."""

    _lock: threading.Lock
    _stopped: threading.Event
    _thread: threading.Thread | None

    def __init__(self, name: str, work: Callable[[], None], interval: float) -> None:
        self._name, self._work, self._interval = name, work, interval
        self._renew()
        watch_forks(self)

    def start(self) -> None:
        """Begin, unless it has begun already. Cheap enough to be called by every request."""
        if self._thread is None:
            with self._lock:
                if self._thread is None and not self._stopped.is_set():
                    self._thread = spawn(self._name, self._run, self._stopped)

    def stop(self, patience: float = 3.0) -> None:
        """End after the work under way, waiting for that at most `patience` seconds."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(patience)

    def before_fork(self) -> None:
        """Nothing to put down: the thread goes on in the parent."""

    def after_fork(self, child: bool) -> None:
        """Start again in the child, where no thread survives, if it had been started in the parent."""
        if child:
            started = self._thread is not None and not self._stopped.is_set()
            self._renew()
            if started:
                self.start()

    def _renew(self) -> None:
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._thread = None

    def _run(self, stopped: threading.Event) -> None:
        said, pause = None, _FIRST_PAUSE
        while not stopped.wait(pause):
            pause = self._interval
            try:
                self._work()
            except Exception as error:  # Whatever it is: a thread that died would take our promises with it.
                if repr(error) != said:
                    logger.exception("the ledger's background work failed and is tried again every second")
                said = repr(error)


def _before() -> None:
    _one_fork_at_a_time.acquire()
    _forking[:] = list(_watched)
    for holder in _forking:
        holder.before_fork()


def _after(child: bool) -> None:
    for holder in _forking:
        holder.after_fork(child)
    _forking.clear()
    _one_fork_at_a_time.release()


os.register_at_fork(before=_before, after_in_parent=lambda: _after(False), after_in_child=lambda: _after(True))
