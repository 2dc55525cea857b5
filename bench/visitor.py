"""A visitor of the service: what it posts, and the cookie that it holds afterwards."""

from __future__ import annotations

import json
from typing import Any

import requests

from bench.load import Call


def acceptance(base: str) -> dict[str, Any]:
    """The choice that grants everything, as the banner sends it."""
    decision = requests.get(f"{base}/consent/check", timeout=10).json()
    return {
        "categories": dict.fromkeys(decision["categories"], True),
        "services": {},
        "revision": decision["revision"],
        "language": "et",
        "method": "accept_all",
    }


def accepting(base: str, path: str = "/consent/choices") -> Call:
    """The call that grants everything, or the same one to another path."""
    headers = {"Content-Type": "application/json"}
    return Call(f"{base}{path}", "POST", headers, json.dumps(acceptance(base)))


def cookie(base: str) -> str:
    """The `Cookie` header of a visitor who granted everything."""
    answer = requests.post(f"{base}/consent/choices", json=acceptance(base), timeout=10)
    answer.raise_for_status()
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
