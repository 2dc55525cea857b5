"""The revision: which policy a visitor was asked under, in eight hex digits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def revision_of(basis: Mapping[str, Any]) -> str:
    """Hash what consent depends on. Order and white space of the file do not count: keys and lists are sorted."""
    canonical = json.dumps(basis, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]
