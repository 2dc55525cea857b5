"""The stand-alone service on real servers: granian and gunicorn, with what only a real connection can do."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from .servers import granian, gunicorn, start_service, wait_until

JSON = {"Content-Type": "application/json"}
REFUSAL = json.dumps({"method": "reject_all"}).encode()


def gunicorn_alone(port: int, *options: str) -> list[str]:
    return gunicorn(port, "--no-control-socket", *options)


@pytest.fixture(scope="module", params=[granian, gunicorn_alone], ids=["granian", "gunicorn"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("service")
    with start_service(folder, request.param) as (url, _process):
        yield url


def chunked(url: str, body: bytes, size: int = 1000) -> Any:
    """A POST of a choice in chunks, without a Content-Length."""
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return requests.post(f"{url}/consent/choices", data=pieces, headers=JSON, timeout=10)


def raw(url: str, head: str, body: bytes = b"") -> tuple[int, dict[str, str]]:
    """The answer to a request as written."""
    place = urlsplit(url)
    with socket.create_connection((str(place.hostname), place.port or 80), timeout=10) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + body)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, dict(answer.getheaders())


def grant(url: str) -> dict[str, Any]:
    revision = requests.get(f"{url}/consent/check", timeout=10).json()["revision"]
    categories = dict.fromkeys(["preferences", "analytics", "marketing"], True)
    return {"method": "accept_all", "revision": revision, "categories": categories}


def test_a_visitor_chooses_is_remembered_and_withdraws(service: str) -> None:
    session = requests.Session()
    assert session.get(f"{service}/consent/check").json()["reason"] == "none"
    assert session.post(f"{service}/consent/choices", json=grant(service)).status_code == 200
    assert session.get(f"{service}/consent/check").json()["categories"]["marketing"] is True
    assert session.get(f"{service}/consent/check/marketing").status_code == 204
    assert session.delete(f"{service}/consent/choices").status_code == 200
    assert session.get(f"{service}/consent/check/marketing").status_code == 403
    assert [each["method"] for each in session.get(f"{service}/consent/receipts").json()["receipts"]] == [
        "withdraw", "accept_all"
    ]  # fmt: skip


def test_chunks_are_read(service: str) -> None:
    assert chunked(service, REFUSAL, 3).status_code == 200


def test_413_in_chunks_too(service: str) -> None:
    answer = chunked(service, REFUSAL.ljust(8193))
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert chunked(service, REFUSAL.ljust(8192)).status_code == 200


def test_413_before_a_long_body_is_read(service: str) -> None:
    head = "POST /consent/choices HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 8193\n\n"
    assert raw(service, head, b" " * 8193)[0] == 413


@pytest.mark.parametrize(
    "headers",
    [
        "Cookie: consent=\x80\xff",
        "Cookie: consent=a; consent=b",
        "Cookie: " + "a=b; " * 1000,
        "Accept-Language: " + ",".join(f"x{number};q=0.{number}" for number in range(900)),
        "Origin: https://" + "a." * 1000 + "jutt.ai",
        "Sec-GPC: 1\nSec-GPC: 1",
        "If-None-Match: *",
        "Range: bytes=0-1",
        "Expect: 100-continue",
    ],
)
def test_no_header_breaks_the_check(service: str, headers: str) -> None:
    status, answer = raw(service, f"GET /consent/check HTTP/1.1\nHost: x\nConnection: close\n{headers}\n\n")
    assert status in (200, 400, 431)  # 4xx where the server itself refuses the head.
    assert "Set-Cookie" not in answer


@pytest.mark.parametrize("name", ["%00", "%0d%0aX-Evil:%201", "%ff", "..%2f..%2fetc"])
def test_no_name_breaks_the_gate(service: str, name: str) -> None:
    status, answer = raw(service, f"GET /consent/check/{name} HTTP/1.1\nHost: x\nConnection: close\n\n")
    assert status in (400, 403, 404)
    assert "X-Evil" not in answer


def test_both_doors_answer_alike(service: str) -> None:
    headers = {"Cookie": "a=b", "Origin": "https://jutt.ai"}
    plain = requests.get(f"{service}/consent/check", headers=headers)
    through_flask = requests.get(f"{service}/consent/check?", headers=headers | {"Cookie": 'a="b"'})
    gone = {"date", "server", "connection"}
    kept = [{name.lower(): value for name, value in each.headers.items() if name.lower() not in gone}
            for each in (plain, through_flask)]  # fmt: skip
    assert plain.content == through_flask.content
    assert kept[0] == kept[1]


def test_HEAD_and_204_carry_no_body(service: str) -> None:
    session = requests.Session()
    session.post(f"{service}/consent/choices", json=grant(service))
    for method, path in (
        ("HEAD", "check"),
        ("HEAD", "check/analytics"),
        ("GET", "check/analytics"),
        ("HEAD", "banner.js"),
    ):
        answer = session.request(method, f"{service}/consent/{path}")
        assert (answer.content, answer.status_code) in ((b"", 200), (b"", 204))
    assert session.get(f"{service}/consent/check").json()["decided"] is True  # The connection is still in step.


def test_answers_who_ask_at_once(service: str) -> None:
    body = grant(service)
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda _: requests.post(f"{service}/consent/choices", json=body, timeout=10), range(64))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["receipt"] for answer in answers}) == 64


@pytest.mark.parametrize(
    ("command", "options"),
    [(granian, ("--workers", "2")), (gunicorn_alone, ("-w", "2")), (gunicorn_alone, ("-w", "2", "--preload"))],
    ids=["granian", "gunicorn", "gunicorn --preload"],
)
def test_two_workers_share_one_ledger_and_one_demo_key(
    tmp_path: Path, command: Callable[..., list[str]], options: tuple[str, ...]
) -> None:
    env = {"CONSENT_SECRET_KEYS": "", "CONSENT_DEMO": "1"}
    with start_service(tmp_path, command, options, **env) as (url, _process):
        first = requests.Session()
        first.post(f"{url}/consent/choices", json=grant(url))
        for _ in range(12):  # Whichever worker it meets knows the cookie, and finds the receipt.
            again = requests.get(f"{url}/consent/check", cookies=first.cookies)
            assert again.json()["reason"] == "recorded"
            found = requests.get(f"{url}/consent/receipts", cookies=first.cookies)
            assert len(found.json()["receipts"]) == 1


def test_a_receipt_outlives_the_process(tmp_path: Path) -> None:
    session = requests.Session()
    with start_service(tmp_path) as (url, process):
        receipt = session.post(f"{url}/consent/choices", json=grant(url)).json()["receipt"]
        os.killpg(process.pid, signal.SIGKILL)
        wait_until(lambda: process.poll() is not None)
    with start_service(tmp_path) as (url, _process):
        found = requests.get(f"{url}/consent/receipts", cookies={"consent": str(session.cookies["consent"])}).json()
        assert [each["receipt"] for each in found["receipts"]] == [receipt]
