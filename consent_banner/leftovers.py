"""Cookies that services without a grant have left in a browser, expired by the answer to a choice.

A page's script deletes what it can see. What a server set as `HttpOnly` it cannot: that comes back with every request.
So whoever answers a choice looks at the request's own `Cookie` header, and takes back what was declared.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable

from .policy import Policy
from .policy.hosts import cookie_domains

MOST_BYTES = 2048
"""Of all these headers together: nginx takes a whole head of 4 KiB by default, and a refusal must arrive."""
_PREFIX = re.compile(r"__(?:secure|host)-", re.IGNORECASE)


class Leftovers:
    """The declared cookies of one policy's optional services, and who declares each. `own` are names never touched."""

    def __init__(self, policy: Policy, own: Iterable[str]) -> None:
        declared: defaultdict[str, set[str]] = defaultdict(set)
        for service in policy.services:
            for item in service.storage:
                if item.kind == "cookie":
                    declared[item.name].add(service.id)
        self._required = frozenset(each.id for each in policy.services if each.category in policy.required)
        self._own = frozenset(own)
        self._exact = {name: ids for name, ids in declared.items() if "*" not in name}
        self._wild = [(_pattern(name), ids) for name, ids in declared.items() if "*" in name]
        self._any_wild = re.compile("|".join(pattern.pattern for pattern, _ in self._wild) or r"(?!)")

    def expire(self, cookies: str | None, host: str | None, granted: Collection[str]) -> list[str]:
        """The `Set-Cookie` values (RFC 6265bis, 4.1) that take back what the services beyond `granted` left.

        `cookies` and `host` are the request's headers, `granted` are ids of services. A name that a granted service
        declares too stays. Each goes host-only, for every domain up to the registrable one, and the same once more
        where cookies are partitioned (CHIPS); at `/`, since a request does not say its cookies' paths.
        """
        if not cookies:
            return []
        found: list[str] = []
        domains: tuple[str, ...] = ()
        size = 0
        for name in dict.fromkeys(pair.partition("=")[0].strip() for pair in cookies.split(";")):
            if not self._is_left(name, granted):
                continue
            domains = domains or cookie_domains((host or "").partition(":")[0].lower())
            more = list(_expired(name, domains))
            size += sum(map(len, more)) + len(more) * len("Set-Cookie: \r\n")
            if size > MOST_BYTES:
                break
            found += more
        return found

    def _is_left(self, name: str, granted: Collection[str]) -> bool:
        if name in self._own:
            return False
        owners = self._owners(name)
        return bool(owners) and not any(each in granted or each in self._required for each in owners)

    def _owners(self, name: str) -> set[str]:
        owners = self._exact.get(name, set())
        if self._any_wild.fullmatch(name):
            owners = owners.union(*(ids for pattern, ids in self._wild if pattern.fullmatch(name)))
        return owners


def _pattern(name: str) -> re.Pattern[str]:
    """A declared name with its wildcards, which stand for what a cookie's name can hold and a header can carry."""
    return re.compile(r"[!-:<>-~]*".join(map(re.escape, name.split("*"))))


def _expired(name: str, domains: Iterable[str]) -> Iterable[str]:
    prefixed = _PREFIX.match(name)
    everywhere = () if prefixed and prefixed[0].lower() == "__host-" else domains
    for domain in ("", *(f"; Domain={each}" for each in everywhere)):
        once = f"{name}=; Max-Age=0; Path=/{domain}"
        yield f"{once}; Secure" if prefixed else once
        yield f"{once}; Secure; Partitioned"
