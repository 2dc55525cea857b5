"""What pages load: the same for everyone, in every language, compressed once, and kept by caches without a mix-up."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_banner.cookie import CookieSigner
from consent_banner.policy import Policy, read_policy

from .conftest import POLICY, choose, consent_of, parts_of

SHARED = ["banner.js", "banner.js?lang=et", "banner?lang=en", "declaration?lang=et", "declaration?lang=et&fragment=1",
          "policy.json", "style.css"]  # fmt: skip


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


class TestCaching:
    @pytest.mark.parametrize("path", SHARED)
    def test_is_kept_and_asked_again_by_its_etag(self, client: FlaskClient, path: str) -> None:
        answer = client.get(f"/consent/{path}")
        assert answer.status_code == 200
        assert "public" in answer.headers["Cache-Control"]
        assert "max-age=" in answer.headers["Cache-Control"]
        for tag in (answer.headers["ETag"], f"W/{answer.headers['ETag']}", "*", f'"x", {answer.headers["ETag"]}'):
            again = client.get(f"/consent/{path}", headers={"If-None-Match": tag})
            assert (again.status_code, again.data) == (304, b"")
            assert again.headers["ETag"] == answer.headers["ETag"]
            assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]
            assert again.headers["Vary"] == answer.headers["Vary"]
        assert client.get(f"/consent/{path}", headers={"If-None-Match": '"x"'}).status_code == 200

    @pytest.mark.parametrize("path", SHARED)
    @pytest.mark.parametrize(
        ("accept", "encoding"),
        [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip, deflate, br", "br"),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", "br"),
            ("gzip, deflate", "gzip"),
            ("gzip;q=1, br;q=0", "gzip"),
            ("identity", None),
            ("zstd", None),
            ("", None),
        ],
    )
    def test_comes_precompressed(self, client: FlaskClient, path: str, accept: str, encoding: str | None) -> None:
        plain = client.get(f"/consent/{path}", headers={"Accept-Encoding": "identity"})
        answer = client.get(f"/consent/{path}", headers={"Accept-Encoding": accept})
        opened = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding](answer.data)
        assert answer.headers.get("Content-Encoding") == encoding
        assert opened == plain.data
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert (answer.headers["ETag"] == plain.headers["ETag"]) is (encoding is None)
        assert answer.headers["Content-Length"] == str(len(answer.data))

    @pytest.mark.parametrize("path", SHARED)
    def test_holds_nothing_of_the_visitor(self, app: Flask, policy: Policy, signer: CookieSigner, path: str) -> None:
        client, consent = app.test_client(use_cookies=False), consent_of(policy)
        plain = client.get(f"/consent/{path}")
        headers = {"Cookie": f"consent={signer.dump(consent)}; a=b", "Sec-GPC": "1", "User-Agent": "x", "Referer": "y"}
        answer = client.get(f"/consent/{path}", headers=headers)
        assert answer.data == plain.data
        assert answer.headers["ETag"] == plain.headers["ETag"]
        assert "Cookie" not in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers

    @pytest.mark.parametrize("path", ["banner", "banner?lang=xx", "declaration", "declaration?fragment=1"])
    def test_what_depends_on_the_browsers_language_says_so(self, client: FlaskClient, path: str) -> None:
        estonian, english = (client.get(f"/consent/{path}", headers={"Accept-Language": tag}) for tag in ("et", "en"))
        assert estonian.data != english.data
        assert [each.headers["Content-Language"] for each in (estonian, english)] == ["et", "en"]
        assert "Accept-Language" in estonian.headers["Vary"]

    @pytest.mark.parametrize("path", [*SHARED, "preferences", "banner", "declaration"])
    def test_is_not_poisoned_by_a_header(self, make_app: Callable[..., Flask], path: str) -> None:
        client = make_app(CONSENT_PROXY_HOPS="1").test_client(use_cookies=False)
        poison = {
            "Host": "evil.example",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Prefix": "//evil.example",
            "X-Forwarded-Proto": "javascript",
            "X-Forwarded-Port": "666",
            "X-Original-URL": "/evil.example",
            "X-Script-Name": "/evil.example",
            "Forwarded": "host=evil.example",
            "Origin": "https://evil.example",
        }
        answer = client.get(f"/consent/{path}", headers=poison)
        assert "evil.example" not in text(answer) + str(answer.headers)
        assert "666" not in answer.headers.get("Location", "")

    def test_many_unknown_parameters_fill_no_memory(self, app: Flask) -> None:
        client, wordings = app.test_client(), parts_of(app).wordings
        for number in range(30):
            client.get(f"/consent/banner?lang=et&since={number:08x}")
            client.get(f"/consent/banner?lang=x{number}")
            client.get(f"/consent/banner.js?lang=x{number}")
        assert len(wordings._known) == len(wordings._by_digest) == 2


class TestScript:
    def test_carries_the_first_layer_of_its_language(self, client: FlaskClient, policy: Policy) -> None:
        for language, words in (("et", "Nõustun kõigiga"), ("en", "Accept all")):
            answer = client.get(f"/consent/banner.js?lang={language}")
            assert answer.content_type == "text/javascript; charset=utf-8"
            assert words in text(answer)
            assert policy.revision in text(answer)

    def test_without_a_language_carries_none(self, client: FlaskClient) -> None:
        for query in ("", "?lang=xx", "?lang="):
            found = text(client.get(f"/consent/banner.js{query}"))
            assert "Accept all" not in found
            assert "Nõustun kõigiga" not in found

    def test_cannot_close_a_script_element(self, make_app: Callable[..., Flask]) -> None:
        hostile = POLICY.replace("Statistika", "</script><script>alert(1)</script>").replace(
            'et = "Turundus"', 'et = "\\"+x"'
        )
        client = make_app(hostile).test_client()
        found = text(client.get("/consent/banner.js?lang=et"))
        assert "</script" not in found
        assert "\u2028" not in found

    def test_hands_no_parameter_through(self, client: FlaskClient) -> None:
        for path in ("banner.js", "banner", "declaration"):
            assert "<svg" not in text(client.get(f"/consent/{path}?lang=<svg>&since=<svg>&guard=<svg>&fragment=<svg>"))


class TestMarkup:
    def test_C06_C07_offers_both_answers_and_ticks_nothing(self, client: FlaskClient) -> None:
        found = text(client.get("/consent/banner?lang=en"))
        for part in ("notice", "accept-all", "reject-all", "customise", "preferences", "save", "withdraw", "close"):
            assert f'data-consent-part="{part}"' in found
        ticked = [box for box in re.findall(r"<input[^>]*>", found) if "checked" in box]
        assert len(ticked) == 1
        assert 'name="necessary"' in ticked[0]
        assert "disabled" in ticked[0]

    def test_I02_I04_names_every_service_cookie_and_country(self, client: FlaskClient) -> None:
        for path in ("banner?lang=et", "declaration?lang=et"):
            found = text(client.get(f"/consent/{path}"))
            for words in ("Counter OÜ", "_c*", "13 kuud", "Ameerika Ühendriigid", "Acme Inc.", "Acme Pixel", "Heat"):
                assert words in found

    def test_hostile_texts_stay_texts(self, make_app: Callable[..., Flask]) -> None:
        hostile = POLICY.replace('name = "Acme Pixel"', 'name = "<img src=x onerror=alert(1)>"')
        hostile = hostile.replace("Näitame reklaami.", "<script>alert(1)</script>").replace('"Turundus"', "'\\\"><b>'")
        client = make_app(hostile.replace("'\\\"><b>'", '"\\"><b>"')).test_client()
        choose(client)
        for path in ("banner?lang=et", "declaration?lang=et", "preferences?lang=et"):
            found = text(client.get(f"/consent/{path}"))
            for markup in ("<img src=x", "<script>alert", '"><b>'):
                assert markup not in found

    def test_C18_says_what_changed_since(self, make_app: Callable[..., Flask]) -> None:
        old = make_app()
        choose(old.test_client())  # From now on, the ledger knows the policy that somebody was asked under.
        before = parts_of(old).policy.revision
        added = POLICY + POLICY[POLICY.rindex("[[services]]") :].replace("acme-pixel", "new").replace(
            "Acme Pixel", "Newcomer"
        )
        client = make_app(added.replace('"13 months"', '"2 years"')).test_client()
        found = text(client.get(f"/consent/banner?lang=et&since={before}"))
        plain = text(client.get("/consent/banner?lang=et"))
        assert "2 aastat" in found
        assert found.count("Newcomer") == plain.count("Newcomer") + 1
        digest = re.search(r'data-consent-text="([0-9a-f]+)"', found)
        assert digest
        assert digest[1] not in plain
        assert choose(client, text=digest[1]).status_code == 200

    @pytest.mark.parametrize("since", ["", "00000000", "zzzzzzzz", "'; DROP", "../..", "%00", "x" * 3000])
    def test_an_unknown_revision_changes_nothing(self, client: FlaskClient, since: str) -> None:
        plain = client.get("/consent/banner?lang=et")
        assert client.get("/consent/banner", query_string={"lang": "et", "since": since}).data == plain.data


class TestPolicy:
    def test_is_the_one_in_force(self, client: FlaskClient, policy: Policy) -> None:
        found = client.get("/consent/policy.json").get_json()
        assert (found["revision"], found["version"]) == (policy.revision, "1")
        assert [each["id"] for each in found["services"]] == ["counter", "hotjar", "acme-pixel"]
        assert [each["id"] for each in found["categories"]] == ["necessary", "preferences", "analytics", "marketing"]
        assert found["services"][0]["storage"][0]["lifetime"] == "13 months"

    def test_I11_tells_of_the_necessary_too(self, client: FlaskClient) -> None:
        own = client.get("/consent/policy.json").get_json()["storage"]
        assert {item["name"] for item in own} >= {"consent", "consent-session", "consent-pending"}
        assert "consent-pending" in text(client.get("/consent/declaration?lang=et"))

    def test_I05_the_declaration_names_who_is_responsible(self, client: FlaskClient) -> None:
        found = text(client.get("/consent/declaration?lang=et"))
        for words in (
            "JuttAI OÜ",
            "Tallinn",
            "support@jutt.ai",
            "data@jutt.ai",
            "Andmekaitse Inspektsioon",
            "info@aki.ee",
        ):
            assert words in found

    def test_the_fragment_is_the_page_without_its_frame(self, client: FlaskClient) -> None:
        page = text(client.get("/consent/declaration?lang=et"))
        fragment = text(client.get("/consent/declaration?lang=et&fragment=1"))
        assert page.startswith("<!doctype html>")
        assert "<html" not in fragment
        assert "Acme Pixel" in fragment

    def test_another_wording_is_another_answer(self, make_app: Callable[..., Flask], client: FlaskClient) -> None:
        other = make_app(POLICY.replace("Loeb külastusi.", "Loeb, kes käis.")).test_client()
        for path in ("policy.json", "banner?lang=et", "declaration?lang=et"):
            first, second = client.get(f"/consent/{path}"), other.get(f"/consent/{path}")
            assert first.headers["ETag"] != second.headers["ETag"]
        assert read_policy(POLICY).revision == other.get("/consent/policy.json").get_json()["revision"]


class TestGpc:
    def test_T17_says_that_the_signal_is_honoured(self, client: FlaskClient) -> None:
        answer = client.get("/.well-known/gpc.json")
        assert (answer.status_code, answer.content_type) == (200, "application/json")
        found = answer.get_json()
        assert set(found) == {"gpc", "lastUpdate"}
        assert found["gpc"] is True
        assert date.fromisoformat(found["lastUpdate"])

    def test_T17_stands_at_the_root_and_names_the_policys_date(self, make_app: Callable[..., Flask]) -> None:
        client = make_app(
            POLICY.replace('version = "1"', 'version = "2026-02-03"'), CONSENT_URL_PREFIX="/x"
        ).test_client()
        assert client.get("/.well-known/gpc.json").get_json()["lastUpdate"] == "2026-02-03"


class TestOperations:
    def test_alive_and_ready(self, client: FlaskClient) -> None:
        assert client.get("/consent/healthz").status_code == 200
        ready = client.get("/consent/readyz")
        assert (ready.status_code, ready.get_json()["ready"], ready.get_json()["redis"]) == (200, True, "none")
        assert ready.get_json()["spool"] == 0
        assert ready.headers["Cache-Control"] == "no-store"

    def test_errors_speak_one_language(self, client: FlaskClient) -> None:
        for method, path, status in (
            ("GET", "/consent/nope", 404),
            ("GET", "/", 404),
            ("DELETE", "/consent/banner", 405),
        ):
            answer = client.open(path, method=method)
            problem = json.loads(answer.data)
            assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
            assert (problem["status"], set(problem) >= {"type", "title", "detail"}) == (status, True)
            assert answer.headers.get("Allow") is None or status == 405

    @pytest.mark.parametrize("path", ["/consent/../etc/passwd", "/consent/static/x.js", "/consent/style.css/../x",
                                      "/consent//check", "/consent/texts/../check", "/static/js/dist/banner.js",
                                      "/consent/banner.js/", "//consent/check", "/consent/check%0d%0aX:y"])  # fmt: skip
    def test_paths_lead_nowhere_else(self, client: FlaskClient, path: str) -> None:
        answer = client.get(path)
        assert answer.status_code in (308, 404)
        location = answer.headers.get("Location", "http://localhost/consent/")
        assert location.startswith(("http://localhost/consent/", "/consent/"))
        assert "X" not in answer.headers
