"""What a report says, in one language: the names of scenarios, states, services and things seen; times and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from ...i18n import speech
from ...policy.model import Lifetime
from ..checks import advice, title
from ..evidence import BLOCKED, Evidence
from .plain import line
from .reasons import recognised

_FULL_DAY = 1.0
_SAME = {
    "worker": "script", "sharedworker": "script", "serviceworker": "script", "img": "image", "audio": "video",
    "iframe": "frame", "css": "style", "xhr": "fetch", "xmlhttprequest": "fetch", "ping": "beacon", "other": "request",
}  # fmt: skip
"""The browsers' words for the same sort of request (Fetch, destinations; Resource Timing, initiator types)."""


class Words:
    """One language, and the names that the policy of some evidence gives its services and categories."""

    def __init__(self, evidence: Evidence, language: str) -> None:
        self.language = language
        self.speech = speech(language)
        self._services = _names(evidence.policy, "services", language)
        self._categories = _names(evidence.policy, "categories", language)

    def message(self, message: str, **values: object) -> str:
        """A message that stands elsewhere marked with N_."""
        return self.speech.gettext(message, **values)

    def title(self, kind: str) -> str:
        """What a kind of finding is called."""
        return self.message(title(kind))

    def advice(self, kind: str) -> str:
        """What to do about it."""
        return self.message(advice(kind))

    def service(self, name: str) -> str:
        """A service by the policy's name for it."""
        return self._services.get(name) or line(name)

    def category(self, name: str) -> str:
        """A category by the policy's name for it."""
        return self._categories.get(name) or line(name)

    def scenario(self, name: str) -> str:
        """What the visitor did in a scenario, in the words on the notice's own buttons."""
        _ = self.speech.gettext
        if name.startswith("only:"):
            return _("Only: %(name)s", name=self.category(name.removeprefix("only:")))
        return {
            "fresh": _("No answer"),
            "gpc": _("Privacy signal (GPC)"),
            "reject": _("Reject all"),
            "accept": _("Accept all"),
            "withdraw": _("After withdrawal"),
            BLOCKED: _("Notice blocked"),
        }.get(name) or line(name)

    def state(self, state: str) -> str:
        """How a service behaved in a scenario; `unseen` where there is nothing to see."""
        _ = self.speech.gettext
        return {
            "held": _("held"),
            "let_through": _("let through"),
            "leaks": _("leaks"),
            "silent": _("silent"),
            "unseen": "–",
        }[state]

    def meaning(self, state: str) -> str:
        """What a state means, as a legend says it."""
        _ = self.speech.gettext
        return {
            "held": _("not allowed, and it waited"),
            "let_through": _("allowed, and it fired"),
            "leaks": _("not allowed, and it fired or stored something all the same"),
            "silent": _("allowed, and it did not fire"),
        }[state]

    def track(self, state: str) -> str:
        """How all that went to one owner is judged in a timeline; nothing is said of the site itself."""
        _ = self.speech.gettext
        return {
            "leaks": _("leaks"),
            "let_through": _("let through"),
            "undeclared": _("undeclared"),
        }.get(state, "")

    def requests(self, number: int) -> str:
        """`1 request`, `23 requests`."""
        return self.speech.ngettext("%(num)s request", "%(num)s requests", number)

    def kind(self, kind: str) -> str:
        """What sort of request or stored thing this is, where it has a name of its own; else the browser's word."""
        _ = self.speech.gettext
        return {
            "script": _("script"),
            "image": _("image or pixel"),
            "video": _("sound or video"),
            "frame": _("frame"),
            "document": _("page"),
            "style": _("stylesheet"),
            "font": _("font"),
            "fetch": _("request by a script"),
            "beacon": _("beacon"),
            "leaving": _("request on leaving the page"),
            "request": _("request"),
            "websocket": _("WebSocket"),
            "preconnect": _("connection opened ahead"),
            "cookie": _("cookie"),
            "local_storage": _("local storage"),
            "session_storage": _("session storage"),
            "indexed_db": _("browser database"),
        }.get(_SAME.get(kind, kind)) or line(kind)

    def reason(self, sentence: object) -> str:
        """Why something is so, as a check or the collector put it."""
        known = recognised(line(sentence))
        return self.message(known[0], **known[1]) if known else line(sentence)

    def sentence(self, sentence: object) -> str:
        """A reason where it stands alone: with a capital, unless it starts with somebody's name for something."""
        known, text = recognised(line(sentence)), self.reason(sentence)
        return text if known is None or known[0].startswith("%(") else text[:1].upper() + text[1:]

    def either(self, name: str) -> str:
        """A category, or a service, by the policy's name for it."""
        return self._categories.get(name) or self.service(name)

    def source(self, source: str) -> str:
        """Who says what is allowed."""
        _ = self.speech.gettext
        return {
            "page": _("consentBanner on the page"),
            "check": _("the check of the service"),
            "cookie": _("the consent cookie"),
            "data_layer": "dataLayer",
            "allows": "consentBanner.allows",
            "consent_mode": _("Google's consent mode"),
        }.get(source) or line(source)

    def point(self, moment: str) -> str:
        """When in a visit the state was looked at."""
        _ = self.speech.gettext
        return {
            "loaded": _("before any answer"),
            "answered": _("after the answer"),
            "withdrawn": _("after the withdrawal"),
            "last": _("at the end of the visit"),
        }.get(moment) or line(moment)

    def known_as(self, name: str) -> str:
        """Whose a stranger is, by the packaged catalogue."""
        return self.speech.gettext("known as %(name)s", name=line(name))

    def tag_as_it_stands(self) -> str:
        """What stands before a tag that we know, and for which no change can be given."""
        return self.speech.gettext("The tag as it stands")

    def allowed(self, says: object) -> str:
        """Whether something is allowed, said by one who knows yes and no only."""
        _ = self.speech.gettext
        return _("allowed") if says in (True, "granted") else _("not allowed")

    def number(self, number: float) -> str:
        """`1,204`, `1 204`."""
        return format_decimal(number, locale=self.speech.locale)

    def share(self, share: float) -> str:
        """`62%`, `62%`."""
        return format_percent(share, locale=self.speech.locale)

    def time(self, milliseconds: float) -> str:
        """`412 ms`, `2.1 s`, `2,1 s`, never broken over two lines."""
        if milliseconds < 1000:
            return f"{self.number(round(milliseconds))}\N{NO-BREAK SPACE}ms"
        return f"{self.number(round(milliseconds / 1000, 1))}\N{NO-BREAK SPACE}s"

    def days(self, days: float) -> str:
        """A life in whole days, or in hours where it is shorter; infinite where something persists."""
        if not isfinite(days):
            return self.speech.lifetime(Lifetime(0, "persistent"))
        if days <= 0:
            return self.speech.lifetime(Lifetime(0, "session"))
        if days < _FULL_DAY:
            return self.speech.lifetime(Lifetime(max(1, round(days * 24)), "hour"))
        return self.speech.days(round(days))

    def day(self, day: date) -> str:
        """`31. detsember 2026`, `December 31, 2026`."""
        return format_date(day, format="long", locale=self.speech.locale)

    def moment(self, stamp: str) -> str:
        """A moment of ISO 8601 as a reader has it, in UTC; anything else as it stands."""
        try:
            moment = datetime.fromisoformat(stamp)
        except ValueError:
            return line(stamp)
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        clock = format_datetime(moment, "HH:mm", locale=self.speech.locale)
        return f"{self.day(moment.date())}, {clock} UTC"


def _names(policy: Mapping[str, Any], key: str, language: str) -> dict[str, str]:
    """The names of services or categories by their ids; a name in another language is better than none."""
    found = {}
    for each in policy.get(key, ()):
        names = each.get("name")
        texts = names if isinstance(names, dict) else {}
        found[each["id"]] = line(texts.get(language) or next(iter(texts.values()), "") or each["id"])
    return found
