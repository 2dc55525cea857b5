"""The signature on a receipt, by which anybody who holds the keys can tell that no field was changed since."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Sequence

from itsdangerous.signer import HMACAlgorithm, Signer

from ..consent import Receipt
from ..errors import ConfigurationError

_SALT = b"consent-banner receipt"
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


class Seal:
    """Signs receipts with the first key, and recognises those that any of the keys signed."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ConfigurationError(["CONSENT_SECRET_KEYS: a receipt cannot be signed without a key"])
        self._signers = [_signer(key) for key in keys]

    def sign(self, receipt: Receipt) -> Receipt:
        """The same receipt with its signature: HMAC-SHA-256 over all other fields."""
        signature = self._signers[0].get_signature(canonical(receipt))
        return dataclasses.replace(receipt, signature=signature.decode("ascii"))

    def verify(self, receipt: Receipt) -> bool:
        """Say whether one of the keys signed exactly this receipt, in constant time."""
        content = canonical(receipt)
        given = str(receipt.signature).encode("utf-8", "replace")
        # Compared as text: base64 has four spellings of the last character, and only one of them was issued.
        return any(hmac.compare_digest(signer.get_signature(content), given) for signer in self._signers)


def canonical(receipt: Receipt) -> bytes:
    """All fields but the signature as JSON with sorted keys and no spaces: what the signature covers."""
    values = receipt.as_json()
    del values["signature"]
    return _canonical(values).encode("ascii")


def _signer(key: str) -> Signer:
    algorithm = HMACAlgorithm(hashlib.sha256)
    derived = Signer(key, salt=_SALT, key_derivation="hmac", digest_method=hashlib.sha256).derive_key()
    return Signer(derived, key_derivation="none", algorithm=algorithm)  # Derived once, not for every receipt.
