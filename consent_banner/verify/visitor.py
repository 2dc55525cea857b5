"""A visitor in a tab: looks, clicks, scrolls, waits and leaves as a person does, by the browser's own input."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from .bidi import Bidi, BidiError

_SCRIPTS = Path(__file__).with_name("scripts")
_LOOK = (_SCRIPTS / "look.js").read_text(encoding="utf-8")
_SAY = (_SCRIPTS / "say.js").read_text(encoding="utf-8")
_CONTROL = "\ue009"
_ESCAPE = "\ue00c"
_PATIENCE = 10.0
WORLD = "consent-banner"
"""The sandbox that we look from: it shares the page's document, and nothing else."""


class Visitor:
    """One tab of one fresh profile. Every verb returns once the browser has done it."""

    def __init__(self, bidi: Bidi, user_context: str) -> None:
        self._bidi = bidi
        self.user_context = user_context
        made = bidi.command("browsingContext.create", {"type": "tab", "userContext": user_context})
        self.tab: str = made["context"]
        bidi.command("browsingContext.setViewport", {"context": self.tab, "viewport": {"width": 1280, "height": 800}})

    def open(self, address: str, patience: float = 30.0) -> str | None:
        """Go to an address and wait until it has loaded, or time is up. Gives what went wrong, or None."""
        params = {"context": self.tab, "url": address, "wait": "complete"}
        try:
            self._bidi.command("browsingContext.navigate", params, patience)
        except BidiError as error:
            return None if error.code == "timeout" else error.message.partition("\n")[0]
        return None

    def reload(self) -> None:
        """Load the page again, as a visitor who comes back to it."""
        with suppress(BidiError):
            self._bidi.command("browsingContext.reload", {"context": self.tab, "wait": "complete"}, _PATIENCE)

    def look(self, what: str, *given: Any) -> Any:
        """What one of the functions of `scripts/look.js` sees; None where the page is in no state to be looked at."""
        return self._call(f"(what, ...given) => ({_LOOK})[what](...given)", {"sandbox": WORLD}, what, *given)

    def look_in(self, frame: str, what: str) -> Any:
        """The same in a frame of the page."""
        return self._call(f"(what) => ({_LOOK})[what]()", {"context": frame, "sandbox": WORLD}, what)

    def says(self) -> dict[str, Any]:
        """What the page itself says is granted (`scripts/say.js`)."""
        return self._call(_SAY, {}) or {}

    def frames(self) -> dict[str, str]:
        """Every frame below the page, with its address."""
        with suppress(BidiError):
            tree = self._bidi.command("browsingContext.getTree", {"root": self.tab}, _PATIENCE)
            return dict(_flat(tree["contexts"][0].get("children") or []))
        return {}

    def cookies(self) -> list[dict[str, Any]]:
        """Every cookie of this profile, of whatever site, as the browser keeps it."""
        partition = {"type": "storageKey", "userContext": self.user_context}
        with suppress(BidiError):
            found = self._bidi.command("storage.getCookies", {"partition": partition}, _PATIENCE)["cookies"]
            return list(found)
        return []

    def screenshot(self) -> str | None:
        """What is in the window, as a `data:` address of a small JPEG."""
        kind = {"type": "image/jpeg", "quality": 0.5}
        with suppress(BidiError):
            params = {"context": self.tab, "format": kind}
            data = self._bidi.command("browsingContext.captureScreenshot", params, _PATIENCE)["data"]
            return f"data:image/jpeg;base64,{data}"
        return None

    def click(self, selector: str) -> bool:
        """Move to the first visible element of a selector and click it; False where there is none."""
        spot = self.look("spot", selector)
        return bool(spot) and self._pointer(_moves(spot), _CLICK)

    def click_page(self) -> bool:
        """Click somewhere on the page where nothing should happen."""
        spot = self.look("quiet")
        return bool(spot) and self._pointer(_moves(spot), _CLICK)

    def wander(self) -> None:
        """Move the mouse about."""
        self._pointer([move for x, y in ((200, 150), (640, 420), (900, 260)) for move in _moves({"x": x, "y": y})])

    def scroll(self) -> None:
        """Scroll to the end in steps, as by a wheel, and back to the top."""
        deadline = time.monotonic() + 4
        while (self.look("depth") or 0) > 1 and time.monotonic() < deadline:
            self._wheel(500)  # Less than the window's height: nothing on the way goes by unseen.
        self._wheel(-100_000)

    def follow_link(self) -> bool:
        """Click a link of the page with Ctrl held: it opens beside the page. False where there is none."""
        spot = self.look("link")
        if spot:
            down, up = ([{"type": kind, "value": _CONTROL}] for kind in ("keyDown", "keyUp"))
            pause = [{"type": "pause"}] * (len(_moves(spot)) + len(_CLICK))
            keys = {"type": "key", "id": "keys", "actions": [*down, *pause, *up]}
            mouse = _mouse([{"type": "pause"}, *_moves(spot), *_CLICK])
            return self._act(keys, mouse)
        return False

    def escape(self) -> None:
        """Press Escape."""
        actions = [{"type": kind, "value": _ESCAPE} for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def leave(self, address: str) -> None:
        """Go elsewhere: the page is told, and may send its last words."""
        if self.open(address, 5.0):
            self.open("about:blank", 5.0)

    def close(self, tab: str) -> None:
        """Close a tab."""
        with suppress(BidiError):
            self._bidi.command("browsingContext.close", {"context": tab}, _PATIENCE)

    def _call(self, function: str, target: dict[str, Any], *given: Any) -> Any:
        wrapped = f"async (given) => JSON.stringify(await ({function})(...JSON.parse(given)) ?? null)"
        params = {
            "functionDeclaration": wrapped,
            "target": {"context": self.tab, **target},
            "arguments": [{"type": "string", "value": json.dumps(given)}],
            "awaitPromise": True,
        }
        try:
            answer = self._bidi.command("script.callFunction", params, _PATIENCE)
        except BidiError:
            return None
        return json.loads(answer["result"]["value"]) if answer["type"] == "success" else None

    def _pointer(self, *actions: list[dict[str, Any]]) -> bool:
        return self._act(_mouse([each for some in actions for each in some]))

    def _wheel(self, by: int) -> None:
        scroll = {"type": "scroll", "x": 640, "y": 300, "deltaX": 0, "deltaY": by}
        self._act({"type": "wheel", "id": "wheel", "actions": [scroll, {"type": "pause", "duration": 60}]})

    def _act(self, *sources: dict[str, Any]) -> bool:
        try:
            self._bidi.command("input.performActions", {"context": self.tab, "actions": list(sources)}, _PATIENCE)
        except BidiError:
            return False
        return True


_CLICK = [{"type": "pointerDown", "button": 0}, {"type": "pause", "duration": 30}, {"type": "pointerUp", "button": 0}]


def _mouse(actions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}


def _moves(spot: dict[str, int]) -> list[dict[str, Any]]:
    return [{"type": "pointerMove", "x": max(spot["x"], 0), "y": max(spot["y"], 0), "duration": 40}]


def _flat(tree: list[dict[str, Any]]) -> list[tuple[str, str]]:
    found = []
    for each in tree:
        found.append((each["context"], each["url"]))
        found += _flat(each.get("children") or [])
    return found
