"""Findings: one broken promise each, with the evidence that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = (
    "fired_without_consent",
    "stored_without_consent",
    "kept_after_withdrawal",
    "never_fired",
    "undeclared_request",
    "undeclared_storage",
    "outlives_declaration",
    "choice_mismatch",
    "preselected",
    "refusal_harder_than_acceptance",
    "banner_missing",
    "page_blocked",
    "fails_open",
    "service_unreachable",
)
"""Every kind, the gravest first (contract §7)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise on a page. `service` is None for what is undeclared, or for the banner itself.

    `evidence` holds what was seen (`url`, `after_ms`, `name`, `domain`, `reason`, …) and `change`, the line to put in
    the place of what is there, where one can be given.
    """

    kind: str
    page: str
    service: str | None
    scenario: str | None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As the report has it; the page is that of the report it stands in."""
        return {
            "kind": self.kind,
            "service": self.service,
            "scenario": self.scenario,
            "evidence": {name: value for name, value in self.evidence.items() if value is not None},
        }
