"""Whose hosts one visitor's browser may reach: the hosts of granted services, and those of all others.

Everything here is a pure function of the policy and a decision. A pattern is a host as policies write it:
`px.acme.example`, or `*.acme.example` for every host below, which does not include `acme.example` itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..decision import Decision
from ..policy import Policy

_REMEMBERED = 256
_LONGEST = 253  # Of a name, in characters (RFC 1035, 2.3.4).


class Patterns:
    """Some patterns, in order, each once."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.listed = tuple(sorted(set(patterns)))
        self._exact = frozenset(self.listed)
        self._below = tuple(pattern[1:] for pattern in self.listed if pattern.startswith("*."))

    def hold(self, name: str) -> bool:
        """Whether a host, or all that a pattern stands for, is among them. `name` is in lower case."""
        return name in self._exact or name.removeprefix("*.").endswith(self._below)

    def fewest(self) -> Patterns:
        """The same without those that lie within another."""
        return Patterns(each for each in self.listed if not each.removeprefix("*.").endswith(self._below))


@dataclass(frozen=True, slots=True)
class Hosts:
    """What one decision says of hosts. A host of two services is granted when one of them is."""

    granted: Patterns
    refused: Patterns

    def denies(self, name: str) -> bool:
        """Whether a host, or all that a pattern stands for, belongs to services that are not granted."""
        return self.refused.hold(name) and not self.granted.hold(name)


class ServiceHosts:
    """The hosts of one policy's services, sorted by decision, each sorting made once and remembered."""

    def __init__(self, policy: Policy) -> None:
        self._services = policy.services
        # Of two services with one pattern, the policy's first.
        self._owners = {host: service.id for service in reversed(policy.services) for host in service.hosts}
        self._of = lru_cache(_REMEMBERED)(self._sorted)
        self._sources = lru_cache(_REMEMBERED)(self._spelled)

    def of(self, decision: Decision | None) -> Hosts:
        """The hosts under a decision; without one, nothing is granted."""
        return self._of(_granted(decision))

    def sources(self, decision: Decision) -> str:
        """The granted hosts as sources of a Content-Security-Policy, fit for every directive; empty for none."""
        return self._sources(_granted(decision))

    def owner(self, host: str) -> str | None:
        """The service that a host belongs to: by its own name, else by the closest wildcard; None for a stranger's."""
        host = host.lower().rstrip(".")
        if len(host) > _LONGEST:
            return None
        labels = host.split(".")
        patterns = (host, *("*." + ".".join(labels[depth:]) for depth in range(1, len(labels))))
        return next((self._owners[pattern] for pattern in patterns if pattern in self._owners), None)

    def _sorted(self, granted: frozenset[str]) -> Hosts:
        ours = Patterns(host for service in self._services if service.id in granted for host in service.hosts)
        others = (host for service in self._services if service.id not in granted for host in service.hosts)
        return Hosts(ours.fewest(), Patterns(others))

    def _spelled(self, granted: frozenset[str]) -> str:
        listed = self._of(granted).granted.listed
        return " ".join([*listed, *websockets(listed)])


def websockets(patterns: Iterable[str]) -> list[str]:
    """The sources that allow sockets: a host alone stands for the scheme of its page (CSP3, 6.7.2.8)."""
    return [f"wss://{pattern}" for pattern in patterns]


def _granted(decision: Decision | None) -> frozenset[str]:
    return frozenset(name for name, yes in decision.services.items() if yes) if decision else frozenset()
