"""What tests share: the real application over a real ledger file, and cookies as visitors have them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_banner import create_app
from consent_banner.consent import Consent, new_receipt_id
from consent_banner.cookie import CookieSigner
from consent_banner.parts import Parts
from consent_banner.policy import Policy, read_policy

from .redis_server import cluster, redis_server, sentinel

__all__ = ["cluster", "redis_server", "sentinel"]  # Fixtures, for every test.

KEY = "k" * 40
NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)

POLICY = """
version = "1"
languages = ["et", "en"]
origins = ["https://jutt.ai", "https://*.jutt.ai", "https://shop.example:8443"]
lifetime_days = 180

[controller]
name = "JuttAI OÜ"
address = "Tallinn"
email = "support@jutt.ai"
dpo_email = "data@jutt.ai"
privacy_policy = { et = "https://jutt.ai/et/privacy", en = "https://jutt.ai/privacy" }

[[categories]]
id = "necessary"
required = true
name = { et = "Vajalikud", en = "Necessary" }
description = { et = "Leht toimib.", en = "The site works." }

[[categories]]
id = "preferences"
name = { et = "Eelistused", en = "Preferences" }
description = { et = "Jätame meelde.", en = "We remember." }

[[categories]]
id = "analytics"
name = { et = "Statistika", en = "Statistics" }
description = { et = "Loeme külastusi.", en = "We count visits." }

[[categories]]
id = "marketing"
name = { et = "Turundus", en = "Marketing" }
description = { et = "Näitame reklaami.", en = "We show ads." }

[[services]]
id = "counter"
category = "analytics"
name = "Counter"
provider = "Counter OÜ"
country = "EE"
privacy_policy = "https://counter.example/privacy"
purpose = { et = "Loeb külastusi.", en = "Counts visits." }
hosts = ["counter.example"]
storage = [{ name = "_c*", kind = "cookie", lifetime = "13 months", purpose = { et = "tunnus", en = "an id" } }]

[[services]]
id = "hotjar"
category = "analytics"
name = "Heat"
provider = "Heat Ltd"
country = "US"
safeguard = "DPF"
privacy_policy = "https://heat.example/privacy"
purpose = { et = "Näitab klikke.", en = "Shows clicks." }
hosts = ["*.heat.example"]

[[services]]
id = "acme-pixel"
category = "marketing"
name = "Acme Pixel"
provider = "Acme Inc."
country = "US"
safeguard = "SCC"
privacy_policy = "https://acme.example/privacy"
purpose = { et = "Mõõdab reklaami.", en = "Measures ads." }
hosts = ["px.acme.example"]
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest first, so that no worker is still at it when the others have nothing left to do."""

    def turn(item: pytest.Item) -> int:
        if item.path.name == "test_zoo_verified.py":
            return 0
        if item.path.parent.name == "browser":
            return 1
        return 2 if item.path.name in ("test_verify.py", "test_guide.py") else 3

    items.sort(key=turn)


@pytest.fixture
def policy_text() -> str:
    return POLICY


@pytest.fixture
def policy() -> Policy:
    return read_policy(POLICY)


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Applications with the test policy, each on its own ledger file unless told otherwise."""
    made: list[Flask] = []

    def make(policy: str = POLICY, **config: Any) -> Flask:
        path = tmp_path / f"policy-{len(made)}.toml"
        path.write_text(policy, encoding="utf-8")
        settings = {
            "CONSENT_SECRET_KEYS": KEY,
            "CONSENT_POLICY": str(path),
            "CONSENT_LEDGER_URL": f"sqlite:///{tmp_path}/consent.db",
            "CONSENT_SPOOL": str(tmp_path / "spool.db"),
            "CONSENT_RATE_LIMIT": "off",
            **config,
        }
        made.append(create_app(settings))
        return made[-1]

    yield make
    for app in made:
        parts_of(app).ledger.close()


def parts_of(app: Flask) -> Parts:
    parts: Parts = app.extensions["consent_banner"]
    return parts


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


def route(app: Flask) -> Flask:
    """The same application without its front: every request reaches Flask."""
    app.wsgi_app = Flask.wsgi_app.__get__(app)  # type: ignore[method-assign]
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def signer(policy: Policy) -> CookieSigner:
    return CookieSigner(policy, [KEY])


def consent_of(policy: Policy, given_at: datetime | None = None, **changes: Any) -> Consent:
    """A consent to analytics, given just now unless told otherwise."""
    moment = given_at or datetime.now(UTC).replace(microsecond=0)
    values = {
        "receipt": new_receipt_id(moment),
        "revision": policy.revision,
        "given_at": moment,
        "lifetime_days": 180,
        "categories": frozenset({"necessary", "analytics"}),
        "services": frozenset({"counter"}),
        **changes,
    }
    return Consent(**values)


def choose(client: FlaskClient, method: str = "accept_all", **body: Any) -> Any:
    """POST a choice as the banner does."""
    revision = client.get("/consent/check").get_json()["revision"]
    everything = {"necessary": True, "preferences": True, "analytics": True, "marketing": True}
    values: dict[str, Any] = {"method": method, "revision": revision, "language": "et"}
    if method == "accept_all":
        values["categories"] = everything
    return client.post("/consent/choices", data=json.dumps(values | body), content_type="application/json")


DAY = timedelta(days=1)
