"""The consent service of jutt.ai: asks visitors, proves what they chose, and lets load only what was allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["ConsentBanner", "ConsentError", "Decision", "create_app", "decide"]

if TYPE_CHECKING:
    from .application import create_app
    from .decision import Decision, decide
    from .errors import ConsentError
    from .extension import ConsentBanner

_HOMES = {
    "ConsentBanner": "extension",
    "ConsentError": "errors",
    "Decision": "decision",
    "create_app": "application",
    "decide": "decision",
}


def __getattr__(name: str) -> Any:
    """Import the public names when first asked for, so that `consent-banner --help` need not load them all."""
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
