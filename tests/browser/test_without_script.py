"""Without scripts: the notice and the preference page are forms that post and come back, and nothing loads unasked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from werkzeug.serving import make_server

from consent_banner import ConsentBanner
from tests.conftest import KEY, parts_of

from .conftest import policy_text
from .engines import chromium
from .reading import read
from .stage import Stage, eventually
from .visiting import PAGE_OF_HOST

HOST = f"""<!doctype html><html lang="et"><head><meta charset="utf-8"><title>Leht</title></head><body>
{{{{ consent_banner(language=lang) }}}}<main><h1>Pealkiri</h1>{PAGE_OF_HOST}
<script type="text/plain" data-consent="analytics" src="{{{{ tracker }}}}/tag.js?name=counter"></script>
<img alt="" data-consent="marketing" data-src="{{{{ tracker }}}}/pixel.gif">
<p id="allowed">{{{{ "lubatud" if consent.allows("analytics") else "keelatud" }}}}</p></main></body></html>"""


@pytest.fixture(scope="module")
def host(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A Flask application of a customer's, with the extension, answering on loopback."""
    folder: Path = tmp_path_factory.mktemp("host")
    policy = folder / "policy.toml"
    policy.write_text(policy_text(stage), encoding="utf-8")
    app = Flask("host")
    app.config.update(
        CONSENT_SECRET_KEYS=KEY, CONSENT_POLICY=str(policy), CONSENT_LEDGER_URL=f"sqlite:///{folder}/consent.db",
        CONSENT_COOKIE_SECURE="0", CONSENT_RATE_LIMIT="off",
    )  # fmt: skip
    ConsentBanner(app)
    app.add_url_rule(
        "/<lang>", "page", lambda lang: render_template_string(HOST, lang=lang, tracker=stage.tracker("counter", ""))
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.config["ADDRESS"] = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield app
    server.shutdown()
    parts_of(app).ledger.close()


@pytest.fixture(scope="module")
def plain_driver() -> Iterator[WebDriver]:
    """Chromium with JavaScript off: its own setting, not an emulation."""
    with chromium(preferences={"profile.managed_default_content_settings.javascript": 2}) as driver:
        yield driver


@pytest.fixture
def plain(plain_driver: WebDriver) -> Iterator[WebDriver]:
    yield plain_driver
    plain_driver.delete_all_cookies()


@pytest.fixture
def page(host: Flask, plain: WebDriver) -> str:
    """The address of the customer's page, opened for the first time."""
    address = f"http://{host.config['ADDRESS']}/et"
    plain.get(address)
    return address


def shown(driver: WebDriver) -> bool:
    try:
        return any(each.is_displayed() for each in driver.find_elements(By.CSS_SELECTOR, "[data-consent-part=notice]"))
    except WebDriverException:  # The next page is on its way: what it shows is not known yet.
        return True


def push(driver: WebDriver, value: str) -> None:
    """Press a form's button."""
    found(driver, f"button[name=action][value={value}]").click()


def found(driver: WebDriver, what: str, how: str = By.CSS_SELECTOR) -> WebElement:
    """An element, as soon as its page has come: without a script nothing else tells when that is."""

    def look() -> list[WebElement]:
        with suppress(WebDriverException):
            return driver.find_elements(how, what)
        return []

    elements: list[WebElement] = eventually(look)
    assert elements, f"{what} is not on {driver.current_url}"
    return elements[0]


def granted(driver: WebDriver) -> bool:
    return found(driver, "#allowed").text == "lubatud"


def test_scripts_are_off(page: str, plain: WebDriver) -> None:
    plain.get("data:text/html,<p id=it>off</p><script>document.getElementById('it').textContent = 'on'</script>")
    assert found(plain, "#it").text == "off"


def test_A16_the_notice_is_there_and_stores_nothing(page: str, plain: WebDriver, stage: Stage) -> None:
    assert shown(plain)
    assert plain.get_cookies() == []
    assert not granted(plain)
    assert [hit for hit in stage.hits if hit.headers.get("referer", "").startswith(page)] == []


@pytest.mark.parametrize(("button", "allowed"), [("reject_all", False), ("accept_all", True)])
def test_A16_an_answer_posts_and_comes_back_to_the_page(
    page: str, plain: WebDriver, button: str, allowed: bool
) -> None:
    push(plain, button)
    assert eventually(lambda: plain.current_url == page)
    assert eventually(lambda: not shown(plain))
    assert granted(plain) is allowed
    assert [each["name"] for each in plain.get_cookies()] == ["consent"]
    plain.refresh()
    assert not shown(plain), "asked again"


def test_A16_customising_leads_to_the_form_in_the_same_language(host: Flask, page: str, plain: WebDriver) -> None:
    plain.get(page.replace("/et", "/en"))
    push(plain, "customise")
    assert eventually(lambda: "/consent/preferences" in plain.current_url)
    assert found(plain, "h1").text == "Cookie settings"


def test_C13_saving_and_withdrawing_need_no_script(page: str, plain: WebDriver) -> None:
    push(plain, "customise")
    assert eventually(lambda: "/consent/preferences" in plain.current_url)
    found(plain, "input[name=analytics]")
    assert not any(each.is_selected() for each in plain.find_elements(By.CSS_SELECTOR, "input[type=checkbox]:enabled"))
    found(plain, "input[name=analytics]").click()
    push(plain, "save")
    assert eventually(lambda: "status=saved" in plain.current_url)
    assert "Lubatud: statistika." in found(plain, "[role=status]").text
    assert found(plain, "input[name=analytics]").is_selected()
    assert not found(plain, "input[name=marketing]").is_selected()
    plain.get(page)
    assert granted(plain)
    assert not shown(plain)
    found(plain, "Küpsiste seaded", By.LINK_TEXT).click()
    push(plain, "withdraw")
    assert eventually(lambda: "status=withdrawn" in plain.current_url)
    assert "Nõusolek on tagasi võetud." in found(plain, "[role=status]").text
    plain.get(page)
    assert not granted(plain)
    assert not shown(plain)


def test_C16_receipts_are_listed_and_erased_without_script(page: str, plain: WebDriver) -> None:
    push(plain, "accept_all")
    assert eventually(lambda: not shown(plain))
    found(plain, "Küpsiste seaded", By.LINK_TEXT).click()
    found(plain, "table tbody tr")
    rows = plain.find_elements(By.CSS_SELECTOR, "table tbody tr")
    assert len(rows) == 1
    assert "Nõustusid kõigiga" in rows[0].text
    link = rows[0].find_element(By.CSS_SELECTOR, "a[href*='/texts/']")
    link.click()
    assert eventually(lambda: "/texts/" in plain.current_url)
    assert "Kasutame küpsiseid" in found(plain, "#jutt-consent").text
    plain.back()
    push(plain, "erase")
    assert eventually(lambda: "status=erased" in plain.current_url)
    assert "kustutatud" in found(plain, "[role=status]").text
    assert plain.find_elements(By.CSS_SELECTOR, "table tbody tr") == []
    assert "consent" not in [each["name"] for each in plain.get_cookies()]
    plain.get(page)
    assert shown(plain), "not asked again after erasing"


def test_the_page_of_preferences_says_the_same_without_styles(host: Flask) -> None:
    """Read as a text browser reads it: every control has its words."""
    client = host.test_client()
    page = read(client.get("/consent/preferences?lang=et").text)
    assert all(each.words for each in page.every("button"))
    assert [each.words for each in page.every("button")][:3] == [
        "Salvesta valikud",
        "Keeldun kõigist",
        "Nõustun kõigiga",
    ]
    labels = [each.words for each in page.every("label")]
    assert all(name in labels for name in ("Vajalikud", "Eelistused", "Statistika", "Turundus"))


def test_scripts_on_the_same_notice_answers_in_place(host: Flask, page: str, chrome: WebDriver) -> None:
    chrome.get(page)
    assert eventually(lambda: chrome.execute_script("return window.consentBanner?.decision?.reason")) == "none"
    assert len(chrome.find_elements(By.CSS_SELECTOR, "[data-consent-part=notice]")) == 1
    push(chrome, "reject_all")
    assert eventually(lambda: chrome.execute_script("return consentBanner.decision.reason == 'recorded'"))
    assert eventually(lambda: not shown(chrome))
    assert chrome.current_url == page
    chrome.delete_all_cookies()
