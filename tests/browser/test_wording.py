"""What visitors are told, in every language of the packaged policy: who, what for, how long, and how to say no."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_banner.i18n import speech
from consent_banner.policy import Policy, packaged_policy

from .reading import Element, read, sentences

LANGUAGES = packaged_policy().languages
pytestmark = pytest.mark.parametrize("lang", LANGUAGES)

PURPOSES = {
    "et": {"preferences": "eelistus", "analytics": "statistika", "marketing": "turundus"},
    "en": {"preferences": "preference", "analytics": "statistics", "marketing": "marketing"},
}
GUILT = {
    "et": "kasutuskogemus|kasutajakogemus|parim(at|a)?|parema(t|ks)?|kahju|palun nõustu|kaotad|"
    "ilma (nende|küpsiste)ta ei saa|"
    "meeldiva(m|ks)|hoolime|maitsva|küpsetatud|aktsepteeri|sessioon|kolmanda osapoole|kolmandad osapooled",
    "en": "experience|best|we care|value your privacy|please (accept|agree)|sorry|unfortunately|miss out|you will lose|"
    "tasty|delicious|yummy|personali[sz]ed for you|help us",
}
INTEREST = {"et": r"õigustatud\s+huvi", "en": r"legitimate\s+interest"}
FORMAL = r"\b(teie|teile|teid|teilt|teil|te)\b"


@pytest.fixture
def client(make_packaged: Callable[[], Flask]) -> FlaskClient:
    return make_packaged().test_client()


@pytest.fixture
def policy() -> Policy:
    return packaged_policy()


@pytest.fixture
def page(client: FlaskClient, lang: str) -> Callable[[str], Element]:
    """A page of the service in the language, read."""

    def get(path: str) -> Element:
        response = client.get(f"/consent/{path}{'&' if '?' in path else '?'}lang={lang}")
        assert response.status_code == 200
        return read(response.text)

    return get


@pytest.fixture
def notice(page: Callable[[str], Element]) -> Element:
    return page("banner").one("form", data_consent_part="notice")


@pytest.fixture
def dialog(page: Callable[[str], Element]) -> Element:
    return page("banner").one("dialog")


@pytest.fixture
def everything(page: Callable[[str], Element]) -> str:
    """All that the service says to a visitor."""
    return " ".join(page(each).words for each in ("banner", "preferences", "declaration"))


def test_I01_the_first_layer_says_who_what_for_and_how_to_refuse(notice: Element, policy: Policy, lang: str) -> None:
    words = notice.words
    assert policy.controller.name in words
    assert {"et": "küpsis", "en": "cookies"}[lang] in words
    for purpose in PURPOSES[lang].values():
        assert purpose in words
    assert {"et": "Keelduda", "en": "refuse"}[lang] in words
    assert {"et": "tagasi", "en": "withdraw"}[lang] in words
    assert {"et": "„Küpsiste seaded“", "en": "“Cookie settings”"}[lang] in words
    links = [each.attributes["href"] for each in notice.every("a")]
    assert policy.controller.privacy_policy[lang] in links


def test_the_first_layer_reads_as_it_was_agreed(notice: Element, lang: str) -> None:
    titles = {"et": "Kasutame küpsiseid", "en": "We use cookies"}
    buttons = {
        "et": ["Nõustun kõigiga", "Keeldun kõigist", "Valin ise"],
        "en": ["Accept all", "Reject all", "Choose myself"],
    }
    assert notice.one("h2").words == titles[lang]
    assert [each.words for each in notice.every("button")] == buttons[lang]


def test_C12_no_legitimate_interest_is_claimed_for_cookies(everything: str, lang: str) -> None:
    assert not re.search(INTEREST[lang], everything, re.I)


def test_C15_withdrawing_undoes_nothing_that_was_lawful_and_it_is_said_before(
    notice: Element, dialog: Element, lang: str
) -> None:
    said = {"et": "ei mõjuta varasema töötlemise seaduslikkust", "en": "does not affect what was lawfully done before"}
    assert said[lang] in notice.words or said[lang] in dialog.words


def test_C24_nobody_is_asked_their_age(page: Callable[[str], Element], everything: str, lang: str) -> None:
    assert not re.search(r"\b(vanus\w*|sünni\w*|lapsevane\w*|age|birth\w*|parent\w*)\b", everything, re.I)
    inputs = [each.attributes.get("type", "text") for each in page("preferences").every("input")]
    assert set(inputs) <= {"checkbox", "hidden"}


def test_I02_every_cookie_is_told_with_provider_purpose_lifetime_and_category(
    page: Callable[[str], Element], dialog: Element, policy: Policy, lang: str
) -> None:
    words = speech(lang)
    for part in (page("declaration").one("main"), dialog):
        for service in policy.services:
            for told in (service.name[lang], service.provider, service.purpose[lang]):
                assert told in part.words
            for item in service.storage:
                assert item.name in part.words
                assert words.lifetime(item.lifetime) in part.words
                assert item.purpose[lang] in part.words
        for category in policy.categories:
            assert category.name[lang] in part.words


def test_I02_the_declaration_says_each_cookie_in_a_row_of_its_own(
    page: Callable[[str], Element], policy: Policy, lang: str
) -> None:
    rows = [[cell.words for cell in row.every("td")] for row in page("declaration").every("tr")]
    for service in policy.services:
        for item in service.storage:
            row = [item.name, speech(lang).kind(item.kind), speech(lang).lifetime(item.lifetime), item.purpose[lang]]
            assert row in rows


def test_I03_lifetimes_are_words_that_people_use(everything: str, page: Callable[[str], Element], lang: str) -> None:
    cells = [row.every("td")[2].words for row in page("declaration").every("tr") if row.every("td")]
    words = {
        "et": r"\d+ (minut|minutit|tund|tundi|päev|päeva|kuu|kuud|aasta|aastat)|seansi lõpuni|kuni kustutad",
        "en": r"\d+ (minutes?|hours?|days?|months?|years?)|until the end of the session|until you delete it",
    }
    assert [each for each in cells if not re.fullmatch(words[lang], each)] == []
    assert "ööpäev" not in everything
    assert "duration" not in everything


def test_I04_every_recipient_is_told_with_country_and_safeguard(
    page: Callable[[str], Element], dialog: Element, policy: Policy, lang: str
) -> None:
    words = speech(lang)
    for part in (page("declaration").one("main"), dialog):
        for service in policy.services:
            assert words.country(service.country) in part.words
            assert not service.safeguard or words.safeguard(service.safeguard) in part.words
    for service in policy.services:
        assert all(host in page("declaration").words for host in service.hosts)


@pytest.mark.parametrize("path", ["preferences", "declaration"])
def test_I05_who_is_responsible_and_where_to_complain(
    page: Callable[[str], Element], policy: Policy, path: str
) -> None:
    words, controller = page(path).words, policy.controller
    told = [controller.name, controller.address, controller.email, controller.dpo_email or ""]
    told += [controller.registry_code or "", "Andmekaitse Inspektsioon", "Tatari 39, 10134 Tallinn", "info@aki.ee"]
    assert [each for each in told if each not in words] == []
    assert re.search(r"15(–| to )22", words)


def test_I06_the_layers_tell_the_same_purposes(
    page: Callable[[str], Element], dialog: Element, policy: Policy, lang: str
) -> None:
    inputs = [each.attributes["name"] for each in dialog.every("input", type="checkbox")]
    assert [each for each in inputs if ":" not in each] == [each.id for each in policy.categories]
    on_page = [each.attributes["name"] for each in page("preferences").every("input", type="checkbox")]
    assert on_page == inputs
    headings = [each.words for each in page("declaration").one("main").every("h2")]
    assert [each for each in headings if each in [one.name[lang] for one in policy.categories]] == [
        each.name[lang] for each in policy.categories
    ]


@pytest.mark.parametrize("path", ["banner", "preferences", "declaration"])
def test_I06_no_word_of_another_language_is_left(page: Callable[[str], Element], path: str, lang: str) -> None:
    foreign = {
        "et": r"\b(the|and|cookies|your|days?|months?|years?|withdraw|save)\b",
        "en": r"\b(ja|küpsis\w*|sinu|päeva|kuud|aastat|nõusolek\w*)\b",
    }
    whole = page(path)
    for other in [*whole.every(hreflang="et"), *whole.every(hreflang="en"), *whole.every("span", lang="et")]:
        other.children.clear()
    assert re.findall(foreign[lang], whole.words, re.I) == []


def test_I07_nobody_is_made_to_feel_guilty_and_nothing_is_vague(everything: str, lang: str) -> None:
    found = re.search(GUILT[lang], everything, re.I)
    assert not found, found


def test_one_form_of_address_all_through(everything: str, lang: str) -> None:
    if lang == "et":
        assert re.findall(FORMAL, everything, re.I) == []


def test_quotes_are_those_of_the_language(everything: str, lang: str) -> None:
    assert '"' not in everything
    opening = {"et": "„", "en": "“"}[lang]
    assert set(re.findall(r"[„“](?=\w)", everything)) == {opening}


def test_I08_the_first_layer_is_short(notice: Element) -> None:
    paragraphs = [each.words for each in notice.every("p") if each.words]
    said = [each for paragraph in paragraphs for each in sentences(paragraph)]
    assert 1 <= len(said) <= 4
    assert max(len(each.split()) for each in said) <= 20
    assert sum(len(each.split()) for each in said) + len(notice.one("h2").words.split()) <= 80


def test_I10_the_opener_and_the_title_are_the_same_words(page: Callable[[str], Element], dialog: Element) -> None:
    launcher = page("banner").one("button", data_consent_part="launcher")
    assert launcher.words == dialog.every("h2")[0].words == page("preferences").one("h1").words
    openers = [
        each.words for path in ("preferences", "declaration") for each in page(path).every("a", data_consent_open="")
    ]
    assert set(openers) == {launcher.words}


def test_I11_K07_what_needs_no_consent_is_told_too(page: Callable[[str], Element], dialog: Element, lang: str) -> None:
    section = page("declaration").every("section")[0]
    rows = [[cell.words for cell in row.every("td")] for row in section.every("tr") if row.every("td")]
    lifetime = {"et": "180 päeva", "en": "180 days"}[lang]
    assert rows[0][:3] == ["consent", speech(lang).kind("cookie"), lifetime]
    assert {row[0] for row in rows} >= {"consent", "consent-session", "consent-pending"}
    first = dialog.every("fieldset")[0]
    assert all(name in first.words for name in ("consent", "consent-session", "consent-pending", lifetime))


def test_I09_every_link_of_ours_leads_somewhere(page: Callable[[str], Element], client: FlaskClient) -> None:
    links = {
        each.attributes["href"]
        for path in ("banner", "preferences", "declaration")
        for each in page(path).every("a")
        if each.attributes["href"].startswith("/")
    }
    assert links
    assert {client.get(each).status_code for each in links} == {200}


def test_links_and_addresses_of_others_are_links_a_browser_can_follow(page: Callable[[str], Element]) -> None:
    for path in ("banner", "preferences", "declaration"):
        for each in page(path).every("a"):
            assert re.match(r"(https://|mailto:|/consent/|#)", each.attributes["href"]), each.attributes
            assert each.words, each.attributes
