"""What the inspector is told: whose sites are the operator's own, and what the catalogue knows beside the policy."""

from __future__ import annotations

import dataclasses

import pytest

from consent_banner.extras import EXTRAS, PLACE
from consent_banner.inspecting import inspected, own_sites
from consent_banner.policy import packaged_policy


@pytest.mark.parametrize(
    ("origins", "sites"),
    [
        (("https://jutt.ai", "https://*.jutt.ai"), ["jutt.ai"]),
        (("https://www.pood.co.uk", "https://me.github.io:8443"), ["pood.co.uk", "me.github.io"]),
        (("http://127.0.0.1:8000", "http://*.localhost:8000"), []),
    ],
)
def test_a_site_is_what_somebody_registered(origins: tuple[str, ...], sites: list[str]) -> None:
    assert own_sites(dataclasses.replace(packaged_policy(), origins=origins)) == sites


def test_the_catalogue_stands_beside_the_policy_and_does_not_repeat_it() -> None:
    told = inspected(packaged_policy())
    assert "hotjar" in told["services"]
    assert "plausible" in told["catalogue"]
    assert not set(told["services"]) & set(told["catalogue"])


def test_every_language_has_the_same_words() -> None:
    texts = inspected(packaged_policy())["texts"]
    assert set(texts) == {"et", "en"}
    assert texts["et"].keys() == texts["en"].keys()
    assert all(text for words in texts.values() for text in words.values())


def test_the_file_is_sent_with_all_that_filled_in() -> None:
    text = EXTRAS["inspector"].text(packaged_policy())
    assert PLACE not in text
    assert "Mida see leht laadib" in text
