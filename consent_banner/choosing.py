"""A choice as it comes from outside, held against the policy: a good value, or every mistake in it with its pointer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .consent import METHODS, Choice
from .decision import Decision
from .errors import ChoiceError
from .policy import Policy

KEYS = ("categories", "services", "revision", "language", "text", "method")
MAX_BYTES = 8 * 1024


def read_choice(body: bytes, policy: Policy) -> Choice:
    """The choice in a JSON body (RFC 8259). Raises ChoiceError with every bad field."""
    return _Reading(parsed(body), policy).choice()


def choice_of(
    policy: Policy,
    categories: Mapping[str, bool],
    services: Mapping[str, bool],
    method: str,
    revision: str | None = None,
    language: str | None = None,
    text: str | None = None,
) -> Choice:
    """A choice with an answer for everything: what is left out is refused, a service follows its category."""
    chosen = {each.id: each.required or categories.get(each.id, False) for each in policy.categories}
    return Choice(
        categories=chosen,
        services={each.id: services.get(each.id, chosen[each.category]) for each in policy.services},
        method=method,
        revision=revision,
        language=language,
        text=text,
    )


def refusal(policy: Policy, method: str, language: str | None = None, text: str | None = None) -> Choice:
    """The choice that takes everything optional away."""
    return choice_of(policy, {}, {}, method, policy.revision, language, text)


def everything(policy: Policy) -> dict[str, bool]:
    """Every category agreed to."""
    return {each.id: True for each in policy.categories}


def grants_more(choice: Choice, decision: Decision) -> bool:
    """Whether a choice grants anything that was not granted before: then it is a grant, else a refusal."""
    return any(yes and not decision.categories.get(name) for name, yes in choice.categories.items()) or any(
        yes and not decision.services.get(name) for name, yes in choice.services.items()
    )


def parsed(body: bytes) -> dict[str, Any]:
    """The object in a JSON body. Raises ChoiceError where it is none, or names a key twice."""
    try:
        parsed = json.loads(body.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        detail = str(error) if isinstance(error, _Doubled) else "is no JSON"
        raise ChoiceError([("#", detail)]) from None
    if not isinstance(parsed, dict):
        raise ChoiceError([("#", "must be an object")])
    return parsed


class _Doubled(ValueError):
    """A key that stands twice in one object: which of the two was meant?"""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Doubled("has a key twice")
    return found


class _Reading:
    def __init__(self, values: dict[str, Any], policy: Policy) -> None:
        self._values = values
        self._policy = policy
        self._errors: list[tuple[str, str]] = []

    def choice(self) -> Choice:
        for key in self._values.keys() - set(KEYS):
            self._wrong(f"#/{_escaped(key)}", "is no key of a choice")
        categories = self._answers("categories", [each.id for each in self._policy.categories])
        services = self._answers("services", [each.id for each in self._policy.services])
        choice = choice_of(
            self._policy,
            categories,
            services,
            self._method(categories, services),
            self._revision(categories, services),
            self._language(),
            self._string("text"),
        )
        if self._errors:
            raise ChoiceError(sorted(self._errors))
        return choice

    def _wrong(self, pointer: str, detail: str) -> None:
        self._errors.append((pointer, detail))

    def _answers(self, key: str, known: Iterable[str]) -> dict[str, bool]:
        given = self._values.get(key, {})
        if not isinstance(given, dict):
            self._wrong(f"#/{key}", "must be an object")
            return {}
        good: dict[str, bool] = {}
        names = frozenset(known)
        for name, value in given.items():
            pointer = f"#/{key}/{_escaped(name)}"
            if name not in names:
                self._wrong(pointer, "is unknown to the policy")
            elif not isinstance(value, bool):
                self._wrong(pointer, "must be true or false")
            elif not value and self._required(name):
                self._wrong(pointer, "is required and cannot be refused")
            else:
                good[name] = value
        return good

    def _required(self, name: str) -> bool:
        return self._policy.category_of.get(name, name) in self._policy.required

    def _method(self, categories: Mapping[str, bool], services: Mapping[str, bool]) -> str:
        method = self._values.get("method")
        if not isinstance(method, str) or method not in METHODS:
            self._wrong("#/method", "is missing" if method is None else f"must be one of {', '.join(METHODS)}")
            return ""
        chosen = {name: categories.get(name, False) for name in self._policy.optional}
        if method == "accept_all" and not (all(chosen.values()) and all(services.values())):
            self._wrong("#/method", "says accept_all, but not everything is agreed to")
        if method == "reject_all" and self._optional_yes(categories, services):
            self._wrong("#/method", "says reject_all, but something is agreed to")
        return method

    def _optional_yes(self, categories: Mapping[str, bool], services: Mapping[str, bool]) -> bool:
        return any(yes and not self._required(name) for name, yes in (*categories.items(), *services.items()))

    def _revision(self, categories: Mapping[str, bool], services: Mapping[str, bool]) -> str | None:
        revision = self._string("revision")
        if "revision" not in self._values and self._optional_yes(categories, services):
            self._wrong("#/revision", "is missing: whoever agrees must say to what")
        return revision

    def _language(self) -> str | None:
        language = self._string("language")
        if language is not None and language not in self._policy.languages:
            self._wrong("#/language", f"must be one of {', '.join(self._policy.languages)}")
        return language

    def _string(self, key: str) -> str | None:
        value = self._values.get(key)
        if key in self._values and not isinstance(value, str):
            self._wrong(f"#/{key}", "must be a string")
            return None
        return value


def _escaped(name: str) -> str:
    """A name in a JSON pointer (RFC 6901, 3), short enough to be shown."""
    return name[:100].replace("~", "~0").replace("/", "~1")
