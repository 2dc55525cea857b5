"""Cookie, check, page and dataLayer differ from one another, or from the visitor's choice (V05; Matte et al. 2020)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..evidence import State, Visit
from ..facts import ANSWERLESS, Facts
from ..findings import Finding
from ..words import N_

TITLE = N_("Choice and state differ")
ADVICE = N_("Let nothing but the banner record choices or push consent_update, and no script overwrite consentBanner.")
_SOURCES = ("page", "allows", "check", "cookie", "data_layer")
_CONSENT_MODE = {
    "analytics_storage": "analytics",
    "ad_storage": "marketing",
    "ad_user_data": "marketing",
    "ad_personalization": "marketing",
}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per visit: the first source that says something else than was chosen."""
    for page, visit in facts.visits:
        for state in visit.states:
            wrong = next(_wrong(_expected(facts, visit, state), state), None)
            if wrong is not None:
                yield Finding("choice_mismatch", page.url, None, visit.scenario, {**wrong, "at": state.moment})
                break


def _expected(facts: Facts, visit: Visit, state: State) -> dict[str, bool]:
    """What holds for each name at a moment; nothing where that cannot be said."""
    scenario = _standing(visit, state)
    if scenario is None:
        return {}
    granted = facts.declared.granted(scenario)
    services = {each.id: each.category in granted for each in facts.declared.services}
    return {name: name in granted for name in facts.declared.categories} | services


def _standing(visit: Visit, state: State) -> str | None:
    """The scenario whose grants hold at a moment."""
    if state.moment == "loaded" or visit.scenario in ANSWERLESS:
        return "fresh"
    if visit.answered_ms is None:  # Nothing was recorded, if the service itself says so.
        recorded = state.check is None or state.reason == "recorded"
        return None if recorded else "fresh"
    if visit.scenario == "withdraw":
        withdrawn = "fresh" if visit.withdrawn_ms is not None else None
        return "accept" if state.moment == "answered" else withdrawn
    return visit.scenario


def _wrong(expected: Mapping[str, bool], state: State) -> Iterator[dict[str, object]]:
    for source in _SOURCES:
        says: Mapping[str, bool] | None = getattr(state, source)
        for name, value in (says or {}).items():
            if name in expected and bool(value) != expected[name]:
                yield {"source": source, "name": name, "says": value, "chosen": expected[name]}
    for signal, word in (state.consent_mode or {}).items():
        category = _CONSENT_MODE.get(signal, "")
        if word == "granted" and expected.get(category) is False:
            yield {"source": "consent_mode", "name": signal, "says": word, "chosen": False}
