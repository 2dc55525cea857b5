"""What the evidence says of each service in each visit, worked out once for all checks. Pure: no browser, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from .declared import Declared, Service
from .evidence import BLOCKED, Evidence, Page, Request, Stored, Visit
from .sites import host_of, reaches_network, same_site

ANSWERLESS = frozenset({"fresh", "gpc", BLOCKED})
_NEVER_SENT = (
    "by the page's own policy",
    "ERR_BLOCKED_BY_CSP",
    "ERR_BLOCKED_BY_CLIENT",
    "ERR_BLOCKED_BY_ADMIN",
    "MIXED_CONTENT",
    "NS_ERROR_CONTENT_BLOCKED",
)
_END = 1 << 60


class Facts:
    """Evidence, held against its own policy."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.declared = Declared(evidence.policy)

    @cached_property
    def visits(self) -> tuple[tuple[Page, Visit], ...]:
        """Every visit of a scenario, with its page: all but those with the service blocked."""
        return tuple((page, visit) for page, visit in self.evidence.visits() if visit.scenario != BLOCKED)

    def visits_of(self, page: Page) -> list[Visit]:
        """A page's visits of scenarios."""
        return [visit for each, visit in self.visits if each is page]

    def standing(self, visit: Visit) -> str:
        """The scenario whose grants hold at the end of a visit: `fresh` where none was recorded or left."""
        answered = visit.answered_ms is not None and visit.scenario not in ANSWERLESS
        return visit.scenario if answered and visit.scenario != "withdraw" else "fresh"

    def grants(self, visit: Visit, service: Service) -> bool:
        """Whether a service was granted at the end of a visit."""
        return self.declared.allows(service, self.standing(visit))

    def since(self, visit: Visit) -> int:
        """From when on a visit's own answer counts, in ms: its withdrawal, its choice, or its beginning."""
        if visit.scenario == "withdraw":
            return visit.withdrawn_ms if visit.withdrawn_ms is not None else _END
        return visit.answered_ms or 0

    # -- requests -------------------------------------------------------------------------------------------------

    def fired(self, page: Page, visit: Visit, service: Service) -> list[Request]:
        """A service's requests that its visit's answer speaks of."""
        since, standing = self.since(visit), self.standing(visit)
        return [each for each in self._requests(page, visit, service, standing) if each.at_ms >= since]

    def early(self, page: Page, visit: Visit, service: Service) -> list[Request]:
        """A service's requests before the answer, where the visit without an answer does not show it."""
        fresh = page.visit("fresh")
        if visit.scenario in ANSWERLESS or (fresh and self.fired(page, fresh, service)):
            return []
        before = visit.answered_ms if visit.answered_ms is not None else _END
        return [each for each in self._requests(page, visit, service, "fresh") if each.at_ms < before]

    def was_heard(self, page: Page, visit: Visit, service: Service) -> bool:
        """Whether a service made any request in a visit, allowed or not."""
        return any(service in self.declared.at(each.url) for each in visit.requests if was_sent(each))

    def _requests(self, page: Page, visit: Visit, service: Service, standing: str) -> list[Request]:
        """A service's requests to its hosts. Where it is not granted, those that no granted service may have made."""
        found = []
        for request in visit.requests:
            owners = self.declared.at(request.url) if was_sent(request) and not is_of_page(page, request) else {}
            if service not in owners:
                continue
            granted = [each for each in owners if self.declared.allows(each, standing)]
            if service in granted or (not granted and owners[service] == max(owners.values())):
                found.append(request)
        return found

    def strangers(self, page: Page, visit: Visit) -> Iterator[Request]:
        """Requests to other sites that no service of the policy declares."""
        for request in visit.requests:
            if not was_sent(request) or request.kind == "browser" or not host_of(request.url):
                continue
            ours = self.is_ours(page, request.url) or is_service(page, request.url)
            if not ours and not self.declared.at(request.url):
                yield request

    def is_ours(self, page: Page, address: str) -> bool:
        """Whether an address is of the page's own site, or of one that the page's address leads to."""
        return any(same_site(address, each) for each in landed(page))

    # -- storage --------------------------------------------------------------------------------------------------

    def items(self, page: Page, visit: Visit) -> list[Stored]:
        """What was stored in a visit. A cookie that another site's answer set counts only if the browser took it."""
        jar = {(item.kind, item.name) for item in visit.stored if item.moment != "header"}
        return [
            item
            for item in visit.stored
            if item.moment != "header" or (item.kind, item.name) in jar or self.is_reachable(page, item)
        ]

    def kept(self, page: Page, visit: Visit, service: Service, standing: str) -> list[Stored]:
        """What a service had stored in a visit. Where it is not granted, what no granted service declares."""
        found = []
        for item in self.items(page, visit):
            owners = self.declared.keeping(item.kind, item.name, item.place)
            granted = any(self.declared.allows(each, standing) for each in owners if each != service)
            if service in owners and (self.declared.allows(service, standing) or not granted):
                found.append(item)
        return found

    def stored(self, page: Page, visit: Visit, service: Service) -> list[Stored]:
        """What a service had stored that its visit's answer speaks of."""
        moments = ("used", "last", "left", "header", *(("loaded",) if visit.scenario in ANSWERLESS else ()))
        found = self.kept(page, visit, service, self.standing(visit))
        return [item for item in found if item.moment in moments and item.at_ms >= self.since(visit)]

    def early_stored(self, page: Page, visit: Visit, service: Service) -> list[Stored]:
        """What a service had stored before the answer, where the visit without an answer does not show it."""
        fresh = page.visit("fresh")
        if visit.scenario in ANSWERLESS or (fresh and self.stored(page, fresh, service)):
            return []
        return [item for item in self.kept(page, visit, service, "fresh") if item.moment == "loaded"]

    def is_active(self, page: Page, visit: Visit, service: Service) -> bool:
        """Whether a service fired: a request, or, once granted, something stored."""
        if self.fired(page, visit, service):
            return True
        return self.grants(visit, service) and bool(self.stored(page, visit, service))

    def is_reachable(self, page: Page, item: Stored) -> bool:
        """Whether the page or its service could delete something: it lies at the page's own site."""
        place = item.place if "://" in item.place else f"http://{item.place.lstrip('.')}"
        return item.frame is None and self.is_ours(page, place)


def landed(page: Page) -> list[str]:
    """The page's address, and those that it redirects to."""
    found = [page.url]
    for visit in page.visits[:1]:
        for request in visit.requests:
            if request.kind == "document" and request.redirected_from in found and request.url not in found:
                found.append(request.url)
    return found


def was_sent(request: Request) -> bool:
    """Whether a request left the browser, as far as the browser says."""
    stopped = request.error is not None and any(reason in request.error for reason in _NEVER_SENT)
    return reaches_network(request.url) and not stopped


def is_of_page(page: Page, request: Request) -> bool:
    """Whether a request is for the page itself, or for the consent service: nobody's tag."""
    service = page.service is not None and request.url.startswith(page.service)
    return service or (request.kind == "document" and request.frame is None and request.url in landed(page))


def is_service(page: Page, address: str) -> bool:
    """Whether an address is on the host of the page's own consent service."""
    return page.service is not None and host_of(address) == host_of(page.service)
