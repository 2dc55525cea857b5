"""Words, dates and lifetimes in the visitor's language: gettext catalogues, compiled in memory by Babel.

Adding a language is adding a folder to `translations/`. Nothing is installed into a host's Jinja environment.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from . import assets
from .policy.model import Lifetime

DOMAIN = "messages"


@cache
def catalogue(language: str) -> gettext.GNUTranslations:
    """The compiled catalogue of one language; raises FileNotFoundError where there is none."""
    path = assets.folder("translations") / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def negotiate(languages: Sequence[str], accept: str | None) -> str:
    """The language to answer in, of those offered, for an `Accept-Language` header (RFC 9110, 12.5.4)."""
    if not accept:
        return languages[0]
    # Not `best_match`: to that, `et-EE, en;q=0.5` means English where only `et` and `en` are offered.
    tags = [tag for tag, quality in parse_accept_header(accept, LanguageAccept) if quality > 0]
    return next(filter(None, (offered(languages, tag) for tag in tags)), languages[0])


def offered(languages: Sequence[str], asked: str | None) -> str | None:
    """The offered language that an explicit tag means (`et-EE` means `et`), or None."""
    if not asked:
        return None
    tag = asked.replace("_", "-").lower()
    return next((each for each in languages if tag == each.lower() or tag.startswith(each.lower() + "-")), None)


class Speech:
    """One language, ready to speak: what templates and pages get as `_`, `ngettext` and the like."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(language, sep="-")
        self._catalogue = catalogue(language)

    def gettext(self, message: str, **values: Any) -> str:
        """The message in this language, its `%(name)s` placeholders filled."""
        translated = self._catalogue.gettext(message)
        return translated % values if values else translated

    def ngettext(self, singular: str, plural: str, number: int, **values: Any) -> str:
        """The message for a number of things; `%(num)s` is the number."""
        return self._catalogue.ngettext(singular, plural, number) % {"num": number, **values}

    def date(self, moment: datetime) -> str:
        """`21. mai 2027`, `May 21, 2027`."""
        return format_date(moment, format="long", locale=self.locale)

    def lifetime(self, lifetime: Lifetime) -> str:
        """`2 aastat`, `13 kuud`, `seansi lõpuni`."""
        if lifetime.unit == "session":
            return self.gettext("until the end of the session")
        if lifetime.unit == "persistent":
            return self.gettext("until you delete it")
        return self._counted(lifetime.unit, lifetime.count)

    def days(self, number: int) -> str:
        """`180 päeva`, `180 days`."""
        return self._counted("day", number)

    def _counted(self, unit: str, number: int) -> str:
        """In words of the catalogue: the locale's own units say `ööpäeva` for days, and lack Estonian months."""
        return {
            "minute": lambda: self.ngettext("%(num)s minute", "%(num)s minutes", number),
            "hour": lambda: self.ngettext("%(num)s hour", "%(num)s hours", number),
            "day": lambda: self.ngettext("%(num)s day", "%(num)s days", number),
            "month": lambda: self.ngettext("%(num)s month", "%(num)s months", number),
            "year": lambda: self.ngettext("%(num)s year", "%(num)s years", number),
        }[unit]()

    def country(self, code: str) -> str:
        """`Ameerika Ühendriigid` for `US` (ISO 3166)."""
        return str(self.locale.territories.get(code, code))

    def language_name(self, code: str) -> str:
        """A language by its own name: `Eesti`, `English`."""
        name = Locale.parse(code, sep="-").get_display_name(code) or code
        return name[:1].upper() + name[1:]

    def kind(self, kind: str) -> str:
        """What a stored thing is called: `küpsis`, `kohalik salvestus`."""
        _ = self.gettext
        return {
            "cookie": _("cookie"),
            "local_storage": _("local storage"),
            "session_storage": _("session storage"),
            "indexed_db": _("browser database"),
        }[kind]

    def safeguard(self, code: str) -> str:
        """The ground of a transfer outside the EEA, in words (GDPR Art. 45 to 49)."""
        _ = self.gettext
        return {
            "adequacy": _("adequacy decision"),
            "DPF": _("EU-US Data Privacy Framework"),
            "SCC": _("standard contractual clauses"),
            "BCR": _("binding corporate rules"),
            "derogation": _("derogation for specific situations"),
        }[code]

    def variables(self) -> dict[str, Any]:
        """What every template of ours gets, by the names that it uses."""
        return {
            "language": self.language,
            "_": self.gettext,
            "ngettext": self.ngettext,
            "lifetime_words": self.lifetime,
            "days_words": self.days,
            "date_words": self.date,
            "country_name": self.country,
            "kind_name": self.kind,
            "safeguard_name": self.safeguard,
        }


@cache
def speech(language: str) -> Speech:
    """The speech of one language, made once."""
    return Speech(language)
