"""What the two files that may reload a page are told: every service's hosts, and what the visitor hears first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .i18n import Speech, speech
from .policy import Policy


def told_withdrawal(policy: Policy) -> Mapping[str, Any]:
    """For `withdrawal.js`: `hosts` by service, and by language what is said `now`, or where it must wait, `later`."""
    return {"hosts": _hosts(policy), "texts": {each: _withdrawn(speech(each)) for each in policy.languages}}


def told_wall(policy: Policy) -> Mapping[str, Any]:
    """The same for `wall.js`, which reloads to let in what was granted."""
    return {"hosts": _hosts(policy), "texts": {each: _granted(speech(each)) for each in policy.languages}}


def _hosts(policy: Policy) -> dict[str, list[str]]:
    return {each.id: list(each.hosts) for each in policy.services if each.hosts}


def _withdrawn(words: Speech) -> dict[str, str]:
    return {
        "now": words.gettext("Reloading this page so that services you no longer allow stop running."),
        "later": words.gettext(
            "Once you have saved what you typed, reload this page. Services that you no longer allow then stop."
        ),
    }


def _granted(words: Speech) -> dict[str, str]:
    return {
        "now": words.gettext("Reloading this page so that the services you allowed can load."),
        "later": words.gettext(
            "Once you have saved what you typed, reload this page. The services that you allowed can then load."
        ),
    }
