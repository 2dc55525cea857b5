"""Whose an address is: the page's own site (by the public suffix list), or another."""

from __future__ import annotations

import ipaddress
from functools import cache
from urllib.parse import urlsplit

import idna
import tldextract

NETWORK = frozenset({"http", "https", "ws", "wss"})
_RESERVED = frozenset({"example", "test", "invalid"})
_STAND_IN = ".localhost"


@cache
def _suffixes() -> tldextract.TLDExtract:
    """The list as packaged with the library: nothing is fetched, nothing is cached on disk."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@cache
def host_of(address: str) -> str:
    """The host of an address as the network writes it, without a port; empty where it has none, or is no address."""
    try:
        host = (urlsplit(address).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""
    try:
        return host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host


def reaches_network(address: str) -> bool:
    """Whether a request for an address leaves the browser: `data:` and `blob:` do not."""
    return address.partition(":")[0].lower() in NETWORK


def stood_for(host: str) -> str:
    """The host that a stand-in below `localhost` plays: that of `px.acme.example.localhost` (RFC 6761)."""
    name = host.removesuffix(_STAND_IN)
    return name if "." in name else host


@cache
def site_of(host: str) -> str:
    """The registrable domain of a host (publicsuffix.org); an address, or a lone name, is its own.

    Under a suffix that the list does not have, a site is two labels, as the list's own last rule says.
    """
    host = host.strip("[].").lower()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        played = stood_for(host)
        if played != host and (_suffixes()(played).suffix or played.rpartition(".")[2] in _RESERVED):
            return site_of(played) + _STAND_IN
        return _suffixes()(host).top_domain_under_public_suffix or ".".join(host.split(".")[-2:])
    return host


def same_site(address: str, other: str) -> bool:
    """Whether two addresses are of one site: schemes and ports aside."""
    return site_of(host_of(address)) == site_of(host_of(other))
