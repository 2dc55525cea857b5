"""What the inspector is told (`static/js/extras/inspector.js`): its words in every language, and whose each host is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .i18n import speech
from .policy import Policy
from .policy.hosts import registrable
from .policy.services import catalogue_entry, catalogue_names

Say = Callable[[str], str]
_WILDCARD = "*."


def inspected(policy: Policy) -> Mapping[str, Any]:
    """Words in every language, the policy's names and hosts, and what the catalogue knows beside the policy."""
    return {
        "texts": {language: _texts(speech(language).gettext) for language in policy.languages},
        "categories": {each.id: {"name": each.name, "required": each.required} for each in policy.categories},
        "services": {
            each.id: {"name": each.name, "category": each.category, "hosts": each.hosts} for each in policy.services
        },
        "sites": own_sites(policy),
        "catalogue": _catalogue(policy),
    }


def own_sites(policy: Policy) -> list[str]:
    """The registrable domains of the policy's origins, each once: the list of public suffixes stays on the server."""
    hosts = (origin.partition("://")[2].partition(":")[0].removeprefix(_WILDCARD) for origin in policy.origins)
    return list(dict.fromkeys(filter(None, map(registrable, hosts))))


def _catalogue(policy: Policy) -> dict[str, Any]:
    entries = {name: catalogue_entry(name) or {} for name in catalogue_names() if name not in policy.category_of}
    known = {name: entry for name, entry in entries.items() if entry.get("hosts")}
    # Of two that name a host, the first counts: the one with the fewest others beside it, as in `verify`.
    known = dict(sorted(known.items(), key=lambda item: len(item[1]["hosts"])))
    return {name: {"category": entry["category"], "hosts": entry["hosts"]} for name, entry in known.items()}


def _texts(_: Say) -> dict[str, str]:
    return {
        "title": _("What this page loads"),
        "intro": _("Times are milliseconds since the page was opened. The list updates itself."),
        "close": _("Close"),
        "held": _("held"),
        "let_through": _("let through"),
        "leaks": _("leaks"),
        "unknown": _("unknown"),
        "inline": _("inline"),
        **_groups(_),
        **_entry(_),
        **{f"kind_{kind}": text for kind, text in _kinds(_).items()},
        **{f"why_{why}": text for why, text in _reasons(_).items()},
    }


def _groups(_: Say) -> dict[str, str]:
    return {
        "group_unknown": _("Unknown third parties"),
        "about_unknown": _(
            "No service of the policy has these addresses. Find out whose they are and add them to the policy, "
            "or take them off the page."
        ),
        "group_leaks": _("Leaks"),
        "about_leaks": _(
            "These loaded although the visitor has not allowed them. Mark them with data-consent so that they wait."
        ),
        "group_marked": _("Marked tags"),
        "group_services": _("Other requests of services"),
        "group_own": _("The website itself"),
    }


def _entry(_: Say) -> dict[str, str]:
    return {
        "entry": _("Entry for the policy, to be completed"),
        "todo": _("to be completed"),
        "copy": _("Copy"),
        "copied": _("Copied"),
        "selected": _("The text is selected: copy it with your keyboard"),
    }


def _kinds(_: Say) -> dict[str, str]:
    return {
        "script": _("script"),
        "frame": _("frame"),
        "image": _("image or pixel"),
        "link": _("link"),
        "style": _("stylesheet"),
        "media": _("sound or video"),
        "request": _("request"),
        "place": _("place for content"),
        "other": _("other"),
    }


def _reasons(_: Say) -> dict[str, str]:
    return {
        "granted": _("allowed"),
        "required": _("necessary, needs no consent"),
        "granted_before": _("allowed earlier on this page"),
        "once": _("loaded once by the visitor"),
        "too_early": _("loaded before the visitor allowed it"),
        "csp": _("held back by a Content-Security-Policy"),
        "refused": _("the visitor refused"),
        "undecided": _("not decided yet"),
        "gpc": _("refused by the browser's signal (GPC)"),
        "unreachable": _("the consent service does not answer"),
        "unknown_name": _("the policy has no category or service named “{name}”"),
        "unknown_host": _("not in the policy"),
        "mislabelled": _("the address belongs to {owner}, which is not allowed"),
        "first_party": _("the website itself"),
        "consent_service": _("the consent service"),
    }
