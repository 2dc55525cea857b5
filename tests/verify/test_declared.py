"""Whose an address or a stored thing is, what a scenario grants, and how long what was declared may live."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_banner.policy.model import Lifetime
from consent_banner.verify import checks
from consent_banner.verify.declared import Declared, Item
from consent_banner.verify.known import keeper_of, known_as
from consent_banner.verify.sites import host_of, reaches_network, same_site, site_of

POLICY: dict[str, Any] = json.loads((Path(checks.__file__).parent / "policy.json").read_text(encoding="utf-8"))
INFINITE = float("inf")


@pytest.fixture(scope="module")
def declared() -> Declared:
    return Declared(POLICY)


@pytest.mark.parametrize(
    ("address", "owners"),
    [
        ("https://px.pixel.example/p.gif", "acme-pixel"),
        ("http://px.pixel.example:8443/p.gif", "acme-pixel"),
        ("wss://PX.pixel.EXAMPLE./live", "acme-pixel"),
        ("https://user:secret@px.pixel.example/", "acme-pixel"),
        ("https://a.acme-cdn.example/", "acme-analytics"),
        ("https://a.b.c.acme-cdn.example/", "acme-analytics"),
        ("https://www.tags.example/", "container"),
        ("https://a.www.tags.example/", "acme-analytics"),
        ("https://region1.tags.example/", "acme-analytics"),
        ("https://cdn.shared.example/", "acme-analytics acme-pixel"),
        ("https://js.bank.example/", "pay chat"),
        ("https://metrics.shop.example/", "metrics"),
        ("http://px.pixel.example.localhost:8000/", "acme-pixel"),
        ("https://acme-cdn.example/", ""),
        ("https://evilacme-cdn.example/", ""),
        ("https://pixel.example/", ""),
        ("https://a.px.pixel.example/", ""),
        ("https://px.pixel.example.evil.example/", ""),
        ("https://shop.example/px.pixel.example", ""),
        ("https://px.pixel.example@evil.example/", ""),
        ("data:text/html,https://px.pixel.example/", ""),
        ("https://192.0.2.1/", ""),
        ("https://[::1]/", ""),
        ("https://[px/", ""),
        ("", ""),
    ],
)
def test_tells_whose_an_address_is(declared: Declared, address: str, owners: str) -> None:
    found = declared.at(address)
    assert [each.id for each, exact in found.items() if exact == max(found.values())] == owners.split()


@pytest.mark.parametrize(
    ("kind", "name", "place", "owners"),
    [
        ("cookie", "_px", "shop.example", "acme-pixel"),
        ("cookie", "_px", ".anywhere.example", "acme-pixel"),
        ("cookie", "_acme", "shop.example", "acme-analytics"),
        ("cookie", "_acme_", "shop.example", "acme-analytics"),
        ("cookie", "_acme_a.b/c", "shop.example", "acme-analytics"),
        ("cookie", "ab[1]", "shop.example", "acme-analytics"),
        ("cookie", "_both", "shop.example", "acme-analytics acme-pixel"),
        ("cookie", "_both", "px.pixel.example", "acme-pixel"),
        ("cookie", "_both", "https://stats.acme.example/c", "acme-analytics"),
        ("cookie", "uid", "shop.example", "shop"),
        ("cookie", "uid", "px.pixel.example", "acme-pixel"),
        ("cookie", "uid", "api.shop.example", "shop"),
        ("local_storage", "shop.theme", "https://shop.example", "shop"),
        ("local_storage", "acme.q?", "https://shop.example", "acme-analytics"),
        ("indexed_db", "heat", "https://shop.example", "heat"),
        ("session_storage", "heat.tab", "https://shop.example", "heat"),
        ("cookie", "_PX", "shop.example", ""),
        ("cookie", "_pxx", "shop.example", ""),
        ("cookie", "_acmex", "shop.example", ""),
        ("cookie", "ab1", "shop.example", ""),
        ("cookie", "shop.theme", "shop.example", ""),
        ("local_storage", "_px", "https://shop.example", ""),
        ("local_storage", "acme.qx", "https://shop.example", ""),
        ("cookie", "", "", ""),
    ],
)
def test_tells_whose_a_stored_thing_is(declared: Declared, kind: str, name: str, place: str, owners: str) -> None:
    assert [each.id for each in declared.keeping(kind, name, place)] == owners.split()


@pytest.mark.parametrize("name", ["_ga_*", "ab[1]", "a?b", "[!a]", "*[*", "a.b", "^a$", "a*b*c", "[[]", "{a}", "é"])
def test_a_declared_name_is_no_pattern_but_for_the_star(name: str) -> None:
    item = Item(name, "cookie", None)
    assert item.matches("cookie", name)
    assert item.matches("cookie", name.replace("*", ""))
    assert item.matches("cookie", name.replace("*", "x\ny"))
    assert not item.matches("local_storage", name)


@given(st.text(max_size=10).filter(lambda name: "*" not in name), st.text(max_size=10))
def test_without_a_star_a_name_is_itself_alone(name: str, other: str) -> None:
    assert bool(Item(name, "cookie", None).matches("cookie", other)) == (name == other)


@pytest.mark.parametrize(
    ("scenario", "granted"),
    [
        ("fresh", "necessary"),
        ("gpc", "necessary"),
        ("reject", "necessary"),
        ("withdraw", "necessary"),
        ("blocked", "necessary"),
        ("only:analytics", "necessary analytics"),
        ("only:preferences", "necessary preferences"),
        ("only:nothing", "necessary"),
        ("accept", "necessary preferences analytics marketing"),
    ],
)
def test_a_scenario_grants_what_it_says(declared: Declared, scenario: str, granted: str) -> None:
    assert declared.granted(scenario) == set(granted.split())
    assert {each.category for each in declared.services if declared.allows(each, scenario)} == set(granted.split())


def test_only_optional_services_wait(declared: Declared) -> None:
    assert declared.optional == ("preferences", "analytics", "marketing")
    waiting = {each.id for each in declared.gated}
    assert waiting == {each.id for each in declared.services} - {"shop", "pay", "container"}


def test_a_service_of_a_category_that_the_policy_lacks_waits() -> None:
    """Doubt means no (contract §1)."""
    stray = {**POLICY["services"][0], "category": "turundus"}
    assert [each.id for each in Declared({**POLICY, "services": [stray]}).gated] == ["shop"]


@pytest.mark.parametrize(
    ("kind", "name", "own"),
    [
        ("cookie", "consent", True),
        ("cookie", "consent-session", True),
        ("session_storage", "consent", True),
        ("local_storage", "consent", True),
        ("local_storage", "consent-pending", True),
        ("indexed_db", "consent", False),
        ("cookie", "consent-pending", False),
        ("cookie", "Consent", False),
        ("cookie", "__Host-consent", False),
    ],
)
def test_knows_what_the_consent_service_itself_keeps(declared: Declared, kind: str, name: str, own: bool) -> None:
    assert declared.is_own(kind, name) is own


def test_the_consent_cookie_has_the_name_that_its_service_declares() -> None:
    cookie = {"name": "__Host-consent", "kind": "cookie", "lifetime": "180 days", "purpose": {}}
    assert Declared({**POLICY, "storage": [cookie]}).is_own("cookie", "__Host-consent")


@pytest.mark.parametrize(
    ("lifetime", "days"),
    [
        ("session", None),
        ("persistent", INFINITE),
        ("1 day", 1),
        ("390 days", 390),
        ("1 month", 31),
        ("6 months", 186),
        ("1 year", 366),
        ("2 years", 732),
        ("12 hours", 0.5),
        ("36 minutes", 0.025),
        ("a while", INFINITE),
    ],
)
def test_a_lifetime_is_so_many_days(lifetime: str, days: float | None) -> None:
    item = {"name": "x", "kind": "cookie", "lifetime": lifetime, "purpose": {}}
    service = {**POLICY["services"][0], "storage": [item]}
    assert Declared({**POLICY, "services": [service]}).lifetimes("cookie", "x", "shop.example") == [
        pytest.approx(days) if days else days
    ]


def test_every_unit_of_the_policy_is_understood() -> None:
    for unit in ("minute", "hour", "day", "month", "year"):
        assert Lifetime.parse(f"3 {unit}s") == Lifetime(3, unit)
        service = {**POLICY["services"][0], "storage": [{"name": "x", "kind": "cookie", "lifetime": f"3 {unit}s"}]}
        (days,) = Declared({**POLICY, "services": [service]}).lifetimes("cookie", "x", "shop.example")
        assert days is not None
        assert 0 < days < INFINITE


def test_a_shared_name_may_live_by_either_declaration(declared: Declared) -> None:
    assert sorted(declared.lifetimes("cookie", "_both", "shop.example"), key=str) == [30, 60]
    assert declared.lifetimes("cookie", "stranger", "shop.example") == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://jutt.ai/", "https://www.jutt.ai/", True),
        ("https://a.jutt.ai/", "wss://b.c.jutt.ai:8443/", True),
        ("http://JUTT.ai./", "https://jutt.ai/", True),
        ("https://a.shop.co.uk/", "https://shop.co.uk/", True),
        ("http://127.0.0.1:1/", "http://127.0.0.1:2/", True),
        ("http://[::1]:1/", "http://[::1]:2/", True),
        ("http://localhost:1/", "http://localhost:2/", True),
        ("https://xn--unad-xoa.ee/", "https://a.xn--unad-xoa.ee/", True),
        ("https://jutt.ai/", "https://jutt.ai.evil.example/", False),
        ("https://jutt.ai/", "https://evil-jutt.ai/", False),
        ("https://one.co.uk/", "https://other.co.uk/", False),
        ("https://one.github.io/", "https://other.github.io/", False),
        ("http://127.0.0.1/", "http://127.0.0.2/", False),
        ("http://[::1]/", "http://[::2]/", False),
        ("http://shop.localhost/", "http://px.localhost/", False),
    ],
)
def test_tells_one_site_from_another(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same
    assert same_site(other, one) is same


@given(st.text(max_size=20))
def test_no_address_confuses_it(text: str) -> None:
    assert host_of(text) == host_of(text).lower()
    assert reaches_network(text) in (True, False)
    assert isinstance(site_of(text), str)


@pytest.mark.parametrize(
    ("host", "entry"),
    [
        ("region1.google-analytics.com", "google-analytics"),
        ("www.googletagmanager.com", "google-tag-manager"),
        ("connect.facebook.net", "meta-pixel"),
        ("script.hotjar.com", "hotjar"),
        ("snap.licdn.com", "linkedin-insight"),
        ("www.youtube-nocookie.com", "youtube"),
        ("google-analytics.com.evil.example", None),
        ("shop.example", None),
        ("", None),
    ],
)
def test_the_catalogue_knows_a_host(host: str, entry: str | None) -> None:
    assert known_as(host) == entry


@pytest.mark.parametrize(
    ("kind", "name", "entry"),
    [
        ("cookie", "_ga", "google-analytics"),
        ("cookie", "_ga_1ABC", "google-analytics"),
        ("cookie", "_fbp", "meta-pixel"),
        ("cookie", "_hjSessionUser_12", "hotjar"),
        ("local_storage", "_hjUserAttributes", "hotjar"),
        ("local_storage", "_ga", None),
        ("cookie", "fr", None),
        ("cookie", "_gab", None),
        ("cookie", "stranger", None),
    ],
)
def test_the_catalogue_knows_a_stored_thing(kind: str, name: str, entry: str | None) -> None:
    assert keeper_of(kind, name, "shop.example") == entry
