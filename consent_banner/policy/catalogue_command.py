"""`consent-banner catalogue`: which services one line of a policy takes in, and everything that is known of each."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from ..i18n import Speech, speech
from .model import Lifetime
from .services import catalogue_entry, catalogue_names, catalogue_sources
from .table import meant, shown

_LANGUAGE = click.option("--lang", type=click.Choice(["et", "en"]), default="en", show_default=True)
_BETWEEN = "  "


@click.group("catalogue")
def catalogue() -> None:
    """Look up services that a policy takes in with `use = "ID"`."""


@catalogue.command("list")
@_LANGUAGE
def list_entries(lang: str) -> None:
    """Print every entry: its id, name, category, provider, and the country where the data goes."""
    words = speech(lang)
    _ = words.gettext
    rows: list[tuple[str, ...]] = [("id", _("Name"), _("Category"), _("Provider"), _("Country"))]
    rows += [_row(name, catalogue_entry(name) or {}, words) for name in catalogue_names()]
    click.echo("\n".join(_aligned(rows)))


@catalogue.command("show")
@click.argument("name", metavar="ID")
@_LANGUAGE
def show_entry(name: str, lang: str) -> None:
    """Print one entry whole, with the pages where its facts were found."""
    entry = catalogue_entry(name)
    if entry is None:
        click.echo(f"consent-banner: {shown(name)} is no entry of the catalogue{_near(name)}", err=True)
        sys.exit(2)
    click.echo("\n".join(_told(name, entry, speech(lang))))


def _row(name: str, entry: Mapping[str, Any], words: Speech) -> tuple[str, ...]:
    said = _said(entry["name"], words)
    return name, said, entry["category"], entry["provider"], words.country(entry["country"])


def _told(name: str, entry: Mapping[str, Any], words: Speech) -> Iterator[str]:
    _ = words.gettext
    yield f"{_said(entry['name'], words)}: use = {shown(name)}"
    yield ""
    yield from _aligned(list(_facts(entry, words)))
    yield from ("", _("Purpose"), *_in_each_language(entry["purpose"]))
    yield from ("", _("Hosts"), *(_BETWEEN + host for host in entry.get("hosts") or [_("none")]))
    yield from ("", _("Stored in the browser"), *(_stored(entry, words) or [_BETWEEN + _("nothing")]))
    yield from ("", _("Sources"), *(_BETWEEN + source for source in catalogue_sources(name)))


def _facts(entry: Mapping[str, Any], words: Speech) -> Iterator[tuple[str, str]]:
    _ = words.gettext
    yield _("Category"), entry["category"]
    yield _("Provider"), entry["provider"]
    yield _("Where the data goes"), f"{words.country(entry['country'])} ({entry['country']})"
    if "safeguard" in entry:
        yield _("Safeguard"), f"{words.safeguard(entry['safeguard'])} ({entry['safeguard']})"
    links = entry["privacy_policy"]
    yield _("Privacy policy"), links if isinstance(links, str) else " ".join(links.values())


def _stored(entry: Mapping[str, Any], words: Speech) -> list[str]:
    found = []
    for item in entry.get("storage", []):
        lifetime = Lifetime.parse(item["lifetime"])
        told = words.lifetime(lifetime) if lifetime else item["lifetime"]
        found += [f"{_BETWEEN}{item['name']}: {words.kind(item['kind'])}, {told}"]
        found += [_BETWEEN + line for line in _in_each_language(item["purpose"])]
    return found


def _in_each_language(texts: Mapping[str, str]) -> list[str]:
    return [f"{_BETWEEN}{language}  {text}" for language, text in texts.items()]


def _said(text: str | Mapping[str, str], words: Speech) -> str:
    return text if isinstance(text, str) else text[words.language]


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_BETWEEN.join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _near(name: str) -> str:
    """The id that was meant: one that is spelled alike, else one that has the word in it."""
    within = next((f'; did you mean "{each}"?' for each in catalogue_names() if name and name in each), "")
    return meant(name, catalogue_names()) or within
