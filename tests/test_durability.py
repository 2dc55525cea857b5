"""What a visitor was told holds through `kill -9`, a full disk and hours without Redis: over HTTP, on a real server."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from .redis_server import RedisServer, eventually
from .servers import start_service, wait_until

GRANT: dict[str, Any] = {
    "method": "accept_all",
    "language": "et",
    "categories": {"preferences": True, "analytics": True, "marketing": True},
}
REFUSAL: dict[str, Any] = {"method": "reject_all", "categories": {}}


def revision(url: str) -> str:
    return str(requests.get(f"{url}/consent/check", timeout=5).json()["revision"])


def choose(url: str, body: dict[str, Any], cookie: str | None = None) -> requests.Response:
    cookies = {"consent": cookie} if cookie else {}
    return requests.post(f"{url}/consent/choices", json=body, cookies=cookies, timeout=5)


def receipts(url: str, cookie: str) -> list[dict[str, Any]]:
    found = requests.get(f"{url}/consent/receipts", cookies={"consent": cookie}, timeout=5)
    return list(found.json()["receipts"])


def test_no_acknowledged_grant_is_lost_to_kill_9(tmp_path: Path) -> None:
    acknowledged: list[tuple[str, str]] = []
    for _ in range(3):
        with start_service(tmp_path) as (url, process):
            grant = GRANT | {"revision": revision(url)}
            threads = [threading.Thread(target=_keep_granting, args=(url, grant, acknowledged)) for _ in range(8)]
            for thread in threads:
                thread.start()
            before = len(acknowledged)
            wait_until(lambda before=before: len(acknowledged) > before + 40)  # type: ignore[misc]
            os.killpg(process.pid, signal.SIGKILL)
            for thread in threads:
                thread.join(10)
    assert len(acknowledged) > 120
    with start_service(tmp_path) as (url, _process):
        for receipt, cookie in acknowledged:
            assert [each["receipt"] for each in receipts(url, cookie)] == [receipt]


def _keep_granting(url: str, grant: dict[str, Any], acknowledged: list[tuple[str, str]]) -> None:
    session = requests.Session()
    while True:
        try:
            answer = session.post(f"{url}/consent/choices", json=grant, timeout=5)
        except requests.RequestException:
            return
        acknowledged.append((answer.json()["receipt"], answer.cookies["consent"]))
        session.cookies.clear()


@pytest.fixture
def cramped_service(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A service in one process, whose files a test can forbid to grow (what a full disk does, without one)."""
    with start_service(tmp_path) as service:
        yield service


def _limit_files(process: subprocess.Popen[bytes], size: int) -> None:
    """Set the limit of every process of the server: the parent, and the worker that writes."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in (process.pid, *map(int, children)):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_on_a_full_disk_grants_wait_and_refusals_hold(cramped_service: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, process = cramped_service
    grant = GRANT | {"revision": revision(url)}
    first = choose(url, grant)
    assert first.status_code == 200
    _limit_files(process, 1)

    assert choose(url, grant).status_code == 503
    assert choose(url, grant).headers["Retry-After"]
    refused = choose(url, REFUSAL, first.cookies["consent"])
    assert refused.status_code == 200
    assert not any(refused.json()["services"].values())
    eventually(lambda: requests.get(f"{url}/consent/readyz", timeout=5).status_code == 503)
    assert requests.get(f"{url}/consent/healthz", timeout=5).status_code == 200
    assert requests.get(f"{url}/consent/check", timeout=5).status_code == 200

    _limit_files(process, resource.RLIM_INFINITY)
    eventually(lambda: requests.get(f"{url}/consent/readyz", timeout=5).status_code == 200)
    assert choose(url, grant).status_code == 200
    eventually(lambda: len(receipts(url, refused.cookies["consent"])) == 2)


class TestWithRedis:
    def test_nothing_changes_for_visitors_while_redis_is_away(self, tmp_path: Path, redis_server: RedisServer) -> None:
        with start_service(tmp_path, CONSENT_LEDGER_URL=redis_server.url, CONSENT_RATE_LIMIT="1000/minute") as (
            url,
            _process,
        ):
            grant = GRANT | {"revision": revision(url)}
            cookies = [choose(url, grant).cookies["consent"]]
            eventually(lambda: len(redis_server.receipts()) == 1)
            redis_server.kill()
            for _ in range(5):
                began = time.monotonic()
                answer = choose(url, grant)
                assert answer.status_code == 200
                assert time.monotonic() - began < 2
                cookies.append(answer.cookies["consent"])
            assert requests.get(f"{url}/consent/readyz", timeout=5).status_code == 200
            state = eventually(lambda: _if(requests.get(f"{url}/consent/readyz", timeout=5).json(), "down"))
            assert state["spool"] == 5
            assert len(receipts(url, cookies[-1])) == 1
        redis_server.start()
        with start_service(tmp_path, CONSENT_LEDGER_URL=redis_server.url) as (url, _process):  # Across a restart, too.
            eventually(lambda: len(redis_server.receipts()) == 6, 10)
            assert [len(receipts(url, cookie)) for cookie in cookies] == [1] * 6

    def test_a_redis_that_hangs_delays_no_choice_and_no_check(self, tmp_path: Path, redis_server: RedisServer) -> None:
        with start_service(tmp_path, CONSENT_LEDGER_URL=redis_server.url, CONSENT_RATE_LIMIT="1000/minute") as (
            url,
            _process,
        ):
            grant = GRANT | {"revision": revision(url)}
            choose(url, grant)
            redis_server.pause()
            try:
                for body in (grant, REFUSAL, grant, REFUSAL):
                    began = time.monotonic()
                    assert choose(url, body).status_code == 200
                    assert time.monotonic() - began < 2
                began = time.monotonic()
                assert requests.get(f"{url}/consent/check", timeout=5).status_code == 200
                assert time.monotonic() - began < 0.5
            finally:
                redis_server.resume()
            eventually(lambda: len(redis_server.receipts()) == 5, 10)

    def test_an_erasure_reaches_redis_and_stays(self, tmp_path: Path, redis_server: RedisServer) -> None:
        with start_service(tmp_path, CONSENT_LEDGER_URL=redis_server.url) as (url, _process):
            granted = choose(url, GRANT | {"revision": revision(url)})
            eventually(lambda: len(redis_server.receipts()) == 1)
            erased = requests.delete(f"{url}/consent/receipts", cookies=granted.cookies.get_dict(), timeout=5)
            assert erased.status_code == 200
            assert receipts(url, granted.cookies["consent"]) == []
            eventually(lambda: not any(redis_server.receipts().values()))


def _if(state: dict[str, Any], redis: str) -> dict[str, Any] | None:
    return state if state["redis"] == redis else None
