"""Merging: a host of a service is in a Content-Security-Policy exactly while granted; what is too wide is told."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_banner.decision import Decision, Signals, decide
from consent_banner.gates.csp import holes, merge, parse
from consent_banner.gates.hosts import Hosts, ServiceHosts
from consent_banner.policy import Policy, read_policy

from .conftest import NOW, POLICY, consent_of

ALL = ("counter", "hotjar", "acme-pixel")
OVERLAPPING = POLICY.replace('hosts = ["counter.example"]', 'hosts = ["counter.example", "cdn.heat.example"]')


def decision(policy: Policy, *granted: str) -> Decision:
    """The decision of a visitor who granted some services."""
    return decide(policy, consent_of(policy, NOW, services=frozenset(granted)), Signals(), NOW)


def hosts(*granted: str, policy: str = POLICY) -> Hosts:
    read = read_policy(policy)
    return ServiceHosts(read).of(decision(read, *granted))


class TestMerging:
    @pytest.mark.parametrize(
        ("given", "granted", "merged"),
        [
            # Taken out, in whatever form they are written, and put in where something speaks for the directive.
            ("img-src 'self' px.acme.example", (), "img-src 'self'"),
            ("img-src px.acme.example", (), "img-src 'none'"),
            ("img-src 'none'", (), "img-src 'none'"),
            ("img-src", (), "img-src"),
            ("img-src 'none'", ("acme-pixel",), "img-src px.acme.example"),
            ("img-src 'NONE'", ("acme-pixel",), "img-src px.acme.example"),
            ("img-src", ("acme-pixel",), "img-src px.acme.example"),
            ("img-src https://PX.acme.example:8443/p/ px.acme.example. http://px.acme.example", (), "img-src 'none'"),
            ("img-src https://px.acme.example/p/", ("acme-pixel",),
             "img-src https://px.acme.example/p/ px.acme.example"),
            ("img-src https://b.example/x://px.acme.example", (), "img-src https://b.example/x://px.acme.example"),
            ("font-src a.heat.example *.b.heat.example *.heat.example heat.example", (), "font-src heat.example"),
            ("media-src *.heat.example", ("hotjar",), "media-src *.heat.example"),
            ("connect-src wss://px.acme.example", (), "connect-src 'none'"),
            ("connect-src 'self'", ("acme-pixel",), "connect-src 'self' px.acme.example wss://px.acme.example"),
            ("form-action 'self'", ("acme-pixel",), "form-action 'self' px.acme.example"),
            ("script-src 'self'; script-src-elem 'self'", ("counter",),
             "script-src 'self' counter.example; script-src-elem 'self' counter.example"),
            # Never put in: workers, plugins, manifests, event handlers, embedders. Taken out all the same.
            ("worker-src px.acme.example; object-src 'none'; script-src-attr 'none'", ("acme-pixel",),
             "worker-src px.acme.example; object-src 'none'; script-src-attr 'none'"),
            ("worker-src px.acme.example; object-src px.acme.example", (), "worker-src 'none'; object-src 'none'"),
            ("frame-ancestors px.acme.example; base-uri px.acme.example", (),
             "frame-ancestors px.acme.example; base-uri px.acme.example"),
            # Written out where default-src speaks; frames also from child-src; left alone where nothing does.
            ("default-src 'none'; img-src 'self'", ("acme-pixel",),
             "default-src 'none'; img-src 'self' px.acme.example; script-src px.acme.example; "
             "style-src px.acme.example; connect-src px.acme.example wss://px.acme.example; "
             "font-src px.acme.example; media-src px.acme.example; frame-src px.acme.example"),
            ("child-src 'self'", ("acme-pixel",), "child-src 'self'; frame-src 'self' px.acme.example"),
            ("child-src 'self'; frame-src 'none'", ("acme-pixel",), "child-src 'self'; frame-src px.acme.example"),
            ("upgrade-insecure-requests", ("acme-pixel",), "upgrade-insecure-requests"),
            ("default-src 'self' px.acme.example", (), "default-src 'self'"),
            # As browsers read it: the first of a name, ASCII alone, every policy of the header.
            ("IMG-SRC a.example;img-src px.acme.example; ;\tfont-src\t'self' ", (),
             "img-src a.example; font-src 'self'"),
            ("img-src 'self' é; font-src px.acme.example", (), "font-src 'none'"),
            ("img-src 'self', ,img-src 'none' ", ("acme-pixel",),
             "img-src 'self' px.acme.example, img-src px.acme.example"),
            ("script-src 'nonce-Ab+/=' 'strict-dynamic' 'sha256-Q='", ("counter",),
             "script-src 'nonce-Ab+/=' 'strict-dynamic' 'sha256-Q=' counter.example"),
            ("", ALL, ""),
        ],
    )  # fmt: skip
    def test_follows_each_directive(self, given: str, granted: tuple[str, ...], merged: str) -> None:
        assert merge(given, hosts(*granted)) == merged

    def test_a_host_of_two_services_is_in_while_either_is_granted(self) -> None:
        given = "img-src cdn.heat.example *.heat.example"
        assert merge(given, hosts("counter", policy=OVERLAPPING)) == "img-src cdn.heat.example counter.example"
        assert merge(given, hosts("hotjar", policy=OVERLAPPING)) == "img-src cdn.heat.example *.heat.example"
        assert merge(given, hosts(policy=OVERLAPPING)) == "img-src 'none'"

    def test_merging_again_changes_nothing(self) -> None:
        once = merge("default-src 'self'; img-src *", hosts(*ALL))
        assert merge(once, hosts(*ALL)) == once


class TestHoles:
    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ("default-src 'self'", set()),
            ("default-src 'self'; img-src https:", {("img-src", "https:")}),
            ("default-src 'none'; connect-src *", {("connect-src", "*")}),
            ("default-src 'none'; connect-src https://*:443", {("connect-src", "https://*:443")}),
            ("default-src 'none'; script-src *.acme.example", {("script-src", "*.acme.example")}),
            ("default-src 'none'; script-src 'self'; script-src-elem *", {("script-src", "*")}),
            ("default-src 'none'; img-src data: blob: heat.example *.px.acme.example", set()),
            ("img-src *, default-src 'none'", set()),
            ("default-src *.acme.example, default-src *.heat.example", set()),
            ("script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; media-src 'self'; frame-src 'self'",
             {("connect-src", None)}),
        ],
    )  # fmt: skip
    def test_what_is_too_wide_is_told(self, given: str, found: set[tuple[str, str | None]]) -> None:
        refused = hosts()
        assert {(hole.directive, hole.source) for hole in holes(merge(given, refused), refused)} == found

    def test_a_service_on_the_pages_own_host_hides_behind_self(self) -> None:
        (hole,) = holes("default-src 'none'; img-src 'self'", hosts(), own="px.acme.example")
        assert str(hole) == "img-src: 'self' also lets through px.acme.example"

    def test_what_is_granted_is_no_hole(self) -> None:
        granted = hosts(*ALL)
        assert holes(merge("default-src *", granted), granted) == []


def lets(header: str, directive: str, host: str) -> bool:
    """Whether a browser lets an https page reach a host: CSP3, 6.7, written down apart from what is tested."""
    chain = {"frame-src": ["child-src"], "script-src": [], "connect-src": [], "img-src": []}[directive]
    for policy in header.split(","):
        rules: dict[str, list[str]] = {}
        for part in policy.split(";"):
            words = part.split()
            if words and part.isascii():
                rules.setdefault(words[0].lower(), words[1:])
        speaking = next((rules[name] for name in (directive, *chain, "default-src") if name in rules), ["*"])
        if not any(source_lets(source.lower(), host) for source in speaking):
            return False
    return True


def source_lets(source: str, host: str) -> bool:
    found = re.fullmatch(r"(?:[a-z]+://)?(\*|(?:\*\.)?[a-z0-9.-]+)(?::[0-9*]+)?(?:/\S*)?", source)
    if source in ("*", "https:", "http:", "wss:", "ws:"):
        return True
    if not found:
        return False
    name = found[1]
    return name in ("*", host) or (name.startswith("*.") and host.endswith(name[1:]))


REACHABLE = {"counter": "counter.example", "hotjar": "in.heat.example", "acme-pixel": "px.acme.example"}
names = st.sampled_from(["default-src", "script-src", "connect-src", "img-src", "frame-src", "child-src", "IMG-SRC",
                         "base-uri", "report-uri", "sandbox"])  # fmt: skip
narrow = st.sampled_from(
    ["'self'", "'none'", "'nonce-x'", "data:", "px.acme.example", "https://px.acme.example:*/a", "*.heat.example",
     "in.heat.example", "*.in.heat.example", "counter.example", "//counter.example", "other.example", "COUNTER.example"]
)  # fmt: skip
wide = st.sampled_from(["*", "https:", "*.example", "*.acme.example", "wss://*"])
spaces = st.sampled_from([" ", "  ", "\t"])


def headers_of(sources: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    directive = st.builds(lambda name, space, values: name + space + space.join(values), names, spaces,
                          st.lists(sources, max_size=5))  # fmt: skip
    policy = st.lists(directive, max_size=5).map("; ".join)
    return st.lists(policy, min_size=1, max_size=3).map(", ".join)


granted_sets = st.sets(st.sampled_from(ALL)).map(tuple)


@settings(max_examples=500, deadline=None)
@given(headers_of(narrow), granted_sets, st.sampled_from(["script-src", "connect-src", "img-src", "frame-src"]))
def test_no_ungranted_host_is_ever_let_through(header: str, granted: tuple[str, ...], directive: str) -> None:
    merged = merge(header, hosts(*granted))
    for service, host in REACHABLE.items():
        governed = not lets(header, directive, "nobody.at.all")
        if service in granted:
            assert lets(merged, directive, host)
        elif governed:
            assert not lets(merged, directive, host)


@settings(max_examples=300, deadline=None)
@given(headers_of(st.one_of(narrow, wide)), granted_sets, st.sampled_from(["script-src", "connect-src", "img-src"]))
def test_every_ungranted_host_that_gets_through_is_told_as_a_hole(
    header: str, granted: tuple[str, ...], directive: str
) -> None:
    sorted_out = hosts(*granted)
    merged = merge(header, sorted_out)
    told = {host for hole in holes(merged, sorted_out) if hole.directive == directive for host in hole.hosts}
    for service, host in REACHABLE.items():
        if service not in granted and lets(merged, directive, host):
            assert {host, "*.heat.example" if service == "hotjar" else host} & told


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), granted_sets)
def test_whatever_a_header_says_merging_answers(header: str, granted: tuple[str, ...]) -> None:
    merged = merge(header, hosts(*granted))
    assert merged.isascii()
    assert parse(merged) == parse(merge(merged, hosts(*granted)))
