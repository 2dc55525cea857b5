"""Names for accounts that name nobody, and the short-lived tokens that carry them from an application to a browser.

The subject itself (a user's id, an e-mail address, whatever the application has) never leaves the application: a token
carries its HMAC under keys that only the server has, so that nobody else can test a guess (GDPR Art. 4(5), 25).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from itsdangerous import BadData, Signer, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.signer import HMACAlgorithm

from .decision import CLOCK_SKEW

VALID_FOR = timedelta(minutes=5)
NAME_BYTES = 16
MAX_LENGTH = 1024
_MAX_NAMES = 32

Names = tuple[bytes, ...]
"""One account's names, one for each key, the newest key's first: the first is written to, all are looked under."""


class Accounts:
    """Names accounts, and signs tokens with the first key; believes those that any of the keys signed."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._naming = [_derived(key, "consent-banner.account") for key in keys]
        signing = [_derived(key, "consent-banner.link") for key in reversed(keys)]
        self._signer = TimestampSigner(signing, key_derivation="none", algorithm=HMACAlgorithm(hashlib.sha256))

    def names(self, subject: str) -> Names:
        """The names of an account. Raises ValueError for a subject that is empty or no string."""
        if not isinstance(subject, str) or not subject:
            raise ValueError("a subject is a string that is not empty")
        content = subject.encode("utf-8", "surrogatepass")
        return tuple(hmac.digest(key, content, "sha256")[:NAME_BYTES] for key in self._naming[:_MAX_NAMES])

    def token(self, subject: str) -> str:
        """A token that links whichever browser presents it within five minutes: URL-safe characters, opaque."""
        return self._signer.sign(base64_encode(b"".join(self.names(subject)))).decode("ascii")

    def read(self, token: str, now: datetime) -> Names | None:
        """The names that a token carries; None where it is forged, expired, or something else that we signed."""
        if not token.isascii() or len(token) > MAX_LENGTH:
            return None
        try:
            signed, made_at = self._signer.unsign(token, return_timestamp=True)
            body = base64_decode(signed)
        except (BadData, ValueError, OverflowError):
            return None
        good = -CLOCK_SKEW <= now - made_at <= VALID_FOR and body and len(body) % NAME_BYTES == 0
        return tuple(body[at : at + NAME_BYTES] for at in range(0, len(body), NAME_BYTES)) if good else None


def _derived(key: str, salt: str) -> bytes:
    """A key for one use and no other, so that a token is no cookie and no receipt, and a name is no signature."""
    return Signer(key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256).derive_key()
