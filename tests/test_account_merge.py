"""What an account chose meets what a browser holds: the newest wins, and a guest's refusal is never made a grant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_banner.account import (
    ADOPT,
    GUEST,
    KEEP,
    NARROW,
    OTHER,
    OWN,
    STORE,
    AccountChoice,
    Held,
    fingerprint,
    merge,
)

REQUIRED = frozenset({"necessary"})
ALL = REQUIRED | {"analytics", "marketing"}
SOME = REQUIRED | {"analytics"}
ELSE = REQUIRED | {"marketing"}


def account(at: int, granted: frozenset[str], gpc: bool = False) -> AccountChoice:
    return AccountChoice(at, 180, "3f9c2a71", "et", "custom", gpc, granted)


@pytest.mark.parametrize(
    ("chosen", "held", "action", "granted", "ask"),
    [
        # Only one side has chosen, or neither.
        (None, None, KEEP, REQUIRED, False),
        (account(1, ALL), None, ADOPT, ALL, False),
        (account(1, REQUIRED), None, ADOPT, REQUIRED, False),
        (None, Held(1, SOME), STORE, SOME, False),
        # Both have: the newest wins.
        (account(1, ALL), Held(2, SOME), STORE, SOME, False),
        (account(1, SOME), Held(2, ALL), STORE, ALL, False),
        (account(2, SOME), Held(1, ALL), ADOPT, SOME, False),
        (account(2, ALL), Held(1, ALL), KEEP, ALL, False),
        # But what a guest refused stays refused, and is asked about.
        (account(2, ALL), Held(1, REQUIRED), KEEP, REQUIRED, True),
        (account(2, ALL), Held(1, SOME), KEEP, SOME, True),
        (account(2, ELSE), Held(1, SOME), NARROW, REQUIRED, True),
        # What was the account's own before is no guest's.
        (account(2, ALL), Held(1, REQUIRED, OWN), ADOPT, ALL, False),
        (account(2, REQUIRED), Held(1, ALL, OWN), ADOPT, REQUIRED, False),
        (account(1, REQUIRED), Held(2, ALL, OWN), STORE, ALL, False),
        # Of the same moment, both must grant it.
        (account(1, ALL), Held(1, SOME), KEEP, SOME, True),
        (account(1, SOME), Held(1, ALL), ADOPT, SOME, False),
        # What another account chose in this browser is never this one's.
        (None, Held(1, ALL, OTHER), KEEP, ALL, True),
        (account(1, SOME), Held(2, ALL, OTHER), ADOPT, SOME, False),
        (account(1, ALL), Held(2, SOME, OTHER), KEEP, SOME, True),
    ],
)
def test_merges(
    chosen: AccountChoice | None, held: Held | None, action: str, granted: frozenset[str], ask: bool
) -> None:
    assert merge(chosen, held, required=REQUIRED) == (action, granted, ask)


@pytest.mark.parametrize(
    ("chosen", "action", "ask"),
    [
        (account(1, ALL), KEEP, True),
        (account(1, ALL, gpc=True), ADOPT, False),
        (account(1, REQUIRED), ADOPT, False),
        (None, KEEP, False),
    ],
)
def test_a_signal_is_outranked_by_a_choice_in_sight_of_it_alone(
    chosen: AccountChoice | None, action: str, ask: bool
) -> None:
    merged = merge(chosen, None, objects=True, required=REQUIRED)
    assert (merged.action, merged.ask) == (action, ask)


grants = st.frozensets(st.sampled_from(["preferences", "analytics", "marketing", "counter"])).map(REQUIRED.union)
moments = st.integers(1, 4)
accounts = st.none() | st.builds(account, moments, grants, st.booleans())
holdings = st.none() | st.builds(Held, moments, grants, st.sampled_from([GUEST, OWN, OTHER]))


@given(chosen=accounts, held=holdings, objects=st.booleans())
def test_signing_in_grants_nothing_that_a_guest_refused(
    chosen: AccountChoice | None, held: Held | None, objects: bool
) -> None:
    after = merge(chosen, held, objects=objects and held is None, required=REQUIRED)
    before = held.granted if held else REQUIRED
    if held and held.whose != OWN:
        assert after.granted <= before
        assert after.ask or not (chosen and chosen.at >= held.at and chosen.granted - before)
    assert after.granted <= before | (chosen.granted if chosen else frozenset())


@given(chosen=st.builds(account, moments, grants), held=st.builds(Held, moments, grants))
def test_merging_again_changes_nothing(chosen: AccountChoice, held: Held) -> None:
    first = merge(chosen, held, required=REQUIRED)
    if first.action == STORE:
        chosen, after = account(held.at, held.granted), held
    elif first.action == KEEP:
        after = held
    else:
        after = Held(chosen.at, first.granted, OWN if first.action == ADOPT else GUEST)
    assert merge(chosen, after, required=REQUIRED) == (KEEP, first.granted, first.ask)


@given(one=grants, another=grants)
def test_a_fingerprint_tells_grants_apart(one: frozenset[str], another: frozenset[str]) -> None:
    assert (fingerprint(one) == fingerprint(another)) == (one == another)


@given(chosen=st.builds(account, moments, grants, st.booleans()))
def test_a_choice_comes_back_from_json(chosen: AccountChoice) -> None:
    assert AccountChoice.from_json(chosen.at, chosen.as_json()) == chosen
