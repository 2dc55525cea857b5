"""The service's own pages say everything that a visitor must be told, and work without any script."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consent_banner.i18n import speech

from .conftest import choose, parts_of

PAGES = ("/consent/preferences", "/consent/declaration")
LANGUAGES = ("et", "en")
EVERYWHERE = [(path, language) for path in PAGES for language in LANGUAGES]
FILTERED = {"cookie-banner", "cookiebanner", "cookie-consent", "consent-banner", "cookie-notice", "cookie-settings",
            "consent", "consent-manager", "privacy-banner", "cookies", "cc-window", "consent-dialog"}  # fmt: skip


class Markup(HTMLParser):
    """A page as a test reads it: its tags with their attributes, and its visible words."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(source)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.tags if attribute in attributes]


@pytest.fixture
def client(make_app: Callable[..., Flask]) -> FlaskClient:
    """A visitor of the packaged policy."""
    return make_app(CONSENT_POLICY="").test_client()


def page(client: FlaskClient, path: str, language: str = "et", **query: str) -> Markup:
    return Markup(client.get(path, query_string={"lang": language, **query}).text)


def send(client: FlaskClient, action: str, language: str = "et", **fields: str) -> TestResponse:
    """Press a button of the preference page as a browser without JavaScript does."""
    shown = page(client, "/consent/preferences", language)
    hidden = {field["name"]: field["value"] for field in shown.all("input") if field.get("type") == "hidden"}
    (form,) = shown.all("form")
    return client.post(form["action"], data={**hidden, **fields, "action": action}, follow_redirects=True)


def decision(client: FlaskClient) -> dict[str, dict[str, bool]]:
    answer: dict[str, dict[str, bool]] = client.get("/consent/check").get_json()
    return answer


@pytest.mark.parametrize("language", LANGUAGES)
def test_A16_C13_everything_can_be_done_without_a_script(client: FlaskClient, language: str) -> None:
    assert not page(client, "/consent/preferences").all("script")
    send(client, "save", language, analytics="on", **{"service:google-analytics": "on"})
    assert decision(client)["services"]["google-analytics"] is True
    assert decision(client)["services"]["hotjar"] is False
    send(client, "accept_all", language)
    assert all(decision(client)["categories"].values())
    send(client, "withdraw", language)
    assert [name for name, yes in decision(client)["categories"].items() if yes] == ["necessary"]


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("save", "Your choices are saved."),
        ("withdraw", "Your consent is withdrawn."),
        ("erase", "Your receipts and the cookie are erased."),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_says_what_was_done(client: FlaskClient, language: str, action: str, sentence: str) -> None:
    send(client, "accept_all", language)
    said = Markup(send(client, action, language).text)
    assert speech(language).gettext(sentence) in said.words
    assert "status" in said.values("role")


def test_a_stale_form_changes_nothing_and_says_so(client: FlaskClient) -> None:
    client.get("/consent/preferences")
    answer = client.post("/consent/preferences?lang=en", data={"action": "accept_all"})
    assert (answer.status_code, "out of date" in answer.text) == (400, True)
    assert decision(client)["decided"] is False


def test_a_policy_that_changed_meanwhile_is_shown_again(client: FlaskClient) -> None:
    answer = send(client, "accept_all", "en", revision="00000000")
    assert (answer.status_code, "has changed meanwhile" in answer.text) == (409, True)
    assert not re.search(r'name="analytics"[^>]* checked', answer.text)


@pytest.fixture
def bereft(make_app: Callable[..., Flask], tmp_path: Path) -> FlaskClient:
    """A visitor who accepted all before the ledger went away."""
    (tmp_path / "ledger").mkdir()
    address = f"sqlite:///{tmp_path}/ledger/consent.db"
    visitor = make_app(CONSENT_POLICY="", CONSENT_LEDGER_URL=address).test_client()
    choose(visitor)
    shutil.rmtree(tmp_path / "ledger")
    return visitor


