"""The signed cookie: what it proves, and that nothing else proves anything (K02, K04, K06, C20)."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_banner.cookie import CookieSigner
from consent_banner.decision import UNREADABLE
from consent_banner.policy import Policy, read_policy

from .conftest import KEY, POLICY, consent_of

SERVICE = """
[[services]]
id = "service-{number}"
category = "analytics"
name = "S"
provider = "P"
country = "EE"
privacy_policy = "https://a.example"
purpose = {{ et = "a", en = "b" }}
"""


def test_brings_a_consent_back(policy: Policy, signer: CookieSigner) -> None:
    consent = consent_of(policy)
    assert signer.load(signer.dump(consent)) == consent


def test_brings_a_consent_without_receipt_back(policy: Policy, signer: CookieSigner) -> None:
    consent = consent_of(policy, receipt=None)
    assert signer.load(signer.dump(consent)) == consent


def test_K06_every_flipped_character_is_found(policy: Policy, signer: CookieSigner) -> None:
    value = signer.dump(consent_of(policy))
    for index, character in enumerate(value):
        for other in "Aa-0":
            if other != character:
                assert signer.load(value[:index] + other + value[index + 1 :]) is UNREADABLE


def test_K06_every_other_spelling_of_the_last_character_is_found(policy: Policy, signer: CookieSigner) -> None:
    value = signer.dump(consent_of(policy))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
    good = [other for other in alphabet if signer.load(value[:-1] + other) is not UNREADABLE]
    assert good == [value[-1]]


@pytest.mark.parametrize("value", ["", ".", "a.b", "é" * 20, "x" * 5000, "\x00", "a" * 60 + "." + "b" * 43])
def test_K06_rubbish_proves_nothing(signer: CookieSigner, value: str) -> None:
    assert signer.load(value) is UNREADABLE


@given(st.text(max_size=200))
def test_never_raises(value: str) -> None:
    assert CookieSigner(read_policy(POLICY), [KEY]).load(value) is UNREADABLE


def test_C20_another_key_proves_nothing(policy: Policy, signer: CookieSigner) -> None:
    assert signer.load(CookieSigner(policy, ["z" * 40]).dump(consent_of(policy))) is UNREADABLE


def test_K06_keys_rotate(policy: Policy) -> None:
    old, both, new = (CookieSigner(policy, keys) for keys in (["o" * 40], ["n" * 40, "o" * 40], ["n" * 40]))
    consent = consent_of(policy)
    assert both.load(old.dump(consent)) == consent
    assert new.load(both.dump(consent)) == consent
    assert new.load(old.dump(consent)) is UNREADABLE


def test_an_older_revision_comes_back_without_grants(policy: Policy, signer: CookieSigner) -> None:
    older = read_policy(POLICY.replace('version = "1"', 'version = "0"'))
    found = signer.load(CookieSigner(older, [KEY]).dump(consent_of(older)))
    assert found == dataclasses.replace(
        consent_of(older, found.given_at), receipt=found.receipt, categories=frozenset(), services=frozenset()
    )  # type: ignore[union-attr]


@pytest.mark.parametrize("number", [0, 6, 2000])
def test_K04_stays_under_a_kibibyte_however_many_services(number: int) -> None:
    many = read_policy(POLICY + "".join(SERVICE.format(number=each) for each in range(number)))
    signer = CookieSigner(many, [KEY])
    everything = consent_of(
        many, categories=frozenset(many.required | set(many.optional)), services=frozenset(many.category_of)
    )
    value = signer.dump(everything)
    assert len(value) < (1024 if number == 2000 else 160)
    assert signer.load(value) == everything


def test_K06_carries_nothing_personal(policy: Policy, signer: CookieSigner) -> None:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    fields = {field.name for field in dataclasses.fields(consent_of(policy, moment))}
    assert fields == {"receipt", "revision", "given_at", "lifetime_days", "categories", "services"}
