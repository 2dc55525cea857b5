"""A visitor who must be asked is not asked (V12; requirements C07)."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import Finding
from ..words import N_
from .service_unreachable import trouble

TITLE = N_("Banner missing")
ADVICE = N_("Put the script on the page, and let no style, script or other layer hide the notice.")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding per page, of the first visit in which nobody could answer."""
    for page in facts.evidence.pages:
        if any(trouble(page, visit) for visit in page.visits):
            continue
        for visit in facts.visits_of(page):
            loaded = visit.state("loaded")
            signal = loaded is not None and loaded.reason == "gpc" and loaded.decided is not False
            asks = not signal and (visit.scenario != "gpc" or loaded is not None)
            if asks and visit.notice is not None and not visit.notice.visible:
                why = visit.notice.why or "it is not there"
                evidence = {"why": why, "service": page.service}
                yield Finding("banner_missing", page.url, None, visit.scenario, evidence)
                break