def test_erasing_that_fails_says_that_nothing_is_lost(bereft: FlaskClient) -> None:
    answer = send(bereft, "erase", "en")
    assert (answer.status_code, "nothing is lost" in answer.text) == (503, True)


def test_withdrawal_is_offered_to_whoever_granted_anything(client: FlaskClient) -> None:
    assert "withdraw" not in page(client, "/consent/preferences").values("value")
    send(client, "save", **{"service:hotjar": "on"})
    shown = page(client, "/consent/preferences")
    assert "withdraw" in shown.values("value")
    assert "Lubatud: Hotjar." in shown.words


def test_the_three_answers_are_equal(client: FlaskClient) -> None:
    buttons = [button for button in page(client, "/consent/preferences").all("button") if "form" not in button]
    assert [button.pop("value") for button in buttons] == ["save", "reject_all", "accept_all"]
    assert buttons == [{"name": "action"}] * 3


def test_C06_nothing_optional_is_ticked_for_a_newcomer(client: FlaskClient) -> None:
    ticked = [field for field in page(client, "/consent/preferences").all("input") if "checked" in field]
    assert [(field["name"], "disabled" in field) for field in ticked] == [("necessary", True)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_receipts_are_listed_with_the_text_that_was_shown(client: FlaskClient, language: str) -> None:
    send(client, "save", language, analytics="on", **{"service:google-analytics": "on"})
    send(client, "reject_all", language)
    shown = page(client, "/consent/preferences", language)
    texts = [link["href"] for link in shown.all("a") if "/consent/texts/" in link["href"]]
    assert [client.get(address).status_code for address in texts] == [200, 200]
    words = speech(language).gettext
    assert all(words(each) in shown.words for each in ("Rejected all", "Chosen one by one", "Only what is necessary"))
    assert words("without %(names)s", names="Google Tag Manager, Hotjar") in shown.words
    assert len([time for time in shown.all("time") if time["datetime"].endswith("+00:00")]) == 2


def test_receipts_that_cannot_be_read_leave_the_page_whole(bereft: FlaskClient) -> None:
    answer = bereft.get("/consent/preferences?lang=en")
    assert (answer.status_code, "cannot be shown just now" in answer.text) == (200, True)


def test_a_gpc_signal_is_explained(client: FlaskClient) -> None:
    answer = client.get("/consent/preferences?lang=et", headers={"Sec-GPC": "1"})
    assert "privaatsussignaali (GPC)" in answer.text


@pytest.mark.parametrize(("path", "language"), EVERYWHERE)
def test_I05_says_who_asks_and_where_to_complain(client: FlaskClient, path: str, language: str) -> None:
    words = page(client, path, language).words
    for told in ("JuttAI OÜ", "Valukoja tn 8/2", "support@jutt.ai", "data@jutt.ai", "Andmekaitse Inspektsioon"):
        assert told in words
    assert "Tatari 39, 10134 Tallinn, info@aki.ee" in words
    assert ("registry code" in words) is ("registrikood" in words) is False  # The policy gives none; none is made up.


@pytest.mark.parametrize(("path", "language"), EVERYWHERE)
def test_C15_says_that_withdrawing_undoes_nothing_lawful(client: FlaskClient, path: str, language: str) -> None:
    sentence = "You can withdraw your consent at any time, here, with one click. "
    sentence += "What was done lawfully before you withdrew it stays lawful."
    assert speech(language).gettext(sentence) in page(client, path, language).words


@pytest.mark.parametrize(("path", "language"), EVERYWHERE)
def test_C12_I07_no_steering_and_no_legitimate_interest(client: FlaskClient, path: str, language: str) -> None:
    words = page(client, path, language).words.lower()
    denied = ("legitimate interest", "õigustatud huvi", "better experience", "improve your experience", "we value",
              "hoolime sinu", "parim kogemus", "parema kogemuse", "kahjuks", "sorry", "aktsepteeri")  # fmt: skip
    assert [each for each in denied if each in words] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_I02_I11_K07_every_cookie_is_declared_in_words(client: FlaskClient, language: str) -> None:
    parts, words = parts_of(client.application), page(client, "/consent/declaration", language).words
    speak = speech(language)
    for service in parts.policy.services:
        assert service.provider in words
        assert speak.country(service.country) in words
        assert service.purpose[language] in words
        assert all(host in words for host in service.hosts)
    every = [item for service in parts.policy.services for item in service.storage] + list(parts.own_storage)
    for item in every:
        row = f"{item.name} {speak.kind(item.kind)} {speak.lifetime(item.lifetime)} {item.purpose[language]}"
        assert row in words


@pytest.mark.parametrize(("path", "language"), EVERYWHERE)
def test_I06_one_page_speaks_one_language(client: FlaskClient, path: str, language: str) -> None:
    shown = page(client, path, language)
    assert shown.all("html") == [{"lang": language}]
    other = [link for link in shown.all("a") if link.get("hreflang") not in (None, language)]
    assert [link["lang"] == link["hreflang"] and f"lang={link['lang']}" in link["href"] for link in other] == [True]
    foreign = {"et": ("Lifetime", "Purpose", "Your ", "Cookie"), "en": ("Kehtivusaeg", "Eesmärk", "Sinu ", "Küpsis")}
    assert [word for word in foreign[language] if word in shown.words] == []


def test_I09_the_cookie_list_is_one_click_away_and_no_link_is_dead(client: FlaskClient) -> None:
    send(client, "accept_all")
    for path in PAGES:
        links = {link["href"] for link in page(client, path).all("a") if link["href"].startswith("/")}
        assert "/consent/declaration?lang=et" in links
        assert [address for address in links if client.get(address).status_code != 200] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_I10_A14_the_way_to_the_settings_has_their_name_everywhere(client: FlaskClient, language: str) -> None:
    title = speech(language).gettext("Cookie settings")
    for path in PAGES:
        body = client.get(path, query_string={"lang": language}).text
        links = re.findall(r"<li><a href=\"([^\"]+)\"[^>]*>([^<]+)</a></li>", body.partition("<footer")[2])
        assert [address for address, _ in links[:2]] == [f"{each}?lang={language}" for each in PAGES]
        assert links[0][1] == title
    assert f"<h1>{title}</h1>" in client.get("/consent/preferences", query_string={"lang": language}).text


@pytest.mark.parametrize(("path", "language"), EVERYWHERE)
def test_pages_bring_no_inline_style_and_no_name_that_filters_hide(
    client: FlaskClient, path: str, language: str
) -> None:
    shown = page(client, path, language)
    names = {name for value in shown.values("class") + shown.values("id") for name in value.split()}
    assert names & FILTERED == set()
    assert (shown.values("style"), shown.all("style")) == ([], [])
    assert len(shown.values("id")) == len(set(shown.values("id")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fragment_fits_into_a_foreign_page(client: FlaskClient, language: str) -> None:
    shown = page(client, "/consent/declaration", language, fragment="1")
    assert (shown.all("html"), shown.values("id"), shown.values("style"), shown.all("h1")) == ([], [], [], [])
    assert shown.tags[0] == ("div", {"class": "jutt-declaration", "lang": language})


def test_what_a_third_party_keeps_is_said_to_be_out_of_reach(client: FlaskClient) -> None:
    words = page(client, "/consent/declaration", "en").words
    assert "HttpOnly" in words
    assert "your browser's settings" in words


def test_a_category_without_services_is_declared_all_the_same(make_app: Callable[..., Flask]) -> None:
    words = page(make_app().test_client(), "/consent/declaration", "en").words
    assert "No service is in use for this at present." in words


def test_the_stylesheet_is_served_and_small(client: FlaskClient) -> None:
    answer = client.get("/consent/style.css", headers={"Accept-Encoding": "br"})
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert len(answer.data) < 3_500


def test_a_choice_of_the_banner_shows_on_the_page(client: FlaskClient) -> None:
    choose(client)
    ticked = [field["name"] for field in page(client, "/consent/preferences").all("input") if "checked" in field]
    assert {"analytics", "marketing", "preferences", "service:meta-pixel"} <= set(ticked)
