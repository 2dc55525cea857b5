"""Real Redis servers on free ports, stopped by their own process ids: one, one with Sentinel, and a cluster."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

# A test run that is itself killed takes its servers along.
_WITH_US = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


def eventually(condition: Callable[[], Any], seconds: float = 10, pause: float = 0.02) -> Any:
    """Poll until a condition holds, and return what it gave; fail when it does not hold in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(pause)
    return found


def free_port() -> int:
    """A port that nobody listens on; below 55536, because a cluster adds ten thousand for its bus."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port < 55_536:
            return port


class RedisServer:
    """One redis-server, which keeps its memory over a restart (an append-only file, fsynced at every write)."""

    def __init__(self, folder: Path, *options: str, port: int | None = None) -> None:
        self.folder, self.options, self.port = folder, options, port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> Redis:
        once = Retry(NoBackoff(), 0)
        return Redis(port=self.port, decode_responses=True, socket_timeout=2, protocol=2, retry=once)

    def start(self) -> RedisServer:
        line = [
            *_WITH_US,
            "redis-server",
            *self.options,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self.folder),
        ]
        line += ["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync-delay", "0"]
        self.process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self.answers)
        return self

    def cluster(self, *words: Any) -> Any:
        """Ask it something as a node of a cluster."""
        with self.client as client:
            return client.execute_command(f"CLUSTER {words[0]}", *words[1:])

    def answers(self) -> bool:
        try:
            with self.client as client:
                return bool(client.ping())
        except RedisError as error:
            return "AUTH" in str(error).upper()

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    close = kill

    def pause(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def receipts(self) -> dict[str, str]:
        """Every receipt it holds, by id; erased ones are empty."""
        with self.client as client:
            return {
                name: body for key in _masters_keys(client, "receipts") for name, body in client.hgetall(key).items()
            }

    def number(self) -> int:
        """How many receipts its counters have counted."""
        with self.client as client:
            return sum(_receipts_counted(client.hgetall(key)) for key in _masters_keys(client, "counters"))


@dataclass
class Watched:
    """A master, its replica and a Sentinel."""

    master: RedisServer
    replica: RedisServer
    url: str


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis").start()
    yield server
    server.kill()


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[Watched]:
    with ExitStack() as stack:
        master = _started(stack, RedisServer(tmp_path / "master"))
        replica = _started(stack, RedisServer(tmp_path / "replica", "--replicaof", f"127.0.0.1 {master.port}"))
        eventually(lambda: master.client.info("replication")["connected_slaves"] == 1)
        port = free_port()
        url = f"redis+sentinel://127.0.0.1:{port}/consent"
        _sentinel(stack, tmp_path, port, master.port)
        with Redis(port=port, decode_responses=True) as client:
            eventually(lambda: client.sentinel_master("consent")["num-slaves"] == 1)
        yield Watched(master, replica, url)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[list[RedisServer]]:
    """Three masters, each with a replica; a master that is away is replaced after about a second."""
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no")
    with ExitStack() as stack:
        servers = [_started(stack, RedisServer(tmp_path / f"node{place}", *options)) for place in range(6)]
        _introduce(servers)
        for place, server in enumerate(servers[3:]):
            server.cluster("REPLICATE", servers[place].cluster("MYID"))
        eventually(lambda: all(_in_order(server) for server in servers), seconds=20)
        yield servers


def _introduce(servers: list[RedisServer]) -> None:
    """What `redis-cli --cluster create` does, without its seconds of patience."""
    slots = [(0, 5460), (5461, 10922), (10923, 16383)]
    for epoch, server in enumerate(servers, 1):
        server.cluster("SET-CONFIG-EPOCH", epoch)
        server.cluster("MEET", "127.0.0.1", servers[0].port)
    for server, some in zip(servers[:3], slots, strict=True):
        server.cluster("ADDSLOTSRANGE", *some)
    eventually(lambda: all(len(server.cluster("NODES")) == 6 for server in servers))


def _started(stack: ExitStack, server: RedisServer) -> RedisServer:
    server.start()
    stack.callback(server.kill)
    return server


def _sentinel(stack: ExitStack, folder: Path, port: int, master: int) -> None:
    file = folder / "sentinel.conf"
    file.write_text(
        f"port {port}\nbind 127.0.0.1\nsentinel monitor consent 127.0.0.1 {master} 1\n"
        "sentinel down-after-milliseconds consent 500\nsentinel failover-timeout consent 3000\n"
    )
    line = [*_WITH_US, "redis-server", str(file), "--sentinel"]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.kill)
    eventually(RedisServer(folder, port=port).answers)


def _in_order(server: RedisServer) -> bool:
    with server.client as client:
        role: Any = client.info("replication")
    followed = role.get("master_link_status") == "up" or role.get("connected_slaves") == 1
    return bool(followed and server.cluster("INFO")["cluster_state"] == "ok")


def _masters_keys(client: Redis, kind: str) -> list[str]:
    told: Any = client.info("replication")
    return list(client.scan_iter(f"consent:*:{kind}", count=1000)) if told["role"] == "master" else []


def _receipts_counted(counters: dict[str, str]) -> int:
    return sum(int(number) for label, number in counters.items() if len(json.loads(label)) == 4)
