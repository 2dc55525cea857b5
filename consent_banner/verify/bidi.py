"""A conversation with a browser in WebDriver BiDi, over one WebSocket.

Events reach their callbacks one at a time and in the order in which the browser sent them, which is what evidence with
times and causes stands on. (Selenium's own connection starts a thread for each event, and threads overtake.)

https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import json
import queue
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

import websocket

from ..errors import ConsentError

Callback = Callable[[dict[str, Any]], object]
PATIENCE = 30.0  # Seconds that a command may take.
_GONE = (OSError, websocket.WebSocketException)


class BidiError(ConsentError):
    """The browser refused a command or did not answer. `code` is the protocol's, `timeout`, `closed` or `callback`."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


class Bidi:
    """One connection, for any number of threads. Raises BidiError when there is nobody to talk to.

    One thread reads and another calls back, so a callback may itself send commands and wait for their answers. It may
    not wait for a later event: that one would have to be delivered by the thread it is holding up.
    """

    def __init__(self, url: str) -> None:
        self._ids = count(1)
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._callbacks: defaultdict[str, list[Callback]] = defaultdict(list)
        self._deliveries: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open = True
        self._failure: Exception | None = None
        self._socket = _connect(url)
        self._reader = threading.Thread(target=self._read, name="bidi-reader", daemon=True)
        self._dispatcher = threading.Thread(target=self._dispatch, name="bidi-dispatcher", daemon=True)
        self._reader.start()
        self._dispatcher.start()

    def command(self, method: str, params: dict[str, Any] | None = None, patience: float = PATIENCE) -> dict[str, Any]:
        """Have the browser do something and give its result. Raises BidiError when it will not, or not in time.

        It also raises, once, what a callback raised before: evidence that was lost must not pass for none.
        """
        self._raise_failure()
        number, future = next(self._ids), Future[dict[str, Any]]()
        with self._lock:
            if not self._open:
                raise BidiError("closed", f"{method}: the browser is gone")
            self._waiting[number] = future
        try:
            self._write(number, method, params)
            return future.result(patience)
        except TimeoutError as error:
            raise BidiError("timeout", f"{method} was not answered within {patience:g} s") from error
        finally:
            self._waiting.pop(number, None)

    def send(self, method: str, params: dict[str, Any] | None = None) -> None:
        """Ask for something without waiting, whether it is done or not. A closed connection is no error."""
        with suppress(BidiError):
            self._write(next(self._ids), method, params)

    def on(self, event: str, callback: Callback) -> None:
        """Call back with the parameters of every event of that name (`network.beforeRequestSent`)."""
        self._callbacks[event].append(callback)

    def subscribe(self, *events: str) -> None:
        """Have the browser report these events, or whole modules (`network`), from all there is or will be in it."""
        self.command("session.subscribe", {"events": list(events)})

    def settle(self, patience: float = PATIENCE) -> None:
        """Return once every event that has arrived went through its callbacks. Not to be called by one of them.

        Raises BidiError for what one of them raised, as `command` does.
        """
        settled = threading.Event()
        self._deliveries.put(settled.set)
        if self._dispatcher.is_alive() and not settled.wait(patience):
            raise BidiError("timeout", f"callbacks took longer than {patience:g} s")
        self._raise_failure()

    def close(self) -> None:
        """End the connection, not the browser. Commands that still wait raise; what has arrived is delivered."""
        with suppress(*_GONE):
            self._socket.abort()  # `close` would read in this thread what the reader is waiting for.
        for thread in (self._reader, self._dispatcher):
            if thread is not threading.current_thread():
                thread.join(5)
        with suppress(*_GONE):
            self._socket.shutdown()

    def _write(self, number: int, method: str, params: dict[str, Any] | None) -> None:
        message = json.dumps({"id": number, "method": method, "params": params or {}})
        try:
            self._socket.send(message)
        except _GONE as error:
            raise BidiError("closed", f"{method}: the browser is gone") from error

    def _read(self) -> None:
        with suppress(*_GONE, ValueError):
            while text := self._socket.recv():
                self._sort(json.loads(text))
        with self._lock:
            self._open = False
            waiting = list(self._waiting.values())
        for future in waiting:
            if not future.done():
                future.set_exception(BidiError("closed", "the browser is gone"))
        self._deliveries.put(None)

    def _sort(self, message: dict[str, Any]) -> None:
        """An event goes to the dispatcher, an answer to whom it is for; an answer that nobody waits for is dropped."""
        if message.get("type") == "event":
            self._deliveries.put(partial(self._deliver, message["method"], message["params"]))
            return
        future = self._waiting.get(message.get("id") or 0)
        if future is None or future.done():
            return
        if message.get("type") == "error":
            future.set_exception(BidiError(message["error"], message["message"]))
        else:
            future.set_result(message["result"])

    def _dispatch(self) -> None:
        while delivery := self._deliveries.get():
            delivery()

    def _deliver(self, event: str, params: dict[str, Any]) -> None:
        for callback in tuple(self._callbacks.get(event, ())):
            try:
                callback(params)
            except Exception as error:  # Whatever it is: the next event has callbacks, too.
                self._failure = self._failure or error

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise BidiError("callback", f"{type(failure).__name__}: {failure}") from failure


def _connect(url: str) -> Any:
    """Without an `Origin`, for which drivers would take us for a page, and past any proxy."""
    try:
        # The library's check of UTF-8 is in Python and takes seconds over a screenshot; `json` decodes anyway.
        options: dict[str, Any] = {"suppress_origin": True, "http_no_proxy": ["*"], "skip_utf8_validation": True}
        connection: Any = websocket.create_connection(url, timeout=PATIENCE, **options)
        connection.settimeout(None)
    except (*_GONE, ValueError) as error:
        raise BidiError("closed", f"nobody answers at {url}: {error}") from error
    return connection
