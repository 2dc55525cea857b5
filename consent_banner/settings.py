"""Every setting, its default and its sentence. All mistakes are found at once, at the start; none shows a secret."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limits import RateLimitItem, parse_many

from .errors import ConfigurationError

MIN_KEY_LENGTH = 32

DEFAULTS: Mapping[str, tuple[str, str]] = {
    "CONSENT_SECRET_KEYS": ("", "Comma-separated, 32 characters or more each. The first signs, all of them verify."),
    "CONSENT_POLICY": ("", "Path of the policy file (TOML). Without it, the packaged policy of jutt.ai."),
    "CONSENT_LEDGER_URL": ("sqlite:///consent.db", "Where the ledger is: sqlite:, redis:, rediss:, unix:, …"),
    "CONSENT_SPOOL": ("consent-spool.db", "The local file that takes every receipt first when the ledger is Redis."),
    "CONSENT_RETENTION_DAYS": ("1095", "How many days a receipt is kept."),
    "CONSENT_COOKIE_NAME": ("consent", "The cookie's name; `__Host-consent` suits a single host."),
    "CONSENT_COOKIE_DOMAIN": ("", "The cookie's Domain attribute; empty for the one host."),
    "CONSENT_COOKIE_SECURE": ("1", "`0` lets the cookie travel over plain http, for development only."),
    "CONSENT_URL_PREFIX": ("/consent", "The prefix of every path of the service."),
    "CONSENT_RATE_LIMIT": ("60/minute", "Per client address, in the notation of Flask-Limiter; or `off`."),
    "CONSENT_PROXY_HOPS": ("0", "How many reverse proxies to believe."),
    "CONSENT_TRUSTED_HOSTS": ("", "Comma-separated Host names that are ours; empty for any."),
    "CONSENT_CSP": ("off", "The wall, a Content-Security-Policy by consent: `off`, `report-only` or `enforce`."),
    "CONSENT_DEMO": ("0", "`1` serves the demo site, and makes a secret key where none is given."),
}

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_DOMAIN = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII | re.IGNORECASE)
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_HOST = re.compile(r"\.?[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:]+\](:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The settings as good values. Its repr names none of them: some are secret."""

    secret_keys: tuple[str, ...]
    policy: Path | None
    ledger_url: str
    spool: str
    retention_days: int
    cookie_name: str
    cookie_domain: str | None
    cookie_secure: bool
    url_prefix: str
    rate_limits: tuple[RateLimitItem, ...]
    proxy_hops: int
    trusted_hosts: tuple[str, ...]
    csp: str
    demo: bool


