"""What the consent cookie in a browser says was granted, read without a key: it is compared, and never believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..cookie import claims
from .declared import Declared


def granted_by(cookies: Sequence[Mapping[str, Any]], declared: Declared | None) -> dict[str, bool] | None:
    """The names that the consent cookie grants; None where there is none, or it is of another policy."""
    if declared is None:
        return None
    services = {each.id: each.category for each in declared.services}
    for cookie in cookies:
        value = (cookie.get("value") or {}).get("value", "")
        if declared.is_own("cookie", cookie["name"]):
            found = claims(str(value), declared.categories, services)
            if found is not None and found[0] == declared.revision:
                required = {name for name, is_required in declared.categories.items() if is_required}
                return {
                    **{name: name in required or name in found[1] for name in declared.categories},
                    **{name: category in required or name in found[1] for name, category in services.items()},
                }
    return None
