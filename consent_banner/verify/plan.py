"""What a visit is to do."""

from __future__ import annotations

from dataclasses import dataclass

from .declared import Declared


@dataclass(frozen=True, slots=True)
class Plan:
    """A page and a scenario. `wait` is in seconds; `service` is the consent service's address, where that is known."""

    url: str
    scenario: str
    wait: float = 5.0
    service: str | None = None
    declared: Declared | None = None
