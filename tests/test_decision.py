"""What may load: the contract's truth table, and that nothing whatever grants what was not chosen."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_banner.consent import Consent
from consent_banner.decision import UNREADABLE, Presented, Signals, decide
from consent_banner.policy import Policy, read_policy

from .conftest import DAY, NOW, POLICY, consent_of

REQUIRED_ONLY = {"necessary": True, "preferences": False, "analytics": False, "marketing": False}
WITH_EXCEPTION = POLICY.replace('id = "analytics"\n', 'id = "analytics"\ngpc = false\n', 1)


def presented(policy: Policy, what: str) -> Presented:
    good = consent_of(policy, NOW - DAY)
    return {
        "none": None,
        "valid": good,
        "outdated": dataclasses.replace(good, revision="00000000"),
        "expired": dataclasses.replace(good, given_at=NOW - 180 * DAY),
        "expired and outdated": dataclasses.replace(good, given_at=NOW - 180 * DAY, revision="00000000"),
        "unreadable": UNREADABLE,
        "future": dataclasses.replace(good, given_at=NOW + timedelta(seconds=61)),
        "skewed": dataclasses.replace(good, given_at=NOW + timedelta(seconds=60)),
    }[what]


@pytest.mark.parametrize(
    ("what", "gpc", "decided", "reason"),
    [
        ("none", False, False, "none"),
        ("valid", False, True, "recorded"),
        ("valid", True, True, "recorded"),
        ("skewed", False, True, "recorded"),
        ("outdated", False, False, "outdated"),
        ("expired", False, False, "expired"),
        ("expired and outdated", False, False, "expired"),
        ("unreadable", False, False, "invalid"),
        ("future", False, False, "invalid"),
        ("none", True, True, "gpc"),
        ("outdated", True, True, "gpc"),
        ("expired", True, True, "gpc"),
        ("unreadable", True, True, "gpc"),
        ("future", True, True, "gpc"),
    ],
)
def test_follows_the_truth_table(policy: Policy, what: str, gpc: bool, decided: bool, reason: str) -> None:
    decision = decide(policy, presented(policy, what), Signals(gpc, "et"), NOW)
    assert (decision.decided, decision.reason, decision.gpc) == (decided, reason, gpc)
    if reason != "recorded":
        assert decision.categories == REQUIRED_ONLY
        assert not any(decision.services.values())
        assert decision.given_at is None
        assert decision.expires_at is None


@pytest.mark.parametrize("what", ["none", "outdated", "expired", "unreadable"])
def test_asks_a_category_that_the_signal_does_not_answer(what: str) -> None:
    policy = read_policy(WITH_EXCEPTION)
    decision = decide(policy, presented(policy, what), Signals(True, "et"), NOW)
    assert (decision.decided, decision.reason) == (False, "gpc")
    assert decision.categories == REQUIRED_ONLY


def test_grants_what_was_chosen_and_says_until_when(policy: Policy) -> None:
    decision = decide(policy, consent_of(policy, NOW - DAY), Signals(False, "et"), NOW)
    assert decision.categories == {**REQUIRED_ONLY, "analytics": True}
    assert decision.services == {"counter": True, "hotjar": False, "acme-pixel": False}
    assert decision.given_at == NOW - DAY
    assert decision.expires_at == NOW + 179 * DAY


def test_says_which_revision_was_asked_before(policy: Policy) -> None:
    decision = decide(policy, presented(policy, "outdated"), Signals(), NOW)
    assert decision.as_json()["previous_revision"] == "00000000"
    assert "previous_revision" not in decide(policy, None, Signals(), NOW).as_json()


def test_a_shorter_lifetime_holds_at_once(policy: Policy) -> None:
    shorter = read_policy(POLICY.replace("lifetime_days = 180", "lifetime_days = 30"))
    assert decide(shorter, consent_of(shorter, NOW - 31 * DAY), Signals(), NOW).reason == "expired"


def test_a_name_that_the_policy_lacks_is_never_granted(policy: Policy) -> None:
    decision = decide(policy, consent_of(policy, NOW), Signals(), NOW)
    assert not decision.allows("turundus")
    assert not decision.allows("")


names = st.sampled_from(
    ["necessary", "preferences", "analytics", "marketing", "counter", "hotjar", "acme-pixel", "x", "__proto__"]
)
consents = st.one_of(
    st.none(),
    st.just(UNREADABLE),
    st.builds(
        Consent,
        receipt=st.one_of(st.none(), st.uuids()),
        revision=st.sampled_from([read_policy(POLICY).revision, "00000000"]),
        given_at=st.datetimes(NOW.replace(tzinfo=None) - 400 * DAY, NOW.replace(tzinfo=None) + 400 * DAY).map(
            lambda moment: moment.replace(tzinfo=NOW.tzinfo)
        ),
        lifetime_days=st.integers(1, 400),
        categories=st.frozensets(names),
        services=st.frozensets(names),
    ),
)


@given(consents, st.booleans())
def test_no_input_grants_what_was_not_chosen(consent: Presented, gpc: bool) -> None:
    policy = read_policy(POLICY)
    decision = decide(policy, consent, Signals(gpc, "et"), NOW)
    chosen = (consent.categories, consent.services) if isinstance(consent, Consent) else (frozenset(), frozenset())
    for name, yes in decision.categories.items():
        assert not yes or name == "necessary" or (decision.reason == "recorded" and name in chosen[0])
    for name, yes in decision.services.items():
        assert not yes or (decision.reason == "recorded" and name in chosen[1])
    assert set(decision.categories) == {"necessary", "preferences", "analytics", "marketing"}
