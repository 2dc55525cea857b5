"""How Redis is reached: one server, the master that Sentinel names, or a cluster's masters, all in one shape.

Nothing connects before it is asked for something, nothing is retried behind our back, and every wait is short.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from redis import ConnectionPool, Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.connection import parse_url
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

REDIS_ERRORS = (RedisError, RedisClusterException, OSError)

_OURS = ("retry", "retry_on_error", "retry_on_timeout", "decode_responses", "protocol", "health_check_interval")


class Masters(Protocol):
    """The servers that take writes."""

    def of(self, key: str) -> Redis:
        """The one that holds a key."""

    def all(self) -> Sequence[Redis]:
        """Every one of them."""

    def renew(self) -> None:
        """Forget where they are, after an error."""


Connector = Callable[[float, float], Masters]
"""Makes `Masters`, unconnected, given the seconds to wait for a connection and for an answer."""


def connector(url: str) -> Connector:
    """Read the address of a Redis. Raises ValueError saying what is wrong with it, never its password."""
    scheme = url.partition("://")[0].lower()
    if scheme == "redis+sentinel":
        return _sentinel(url)
    if scheme == "redis+cluster":
        return _cluster(url)
    return _single(url)


class One:
    """A single server, or the master that Sentinel names: either way one client."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    def of(self, key: str) -> Redis:
        """The client."""
        return self._client

    def all(self) -> Sequence[Redis]:
        """The client."""
        return [self._client]

    def renew(self) -> None:
        """Connect afresh, and with Sentinel ask for the master again."""
        self._client.connection_pool.disconnect(inuse_connections=False)


class Cluster:
    """A cluster's masters. Its map of slots is fetched when first needed, and again after every error."""

    def __init__(self, nodes: Sequence[tuple[str, int]], options: dict[str, Any]) -> None:
        self._nodes, self._options = nodes, options
        self._cluster: RedisCluster | None = None

    def of(self, key: str) -> Redis:
        """The client of the master that holds the key's slot."""
        cluster = self._connected()
        client: Redis = cluster.get_redis_connection(cluster.get_node_from_key(key))
        return client

    def all(self) -> Sequence[Redis]:
        """The clients of all masters."""
        cluster = self._connected()
        return [cluster.get_redis_connection(node) for node in cluster.get_primaries()]

    def renew(self) -> None:
        """Forget the map of slots."""
        self._cluster = None

    def _connected(self) -> Any:  # Half of what is called on it has no types in redis-py.
        cluster = self._cluster
        if cluster is None:
            nodes = [ClusterNode(host, port) for host, port in self._nodes]  # type: ignore[no-untyped-call]
            # A third of the slots may be without a master for seconds: the others go on.
            cluster = RedisCluster(startup_nodes=nodes, require_full_coverage=False, **self._options)
            self._cluster = cluster
        return cluster


def _single(url: str) -> Connector:
    try:
        given = parse_url(url)  # type: ignore[no-untyped-call]
        port = urlsplit(url).port
        pool(given, 1, 1).make_connection()
    except (ValueError, TypeError, AttributeError, RedisError):
        raise ValueError("it is no address of a Redis, such as redis://:password@host:6379/0") from None
    if port == 0 or not (given.get("host") or given.get("path")):
        raise ValueError(
            "it names no host and port, such as redis://host:6379/0, or no path, such as unix:///run/redis"
        )
    return lambda connecting, reading: One(Redis(connection_pool=pool(given, connecting, reading)))


def pool(given: dict[str, Any], connecting: float, reading: float) -> ConnectionPool:
    """A pool of connections as the address asks for them, in all but what our promises hang on."""
    options = {name: value for name, value in given.items() if name not in _OURS}
    return ConnectionPool(**{**options, **_options(connecting, reading), "retry": _never()})


def _sentinel(url: str) -> Connector:
    nodes, login, path, query = _parts(url, 26379, {"sentinel_username", "sentinel_password"})
    service, _, database = path.partition("/")
    if not service or not (database or "0").isdigit():
        raise ValueError("it names no service, such as redis+sentinel://host:26379,host:26379/service")

    def connect(connecting: float, reading: float) -> Masters:
        options = {**_options(connecting, reading), "retry": _never()}
        guarded = {name.removeprefix("sentinel_"): value for name, value in query.items()}
        sentinel: Any = Sentinel(nodes, sentinel_kwargs={**options, **guarded}, **options)  # type: ignore[no-untyped-call]
        return One(sentinel.master_for(service, db=int(database or 0), **login))

    return connect


def _cluster(url: str) -> Connector:
    nodes, login, path, _ = _parts(url, 6379, set())
    if path not in ("", "0"):
        raise ValueError("a cluster has no databases: nothing follows its hosts")
    return lambda connecting, reading: Cluster(nodes, {**_options(connecting, reading), "retry": _never(), **login})


def _parts(url: str, port: int, known: set[str]) -> tuple[list[tuple[str, int]], dict[str, str], str, dict[str, str]]:
    """Hosts, login, path and options of an address with several hosts, which `urlsplit` alone does not take apart."""
    split = urlsplit(url)
    login, _, hosts = split.netloc.rpartition("@")
    user, _, password = login.partition(":")
    given = {"username": unquote(user), "password": unquote(password)}
    query = dict(parse_qsl(split.query))
    if set(query) - known or split.fragment:
        raise ValueError(f"it takes {'only the options ' + ', '.join(sorted(known)) if known else 'no options'}")
    nodes = [_node(host, port) for host in hosts.split(",")]
    return nodes, {name: value for name, value in given.items() if value}, split.path.strip("/"), query


def _node(text: str, port: int) -> tuple[str, int]:
    try:
        split = urlsplit(f"//{text}")
        host, given = split.hostname, split.port
    except ValueError:
        host = given = None
    if not host or "@" in text or given == 0 or (given is None and text.rpartition("]")[2].count(":")):
        raise ValueError("its hosts are written host:port,host:port")
    return host, given or port


def _options(connecting: float, reading: float) -> dict[str, Any]:
    waits = {"socket_connect_timeout": connecting, "socket_timeout": reading}
    return {**waits, "health_check_interval": 10, "protocol": 2}


def _never() -> Retry:
    """No retries: redis-py's ten would double whatever is not idempotent, and outlast every time limit."""
    return Retry(NoBackoff(), 0)
