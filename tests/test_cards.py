"""What the cards are told: the same words in every language, who gets the data, and where it goes."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from consent_banner.cards import told
from consent_banner.extras import PLACE
from consent_banner.policy import Policy, packaged_policy


def test_every_language_has_the_same_words(policy: Policy) -> None:
    texts = told(policy)["texts"]
    assert set(texts) == set(policy.languages)
    assert [list(words) for words in texts.values()] == [list(texts["et"])] * len(texts)
    assert all(text for words in texts.values() for text in words.values())


def test_each_service_has_its_provider_and_its_country_in_words() -> None:
    policy = packaged_policy()
    services = told(policy)["services"]
    assert set(services) == {service.id for service in policy.services}
    for service in policy.services:
        says = services[service.id]
        assert (says["provider"], says["hosts"]) == (service.provider, list(service.hosts))
        assert set(says["name"]) == set(says["country"]) == set(policy.languages)
        assert not any(re.fullmatch("[A-Z]{2}", country) for country in says["country"].values())


def test_the_file_is_sent_with_all_that_filled_in(client: FlaskClient) -> None:
    answer = client.get("/consent/banner.js?extra=placeholders")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert PLACE not in answer.text
    assert "Laadi üks kord" in answer.text
    assert "Load once" in answer.text
