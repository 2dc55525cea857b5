"""Every word in every language: nothing untranslated or stale, no placeholder lost, and lifetimes in good Estonian."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from consent_banner.assets import available_languages, folder
from consent_banner.i18n import negotiate, offered, speech
from consent_banner.policy.model import Lifetime

from .conftest import POLICY
from .servers import ROOT

LANGUAGES = sorted(available_languages())
METHODS = [("**.py", "python"), ("**/templates/consent_banner/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
Message = str | tuple[str, ...]


@pytest.fixture(scope="module")
def messages() -> dict[Message, str]:
    """Every message in templates and Python, with the file that has it."""
    found = extract_from_dir(str(ROOT / "consent_banner"), METHODS, keywords={**DEFAULT_KEYWORDS, "N_": None})
    return {message: name for name, _line, message, *_ in found}


@pytest.fixture(params=LANGUAGES)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    path = folder("translations") / request.param / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=request.param)


def strings(message: Message | list[str]) -> list[str]:
    return [message] if isinstance(message, str) else list(message)


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def test_there_are_messages_at_all(messages: dict[Message, str]) -> None:
    assert len(messages) > 50
    assert {"Accept all", "Cookie settings", "remembers your choice"} <= {strings(each)[0] for each in messages}


def test_I06_every_message_is_translated(messages: dict[Message, str], catalogue: Catalog) -> None:
    missing = []
    for message, place in messages.items():
        entry = catalogue.get(strings(message)[0])
        if entry is None or not entry.string or not all(strings(entry.string)) or entry.fuzzy:
            missing.append(f"{place}: {message}")
    assert missing == []


def test_no_translation_is_stale(messages: dict[Message, str], catalogue: Catalog) -> None:
    known = {strings(each)[0] for each in messages}
    assert [entry.id for entry in catalogue if entry.id and strings(entry.id)[0] not in known] == []
    assert not catalogue.obsolete


def test_every_placeholder_is_kept_and_none_is_made_up(catalogue: Catalog) -> None:
    for entry in catalogue:
        if entry.id:
            wanted = set.union(*map(placeholders, strings(entry.id)))
            for text in strings(entry.string):
                assert placeholders(text) == wanted, entry.id
                assert not re.search(r"%(?!\(\w+\)[sd]|%)", text) or not wanted, entry.id


def test_a_plural_has_all_its_forms(messages: dict[Message, str], catalogue: Catalog) -> None:
    for message in messages:
        if not isinstance(message, str):
            entry = catalogue.get(message[0])
            assert entry is not None
            assert len(strings(entry.string)) == catalogue.num_plurals


def test_I06_every_language_has_the_same_messages() -> None:
    keys = []
    for language in LANGUAGES:
        with (folder("translations") / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
            keys.append({str(entry.id) for entry in read_po(file)})
    assert all(each == keys[0] for each in keys)


def test_estonian_is_said_as_estonians_say_it() -> None:
    with (folder("translations") / "et" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        texts = " ".join(text for entry in read_po(file) for text in strings(entry.string))
    for wrong in (
        "cookie'",
        "aktsept",
        "privaatsuspoliitika",
        "sessioon",
        "osapool",
        "keeldun kõigiga",
        '"',
        "õigustatud huvi",
    ):
        assert wrong not in texts.lower(), wrong


@pytest.mark.parametrize(
    ("lifetime", "estonian", "english"),
    [
        ("1 day", "1 päev", "1 day"),
        ("7 days", "7 päeva", "7 days"),
        ("390 days", "390 päeva", "390 days"),
        ("1 month", "1 kuu", "1 month"),
        ("13 months", "13 kuud", "13 months"),
        ("1 year", "1 aasta", "1 year"),
        ("2 years", "2 aastat", "2 years"),
        ("30 minutes", "30 minutit", "30 minutes"),
        ("1 hour", "1 tund", "1 hour"),
        ("session", "seansi lõpuni", "until the end of the session"),
    ],
)
def test_I02_lifetimes_in_words(lifetime: str, estonian: str, english: str) -> None:
    parsed = Lifetime.parse(lifetime)
    assert parsed
    assert (speech("et").lifetime(parsed), speech("en").lifetime(parsed)) == (estonian, english)


def test_dates_countries_and_languages_in_words() -> None:
    moment = datetime(2027, 5, 21, tzinfo=UTC)
    assert [speech(each).date(moment) for each in ("et", "en")] == ["21. mai 2027", "May 21, 2027"]
    assert [speech(each).country("US") for each in ("et", "en")] == ["Ameerika Ühendriigid", "United States"]
    assert [speech("et").language_name(each) for each in ("et", "en")] == ["Eesti", "English"]


def test_one_is_one_and_two_are_more() -> None:
    say = speech("et").ngettext
    one, two = (say("%(num)s service", "%(num)s services", number) for number in (1, 2))
    assert (one[:2], two[:2]) == ("1 ", "2 ")
    assert one[2:] != two[2:]


@pytest.mark.parametrize(
    ("accept", "language"),
    [(None, "et"), ("", "et"), ("en", "en"), ("EN-us", "en"), ("et-EE, en;q=0.5", "et"), ("en;q=0.5, et;q=0.9", "et"),
     ("ru, lv", "et"), ("en;q=0", "et"), ("*", "et"), ("enx", "et"), ("\x00", "et"), ("a" * 9000, "et")],
)  # fmt: skip
def test_negotiates(accept: str | None, language: str) -> None:
    assert negotiate(("et", "en"), accept) == language


@pytest.mark.parametrize(
    ("asked", "language"),
    [("et", "et"), ("ET", "et"), ("et_EE", "et"), ("en-GB", "en"), ("fi", None), ("e", None), (None, None)],
)  # fmt: skip
def test_an_explicit_tag_means_its_language(asked: str | None, language: str | None) -> None:
    assert offered(("et", "en"), asked) == language


THIRD = """
import json, sys
from consent_banner import create_app
app = create_app()
client = app.test_client()
pages = {path: client.get("/consent/" + path).get_data(as_text=True)
         for path in ("preferences?lang=fi", "banner.js?lang=fi", "declaration?lang=fi", "banner?lang=fi")}
