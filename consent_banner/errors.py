"""Every error of the package, as a tree: catch `ConsentError` for all of them."""

from __future__ import annotations

from collections.abc import Sequence


class ConsentError(Exception):
    """The root: whatever this package raises on purpose is one of these."""


class ConfigurationError(ConsentError, ValueError):
    """The set-up is wrong. Carries every mistake, one sentence each, and never a secret."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class PolicyError(ConfigurationError):
    """A policy file is broken. Carries every mistake with its place, such as `services[3].category: …`."""


class ChoiceError(ConsentError, ValueError):
    """A choice is malformed. Carries one `(pointer, detail)` per bad field (RFC 6901, RFC 9457)."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{pointer}: {detail}" for pointer, detail in self.errors))


class LedgerError(ConsentError):
    """The ledger could not do it, and says so: what was asked for is not durable."""


class LedgerUnavailable(LedgerError):
    """The store is away, full or too slow just now; the same call may go through later."""
