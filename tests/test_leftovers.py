"""What services have left with a browser goes with their consent: cookies that only a server can see, too."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_banner.cookie import CookieSigner
from consent_banner.leftovers import MOST_BYTES, Leftovers
from consent_banner.policy import Policy, read_policy
from consent_banner.policy.hosts import cookie_domains

from .conftest import POLICY, consent_of, parts_of, route

PURPOSE = 'lifetime = "1 year", purpose = { et = "tunnus", en = "an id" }'
SHARED = f"""storage = [
  {{ name = "_px", kind = "cookie", {PURPOSE} }},
  {{ name = "_cshared", kind = "cookie", {PURPOSE} }},
  {{ name = "consent", kind = "cookie", {PURPOSE} }},
  {{ name = "__Host-px", kind = "cookie", {PURPOSE} }},
  {{ name = "stored", kind = "local_storage", {PURPOSE} }},
]
"""
NECESSARY = f"""
[[services]]
id = "shop"
category = "necessary"
name = "Shop"
provider = "Shop OÜ"
country = "EE"
privacy_policy = "https://shop.example/privacy"
purpose = {{ et = "Ostukorv.", en = "The basket." }}
storage = [{{ name = "_cart", kind = "cookie", {PURPOSE} }}]
"""
TEXT = POLICY + SHARED + NECESSARY
CARRIED = "consent={}; _c=1; _cd.e=2; _px=3; _cart=4; _cshared=5; basket=6; stored=7; __Host-px=8"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(TEXT)


def carried(app: Flask) -> str:
    parts = parts_of(app)
    return CARRIED.format(parts.signer.dump(consent_of(parts.policy)))


def expired(answer: Any) -> list[str]:
    """The names that an answer takes away, each once."""
    found = [SimpleCookie(header) for header in answer.headers.getlist("Set-Cookie")]
    return list(dict.fromkeys(name for each in found for name in each if each[name]["max-age"] == "0"))


ALL = ["_c", "_cd.e", "_px", "_cshared", "__Host-px"]


@pytest.mark.parametrize("door", [lambda app: app, route])
def test_a_refusal_takes_back_what_every_optional_service_declares(app: Flask, door: Callable[[Flask], Flask]) -> None:
    cookies = carried(app)
    client = door(app).test_client(use_cookies=False)
    answer = client.post("/consent/choices", json={"method": "reject_all"}, headers={"Cookie": cookies})
    assert answer.status_code == 200
    assert expired(answer) == ALL


def test_a_withdrawal_does_too(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    assert expired(client.delete("/consent/choices", headers={"Cookie": carried(app)})) == ALL


def test_the_notice_without_scripts_does_too(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    answer = client.post("/consent/banner", data={"action": "reject_all"}, headers={"Cookie": carried(app)})
    assert answer.status_code == 303
    assert expired(answer) == ALL


def test_the_preference_page_does_too(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/consent/preferences").get_data(as_text=True)
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    for name in ("_c", "_px", "_cart"):
        client.set_cookie(name, "1")
    answer = client.post("/consent/preferences", data={"csrf_token": token, "action": "reject_all"})
    assert answer.status_code == 303
    assert expired(answer) == ["_c", "_px"]


def test_an_erasure_takes_them_with_the_consent(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    assert set(ALL) < set(expired(client.delete("/consent/receipts", headers={"Cookie": carried(app)})))


def test_a_narrowing_takes_back_what_no_granted_service_declares(app: Flask) -> None:
    policy = parts_of(app).policy
    choice = {"method": "custom", "categories": {"analytics": True}, "revision": policy.revision}
    answer = app.test_client(use_cookies=False).post("/consent/choices", json=choice, headers={"Cookie": carried(app)})
    assert expired(answer) == ["_px", "__Host-px"]


def test_a_grant_that_is_not_recorded_takes_nothing(app: Flask) -> None:
    choice = {"method": "custom", "categories": {"marketing": True}, "revision": "00000000"}
    answer = app.test_client(use_cookies=False).post("/consent/choices", json=choice, headers={"Cookie": carried(app)})
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (409, [])


def test_each_goes_host_only_from_every_parent_domain_and_where_it_is_partitioned(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    answer = client.delete("/consent/choices", headers={"Cookie": "_c=1"}, base_url="https://www.shop.jutt.ai")
    ours, *others = answer.headers.getlist("Set-Cookie")
    assert ours.startswith("consent=")
    domains = ["", "; Domain=www.shop.jutt.ai", "; Domain=shop.jutt.ai", "; Domain=jutt.ai"]
    ways = [f"_c=; Max-Age=0; Path=/{domain}" for domain in domains]
    assert others == [way for each in ways for way in (each, f"{each}; Secure; Partitioned")]


def test_what_a_prefix_demands_is_kept_to() -> None:
    leftovers = Leftovers(read_policy(TEXT), ["consent"])
    found = leftovers.expire("__Host-px=1", "www.jutt.ai", ())
    assert found == ["__Host-px=; Max-Age=0; Path=/; Secure", "__Host-px=; Max-Age=0; Path=/; Secure; Partitioned"]


def test_many_of_them_still_leave_an_answer_that_a_proxy_takes(app: Flask) -> None:
    cookies = "; ".join(f"_c{number}=1" for number in range(500))
    client = app.test_client(use_cookies=False)
    answer = client.delete("/consent/choices", headers={"Cookie": cookies}, base_url="https://www.jutt.ai")
    assert answer.status_code == 200
    others = answer.headers.getlist("Set-Cookie")[1:]
    assert len(others) > 10
    assert sum(len(f"Set-Cookie: {each}\r\n") for each in others) <= MOST_BYTES


@pytest.mark.parametrize("cookies", [None, "", ";", "=", "=1", "; ;", "\x00", "_c", "õ=1", 'consent="_c=1"'])
def test_strange_headers_take_nothing_strange(cookies: str | None) -> None:
    found = Leftovers(read_policy(TEXT), ["consent"]).expire(cookies, "jutt.ai", ())
    assert {each.partition("=")[0] for each in found} <= {"_c"}


def test_nothing_is_said_of_what_was_not_carried(client: FlaskClient, policy: Policy, signer: CookieSigner) -> None:
    token = signer.dump(consent_of(policy))
    answer = client.delete("/consent/choices", headers={"Cookie": f"consent={token}; basket=1"})
    assert len(answer.headers.getlist("Set-Cookie")) == 1


@pytest.mark.parametrize(
    ("host", "domains"),
    [
        ("www.jutt.ai", ("www.jutt.ai", "jutt.ai")),
        ("jutt.ai", ("jutt.ai",)),
        ("a.shop.co.uk", ("a.shop.co.uk", "shop.co.uk")),
        ("mine.github.io", ("mine.github.io",)),
        ("www.t.localhost", ("www.t.localhost", "t.localhost")),
        ("localhost", ()),
        ("127.0.0.1", ()),
        ("[", ()),
        ("", ()),
        ("a;b.jutt.ai", ()),
        ("a..b", ()),
    ],
)
def test_domains_end_where_strangers_begin(host: str, domains: tuple[str, ...]) -> None:
    assert cookie_domains(host) == domains


@pytest.mark.parametrize("name", ["withdrawal", "wall"])
def test_the_files_that_may_reload_a_page_say_so_in_every_language(client: FlaskClient, name: str) -> None:
    text = client.get(f"/consent/banner.js?extra={name}").get_data(as_text=True)
    assert "__CONSENT_EXTRA__" not in text
    assert text.count("Laadime lehe uuesti, et") == text.count("Reloading this page so that") == 1
    assert '"acme-pixel":["px.acme.example"]' in text
