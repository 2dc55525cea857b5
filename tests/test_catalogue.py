"""The packaged catalogue: every entry is whole, sourced and usable with one line, and can be looked up."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from consent_banner.assets import available_languages
from consent_banner.commands import main
from consent_banner.i18n import speech
from consent_banner.policy import Service, read_policy
from consent_banner.policy.services import CATALOGUE, catalogue_names

from .conftest import POLICY

Run = Callable[..., Result]
FILES = sorted(CATALOGUE.glob("*.toml"))
KEYS = {"id", "category", "name", "provider", "country", "safeguard", "privacy_policy", "purpose", "hosts", "storage",
        "consent_api", "sources"}  # fmt: skip
LANGUAGES = sorted(available_languages())
DENIED = ("legitimate interest", "õigustatud huvi", "better experience", "improve your experience", "improves your",
          "we value", "hoolime sinu", "parim kogemus", "parema kogemuse", "kasutuskogemus", "user experience",
          "kahjuks", "sorry", "aktsepteeri", "sessioon", "cookie'", "osapool", "privaatsuspoliitika")  # fmt: skip
OPTIONAL_BY_LAW = re.compile(
    r"_ga|_gid|_fbp|_fbc|_gcl|_uet|_clck|_clsk|_clc|li_|_ttp|_hj|__hs(?!_opt)|_pk_|_ym_|_vis_opt"
)


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    found = request.param
    assert isinstance(found, Path)
    return found


@pytest.fixture
def entry(path: Path) -> dict[str, Any]:
    """One entry as its file has it."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def service(path: Path) -> Service:
    """The entry as a policy of this one service, in every language of the package, takes it in."""
    head = POLICY.split("[[services]]")[0]
    policy = read_policy(f'{head}\n[[services]]\nuse = "{path.stem}"\n')
    return policy.services[0]


def purposes(service: Service) -> list[dict[str, str]]:
    return [dict(service.purpose), *(dict(item.purpose) for item in service.storage)]


def test_has_at_least_eighty_services() -> None:
    assert len(FILES) >= 80


class TestEveryEntry:
    def test_is_named_as_its_file_and_has_known_keys_alone(self, path: Path, entry: dict[str, Any]) -> None:
        assert entry["id"] == path.stem
        assert entry.keys() <= KEYS
        assert entry.keys() >= KEYS - {"safeguard", "consent_api"}

    def test_I02_I04_reads_without_mistakes_from_one_line(self, path: Path, service: Service) -> None:
        assert service.id == path.stem
        assert (service.provider, service.country, service.category) != ("", "", "")
        assert service.hosts == tuple(sorted(set(service.hosts), key=service.hosts.index))

    def test_says_what_it_is_for_in_each_language(self, service: Service) -> None:
        for texts in purposes(service):
            assert texts.keys() == set(LANGUAGES)
            assert all(texts.values())
            assert len(set(texts.values())) == len(LANGUAGES), texts

    def test_tells_a_purpose_in_one_sentence(self, service: Service) -> None:
        for language, text in service.purpose.items():
            assert text[0].isupper(), (language, text)
            assert text.endswith("."), (language, text)
            assert len(text.split()) <= 20, (language, text)
        for item in service.storage:
            assert not any(text.endswith(".") for text in item.purpose.values()), item.purpose

    def test_I07_steers_nobody(self, service: Service) -> None:
        said = " ".join(text for texts in purposes(service) for text in texts.values()).lower()
        assert [each for each in DENIED if each in said] == []
        assert '"' not in said

    def test_C04_what_measures_or_advertises_is_never_necessary(self, service: Service) -> None:
        if any(OPTIONAL_BY_LAW.match(item.name) for item in service.storage):
            assert service.category in ("analytics", "marketing", "preferences")

    def test_names_the_pages_where_its_facts_stand(self, entry: dict[str, Any]) -> None:
        assert entry["sources"]
        assert len(set(entry["sources"])) == len(entry["sources"])
        for source in entry["sources"]:
            assert re.fullmatch(r"https?://[\w.-]+\.[a-z]+(:\d+)?(/\S*)?", source), source

    def test_stores_each_thing_once(self, service: Service) -> None:
        stored = [(item.kind, item.name) for item in service.storage]
        assert len(set(stored)) == len(stored)


@pytest.fixture
def run() -> Run:
    """Runs `consent-banner catalogue …`."""
    return lambda *words: CliRunner().invoke(main, ["catalogue", *words])


class TestList:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_has_a_row_for_each_entry(self, run: Run, language: str) -> None:
        result = run("list", "--lang", language)
        head, *rows = result.stdout.splitlines()
        assert (result.exit_code, result.stderr) == (0, "")
        assert [row.split()[0] for row in rows] == list(catalogue_names())
        assert re.split(r"  +", head)[-1] == speech(language).gettext("Country")
        (hotjar,) = [re.split(r"  +", row) for row in rows if row.startswith("hotjar ")]
        assert hotjar == ["hotjar", "Hotjar", "analytics", "Hotjar Limited", speech(language).country("IE")]


class TestShow:
    def test_tells_the_whole_entry(self, run: Run, path: Path, entry: dict[str, Any]) -> None:
        result = run("show", path.stem)
        assert (result.exit_code, result.stderr) == (0, "")
        links = entry["privacy_policy"]
        told = [path.stem, entry["provider"], f"({entry['country']})", *entry["sources"]]
        told += [links] if isinstance(links, str) else list(links.values())
        told += [*entry["hosts"], *entry["purpose"].values(), *(item["name"] for item in entry["storage"])]
        told += [text for item in entry["storage"] for text in item["purpose"].values()]
        assert [each for each in told if each not in result.stdout] == []

    def test_speaks_estonian(self, run: Run) -> None:
        shown = run("show", "google-analytics", "--lang", "et").stdout
        assert all(each in shown for each in ("Teenusepakkuja", "Ameerika Ühendriigid", "_ga: küpsis, 2 aastat"))

    @pytest.mark.parametrize(
        ("word", "meant"), [("hotjarr", '; did you mean "hotjar"?'), ("insight", '; did you mean "linkedin-insight"?'),
                            ("", ""), ("zzzzzz", ""), ("../catalogue/hotjar", "")],
    )  # fmt: skip
    def test_2_for_an_unknown_one_with_the_nearest(self, run: Run, word: str, meant: str) -> None:
        result = run("show", word)
        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
        assert result.stderr.strip().endswith(f"is no entry of the catalogue{meant}")
