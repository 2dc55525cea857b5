"""The policy file: read whole or refused whole, every mistake at once, each with its place."""

from __future__ import annotations

import re

import pytest

from consent_banner.errors import ConfigurationError, PolicyError
from consent_banner.policy import packaged_policy, read_policy, read_policy_file

from .conftest import POLICY

GOOGLE = "google_consent_mode"


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        read_policy(text)
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('category = "analytics"\nname = "Counter"', 'category = "analitics"\nname = "Counter"',
         'services[0].category: "analitics" is no category; did you mean "analytics"?'),
        ('version = "1"\n', "", "version: is missing"),
        ('"et", "en"]', '"et", "en", "fi"]', 'languages[2]: the package has no catalogue for "fi"'),
        ('"et", "en"]', '"et", "et"]', 'languages[1]: "et" stands there twice'),
        ("lifetime_days = 180", "lifetime_days = 401", "lifetime_days: must be a whole number from 1 to 400"),
        ("lifetime_days = 180", "lifetime_days = true", "lifetime_days: must be a whole number"),
        ("lifetime_days = 180", "lifetime_day = 180", 'lifetime_day: is no key that is known here; did you mean'),
        ('"https://jutt.ai",', '"https://jutt.ai/x",', "origins[0]:"),
        ('"https://jutt.ai",', '"https://*.ee",', "origins[0]:"),
        ('"https://jutt.ai",', '"*",', "origins[0]:"),
        ("required = true\n", "", "categories: exactly one must have required = true"),
        ('id = "analytics"\n', 'id = "analytics"\nrequired = true\n', "categories: exactly one"),
        ('id = "analytics"\n', 'id = "marketing"\n', 'categories[3].id: "marketing" stands there twice'),
        ('id = "analytics"\n', 'id = "action"\n', 'categories[2].id: "action" is taken'),
        ('id = "hotjar"', 'id = "counter"', 'services[1].id: "counter" stands there twice'),
        ('id = "hotjar"', 'id = "analytics"', 'services[1].id: "analytics" is a category already'),
        ('id = "hotjar"', 'id = "Hot Jar"', "services[1].id:"),
        ('et = "Statistika", en = "Statistics"', 'et = "Statistika"', "categories[2].name.en: is missing"),
        ('safeguard = "DPF"\n', "", "services[1].safeguard: is missing: US is outside the EEA"),
        ('safeguard = "DPF"\n', 'safeguard = "DFP"\n', 'services[1].safeguard: "DFP" is no safeguard; did you mean'),
        ('country = "EE"', 'country = "Estonia"', "services[0].country:"),
        ('country = "EE"', 'country = "XX"', "services[0].country:"),
        ('"13 months"', '"two weeks"', "services[0].storage[0].lifetime:"),
        ('"13 months"', '"0 days"', "services[0].storage[0].lifetime:"),
        ('kind = "cookie"', 'kind = "cooky"', 'services[0].storage[0].kind: "cooky" is no kind of storage; did you'),
        ('name = "_c*"', 'name = "*"', "services[0].storage[0].name:"),
        ('["counter.example"]', '["https://counter.example"]', "services[0].hosts[0]:"),
        ('["counter.example"]', '["counter.example:80"]', "services[0].hosts[0]:"),
        ('["counter.example"]', '["*"]', "services[0].hosts[0]:"),
        ('["counter.example"]', '["*.com"]', "services[0].hosts[0]:"),
        ('["counter.example"]', '["co.uk"]', "services[0].hosts[0]:"),
        ('["counter.example"]', '["a.*.example"]', "services[0].hosts[0]:"),
        ('["counter.example"]', "[1]", "services[0].hosts[0]: must be a string, not 1"),
        ('"https://counter.example/privacy"', '"javascript:alert(1)"', "services[0].privacy_policy:"),
        ('"Loeb külastusi."', '" "', "services[0].purpose.et: is empty"),
        ('"Loeb külastusi."', '"a\\u0007"', "services[0].purpose.et: has a control character"),
        ('email = "support@jutt.ai"', 'email = "support"', "controller.email:"),
        ('id = "hotjar"\n', 'use = "hotjarr"\n', 'services[1].use: "hotjarr" is no entry of the catalogue; did you'),
        ('id = "hotjar"\n', 'id = "hotjar"\nconsent_api = "gogle"\n', 'services[1].consent_api: "gogle" is no consent'),
        ('version = "1"', f'version = "1"\n{GOOGLE} = {{mode = "all"}}', f'{GOOGLE}.mode: "all" must be one of'),
        ('version = "1"', f'version = "1"\n{GOOGLE} = {{wait = 1}}', f"{GOOGLE}.wait: is no key"),
        ('version = "1"', f'version = "1"\n{GOOGLE} = {{wait_for_update = -1}}', f"{GOOGLE}.wait_for_update: must be"),
    ],
)  # fmt: skip
def test_says_what_is_wrong_and_where(old: str, new: str, mistake: str) -> None:
    assert old in POLICY
    assert any(each.startswith(mistake) for each in mistakes(POLICY.replace(old, new, 1)))


