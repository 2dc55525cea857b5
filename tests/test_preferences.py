"""The preference page and the notice's own form: everything works with JavaScript off (A16, C13, O07)."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_banner.consent import Consent
from consent_banner.cookie import CookieSigner
from consent_banner.policy import Policy

from .conftest import choose, parts_of

NOTHING = {"necessary": True, "preferences": False, "analytics": False, "marketing": False}


class Form(HTMLParser):
    """What a browser without scripts would send: the fields of the page's form, and its buttons."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.boxes: dict[str, bool] = {}
        self.disabled: set[str] = set()
        self.buttons: list[str] = []
        self.scripts = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name = given.get("name") or ""
        if tag == "script":
            self.scripts += 1
        elif tag == "button" and name == "action":
            self.buttons.append(str(given.get("value")))
        elif tag == "input" and given.get("type") == "checkbox":
            self.boxes[name] = "checked" in given
            if "disabled" in given:
                self.disabled.add(name)
        elif tag == "input" and name:
            self.fields[name] = given.get("value") or ""


def page(client: FlaskClient, query: str = "", **headers: str) -> Form:
    answer = client.get(f"/consent/preferences{query}", headers=headers)
    assert answer.status_code == 200
    return Form(answer.get_data(as_text=True))


def send(client: FlaskClient, action: str, *ticked: str, **changes: str) -> Any:
    """Tick boxes and press a button of the page."""
    fields = page(client).fields | dict.fromkeys(ticked, "on") | {"action": action} | changes
    return client.post("/consent/preferences", data=fields)


def state(client: FlaskClient) -> set[str]:
    """What is granted now, beside the necessary."""
    decision = client.get("/consent/check").get_json()
    return {name for name, yes in (decision["categories"] | decision["services"]).items() if yes} - {"necessary"}


