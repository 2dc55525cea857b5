"""The rate limit: grants and readings wait their turn, refusals never do; and no address is kept."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse_many

from consent_banner.cookie import CookieSigner
from consent_banner.limiting import RateLimiter
from consent_banner.policy import Policy

from .conftest import DAY, KEY, choose, consent_of, parts_of
from .redis_server import RedisServer, Watched
from .servers import wait_until


@pytest.fixture
def limited(make_app: Callable[..., Flask]) -> Flask:
    return make_app(CONSENT_RATE_LIMIT="2/hour")


@pytest.fixture
def client(limited: Flask) -> FlaskClient:
    return limited.test_client()


def exhaust(client: FlaskClient) -> None:
    for _ in range(2):
        assert choose(client).status_code == 200
        client.delete_cookie("consent")


def seconds_of(ask: Callable[[], Any]) -> float:
    begun = time.monotonic()
    assert ask().status_code == 200
    return time.monotonic() - begun


def counted(app: Flask) -> list[dict[str, Any]]:
    return [row for row in parts_of(app).ledger.statistics() if row["method"] == "counted"]


def test_429_for_one_grant_too_many(client: FlaskClient) -> None:
    exhaust(client)
    answer = choose(client)
    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert "Set-Cookie" not in answer.headers
    assert client.get("/consent/check").get_json()["reason"] == "none"


def test_429_for_one_reading_too_many(client: FlaskClient) -> None:
    for _ in range(2):
        assert client.get("/consent/receipts").status_code == 200
    answer = client.get("/consent/receipts")
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)


def test_a_refusal_over_it_holds_and_is_counted(limited: Flask, client: FlaskClient) -> None:
    exhaust(client)
    for _ in range(3):
        answer = choose(client, "reject_all")
        assert (answer.status_code, answer.get_json()["receipt"]) == (200, None)
        assert "consent=" in answer.headers["Set-Cookie"]
    assert client.delete("/consent/choices").status_code == 200
    assert client.get("/consent/check").get_json()["reason"] == "recorded"
    assert [row["number"] for row in counted(limited)] == [4]
    assert counted(limited)[0]["day"] == datetime.now(UTC).date().isoformat()


def test_a_refusal_over_it_holds_after_whatever_was_before(
    limited: Flask, client: FlaskClient, policy: Policy, signer: CookieSigner
) -> None:
    exhaust(client)
    for given_at in (datetime.now(UTC) - 300 * DAY, datetime.now(UTC) - 10 * DAY):
        client.set_cookie("consent", signer.dump(consent_of(policy, given_at)))
        assert client.delete("/consent/choices").status_code == 200
        decision = client.get("/consent/check").get_json()
        assert (decision["reason"], decision["categories"]["analytics"]) == ("recorded", False)
        assert datetime.fromisoformat(decision["given_at"]) > datetime.now(UTC) - DAY


def test_what_is_kept_over_it_lives_no_longer_than_its_receipt_proves(
    client: FlaskClient, policy: Policy, signer: CookieSigner
) -> None:
    exhaust(client)
    given_at = (datetime.now(UTC) - 100 * DAY).replace(microsecond=0)
    more = {"categories": frozenset({"analytics", "marketing"}), "services": frozenset({"counter", "acme-pixel"})}
    client.set_cookie("consent", signer.dump(consent_of(policy, given_at, **more)))
    kept = {"categories": {"analytics": True}, "services": {"hotjar": False}}
    assert choose(client, "custom", **kept).get_json()["receipt"] is None
    decision = client.get("/consent/check").get_json()
    assert decision["services"]["counter"] is True
    assert datetime.fromisoformat(decision["given_at"]) == given_at


@pytest.mark.parametrize("path", ["check", "check/analytics", "banner.js?lang=et", "banner", "policy.json", "healthz"])
def test_what_pages_ask_for_is_never_limited(client: FlaskClient, path: str) -> None:
    exhaust(client)
    assert client.get(f"/consent/{path}").status_code in (200, 403)


def test_each_address_has_its_own(limited: Flask, client: FlaskClient) -> None:
    exhaust(client)
    answers = [
        limited.test_client().post(
            "/consent/choices",
            json={"method": "custom", "categories": {"analytics": True}, "revision": parts_of(limited).policy.revision},
            environ_base={"REMOTE_ADDR": address},
        ).status_code
        for address in ("198.51.100.1", "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::3")
    ]  # fmt: skip
    assert answers == [200, 200, 200, 429, 200]  # IPv6 counts by its /64.


@pytest.mark.parametrize(("hops", "expected"), [(0, 429), (1, 200), (2, 429)])
def test_believes_as_many_proxies_as_it_is_told(make_app: Callable[..., Flask], hops: int, expected: int) -> None:
    client = make_app(CONSENT_RATE_LIMIT="2/hour", CONSENT_PROXY_HOPS=str(hops)).test_client(use_cookies=False)
    body = {"method": "accept_all", "revision": client.get("/consent/check").get_json()["revision"]}
    body["categories"] = dict.fromkeys(["preferences", "analytics", "marketing"], True)
    for number in range(3):  # What a client writes itself stands before what its proxy adds.
        forwarded = {
            "X-Forwarded-For": f"1.1.1.1, 198.51.100.{number}" if hops < 2 else f"{number}.1.1.1, 1.1.1.1, 2.2.2.2"
        }
        answer = client.post("/consent/choices", json=body, headers=forwarded)
    assert answer.status_code == expected


class TestMemory:
    def test_holds_no_address(self) -> None:
        limiter = RateLimiter(parse_many("2/hour"), "sqlite:///x", KEY)
        limiter.wait("choices", "203.0.113.77")
        assert "203.0.113" not in str(vars(limiter._local.storage))

    def test_lets_go_of_addresses_that_no_longer_count(self) -> None:
        limiter = RateLimiter(parse_many("2/second"), "sqlite:///x", KEY)
        storage: Any = limiter._local.storage
        for number in range(300):
            limiter.wait("choices", f"10.0.{number % 250}.{number // 250}")

        def let_go() -> bool:
            limiter.wait("choices", "192.0.2.1")
            return sum(map(len, (storage.storage, storage.expirations, storage.events, storage.locks))) < 20

        wait_until(let_go, 8)


class TestWithoutRedis:
    @pytest.fixture
    def silent(self) -> Any:
        """The port of something that takes connections and never says a word."""
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen(64)
            yield server.getsockname()[1]

    @pytest.mark.parametrize(
        "url", ["redis://127.0.0.1:{}/0", "redis+sentinel://127.0.0.1:{}/main", "redis+cluster://127.0.0.1:{}"]
    )
    def test_counts_in_this_process_and_without_waiting(self, silent: int, url: str) -> None:
        limiter = RateLimiter(parse_many("2/hour"), url.format(silent), KEY)
        begun = time.monotonic()
        assert [limiter.wait("choices", "192.0.2.1") > 0 for _ in range(3)] == [False, False, True]
        assert time.monotonic() - begun < 1
        wait_until(lambda: not [each for each in threading.enumerate() if "_connect" in each.name], 5)


class TestWithRedis:
    def test_counts_over_all_workers(self, redis_server: RedisServer) -> None:
        workers = [RateLimiter(parse_many("2/hour"), redis_server.url, KEY) for _ in range(3)]
        assert [each.wait("choices", "192.0.2.1") > 0 for each in workers] == [False, False, True]
        assert workers[0].wait("choices", "192.0.2.2") == workers[0].wait("receipts", "192.0.2.1") == 0
        assert "192.0.2" not in str(redis_server.client.keys("*"))
        assert all(redis_server.client.ttl(key) > 0 for key in redis_server.client.keys("*"))

    def test_counts_over_all_workers_behind_sentinel(self, sentinel: Watched) -> None:
        workers = [RateLimiter(parse_many("2/hour"), sentinel.url, KEY) for _ in range(3)]
        assert [each.wait("choices", "192.0.2.1") > 0 for each in workers] == [False, False, True]

    def test_counts_over_all_workers_in_a_cluster(self, cluster: list[RedisServer]) -> None:
        url = "redis+cluster://" + ",".join(f"127.0.0.1:{each.port}" for each in cluster)
        workers = [RateLimiter(parse_many("2/hour"), url, KEY) for _ in range(3)]
        # A node that takes a quarter of a second counts as away, as on a busy machine: then another visitor tries.
        visitors = (f"192.0.2.{number}" for number in range(1, 9))
        counted = ([each.wait("choices", visitor) > 0 for each in workers] for visitor in visitors)
        assert [False, False, True] in counted

    @pytest.mark.parametrize("fault", ["kill", "pause"])
    def test_per_process_while_it_is_away(self, redis_server: RedisServer, fault: str) -> None:
        limiter = RateLimiter(parse_many("2/hour"), redis_server.url, KEY)
        assert [limiter.wait("choices", "192.0.2.1") > 0 for _ in range(3)] == [False, False, True]
        getattr(redis_server, fault)()
        begun = time.monotonic()
        assert [limiter.wait("choices", "192.0.2.1") > 0 for _ in range(3)] == [False, False, True]
        assert time.monotonic() - begun < 1
        if fault == "pause":
            redis_server.resume()

    def test_a_choice_is_answered_in_time_while_it_hangs(
        self, make_app: Callable[..., Flask], redis_server: RedisServer
    ) -> None:
        client = make_app(CONSENT_LEDGER_URL=redis_server.url, CONSENT_RATE_LIMIT="100/minute").test_client()
        assert choose(client).status_code == 200
        redis_server.pause()
        for ask in (lambda: choose(client), lambda: client.delete("/consent/choices"), lambda: choose(client)):
            assert seconds_of(ask) < 2
        assert min(seconds_of(lambda: client.get("/consent/check")) for _ in range(5)) < 0.05
        redis_server.resume()


def test_the_same_consent_again_is_a_grant(client: FlaskClient) -> None:
    """It would live for another lifetime: that wants a receipt of its own, and counts against the limit."""
    for _ in range(2):
        assert choose(client).status_code == 200
    assert choose(client).status_code == 429
