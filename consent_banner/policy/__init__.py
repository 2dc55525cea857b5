"""What may be asked: the policy file, read whole or refused whole, and the revision that names it."""

from __future__ import annotations

from .model import Category, Controller, Lifetime, Policy, Service, Stored, Texts
from .reader import packaged_policy, read_policy, read_policy_file

__all__ = [
    "Category",
    "Controller",
    "Lifetime",
    "Policy",
    "Service",
    "Stored",
    "Texts",
    "packaged_policy",
    "read_policy",
    "read_policy_file",
]
