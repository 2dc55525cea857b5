"""The seal: a receipt that was changed in any field is told from one that was not."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta
from typing import Any

import pytest

from consent_banner.consent import Receipt
from consent_banner.errors import ConfigurationError
from consent_banner.ledger import Seal
from tests.ledger_receipts import a_receipt

OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture
def sealed() -> Receipt:
    return Seal([NEW, OLD]).sign(a_receipt())


def test_recognises_its_own(sealed: Receipt) -> None:
    assert Seal([NEW, OLD]).verify(sealed)


def test_recognises_it_after_a_journey_as_json(sealed: Receipt) -> None:
    assert Seal([NEW]).verify(Receipt.from_json(sealed.as_json()))


def test_signs_with_the_first_key(sealed: Receipt) -> None:
    assert Seal([NEW]).verify(sealed)
    assert not Seal([OLD]).verify(sealed)


def test_recognises_what_an_older_key_signed(sealed: Receipt) -> None:
    assert Seal(["later" * 8, NEW]).verify(sealed)


def test_takes_no_notice_of_the_order_of_services(sealed: Receipt) -> None:
    turned = dict(reversed(list(sealed.services.items())))
    assert Seal([NEW]).verify(dataclasses.replace(sealed, services=turned))


@pytest.mark.parametrize(
    "change",
    [
        {"receipt": uuid.UUID(int=7)},
        {"given_at": a_receipt().given_at - timedelta(seconds=5)},
        {"revision": "00000000"},
        {"language": "en"},
        {"method": "accept_all"},
        {"gpc": True},
        {"categories": {"necessary": True, "analytics": True, "marketing": True}},
        {"services": {}},
        {"text_digest": None},
        {"previous": uuid.UUID(int=7)},
        {"version": "2"},
        {"signature": ""},
        {"signature": "õ"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_notices_a_change(sealed: Receipt, change: dict[str, Any]) -> None:
    assert not Seal([NEW, OLD]).verify(dataclasses.replace(sealed, **change))


def test_takes_one_spelling_of_a_signature(sealed: Receipt) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelt = [dataclasses.replace(sealed, signature=sealed.signature[:-1] + letter) for letter in alphabet]
    assert [receipt.signature for receipt in spelt if Seal([NEW]).verify(receipt)] == [sealed.signature]


def test_wants_a_key() -> None:
    with pytest.raises(ConfigurationError, match="CONSENT_SECRET_KEYS"):
        Seal([])
