"""Every way in which a page can reach a tracker, as `ways.toml` lists them.

The same list runs without the gate, behind the guard, and behind the wall. A way that never worked in an engine proves
nothing there, so each is first seen to arrive.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .stage import Site

ENGINES = ("chromium", "webkit")
TRACKER = "pixel"
"""The service that owns the host; it is in `marketing`."""
_TRY = "<script>try {{ (() => {{ {code} }})() }} catch (error) {{ console.log(error) }}</script>"


@dataclass(frozen=True)
class Way:
    """One way. `{at}` in `markup` or `code` is its own address, whose last part is its name."""

    name: str
    title: str
    markup: str = ""
    code: str = ""
    guard: Sequence[str] = ENGINES
    released: bool = False

    def on(self, site: Site) -> str:
        """What a page holds that goes this way."""
        address = f"http://{TRACKER}.stand-in.localhost:{site.stage.port}/way/{self.name}?site={site.host}"
        script = _TRY.format(code=self.code) if self.code else ""
        return (self.markup + script).replace("{at}", address)


WAYS = [Way(**each) for each in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["way"]]


def page_of_ways(site: Site) -> str:
    """The body of a page that tries every way."""
    return "\n".join(way.on(site) for way in WAYS)
