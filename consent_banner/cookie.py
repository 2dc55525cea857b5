"""A consent, signed into a cookie, and back.

The bytes are our own and fixed, so that they never compress or grow by surprise: a version, the receipt's id, the
revision, the time, the lifetime in days, and one bit per category and service in the order of their sorted ids.
2,000 services come to about 420 characters. No name, address or other personal data is in it (GDPR Art. 25).
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from itsdangerous import BadData, BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.signer import HMACAlgorithm

from .consent import Consent
from .decision import UNREADABLE, Presented
from .policy import Policy

VERSION = 1
MAX_LENGTH = 1024
_HEAD = struct.Struct(">B16s4sIHH")


class CookieSigner:
    """Signs consents with the first key and believes those signed by any of them (HMAC-SHA-256)."""

    def __init__(self, policy: Policy, keys: Sequence[str]) -> None:
        self._policy = policy
        self._categories = tuple(sorted(each.id for each in policy.categories))
        self._services = tuple(sorted(each.id for each in policy.services))
        derived = [_derived(key) for key in reversed(keys)]  # itsdangerous signs with the last key of the list.
        self._signer = Signer(derived, key_derivation="none", algorithm=HMACAlgorithm(hashlib.sha256))

    def dump(self, consent: Consent) -> str:
        """The cookie's value for a consent under the policy in force: under 1 KiB, of URL-safe characters only."""
        head = _HEAD.pack(
            VERSION,
            consent.receipt.bytes if consent.receipt else bytes(16),
            bytes.fromhex(consent.revision),
            int(consent.given_at.timestamp()),
            consent.lifetime_days,
            len(self._categories),
        )
        body = head + _bits(self._categories, consent.categories) + _bits(self._services, consent.services)
        return self._signer.sign(base64_encode(body)).decode("ascii")

    def load(self, value: str) -> Presented:
        """The consent that a cookie proves, or UNREADABLE. Never raises, whatever stands in the cookie."""
        if not value or len(value) > MAX_LENGTH or not value.isascii():
            return UNREADABLE
        try:
            signed = self._signer.unsign(value)
            if not _canonical(value.rpartition(".")[2]):
                return UNREADABLE
            return self._unpack(base64_decode(signed))
        except (BadSignature, ValueError, struct.error, OverflowError, OSError):
            return UNREADABLE

    def _unpack(self, body: bytes) -> Presented:
        version, receipt, revision, given_at, lifetime, count = _HEAD.unpack_from(body)
        if version != VERSION or not 0 < lifetime <= 400:
            return UNREADABLE
        consent = Consent(
            receipt=uuid.UUID(bytes=receipt) if any(receipt) else None,
            revision=revision.hex(),
            given_at=datetime.fromtimestamp(given_at, UTC),
            lifetime_days=lifetime,
        )
        if consent.revision != self._policy.revision:  # Its bits belong to another policy: read as nothing granted.
            return consent
        return self._with_grants(consent, body[_HEAD.size :], count)

    def _with_grants(self, consent: Consent, bits: bytes, count: int) -> Presented:
        split = _width(self._categories)
        if count != len(self._categories) or len(bits) != split + _width(self._services):
            return UNREADABLE
        return Consent(
            receipt=consent.receipt,
            revision=consent.revision,
            given_at=consent.given_at,
            lifetime_days=consent.lifetime_days,
            categories=_named(self._categories, bits[:split]),
            services=_named(self._services, bits[split:]),
        )


def claims(value: str, categories: Iterable[str], services: Iterable[str]) -> tuple[str, frozenset[str]] | None:
    """What a cookie says, without any proof that it is ours: its revision, and the names that it grants.

    `categories` and `services` are the ids of the policy whose revision it is. For verification, which has no key and
    grants nothing. None where it is no such cookie.
    """
    names = tuple(sorted(categories)), tuple(sorted(services))
    try:
        body = base64_decode(value.rpartition(".")[0])
        revision, bits = _HEAD.unpack_from(body)[2], body[_HEAD.size :]
    except (BadData, ValueError, struct.error):
        return None
    split = _width(names[0])
    return revision.hex(), _named(names[0], bits[:split]) | _named(names[1], bits[split:])


def _derived(key: str) -> bytes:
    """The key that signs cookies and nothing else. Derived once, not for every cookie."""
    signer = Signer(key, salt="consent-banner.cookie", key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.derive_key()


def _canonical(signature: str) -> bool:
    """Base64 lets four spellings of a last character through; one consent has one cookie."""
    return base64_encode(base64_decode(signature)).decode("ascii") == signature


def _width(names: Sequence[str]) -> int:
    return (len(names) + 7) // 8


def _bits(names: Sequence[str], chosen: Iterable[str]) -> bytes:
    wanted = frozenset(chosen)
    number = sum(1 << index for index, name in enumerate(names) if name in wanted)
    return number.to_bytes(_width(names), "little")


def _named(names: Sequence[str], bits: bytes) -> frozenset[str]:
    number = int.from_bytes(bits, "little")
    return frozenset(name for index, name in enumerate(names) if number >> index & 1)
