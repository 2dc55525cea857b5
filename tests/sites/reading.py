"""Reads the zoo's pages: what each one is, in its first line, and what must be found on it, in its front matter."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGES = HERE / "pages"
KINDS = (
    "fired_without_consent", "stored_without_consent", "kept_after_withdrawal", "never_fired", "undeclared_request",
    "undeclared_storage", "outlives_declaration", "choice_mismatch", "preselected", "refusal_harder_than_acceptance",
    "banner_missing", "page_blocked", "fails_open", "service_unreachable",
)  # fmt: skip
SCENARIOS = (
    "fresh", "gpc", "reject", "accept", "only:preferences", "only:analytics", "only:marketing", "withdraw", "blocked"
)  # fmt: skip

_SHEET = re.compile(r"\A\{# (?P<about>.+) #\}\n\{#---\n(?P<front>.*?)---#\}\n", re.DOTALL)


@dataclass(frozen=True)
class ZooPage:
    """One page of the zoo.

    `kind` is the one kind of finding that must be found on it, in each of `scenarios` at least, against `service` (None
    for what is undeclared or the page's own doing); None on a clean page. `also` are kinds that cannot be told apart
    from it: they may be found too. `blocked` among the scenarios is the visit with the service blocked.
    """

    address: str
    path: str
    about: str
    kind: str | None = None
    service: str | None = None
    scenarios: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    language: str = "et"

    @property
    def name(self) -> str:
        """`fired_without_consent/on_scroll`."""
        return self.path.removesuffix(".html")


def read_pages() -> list[ZooPage]:
    """Every page, by folder and name. Raises ValueError for a sheet that cannot be read."""
    return list(_pages())


def _pages() -> Iterator[ZooPage]:
    for file in sorted(PAGES.glob("*/*.html")):
        if not file.name.endswith(".inner.html"):
            yield _page(file)


def _page(file: Path) -> ZooPage:
    path = file.relative_to(PAGES).as_posix()
    sheet = _SHEET.match(file.read_text(encoding="utf-8"))
    if not sheet:
        raise ValueError(f"{path} lacks its sentence or its front matter")
    front: dict[str, Any] = tomllib.loads(sheet["front"])
    host = front.pop("host", "shop.example")
    listed: dict[str, Any] = {key: _frozen(value) for key, value in front.items()}
    return ZooPage(address=f"https://{host}/{path.removesuffix('.html')}", path=path, about=sheet["about"], **listed)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