def test_says_everything_at_once() -> None:
    broken = POLICY.replace('version = "1"\n', "").replace("180", "9999").replace('"DPF"', '"none"')
    assert len(mistakes(broken)) == 3


@pytest.mark.parametrize("text", ["version = ", "a = 1\na = 2", "[[categories]", "\x00"])
def test_says_where_it_is_no_toml(text: str) -> None:
    (mistake,) = mistakes(text)
    assert re.search(r"line \d+", mistake)


def test_says_that_there_is_no_such_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigurationError, match="No such file"):
        read_policy_file(tmp_path / "none.toml")


SAME = [
    ("lifetime_days = 180", "lifetime_days = 90"),
    ('["et", "en"]', '["en", "et"]'),
    ('"Loeb külastusi."', '"Loeb, kes käis."'),
    ("https://counter.example/privacy", "https://counter.example/p"),
    ('origins = ["https://jutt.ai", ', "origins = ["),
    ('name = "Counter"', 'name = "The Counter"'),
    ('name = "Counter"', 'name = "Counter"\nconsent_api = "matomo"'),
    ('version = "1"', 'version = "1"\ngoogle_consent_mode = {mode = "advanced"}'),
]
OTHER = [
    ('version = "1"', 'version = "2"'),
    ('"13 months"', '"14 months"'),
    ('"_c*"', '"_d*"'),
    ('kind = "cookie"', 'kind = "local_storage"'),
    ('provider = "Acme Inc."', 'provider = "Acme Ltd."'),
    ('safeguard = "SCC"', 'safeguard = "BCR"'),
    ('"px.acme.example"', '"px2.acme.example"'),
    ('category = "marketing"', 'category = "analytics"'),
    ('id = "analytics"\n', 'id = "analytics"\ngpc = false\n'),
    ('country = "EE"', 'country = "FI"'),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_wording_does_not_change_the_revision(old: str, new: str) -> None:
    assert old in POLICY
    assert read_policy(POLICY.replace(old, new, 1)).revision == read_policy(POLICY).revision


@pytest.mark.parametrize(("old", "new"), OTHER)
def test_what_consent_depends_on_changes_the_revision(old: str, new: str) -> None:
    assert old in POLICY
    assert read_policy(POLICY.replace(old, new, 1)).revision != read_policy(POLICY).revision


def test_order_does_not_change_the_revision() -> None:
    head, *services = POLICY.split("[[services]]")
    reordered = "[[services]]".join([head, *reversed([f"{each}\n" for each in services])])
    assert read_policy(reordered).revision == read_policy(POLICY).revision
    assert re.fullmatch(r"[0-9a-f]{8}", read_policy(POLICY).revision)


class TestPackaged:
    def test_is_jutt_ais_own(self) -> None:
        policy = packaged_policy()
        assert policy.controller.name == "JuttAI OÜ"
        assert policy.controller.dpo_email == "data@jutt.ai"
        assert policy.controller.registry_code is None
        assert policy.version == "2025-01-28"
        assert policy.languages == ("et", "en")
        assert [each.id for each in policy.categories] == ["necessary", "preferences", "analytics", "marketing"]
        services = {each.id for each in policy.services}
        assert services >= {"google-analytics", "google-tag-manager", "meta-pixel", "linkedin-insight", "hotjar"}
        assert "youtube" in services

    def test_C04_analytics_and_marketing_are_never_necessary(self) -> None:
        known = re.compile(r"_ga|_gid|_fbp|_fbc|_gcl|_uet|_clc|li_|_ttp|_hj|__hs|_pk_")
        for service in packaged_policy().services:
            if any(known.match(item.name) for item in service.storage):
                assert service.category not in packaged_policy().required

    def test_I02_I04_every_service_and_cookie_is_told_in_full(self) -> None:
        for service in packaged_policy().services:
            assert service.provider
            assert service.country == "IE" or service.safeguard or service.country in ("EE", "MT")
            for item in service.storage:
                assert item.purpose["et"]
                assert item.purpose["en"]
