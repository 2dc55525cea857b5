"""The words that visitors are asked with: rendered once, named by a digest, and kept as long as a receipt names them.

One template has three homes: inside `banner.js?lang=`, in the HTML of a page, and on the preference page. The text of
a digest holds both layers, so a receipt shows years later what was agreed to (GDPR Art. 7(1); EDPB 05/2020, 104-111).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import assets
from .decision import Decision
from .extras import EXTRAS, advanced_default, spelled
from .i18n import speech
from .policy import Policy, Stored
from .policy.changes import changes
from .rendering import render, tight
from .settings import Settings

CONFIG_PLACE = '"__CONSENT_CONFIG__"'
_KINDS = {"cookie": "c", "local_storage": "l", "session_storage": "s", "indexed_db": "i"}


@dataclass(frozen=True, slots=True)
class Wording:
    """One text as shown: its digest (SHA-256 over `document`, hex), its language, and the sentences on what changed."""

    digest: str
    language: str
    document: bytes
    changes: tuple[str, ...]


class Wordings:
    """Every text that this policy can be asked with. Rendered when first needed, then remembered."""

    def __init__(
        self,
        policy: Policy,
        settings: Settings,
        own_storage: tuple[Stored, ...],
        earlier: Callable[[], Mapping[str, bytes]],
    ) -> None:
        self._policy = policy
        self._settings = settings
        self._own_storage = own_storage
        self._earlier = earlier
        self._known: dict[tuple[str, str | None], Wording] = {}
        self._by_digest: dict[str, Wording] = {}
        self._lock = threading.Lock()
        for language in policy.languages:
            self.wording(language)

    def wording(self, language: str, since: str | None = None) -> Wording:
        """The text in one language; with `since`, the one that says what changed since that revision."""
        known = self._known.get((language, None if since == self._policy.revision else since))
        return known or self._make(language, since)

    def find(self, digest: str) -> Wording | None:
        """The wording that a client names by its digest, or None for one that this policy never asks with."""
        if digest not in self._by_digest:
            for since in self._earlier():
                for language in self._policy.languages:
                    self.wording(language, since)
        return self._by_digest.get(digest)

    def notice(self, wording: Wording, prefix: str, **values: Any) -> str:
        """The first layer alone: what `banner.js?lang=` carries and a page may have in its own HTML."""
        return self._render("notice.html", wording, prefix, **values)

    def layers(self, wording: Wording, prefix: str) -> str:
        """Both layers, with the second one's styles: `GET /consent/banner`."""
        return self._render("layers.html", wording, prefix)

    def fields(self, wording: Wording, prefix: str, **values: Any) -> str:
        """The categories and services as form fields, for the preference page."""
        return self._render("fields.html", wording, prefix, **values)

    def script(self, language: str | None, prefix: str, *, guard: bool = False) -> str:
        """The script that pages load, with one language's first layer in it where a language is named.

        With `guard`, what holds back unmarked tags stands before it, and the hosts of every service travel along.
        """
        notice = self.notice(self.wording(language), prefix, scripted=True) if language else None
        configuration = self._configuration(language, notice)
        if guard:
            configuration["hosts"] = {each.id: list(each.hosts) for each in self._policy.services}
        bundle = assets.text("js", "dist", "guarded.js" if guard else "banner.js").partition("\n")[2]
        bundle = bundle.replace(CONFIG_PLACE, spelled(configuration), 1).rstrip()  # The first line names its sources.
        return advanced_default(self._policy) + bundle

    def extra(self, name: str) -> str:
        """A file that the script fetches where a page needs it. Raises KeyError for a name that there is none of."""
        return EXTRAS[name].text(self._policy)

    def context(self, language: str, prefix: str) -> dict[str, Any]:
        """What every template of ours that speaks of the policy gets."""
        return {
            "policy": self._policy,
            "languages": [(code, speech(code).language_name(code)) for code in self._policy.languages],
            "prefix": prefix,
            "own_storage": self._own_storage,
            "lifetime_days": self._policy.lifetime_days,
            "retention_days": self._settings.retention_days,
        }

    def _configuration(self, language: str | None, notice: str | None) -> dict[str, Any]:
        return {
            "revision": self._policy.revision,
            "languages": list(self._policy.languages),
            "language": language,
            "categories": {each.id: int(each.required) for each in self._policy.categories},
            "storage": {
                service.id: [service.category, *(_KINDS[item.kind] + item.name for item in service.storage)]
                for service in self._policy.services
            },
            **({"apis": 1} if self._policy.consent_apis else {}),
            "style": assets.text("js", "dist", "notice.css"),
            "notice": notice,
        }

    def _make(self, language: str, since: str | None) -> Wording:
        before = self._earlier().get(since) if since and since != self._policy.revision else None
        if before is None and (language, None) in self._known:
            return self._known[language, None]
        sentences = tuple(changes(before, self._policy, speech(language))) if before else ()
        wording = self._digested(language, sentences)
        with self._lock:
            self._known[language, since if before else None] = wording
            self._by_digest[wording.digest] = wording
        return wording

    def _digested(self, language: str, sentences: tuple[str, ...]) -> Wording:
        unnamed = Wording("", language, b"", sentences)
        layers = self.notice(unnamed, "/consent") + self._render("preferences.html", unnamed, "/consent")
        shown = layers.replace("<dialog", "<dialog open")  # Kept to be read: the second layer stands open.
        document = render("text.html", language, layers=shown, revision=self._policy.revision).encode()
        return Wording(hashlib.sha256(document).hexdigest(), language, document, sentences)

    def _render(self, template: str, wording: Wording, prefix: str, **values: Any) -> str:
        context: dict[str, Any] = {
            **self.context(wording.language, prefix),
            "digest": wording.digest,
            "revision": self._policy.revision,
            "changes": wording.changes,
            "granted": frozenset(),
            "decision": None,
            "next_url": None,
            "scripted": False,  # Within the script, the form need not say how it would work without one.
            "preferences_css": assets.text("js", "dist", "preferences.css"),
        }
        return tight(render(template, wording.language, **{**context, **values}))


def granted(decision: Decision) -> frozenset[str]:
    """The ids of the categories and services that a decision grants, for templates to tick."""
    both = {**decision.categories, **decision.services}
    return frozenset(name for name, yes in both.items() if yes)