def receipts(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/consent/receipts").get_json()["receipts"]
    return found


class TestPage:
    def test_C06_nothing_optional_is_ticked(self, client: FlaskClient) -> None:
        form = page(client)
        assert {name for name, checked in form.boxes.items() if checked} == form.disabled == {"necessary"}
        assert set(form.boxes) == {"necessary", "preferences", "analytics", "marketing", "service:counter",
                                   "service:hotjar", "service:acme-pixel"}  # fmt: skip

    def test_has_the_buttons_of_the_contract(self, client: FlaskClient) -> None:
        assert {"save", "accept_all", "reject_all"} <= set(page(client).buttons)
        choose(client)
        assert {"save", "accept_all", "reject_all", "withdraw", "erase"} <= set(page(client).buttons)

    def test_shows_what_holds(self, client: FlaskClient) -> None:
        choose(client, "custom", categories={"analytics": True}, services={"hotjar": False})
        ticked = {name for name, checked in page(client).boxes.items() if checked}
        assert ticked == {"necessary", "analytics", "service:counter"}

    def test_lists_the_receipts(self, client: FlaskClient) -> None:
        receipt = choose(client).get_json()["receipt"]
        assert receipt in client.get("/consent/preferences").get_data(as_text=True)

    @pytest.mark.parametrize(
        ("query", "accept", "words"),
        [("?lang=et", "en", "Küpsiste seaded"), ("?lang=en", "et", "Cookie settings"), ("", "en", "Cookie settings"),
         ("?lang=xx", None, "Küpsiste seaded")],
    )  # fmt: skip
    def test_speaks_the_visitors_language(
        self, client: FlaskClient, query: str, accept: str | None, words: str
    ) -> None:
        answer = client.get(f"/consent/preferences{query}", headers={"Accept-Language": accept} if accept else {})
        assert f"<h1>{words}</h1>" in answer.get_data(as_text=True)
        assert answer.headers["Content-Language"] in answer.get_data(as_text=True)

    def test_is_private_and_runs_no_script(self, client: FlaskClient) -> None:
        answer = client.get("/consent/preferences")
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert {"Cookie", "Sec-GPC"} <= set(answer.headers["Vary"].split(", "))
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert Form(answer.get_data(as_text=True)).scripts == 0

    def test_K03_its_session_cookie_is_its_own(self, client: FlaskClient) -> None:
        (header,) = client.get("/consent/preferences").headers.getlist("Set-Cookie")
        assert header.startswith("consent-session=")
        assert {"Secure", "HttpOnly", "Path=/consent/preferences", "SameSite=Lax"} == set(header.split("; ")[1:])

    def test_K07_both_cookies_are_declared(self, client: FlaskClient) -> None:
        own = client.get("/consent/policy.json").get_json()["storage"]
        lifetimes = {item["name"]: item["lifetime"] for item in own if item["kind"] == "cookie"}
        assert lifetimes == {"consent": "180 days", "consent-session": "session"}
        text = client.get("/consent/declaration?lang=en").get_data(as_text=True)
        assert "consent-session" in text

    def test_C23_says_that_the_signal_was_heard(self, client: FlaskClient) -> None:
        answer = client.get("/consent/preferences?lang=en", headers={"Sec-GPC": "1"})
        assert "GPC" in answer.get_data(as_text=True)

    def test_hands_no_markup_through(self, client: FlaskClient) -> None:
        query = "?status=%3Cscript%3E&lang=%3Cscript%3E&next=%3Cscript%3E"
        assert page(client, query, Cookie='consent="<script>"').scripts == 0


class TestButtons:
    def test_save_keeps_what_is_ticked(self, client: FlaskClient) -> None:
        answer = send(client, "save", "analytics", "service:counter")
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/consent/preferences")
        assert state(client) == {"analytics", "counter"}
        (receipt,) = receipts(client)
        assert (receipt["method"], receipt["services"]["hotjar"]) == ("custom", False)
        assert receipt["text_digest"] == page(client).fields["text"]

    def test_save_without_a_tick_refuses(self, client: FlaskClient) -> None:
        assert send(client, "save").status_code == 303
        assert state(client) == set()

    def test_accept_all_and_reject_all_look_at_no_box(self, client: FlaskClient, policy: Policy) -> None:
        assert send(client, "accept_all").status_code == 303
        assert state(client) == {*policy.optional, *policy.category_of}
        assert send(client, "reject_all", "analytics").status_code == 303
        assert state(client) == set()
        assert [each["method"] for each in receipts(client)] == ["reject_all", "accept_all"]

    def test_C13_withdraw_takes_it_all_back(self, client: FlaskClient) -> None:
        choose(client)
        answer = send(client, "withdraw", "analytics")
        assert "status=withdrawn" in answer.headers["Location"]
        assert state(client) == set()
        assert receipts(client)[0]["method"] == "withdraw"

    def test_erase_removes_receipts_and_cookie(self, app: Flask, client: FlaskClient) -> None:
        choose(client)
        answer = send(client, "erase")
        assert "status=erased" in answer.headers["Location"]
        assert client.get_cookie("consent") is None
        assert list(parts_of(app).ledger.export()) == []

    def test_says_what_now_holds(self, client: FlaskClient) -> None:
        for action, words in (("accept_all", "Your choices are saved."), ("withdraw", "Your consent is withdrawn."),
                              ("erase", "erased")):  # fmt: skip
            answer = send(client, action)
            shown = client.get(f"{answer.headers['Location']}&lang=en", headers={"Accept-Language": "en"})
            assert shown.status_code == 200
            shown = client.get(answer.headers["Location"].replace("lang=et", "lang=en"))
            assert words in shown.get_data(as_text=True)

    @pytest.mark.parametrize("action", ["", "customise", "save\r\n", "<script>", "delete"])
    def test_400_for_any_other(self, client: FlaskClient, action: str) -> None:
        answer = send(client, action)
        assert answer.status_code == 400
        assert Form(answer.get_data(as_text=True)).scripts == 0
        assert state(client) == set()


class TestProtection:
    @pytest.mark.parametrize("token", [None, "", "x", "IjEi.x.y"])
    @pytest.mark.parametrize("action", ["save", "accept_all", "reject_all", "withdraw", "erase"])
    def test_400_without_the_token(self, client: FlaskClient, action: str, token: str | None) -> None:
        choose(client, "custom", categories={"analytics": True})
        fields = page(client).fields | {"action": action, "csrf_token": token or ""}
        if token is None:
            del fields["csrf_token"]
        answer = client.post("/consent/preferences", data=fields)
        assert (answer.status_code, answer.mimetype) == (400, "text/html")
        assert state(client) == {"analytics", "counter", "hotjar"}
        assert len(receipts(client)) == 1

    def test_400_with_another_visitors_token(self, app: Flask, client: FlaskClient) -> None:
        fields = page(app.test_client()).fields | {"action": "accept_all"}
        page(client)
        assert client.post("/consent/preferences", data=fields).status_code == 400
        assert state(client) == set()

    def test_a_form_from_this_morning_still_works(
        self, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever the host application allows its own forms."""
        client = make_app(WTF_CSRF_TIME_LIMIT=60).test_client()
        fields = page(client).fields | {"action": "reject_all"}
        tonight = time.time() + 12 * 3600
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda: tonight)
        assert client.post("/consent/preferences", data=fields).status_code == 303

    def test_413_for_a_body_without_end(self, client: FlaskClient) -> None:
        token = page(client).fields
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            body = b"--x\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n" + b"a" * 600_000
            answer = client.post("/consent/preferences", data=body, content_type=kind)
            assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
            assert client.post("/consent/banner", data=body, content_type=kind).status_code == 413
        assert token

    def test_two_thousand_services_fit_in(self, client: FlaskClient) -> None:
        more = {f"service:{'x' * 50}-{number}": "on" for number in range(2000)}
        assert send(client, "save", "analytics", **more).status_code == 303
        assert state(client) == {"analytics", "counter", "hotjar"}  # Unknown ones are nothing to us.


class TestTrouble:
    def test_C18_409_says_that_the_policy_changed_and_ticks_nothing_new(self, client: FlaskClient) -> None:
        answer = send(client, "accept_all", revision="00000000")
        form = Form(answer.get_data(as_text=True))
        assert answer.status_code == 409
        assert {name for name, checked in form.boxes.items() if checked} == {"necessary"}
        assert "Set-Cookie" not in answer.headers or "consent=" not in str(answer.headers.getlist("Set-Cookie"))
        again = client.post("/consent/preferences", data=form.fields | {"action": "accept_all"})
        assert again.status_code == 303
        assert "marketing" in state(client)

    @pytest.mark.parametrize("action", ["reject_all", "withdraw", "save"])
    def test_a_refusal_knows_no_409(self, client: FlaskClient, action: str) -> None:
        choose(client)
        assert send(client, action, revision="00000000", text="0" * 64).status_code == 303
        assert state(client) == set()

    def test_503_keeps_the_ticks(self, make_app: Callable[..., Flask], tmp_path) -> None:  # type: ignore[no-untyped-def]
        (tmp_path / "ledger").mkdir()
        client = make_app(CONSENT_LEDGER_URL=f"sqlite:///{tmp_path}/ledger/consent.db").test_client()
        shutil.rmtree(tmp_path / "ledger")
        answer = send(client, "save", "analytics", "service:counter")
        boxes = Form(answer.get_data(as_text=True)).boxes
        assert (answer.status_code, answer.mimetype) == (503, "text/html")
        assert {name for name, checked in boxes.items() if checked} == {"necessary", "analytics", "service:counter"}
        assert send(client, "reject_all").status_code == 303
        assert send(client, "erase").status_code == 503

    def test_429_says_when(self, make_app: Callable[..., Flask]) -> None:
        client = make_app(CONSENT_RATE_LIMIT="1/hour").test_client()
        choose(client)
        client.delete_cookie("consent")
        answer = send(client, "accept_all")
        assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)
        assert send(client, "withdraw").status_code == 303


class TestNotice:
    """POST /consent/banner: the first layer as a form."""

    @pytest.fixture
    def notice(self, app: Flask) -> dict[str, str]:
        wordings = parts_of(app).wordings
        return Form(wordings.notice(wordings.wording("en"), "/consent", next_url="/")).fields

    @pytest.mark.parametrize(("action", "granted"), [("accept_all", True), ("reject_all", False)])
    def test_records_and_leads_back(
        self, client: FlaskClient, signer: CookieSigner, notice: dict[str, str], action: str, granted: bool
    ) -> None:
        answer = client.post("/consent/banner", data=notice | {"action": action, "next": "/koolitused?a=b"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/koolitused?a=b")
        assert answer.headers["Cache-Control"] == "no-store"
        consent = signer.load(str(client.get_cookie("consent").value))  # type: ignore[union-attr]
        assert isinstance(consent, Consent)
        assert ("marketing" in state(client)) is granted
        (receipt,) = receipts(client)
        assert (receipt["method"], receipt["language"], receipt["text_digest"]) == (action, "en", notice["text"])

    def test_needs_no_session(self, client: FlaskClient, notice: dict[str, str]) -> None:
        assert "csrf_token" not in notice
        answer = client.post("/consent/banner", data=notice | {"action": "reject_all"})
        assert [header.partition("=")[0] for header in answer.headers.getlist("Set-Cookie")] == ["consent"]

    def test_customise_leads_to_the_preferences(self, client: FlaskClient, notice: dict[str, str]) -> None:
        answer = client.post("/consent/banner", data=notice | {"action": "customise"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/consent/preferences?lang=en")
        assert "Set-Cookie" not in answer.headers

    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example/",
            "//evil.example/",
            "///evil.example/",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "\t//evil.example",
            " //evil.example",
            "https:evil.example",
            "https:/evil.example",
            "https:///evil.example",
            "https://jutt.ai@evil.example/",
            "https://jutt.ai.evil.example/",
            "https://evil.example/https://jutt.ai/",
            "https://jutt.ai\\@evil.example/",
            "https://evil.example\\.jutt.ai/",
            "https://[::1",
            "http://jutt.ai/",
            "javascript:alert(1)",
            "data:text/html,x",
            "/x\r\nSet-Cookie: a=b",
            "/x\nLocation: https://evil.example",
            "/\u2028x",
            "relative",
            "",
        ],
    )
    def test_leads_nowhere_else(self, client: FlaskClient, notice: dict[str, str], address: str) -> None:
        answer = client.post("/consent/banner", data=notice | {"action": "reject_all", "next": address})
        assert (answer.status_code, answer.headers.getlist("Location")) == (303, ["/consent/preferences"])
        assert len(answer.headers.getlist("Set-Cookie")) == 1

    @pytest.mark.parametrize(
        ("referer", "expected"),
        [("https://www.jutt.ai/a?b", "https://www.jutt.ai/a?b"), ("http://localhost/x", "http://localhost/x"),
         ("https://evil.example/", "/consent/preferences")],
    )  # fmt: skip
    def test_without_next_to_the_page_that_asked(
        self, client: FlaskClient, notice: dict[str, str], referer: str, expected: str
    ) -> None:
        fields = notice | {"action": "reject_all", "next": ""}
        answer = client.post("/consent/banner", data=fields, headers={"Referer": referer})
        assert answer.headers["Location"] == expected

    @pytest.mark.parametrize("action", ["", "save", "withdraw", "erase", "<b>"])
    def test_400_for_any_other_button(self, client: FlaskClient, notice: dict[str, str], action: str) -> None:
        answer = client.post("/consent/banner", data=notice | {"action": action})
        assert (answer.status_code, answer.get_json(force=True)["errors"][0]["pointer"]) == (400, "#/action")

    @pytest.mark.parametrize("changed", [{"revision": "00000000"}, {"text": "0" * 64}])
    def test_C18_a_grant_under_another_text_is_none(
        self, client: FlaskClient, notice: dict[str, str], changed: dict[str, str]
    ) -> None:
        answer = client.post("/consent/banner", data=notice | {"action": "accept_all"} | changed)
        assert (answer.status_code, answer.location) == (
            303,
            f"/consent/preferences?lang={notice['language']}&status=409",
        )
        assert "changed" in client.get(answer.location).get_data(as_text=True)
        assert state(client) == set()
        refused = client.post("/consent/banner", data=notice | {"action": "reject_all"} | changed)
        assert refused.status_code == 303

    def test_two_cookies_become_one(self, app: Flask, notice: dict[str, str]) -> None:
        client = app.test_client(use_cookies=False)
        headers = {"Cookie": "consent=a; consent=b", "Host": "www.jutt.ai"}
        answer = client.post("/consent/banner", data=notice | {"action": "reject_all"}, headers=headers)
        assert len(re.findall(r"Max-Age=0", str(answer.headers))) == 2


def test_a_refusal_anywhere_leaves_only_the_necessary(client: FlaskClient) -> None:
    choose(client)
    send(client, "reject_all")
    assert client.get("/consent/check").get_json()["categories"] == NOTHING


class TestWithoutAScriptToTickAlong:
    """A visitor who ticks a category alone means its services; who unticks it alone means none of them."""

    def test_a_category_ticked_alone_takes_its_services_along(self, client: FlaskClient) -> None:
        send(client, "save", "analytics")
        assert state(client) == {"analytics", "counter", "hotjar"}

    def test_a_category_unticked_alone_takes_them_away(self, client: FlaskClient) -> None:
        send(client, "save", "analytics")
        send(client, "save", "service:counter", "service:hotjar")
        assert state(client) == set()

    def test_a_service_ticked_alone_stands_alone(self, client: FlaskClient) -> None:
        send(client, "save", "service:counter")
        assert state(client) == {"counter"}

    def test_services_unticked_one_by_one_stay_refused(self, client: FlaskClient) -> None:
        send(client, "save", "analytics")
        send(client, "save", "analytics", "service:counter")
        assert state(client) == {"analytics", "counter"}
        send(client, "save", "analytics")
        assert state(client) == {"analytics"}
