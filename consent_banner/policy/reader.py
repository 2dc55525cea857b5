"""Reads a policy file. It comes out whole and good, or every mistake in it comes out, each with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from ..assets import available_languages
from ..errors import ConfigurationError, PolicyError
from .consent_apis import read_google_consent_mode
from .hosts import origin_mistake
from .model import Category, Controller, Policy
from .services import read_services
from .table import Mistakes, Table, shown

PACKAGED = Path(__file__).with_name("jutt_ai.toml")
MAX_LIFETIME_DAYS = 400  # Browsers cap cookies there (RFC 6265bis, 5.5).

_POLICY = ("version", "languages", "origins", "lifetime_days", "controller", "categories", "services",
           "google_consent_mode")  # fmt: skip
_CONTROLLER = ("name", "address", "email", "dpo_email", "registry_code", "privacy_policy")
_CATEGORY = ("id", "name", "description", "required", "gpc")
_EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]+")


def packaged_policy() -> Policy:
    """The policy of jutt.ai, which the package carries."""
    return read_policy_file(PACKAGED)


def read_policy_file(path: Path) -> Policy:
    """The policy in a TOML file. Raises PolicyError with every mistake, ConfigurationError where there is no file."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError([f"the file is not UTF-8 (byte {error.start})"]) from None
    except OSError as error:
        raise ConfigurationError([f"{path}: {error.strerror or 'cannot be read'}"]) from None
    return read_policy(text)


def read_policy(text: str) -> Policy:
    """The policy in a TOML text. Raises PolicyError with every mistake."""
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        last = f"at the end, line {len(text.splitlines()) or 1}"
        raise PolicyError([f"no TOML: {str(error).replace('at end of document', last)}"]) from None
    mistakes = Mistakes()
    policy = _policy(Table(values, "", mistakes, _POLICY))
    if mistakes:
        raise PolicyError(mistakes)
    return policy


def _policy(table: Table) -> Policy:
    languages = _languages(table)
    categories = _categories(table, languages)
    return Policy(
        version=table.text("version"),
        languages=languages,
        origins=_origins(table),
        lifetime_days=table.whole("lifetime_days", 180, 1, MAX_LIFETIME_DAYS),
        controller=_controller(table, languages),
        categories=categories,
        services=read_services(table, languages, {each.id for each in categories}),
        google_consent_mode=read_google_consent_mode(table),
    )


def _languages(table: Table) -> tuple[str, ...]:
    found: list[str] = []
    for place, language in table.strings("languages"):
        if language in found:
            table.mistakes.note(place, f'"{language}" stands there twice')
        elif language not in available_languages():
            have = ", ".join(sorted(available_languages()))
            table.mistakes.note(place, f'the package has no catalogue for "{language}", only for {have}')
        else:
            found.append(language)
    if not table.values.get("languages"):
        table.note("languages", "must name at least one language")
    return tuple(found) or ("en",)


def _origins(table: Table) -> tuple[str, ...]:
    found: list[str] = []
    for place, origin in table.strings("origins"):
        mistake = origin_mistake(origin.lower())
        if mistake:
            table.mistakes.note(place, mistake)
        found.append(origin.lower())
    return tuple(dict.fromkeys(found))


def _controller(table: Table, languages: Sequence[str]) -> Controller:
    if "controller" not in table:
        table.note("controller", "is missing")
        return Controller("", "", "", None, None, dict.fromkeys(languages, ""))
    values = Table(table.values["controller"], table.at("controller"), table.mistakes, _CONTROLLER)
    return Controller(
        name=values.text("name"),
        address=values.text("address"),
        email=_email(values, "email", required=True),
        dpo_email=_email(values, "dpo_email", required=False) or None,
        registry_code=values.text("registry_code", required=False) or None,
        privacy_policy=values.links("privacy_policy", languages),
    )


def _email(table: Table, key: str, *, required: bool) -> str:
    address = table.text(key, required=required)
    if address and not _EMAIL.fullmatch(address):
        table.note(key, f"{shown(address)} is no e-mail address")
    return address


def _categories(table: Table, languages: Sequence[str]) -> tuple[Category, ...]:
    found: dict[str, Category] = {}
    items = table.each("categories")
    for place, item in items:
        category = _category(Table(item, place, table.mistakes, _CATEGORY), languages)
        if category.id and category.id in found:
            table.mistakes.note(f"{place}.id", f'"{category.id}" stands there twice')
        found[category.id] = category
    required = [each.id for each in found.values() if each.required]
    if len(required) != 1:
        have = " and ".join(f'"{each}"' for each in required) or "none"
        table.note("categories", f"exactly one must have required = true, not {have}")
    return tuple(found.values())


def _category(table: Table, languages: Sequence[str]) -> Category:
    required = table.flag("required", False)
    if required and "gpc" in table:
        table.note("gpc", "says nothing of a required category; leave it out")
    return Category(
        id=table.identifier(),
        name=table.texts("name", languages),
        description=table.texts("description", languages),
        required=required,
        gpc=table.flag("gpc", True),
    )