def read_settings(config: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a Flask config, else of the environment, else the defaults.

    Raises ConfigurationError with every mistake, each naming its variable.
    """
    found, mistakes = draft_settings(config, environment)
    if mistakes:
        raise ConfigurationError(mistakes)
    return found


def draft_settings(
    config: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> tuple[Settings, list[str]]:
    """The settings with a harmless value for each that is wrong, and what is wrong: so that others may look on."""
    reading = _Reading(config, os.environ if environment is None else environment)
    return reading.settings(), reading.mistakes


class _Reading:
    """One pass over the variables, which collects what is wrong."""

    def __init__(self, config: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._config = config
        self._environment = environment
        self.mistakes: list[str] = []

    def settings(self) -> Settings:
        secure = self.flag("CONSENT_COOKIE_SECURE")
        demo = self.flag("CONSENT_DEMO")
        return Settings(
            secret_keys=self.keys(demo),
            policy=Path(self.text("CONSENT_POLICY")) if self.text("CONSENT_POLICY") else None,
            ledger_url=self.text("CONSENT_LEDGER_URL"),
            spool=self.text("CONSENT_SPOOL"),
            retention_days=self.whole("CONSENT_RETENTION_DAYS", 1, 36_500),
            cookie_name=self.cookie_name(secure),
            cookie_domain=self.matching("CONSENT_COOKIE_DOMAIN", _DOMAIN, "is no domain").lstrip(".").lower() or None,
            cookie_secure=secure,
            url_prefix=self.prefix(),
            rate_limits=self.rate_limits(),
            proxy_hops=self.whole("CONSENT_PROXY_HOPS", 0, 10),
            trusted_hosts=self.hosts(),
            csp=self.one_of("CONSENT_CSP", ("off", "report-only", "enforce")),
            demo=demo,
        )

    def text(self, name: str) -> str:
        value = self._config.get(name)
        if value is None:
            value = self._environment.get(name)
        if value is None or value == "":
            return DEFAULTS[name][0]
        if isinstance(value, bool):
            return "1" if value else "0"
        if isinstance(value, (list, tuple)):
            return ",".join(str(each) for each in value)
        return str(value).strip()

    def wrong(self, name: str, sentence: str) -> None:
        self.mistakes.append(f"{name}: {sentence}")

    def flag(self, name: str) -> bool:
        text = self.text(name).lower()
        if text not in ("0", "1", "true", "false"):
            self.wrong(name, f'must be 0 or 1, not "{text}"')
        return text in ("1", "true")

    def whole(self, name: str, low: int, high: int) -> int:
        text = self.text(name)
        if text.isascii() and text.isdigit() and low <= int(text[:9]) <= high:
            return int(text)
        self.wrong(name, f'must be a whole number from {low} to {high}, not "{text}"')
        return low

    def one_of(self, name: str, known: tuple[str, ...]) -> str:
        text = self.text(name)
        if text not in known:
            self.wrong(name, f'must be one of {", ".join(known)}, not "{text}"')
        return text

    def matching(self, name: str, pattern: re.Pattern[str], sentence: str) -> str:
        text = self.text(name)
        if text and not pattern.fullmatch(text):
            self.wrong(name, f'"{text}" {sentence}')
        return text

    def keys(self, demo: bool) -> tuple[str, ...]:
        keys = tuple(key.strip() for key in self.text("CONSENT_SECRET_KEYS").split(",") if key.strip())
        if not keys and demo:
            return self._demo_keys()
        if not keys:
            self.wrong("CONSENT_SECRET_KEYS", "is missing; `consent-banner keys new` makes one")
        for index, key in enumerate(keys):
            if len(key) < MIN_KEY_LENGTH:
                self.wrong(
                    "CONSENT_SECRET_KEYS",
                    f"key {index + 1} has {len(key)} characters, at least {MIN_KEY_LENGTH} are needed; "
                    "`consent-banner keys new` makes one",
                )
        return keys

    def _demo_keys(self) -> tuple[str, ...]:
        try:
            return (kept_key(beside_ledger(self.text("CONSENT_LEDGER_URL"), self.text("CONSENT_SPOOL"))),)
        except OSError as error:
            self.wrong("CONSENT_SECRET_KEYS", f"cannot be kept beside the ledger ({error.strerror}); set it yourself")
            return ()

    def cookie_name(self, secure: bool) -> str:
        name = self.matching("CONSENT_COOKIE_NAME", _TOKEN, "is no name that a cookie can have (RFC 6265)")
        if name.startswith(("__Host-", "__Secure-")) and not secure:
            self.wrong("CONSENT_COOKIE_NAME", f'"{name}" needs CONSENT_COOKIE_SECURE=1')
        if name.startswith("__Host-") and self.text("CONSENT_COOKIE_DOMAIN"):
            self.wrong("CONSENT_COOKIE_NAME", f'"{name}" allows no CONSENT_COOKIE_DOMAIN')
        return name

    def prefix(self) -> str:
        prefix = self.text("CONSENT_URL_PREFIX").rstrip("/")
        if not _PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/")):
            self.wrong("CONSENT_URL_PREFIX", f'"{prefix}" must be a path such as /consent')
        return prefix

    def rate_limits(self) -> tuple[RateLimitItem, ...]:
        text = self.text("CONSENT_RATE_LIMIT")
        if text.lower() == "off":
            return ()
        try:
            return tuple(parse_many(text))
        except ValueError:
            self.wrong("CONSENT_RATE_LIMIT", f'"{text}" must be like 60/minute or 5/second;200/hour, or off')
            return ()

    def hosts(self) -> tuple[str, ...]:
        hosts = tuple(host.strip() for host in self.text("CONSENT_TRUSTED_HOSTS").split(",") if host.strip())
        for host in hosts:
            if not _HOST.fullmatch(host):
                self.wrong("CONSENT_TRUSTED_HOSTS", f'"{host}" is no host name')
        return hosts


def new_key() -> str:
    """A fresh secret key: 256 random bits in 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def beside_ledger(ledger_url: str, spool: str) -> Path:
    """Where the demo keeps its own key: beside the local file of the ledger."""
    local = ledger_url.removeprefix("sqlite:///") if ledger_url.startswith("sqlite:///") else spool
    return Path(local + ".secret")


def kept_key(path: Path, make: Callable[[], str] = new_key) -> str:
    """The key in a file, made at random the first time and readable by its owner alone. Raises OSError."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(make())
        with contextlib.suppress(FileExistsError):  # Another worker was quicker: its key it is.
            os.link(fresh, path)
        fresh.unlink()
    key = path.read_text(encoding="ascii").strip()
    if len(key) < MIN_KEY_LENGTH:
        raise OSError(0, f"{path.name} holds no key")
    return key
