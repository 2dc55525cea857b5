"""The set-up: every mistake is told at once, one line each, before anything starts; and no secret with it."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from consent_banner import create_app
from consent_banner.errors import ConfigurationError
from consent_banner.settings import DEFAULTS, kept_key, new_key, read_settings

from .conftest import KEY, POLICY, choose
from .servers import ROOT, environment, granian, gunicorn, running, wait_until

GOOD = {"CONSENT_SECRET_KEYS": KEY}


def mistakes(config: Mapping[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(GOOD | dict(config), {})
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONSENT_SECRET_KEYS", ""),
        ("CONSENT_SECRET_KEYS", "short"),
        ("CONSENT_SECRET_KEYS", f"{KEY},short"),
        ("CONSENT_COOKIE_NAME", "a b"),
        ("CONSENT_COOKIE_NAME", "a;b"),
        ("CONSENT_COOKIE_NAME", "é"),
        ("CONSENT_COOKIE_DOMAIN", "jutt.ai; Secure"),
        ("CONSENT_COOKIE_DOMAIN", "https://jutt.ai"),
        ("CONSENT_COOKIE_SECURE", "yes"),
        ("CONSENT_URL_PREFIX", "consent"),
        ("CONSENT_URL_PREFIX", "/"),
        ("CONSENT_URL_PREFIX", "//evil.example"),
        ("CONSENT_URL_PREFIX", "/a/../b"),
        ("CONSENT_URL_PREFIX", "/<x>"),
        ("CONSENT_RATE_LIMIT", "often"),
        ("CONSENT_RATE_LIMIT", "60/fortnight"),
        ("CONSENT_PROXY_HOPS", "-1"),
        ("CONSENT_PROXY_HOPS", "1.5"),
        ("CONSENT_PROXY_HOPS", "²"),
        ("CONSENT_TRUSTED_HOSTS", "jutt.ai, https://jutt.ai"),
        ("CONSENT_TRUSTED_HOSTS", "*"),
        ("CONSENT_CSP", "on"),
        ("CONSENT_DEMO", "maybe"),
        ("CONSENT_RETENTION_DAYS", "0"),
    ],
)
def test_a_wrong_value_is_told_with_its_variable(name: str, value: str) -> None:
    (mistake,) = mistakes({name: value})
    assert mistake.startswith(f"{name}: ")
    assert "\n" not in mistake


def test_a_prefixed_cookie_needs_what_browsers_ask_of_it() -> None:
    assert len(mistakes({"CONSENT_COOKIE_NAME": "__Host-consent", "CONSENT_COOKIE_SECURE": "0"})) == 1
    assert len(mistakes({"CONSENT_COOKIE_NAME": "__Host-consent", "CONSENT_COOKIE_DOMAIN": "jutt.ai"})) == 1
    assert len(mistakes({"CONSENT_COOKIE_NAME": "__Secure-consent", "CONSENT_COOKIE_SECURE": False})) == 1


def test_says_how_to_make_a_key() -> None:
    assert "`consent-banner keys new`" in mistakes({"CONSENT_SECRET_KEYS": ""})[0]
    assert read_settings({"CONSENT_SECRET_KEYS": new_key()}, {})


def test_config_comes_before_the_environment_and_that_before_the_default() -> None:
    environment = {"CONSENT_COOKIE_NAME": "env", "CONSENT_PROXY_HOPS": "2"}
    found = read_settings(GOOD | {"CONSENT_COOKIE_NAME": "config"}, environment)
    assert (found.cookie_name, found.proxy_hops, found.url_prefix) == ("config", 2, "/consent")


def test_every_setting_has_its_sentence() -> None:
    for name, (default, sentence) in DEFAULTS.items():
        assert isinstance(default, str)
        assert sentence.endswith((".", "…")), name


def test_lists_and_booleans_do_from_a_config() -> None:
    config = {"CONSENT_SECRET_KEYS": [KEY, "n" * 40], "CONSENT_COOKIE_SECURE": False, "CONSENT_PROXY_HOPS": 1}
    found = read_settings(config, {})
    assert (found.secret_keys, found.cookie_secure, found.proxy_hops) == ((KEY, "n" * 40), False, 1)


SECRET = "hunter2-hunter2-hunter2-hunter2-hunter2"
WRONG = {
    "CONSENT_SECRET_KEYS": "hunter2",
    "CONSENT_LEDGER_URL": f"redis://user:{SECRET}@nowhere.invalid:99999/x",
    "CONSENT_RATE_LIMIT": "often",
    "CONSENT_PROXY_HOPS": "many",
}


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    policy = tmp_path / "broken.toml"
    policy.write_text(POLICY.replace('version = "1"\n', "").replace("lifetime_days = 180", "lifetime_days = 999"))
    with pytest.raises(ConfigurationError) as caught:
        create_app(WRONG | {"CONSENT_POLICY": str(policy), "CONSENT_SPOOL": str(tmp_path / "spool.db")})
    told = caught.value.mistakes
    for expected in ("CONSENT_SECRET_KEYS: ", "CONSENT_LEDGER_URL: ", "CONSENT_RATE_LIMIT: ", "CONSENT_PROXY_HOPS: ",
                     "CONSENT_POLICY: version: ", "CONSENT_POLICY: lifetime_days: "):  # fmt: skip
        assert [each for each in told if each.startswith(expected)], expected
    assert "hunter2" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    "url", ["mysql://u:hunter2@x/y", "hunter2", "redis://:hunter2@", "redis://x:hunter2/0", "sqlite:hunter2.db",
            "redis+sentinel://:hunter2@x:1", "redis+cluster://:hunter2@", "rediss://:hunter2@[::1", "unix://:hunter2@",
            ],
)  # fmt: skip
def test_no_error_shows_a_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_app(GOOD | {"CONSENT_LEDGER_URL": url, "CONSENT_SPOOL": str(tmp_path / "spool.db")})
    assert caught.value.mistakes[0].startswith("CONSENT_LEDGER_URL: ")
    assert "hunter2" not in str(caught.value)


def test_no_log_shows_a_secret(make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app = make_app(
        CONSENT_SECRET_KEYS=SECRET,
        CONSENT_LEDGER_URL=f"redis://user:{SECRET}@127.0.0.1:1/0",
        CONSENT_RATE_LIMIT="5/minute",
    )
    client = app.test_client()
    assert choose(client).status_code == 200
    client.delete("/consent/receipts")
    wait_until(lambda: "Redis is away" in caplog.text)
    shown = client.get("/consent/readyz").get_data(as_text=True)
    assert "hunter2" not in caplog.text + shown + repr(app.extensions["consent_banner"])


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(lambda port: [sys.executable, "-c", "import wsgi"], id="import"),
        pytest.param(lambda port: gunicorn(port, "-w", "2", "--no-control-socket"), id="gunicorn"),
        pytest.param(lambda port: [*granian(port)[:-1], "--workers", "2", "wsgi:app"], id="granian"),
    ],
)
def test_a_server_ends_and_says_why(tmp_path: Path, command: Callable[[int], list[str]]) -> None:
    from .servers import free_port

    with running(command(free_port()), tmp_path, environment(tmp_path, **WRONG)) as process:
        assert process.wait(20) != 0
    said = (tmp_path / "server.log").read_text().splitlines()
    for name in WRONG:
        assert [line for line in said if line.startswith(f"consent-banner: {name}: ")], said
    assert "hunter2" not in str(said)
    assert "ConfigurationError" not in str(
        said
    )  # A server may show a traceback of its own, when two workers end at once.


class TestDemoKey:
    def test_is_made_once_among_workers(self, tmp_path: Path) -> None:
        with ThreadPoolExecutor(16) as pool:
            keys = set(pool.map(lambda _: kept_key(tmp_path / "x.secret"), range(64)))
        assert len(keys) == 1
        assert (tmp_path / "x.secret").stat().st_mode & 0o777 == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["x.secret"]

    def test_is_made_once_among_processes(self, tmp_path: Path) -> None:
        script = "import sys; from pathlib import Path; from consent_banner.settings import kept_key\n"
        script += "print(kept_key(Path(sys.argv[1])))"
        command = [sys.executable, "-c", script, str(tmp_path / "x.secret")]
        started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(4)]
        assert len({process.communicate(timeout=30)[0] for process in started}) == 1

    def test_stays_beside_the_ledger(self, tmp_path: Path) -> None:
        config = {"CONSENT_DEMO": "1", "CONSENT_LEDGER_URL": f"sqlite:///{tmp_path}/demo.db"}
        first, second = (read_settings(config, {}).secret_keys for _ in range(2))
        assert first == second
        assert (tmp_path / "demo.db.secret").exists()

    def test_that_cannot_be_kept_is_a_mistake(self, tmp_path: Path) -> None:
        (tmp_path / "demo.db.secret").write_text("short")
        for place in (f"{tmp_path}/demo.db", f"{tmp_path}/none/demo.db"):
            config = {"CONSENT_SECRET_KEYS": "", "CONSENT_DEMO": "1", "CONSENT_LEDGER_URL": f"sqlite:///{place}"}
            assert mistakes(config)[0].startswith("CONSENT_SECRET_KEYS: ")
