"""The extension in somebody else's application: it gates, it asks, and it leaves the rest of the house alone."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, render_template, render_template_string
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect
from jinja2 import DictLoader

from consent_banner import ConsentBanner, ConsentError
from consent_banner.cookie import CookieSigner
from consent_banner.policy import Policy, read_policy

from .conftest import KEY, POLICY, choose, consent_of, parts_of

PAGE = (
    "<html lang=et><body>{{ consent_banner() }}<p>{{ 'counted' if consent.allows('analytics') else 'left alone' }}</p>"
)

WITH_GOOGLE = POLICY.replace('id = "hotjar"\n', 'id = "hotjar"\nconsent_api = "google"\n', 1)


@pytest.fixture
def make_host(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """A host application with a page and a view that needs consent, without the extension yet."""
    made: list[Flask] = []

    def make(consent: ConsentBanner | None = None, policy: str = POLICY, **config: Any) -> Flask:
        path = tmp_path / f"host-{len(made)}.toml"
        path.write_text(policy, encoding="utf-8")
        app = Flask(f"host{len(made)}")
        app.config.update(
            {
                "CONSENT_SECRET_KEYS": KEY,
                "CONSENT_POLICY": str(path),
                "CONSENT_LEDGER_URL": f"sqlite:///{tmp_path}/host-{len(made)}.db",
                "CONSENT_RATE_LIMIT": "off",
                **config,
            }
        )
        app.add_url_rule("/", "page", lambda: render_template_string(PAGE))
        app.add_url_rule("/plain", "plain", lambda: render_template_string("<p>{{ 1 + 1 }}</p>"))
        if consent is not None:
            consent.init_app(app)
            app.add_url_rule("/ads", "ads", consent.required("marketing")(lambda: "ads"))
        made.append(app)
        return app

    yield make
    for app in made:
        if "consent_banner" in app.extensions:
            parts_of(app).ledger.close()


@pytest.fixture
def host(make_host: Callable[..., Flask]) -> Flask:
    return make_host(ConsentBanner())


@pytest.fixture
def client(host: Flask) -> FlaskClient:
    return host.test_client()


def script(page: str) -> dict[str, str]:
    """The attributes of the one script tag of ours."""
    (tag,) = re.findall(r"<script([^>]*)></script>", page)
    return {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}


class TestGates:
    def test_allows_says_what_this_visitor_granted(self, client: FlaskClient) -> None:
        assert "left alone" in client.get("/").get_data(as_text=True)
        choose(client, "custom", categories={"analytics": True})
        assert "counted" in client.get("/").get_data(as_text=True)

    def test_required_is_a_403_until_granted(self, client: FlaskClient) -> None:
        answer = client.get("/ads")
        assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
        assert answer.headers["X-Consent-Reason"] == "none"
        choose(client)
        assert client.get("/ads").get_data(as_text=True) == "ads"

    def test_required_takes_a_service_and_hands_on_what_the_view_is_called_with(self, host: Flask) -> None:
        consent = ConsentBanner()

        @host.route("/tags/<name>", methods=["GET", "POST"])
        @consent.required("hotjar")
        def tags(name: str) -> str:
            return f"tags of {name}"

        client = host.test_client()
        choose(client, "custom", categories={"analytics": True}, services={"hotjar": False})
        assert client.get("/tags/a").status_code == 403
        choose(client, "custom", services={"hotjar": True})
        assert client.post("/tags/b").get_data(as_text=True) == "tags of b"
        client.delete("/consent/choices")
        assert client.get("/tags/c").status_code == 403

    def test_templates_ask_for_services_and_the_decision_in_included_ones_too(self, host: Flask) -> None:
        host.jinja_loader = DictLoader({
            "page.html": "{% include 'part.html' %}{% from 'macros.html' import tag with context %}{{ tag() }}",
            "part.html": "{% if consent.allows('acme-pixel') %}pixel{% else %}nothing{% endif %} ",
            "macros.html": "{% macro tag() %}{{ consent.decision.reason }}{% endmacro %}",
        })  # fmt: skip
        host.add_url_rule("/t", "t", lambda: render_template("page.html"))
        client = host.test_client()
        assert client.get("/t").get_data(as_text=True) == "nothing none"
        choose(client)
        answer = client.get("/t")
        assert (answer.get_data(as_text=True), answer.cache_control.private) == ("pixel recorded", True)

    def test_required_keeps_the_views_name(self) -> None:
        def view() -> str:
            """Doc."""
            return ""

        guarded = ConsentBanner().required("marketing")(view)
        assert (guarded.__name__, guarded.__doc__) == ("view", "Doc.")

    def test_a_name_that_the_policy_lacks_is_never_granted(self, host: Flask, client: FlaskClient) -> None:
        choose(client)
        with client.application.test_request_context("/"):
            assert not ConsentBanner().allows("analitics")

    def test_C10_T15_page_check_and_cookie_agree_in_every_state(
        self, host: Flask, policy: Policy, signer: CookieSigner
    ) -> None:
        client = host.test_client(use_cookies=False)
        for number in range(8):
            chosen = frozenset(name for bit, name in enumerate(policy.optional) if number >> bit & 1)
            services = frozenset(each.id for each in policy.services if each.category in chosen)
            token = signer.dump(consent_of(policy, categories=chosen, services=services))
            headers = {"Cookie": f"consent={token}", "Accept-Language": "et"}
            inlined = json.loads(script(client.get("/", headers=headers).get_data(as_text=True))["data-decision"])
            assert inlined == client.get("/consent/check", headers=headers).get_json()
            assert {name for name in policy.optional if inlined["categories"][name]} == chosen


class TestBanner:
    def test_inlines_the_verified_decision_and_no_receipt(self, client: FlaskClient) -> None:
        receipt = choose(client).get_json()["receipt"]
        page = client.get("/").get_data(as_text=True)
        assert json.loads(script(page)["data-decision"]) == client.get("/consent/check").get_json()
        assert script(page)["src"] == "/consent/banner.js?lang=et"
        assert receipt not in page

    def test_shows_the_notice_where_it_must_ask_and_only_there(self, client: FlaskClient) -> None:
        first = client.get("/").get_data(as_text=True)
        assert 'data-consent-part="notice"' in first
        assert 'action="/consent/banner"' in first
        assert 'name="next" value="/"' in first
        assert "jutt-consent" not in client.get("/", headers={"Sec-GPC": "1"}).get_data(as_text=True)
        choose(client, "reject_all")
        assert "jutt-consent" not in client.get("/").get_data(as_text=True)

    def test_A16_the_notice_works_without_a_script(self, client: FlaskClient) -> None:
        page = client.get("/?a=%3Cb%3E&c=d").get_data(as_text=True)
        fields = {name: html.unescape(value) for name, value in
                  re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)}  # fmt: skip
        answer = client.post("/consent/banner", data=fields | {"action": "accept_all"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/?a=%3Cb%3E&c=d")
        assert "counted" in client.get("/").get_data(as_text=True)

    def test_C18_says_what_changed_since_this_visitors_choice(
        self, make_host: Callable[..., Flask], signer: CookieSigner
    ) -> None:
        older = read_policy(POLICY.replace('"13 months"', '"6 months"'))
        database = {"CONSENT_LEDGER_URL": make_host(ConsentBanner()).config["CONSENT_LEDGER_URL"]}
        before = make_host(ConsentBanner(), POLICY.replace('"13 months"', '"6 months"'), **database)
        choose(before.test_client())
        now = make_host(ConsentBanner(), **database).test_client(use_cookies=False)
        token = CookieSigner(older, [KEY]).dump(consent_of(older))
        page = now.get("/", headers={"Cookie": f"consent={token}"}).get_data(as_text=True)
        assert "Counter (13 kuud)" in page
        assert "Counter (13 kuud)" not in now.get("/").get_data(as_text=True)

    def test_speaks_the_language_that_the_page_names(self, host: Flask) -> None:
        with host.test_request_context("/", headers={"Accept-Language": "et"}):
            markup = ConsentBanner().render(language="en-GB")
        assert script(markup)["src"] == "/consent/banner.js?lang=en"
        assert json.loads(script(markup)["data-decision"])["language"] == "en"
        assert "Accept all" in markup

    def test_has_vendors_calls_fetched_ahead_where_something_waits_for_them(
        self, make_host: Callable[..., Flask]
    ) -> None:
        link = '<link rel="modulepreload" href="/consent/banner.js?extra=vendors"'
        client = make_host(ConsentBanner(), WITH_GOOGLE).test_client()
        assert link not in client.get("/").get_data(as_text=True)
        choose(client)
        assert link in client.get("/").get_data(as_text=True)
        choose(client, "reject_all")
        assert link not in client.get("/").get_data(as_text=True)

    def test_has_nothing_fetched_ahead_where_no_vendor_has_calls(self, client: FlaskClient) -> None:
        choose(client)
        assert "modulepreload" not in client.get("/").get_data(as_text=True)

    @pytest.mark.parametrize(("mode", "waits"), [("basic", False), ("advanced", True)])
    def test_T05_the_page_waits_for_the_script_where_googles_default_travels_in_it(
        self, make_host: Callable[..., Flask], mode: str, waits: bool
    ) -> None:
        policy = f'google_consent_mode = {{ mode = "{mode}" }}\n' + WITH_GOOGLE
        page = make_host(ConsentBanner(), policy).test_client().get("/").get_data(as_text=True)
        assert ("<script async src=" not in page) is waits

    @pytest.mark.parametrize("how", ["argument", "global", "g", "callable"])
    def test_carries_the_pages_nonce(self, host: Flask, how: str) -> None:
        if how in ("global", "callable"):
            host.jinja_env.globals["csp_nonce"] = "n0nce" if how == "global" else lambda: "n0nce"
        with host.test_request_context("/"):
            if how == "g":
                g.csp_nonce = "n0nce"
            markup = ConsentBanner().render(nonce="n0nce" if how == "argument" else None)
        assert script(markup)["nonce"] == "n0nce"
        assert '<style nonce="n0nce">' in markup
        assert markup.count("<script") == 1

    def test_fetches_ahead_what_was_granted_where_a_nonce_lets_it(self, host: Flask) -> None:
        client = host.test_client()
        host.jinja_env.globals["csp_nonce"] = "n0nce"
        assert "data-grants" not in client.get("/").get_data(as_text=True)
        choose(client, "custom", categories={"analytics": True}, services={"hotjar": False})
        page = client.get("/").get_data(as_text=True)
        assert re.findall(r'<script nonce="(.*?)" data-grants="(.*?)">', page) == [
            ("n0nce", "necessary analytics counter")
        ]
        del host.jinja_env.globals["csp_nonce"]
        assert "data-grants" not in client.get("/").get_data(as_text=True)

    def test_a_choice_passes_the_host_s_own_hooks(self, host: Flask) -> None:
        host.before_request_funcs.setdefault(None, []).append(lambda: ("closed for the night", 503))
        assert choose(host.test_client()).status_code == 503

    def test_needs_no_inline_script_and_hands_no_markup_through(self, make_host: Callable[..., Flask]) -> None:
        hostile = POLICY.replace('name = "Acme Pixel"', 'name = "</style><script>alert(1)</script>"')
        hostile = hostile.replace('id = "counter"', 'id = "counter"').replace(
            "Statistika", '\\"><script>alert(2)</script>'
        )
        page = make_host(ConsentBanner(), hostile).test_client().get("/?%22%3E%3Cscript%3E").get_data(as_text=True)
        assert page.count("<script") == 1
        assert "onload" not in page
        assert " style=" not in page

    def test_the_launcher_can_be_left_out(self, host: Flask) -> None:
        with host.test_request_context("/"):
            assert script(ConsentBanner().render(launcher=False))["data-launcher"] == "off"

    def test_stands_right_below_a_mount_point(self, host: Flask) -> None:
        with host.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/shop"}):
            markup = ConsentBanner().render()
        assert script(markup)["src"] == "/shop/consent/banner.js?lang=et"
        assert 'action="/shop/consent/banner"' in markup


class TestCaches:
    @pytest.mark.parametrize("path", ["/", "/ads"])
    def test_a_page_that_reads_the_decision_is_private_and_varies(self, client: FlaskClient, path: str) -> None:
        answer = client.get(path)
        assert answer.cache_control.private
        assert not answer.cache_control.public
        assert {"Cookie", "Sec-GPC"} <= set(answer.headers["Vary"].split(", "))

    def test_a_page_that_does_not_is_left_as_it_was(self, client: FlaskClient) -> None:
        answer = client.get("/plain")
        assert "Cache-Control" not in answer.headers
        assert "Vary" not in answer.headers
        assert "Set-Cookie" not in answer.headers

    def test_a_host_that_says_public_is_overruled(self, host: Flask) -> None:
        def shared() -> Any:
            page: Any = host.make_response(render_template_string(PAGE))
            page.cache_control.public = True
            page.cache_control.max_age = 60
            return page

        host.add_url_rule("/shared", "shared", shared)
        found = host.test_client().get("/shared").headers["Cache-Control"]
        assert "private" in found
        assert "public" not in found

    def test_showing_a_page_sets_no_cookie(self, client: FlaskClient) -> None:
        assert "Set-Cookie" not in client.get("/").headers


class TestNeighbours:
    def test_one_object_serves_several_applications(self, make_host: Callable[..., Flask]) -> None:
        consent = ConsentBanner()
        first = make_host(consent)
        second = make_host(consent, CONSENT_URL_PREFIX="/privacy", CONSENT_COOKIE_NAME="other")
        choose(first.test_client())
        one, two = first.test_client(), second.test_client()
        assert 'src="/consent/banner.js?lang=et"' in one.get("/").get_data(as_text=True)
        assert 'src="/privacy/banner.js?lang=et"' in two.get("/").get_data(as_text=True)
        assert two.get("/privacy/check").status_code == 200
        assert two.get("/consent/check").status_code == 404
        assert vars(consent) == {}

    def test_the_hosts_jinja_is_untouched(self, make_host: Callable[..., Flask]) -> None:
        plain, with_us = make_host(), make_host(ConsentBanner())
        with_us.test_client().get("/")
        for what in ("globals", "filters", "tests", "extensions"):
            before, after = (set(getattr(app.jinja_env, what)) for app in (plain, with_us))
            assert after == before
        assert plain.jinja_env.undefined is with_us.jinja_env.undefined

    def test_the_hosts_errors_stay_the_hosts(self, host: Flask) -> None:
        assert host.test_client().get("/nope").content_type.startswith("text/html")
        assert host.test_client().post("/consent/choices").content_type == "application/problem+json"

    @pytest.mark.parametrize("first", ["us", "them"])
    def test_a_host_with_csrf_protection(self, make_host: Callable[..., Flask], first: str) -> None:
        host = make_host(SECRET_KEY="host")
        for each in (ConsentBanner, CSRFProtect) if first == "us" else (CSRFProtect, ConsentBanner):
            each(host)
        host.add_url_rule("/own", "own", lambda: "", methods=["POST"])
        client = host.test_client()
        assert choose(client).status_code == 200
        assert client.delete("/consent/choices").status_code == 200
        assert client.post("/consent/banner", data={"action": "reject_all"}).status_code == 303
        assert client.post("/own").status_code == 400
        token = re.search(
            r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/consent/preferences").get_data(as_text=True)
        )
        assert token
        fields = {"csrf_token": token[1], "action": "reject_all"}
        assert client.post("/consent/preferences", data=fields).status_code == 303
        assert client.post("/consent/preferences", data={"action": "reject_all"}).status_code == 400

    def test_a_host_without_a_secret_key(self, host: Flask, client: FlaskClient) -> None:
        assert client.get("/consent/preferences").status_code == 200
        assert KEY not in str(host.secret_key)

    def test_a_host_keeps_its_own_secret_key(self, make_host: Callable[..., Flask]) -> None:
        assert make_host(ConsentBanner(), SECRET_KEY="host").secret_key == "host"

    def test_a_hosts_session_cookie_is_the_one_declared(self, make_host: Callable[..., Flask]) -> None:
        host = make_host(ConsentBanner(), SESSION_COOKIE_NAME="sid")
        own = host.test_client().get("/consent/policy.json").get_json()["storage"]
        assert "sid" in {item["name"] for item in own}

    def test_a_hosts_trusted_hosts_hold_for_the_check_too(self, make_host: Callable[..., Flask]) -> None:
        client = make_host(ConsentBanner(), TRUSTED_HOSTS=["jutt.ai"]).test_client()
        assert client.get("/consent/check", headers={"Host": "evil.example"}).status_code == 400
        assert client.get("/consent/check", headers={"Host": "jutt.ai"}).status_code == 200

    def test_a_broken_setup_is_one_error_of_ours(self, make_host: Callable[..., Flask]) -> None:
        with pytest.raises(ConsentError) as caught:
            make_host(ConsentBanner(), CONSENT_SECRET_KEYS="x", CONSENT_PROXY_HOPS="y")
        assert len(caught.value.mistakes) == 2  # type: ignore[attr-defined]

    def test_nothing_is_read_before_init_app(self) -> None:
        assert vars(ConsentBanner()) == {}
