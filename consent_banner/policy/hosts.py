"""Host names and origins as policies write them, and the matching of origins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from urllib.parse import urlsplit

import tldextract

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.ASCII)
_PORTS = {"http": 80, "https": 443}
MAX_ORIGIN_LENGTH = 8 + 253 + 6  # https://, a name (RFC 1035, 2.3.4), a port.


@cache
def _suffixes() -> tldextract.TLDExtract:
    """The public suffix list as packaged with the library: nothing is fetched, nothing is cached on disk."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def is_public_suffix(name: str) -> bool:
    """Whether a name is one under which strangers register (publicsuffix.org): `ee`, `co.uk`, `github.io`."""
    return _suffixes()(name).suffix == name


@lru_cache(256)
def cookie_domains(host: str) -> tuple[str, ...]:
    """The domains that a cookie of this host can be of (RFC 6265, 5.3): its own first, the registrable one last.

    `host` is in lower case, without a port. None where only host-only cookies are: addresses, `localhost`.
    """
    if not _is_name(host):
        return ()
    labels = host.split(".")
    parents = (".".join(labels[depth:]) for depth in range(len(labels) - 1))
    return tuple(each for each in parents if not is_public_suffix(each))


def registrable(name: str) -> str:
    """What somebody registered, of a host: `jutt.ai` of `www.jutt.ai`; empty for an address or a lone name."""
    return str(_suffixes()(name).top_domain_under_public_suffix)


def host_mistake(host: str) -> str | None:
    """What is wrong with a host of a service, as a sentence; None for a good one."""
    name = host.removeprefix("*.")
    if "://" in host or "/" in host:
        return f'"{host}" must be a host alone, without scheme or path'
    if ":" in host:
        return f'"{host}" must be a host alone, without a port'
    if "*" in name:
        return f'"{host}" may have a wildcard only as a leading "*."'
    if not _is_name(name):
        return f'"{host}" is no host name'
    if is_public_suffix(name):
        return f'"{host}" is a public suffix, under which strangers have their sites'
    return None


def origin_mistake(origin: str) -> str | None:
    """What is wrong with an origin of the policy, as a sentence; None for a good one."""
    scheme, separator, rest = origin.partition("://")
    if not separator or scheme not in _PORTS:
        return f'"{origin}" must begin with https:// or http://'
    name, colon, port = rest.partition(":")
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return f'"{origin}" has no good port, or something after it'
    bare = name.removeprefix("*.")
    if not _is_name(bare) and not _is_address(bare):
        return f'"{origin}" must be scheme, host and at most a port, such as https://*.jutt.ai'
    if name != bare and is_public_suffix(bare):
        return f'"{origin}" would let every site under a public suffix in'
    return None


def _is_name(name: str) -> bool:
    return len(name) <= 253 and bool(_NAME.fullmatch(name)) and not name.rpartition(".")[2].isdigit()


def _is_address(name: str) -> bool:
    parts = name.split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


class Origins:
    """The origins that may ask. A wildcard takes subdomains of any depth, on the pattern's own port, and no less."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._exact = frozenset(_normal(pattern) for pattern in patterns if "*" not in pattern)
        self._below = tuple(_split(pattern) for pattern in patterns if "*" in pattern)

    def __contains__(self, origin: str) -> bool:
        if origin in self._exact:
            return True
        return len(origin) <= MAX_ORIGIN_LENGTH and any(
            origin.startswith(scheme)
            and origin.endswith(tail)
            and bool(_NAME.fullmatch(origin[len(scheme) : len(origin) - len(tail)]))
            for scheme, tail in self._below
        )


def _normal(pattern: str) -> str:
    """As a browser writes it: lower case, no default port (RFC 6454, 6.2)."""
    parts = urlsplit(pattern.lower())
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"


def _split(pattern: str) -> tuple[str, str]:
    scheme, _, rest = _normal(pattern.replace("*.", "wildcard.", 1)).partition("wildcard")
    return scheme, rest