print(json.dumps(pages))
"""


def test_a_third_language_is_a_folder_more(tmp_path: Path) -> None:
    for name in ("consent_banner", "static", "translations"):
        ignore = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    estonian = tmp_path / "translations" / "et" / "LC_MESSAGES" / "messages.po"
    finnish = tmp_path / "translations" / "fi" / "LC_MESSAGES" / "messages.po"
    finnish.parent.mkdir(parents=True)
    words = {"Language: et": "Language: fi", "Nõustun kõigiga": "Hyväksyn", "%(num)s kuud": "%(num)s kuukautta"}
    finnish.write_text(re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], estonian.read_text()))
    policy = POLICY.replace('["et", "en"]', '["fi", "et"]').replace(", en = ", ", fi = ")
    (tmp_path / "policy.toml").write_text(policy)
    environment = {
        "PYTHONPATH": str(tmp_path),
        "CONSENT_SECRET_KEYS": "k" * 40,
        "CONSENT_POLICY": str(tmp_path / "policy.toml"),
        "CONSENT_LEDGER_URL": f"sqlite:///{tmp_path}/consent.db",
    }
    done = subprocess.run(
        [sys.executable, "-c", THIRD], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    pages = json.loads(done.stdout)
    assert 'lang="fi"' in pages["preferences?lang=fi"]
    assert "Hyväksyn" in pages["banner.js?lang=fi"]
    assert "13 kuukautta" in pages["declaration?lang=fi"]
    assert str(Locale("fi").territories["US"]) in pages["banner?lang=fi"]
