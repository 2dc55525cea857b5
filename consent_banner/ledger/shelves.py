"""Where everything stands in Redis, the same for one server, Sentinel and a cluster.

Per day and bucket one hash of receipts, by id, and one of counters, by label, in one slot (the part in braces). A
receipt that was erased is the empty string, so that HSETNX never brings it back. The counters hold nobody's id.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from redis import Redis
from redis.exceptions import RedisError

from .protocol import Document
from .remote import REDIS_ERRORS, Masters
from .rows import day_of, labels_of, tally_field

T = TypeVar("T")

DAYS = "consent:days"
ERASED = "consent:erased"
BUCKETS = "0123456789abcdef"
TIMELESS = "timeless"

_WAIT_MILLISECONDS = 1000
_ERASED_SECONDS = 40 * 86_400

# Counts a receipt only when it was not there: sent twice, it is kept and counted once.
_APPEND = """
for i = 2, #ARGV, 3 do
  if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) == 1 then
    for _, label in ipairs(cjson.decode(ARGV[i + 2])) do redis.call('HINCRBY', KEYS[2], label, 1) end
  end
end
return redis.call('EXPIREAT', KEYS[1], ARGV[1])
"""


class NotReplicated(RedisError):
    """A replica is there and did not confirm in time: the write might not outlive its master."""


@dataclass(frozen=True, slots=True)
class Parcel(Generic[T]):
    """Commands for the server that holds a key, and what they carry, to be marked once they are confirmed."""

    key: str
    commands: Sequence[tuple[Any, ...]]
    carries: T


def receipts_key(day: str, bucket: str) -> str:
    """The hash of the receipts of a day and bucket."""
    return f"consent:{{{day}:{bucket}}}:receipts"


def counters_key(day: str, bucket: str) -> str:
    """The hash of the counters of a day and bucket."""
    return f"consent:{{{day}:{bucket}}}:counters"


def documents_key(kind: str) -> str:
    """The hash of the documents of a kind."""
    return f"consent:{{documents}}:{kind}"


def place_of(receipt: uuid.UUID) -> tuple[str, str]:
    """The day and the bucket of a receipt, from its id alone."""
    return day_of(receipt) or TIMELESS, receipt.hex[-1]


def append_parcels(rows: Iterable[tuple[bytes, str]], retention: timedelta) -> Iterator[Parcel[list[bytes]]]:
    """Receipts as parcels, one per day and bucket."""
    for (day, bucket), some in _placed(rows).items():
        values: list[Any] = [_expiry(day, retention)]
        for receipt, body in some:
            values += [str(receipt), body, json.dumps(labels_of(json.loads(body)))]
        keys = receipts_key(day, bucket), counters_key(day, bucket)
        yield Parcel(keys[0], [("EVAL", _APPEND, 2, *keys, *values)], [receipt.bytes for receipt, _ in some])


def erase_parcels(receipts: Iterable[tuple[bytes, int]], retention: timedelta) -> Iterator[Parcel[list[bytes]]]:
    """Tombstones as parcels, one per day and bucket."""
    for (day, bucket), some in _placed(receipts).items():
        key = receipts_key(day, bucket)
        fields = [part for receipt, _ in some for part in (str(receipt), "")]
        commands = [("HSET", key, *fields), ("EXPIREAT", key, _expiry(day, retention))]
        yield Parcel(key, commands, [receipt.bytes for receipt, _ in some])


def announcement(receipts: Iterable[tuple[bytes, int]]) -> Parcel[None]:
    """Tombstones for the other machines' files to follow: `+` has them erase the chain as well."""
    now = int(time.time())
    members = [(now, f"{uuid.UUID(bytes=receipt)}{'+' if chained else ''}") for receipt, chained in receipts]
    added = ("ZADD", ERASED, "NX", *(part for member in members for part in member))
    return Parcel(ERASED, [added, ("ZREMRANGEBYSCORE", ERASED, "-inf", now - _ERASED_SECONDS)], None)


def announced(member: bytes) -> tuple[uuid.UUID, bool]:
    """The way back from an announcement: which receipt was erased, and whether its chain was."""
    text = member.decode("ascii")
    return uuid.UUID(text.rstrip("+")), text.endswith("+")


def days_parcel(days: Iterable[str]) -> Parcel[None]:
    """The list of days, by which export and statistics find their way."""
    return Parcel(DAYS, [("SADD", DAYS, *days)], None)


def document_parcel(document: Document) -> Parcel[Document]:
    """A document, which is kept as it first came."""
    key = documents_key(document.kind)
    return Parcel(key, [("HSETNX", key, document.key, document.body)], document)


def counted_parcel(day: str, label: str, number: int, file: str) -> Parcel[tuple[str, str, int]]:
    """What one file counted on a day, in all: sent twice, the number stays the same."""
    key = counters_key(day, BUCKETS[0])
    return Parcel(key, [("HSET", key, tally_field(label, file), number)], (day, label, number))


def deliver(masters: Masters, parcels: Sequence[Parcel[T]]) -> tuple[list[Parcel[T]], Exception | None]:
    """Send parcels, each to its server. Returns those that are there to stay, and the last error if there was one."""
    confirmed: list[Parcel[T]] = []
    servers, failed = _by_server(masters, parcels)
    for client, some in servers:
        try:
            _send(client, [command for parcel in some for command in parcel.commands])
            confirmed += some
        except REDIS_ERRORS as error:
            failed = error
    return confirmed, failed


def delivered(masters: Masters, parcels: Sequence[Parcel[T]]) -> list[Parcel[T]]:
    """Send parcels that belong together; raises when one of them was not confirmed."""
    confirmed, failed = deliver(masters, parcels)
    if failed:
        raise failed
    return confirmed


def ask(masters: Masters, questions: Sequence[tuple[Any, ...]]) -> list[Any]:
    """The answers to reading commands, in their order; the second word of each is its key."""
    answers: dict[int, Any] = {}
    numbered = [Parcel(command[1], [command], place) for place, command in enumerate(questions)]
    servers, failed = _by_server(masters, numbered)
    if failed:
        raise failed
    for client, some in servers:
        pipeline: Any = client.pipeline(transaction=False)
        for parcel in some:
            pipeline.execute_command(*parcel.commands[0])
        answers.update(zip([parcel.carries for parcel in some], pipeline.execute(), strict=True))
    return [answers[place] for place in range(len(questions))]


def identities(masters: Masters) -> set[str]:
    """The run ids of the masters that answer: a new one means a restart or a failover, and perhaps a loss."""
    found, failed = set[str](), None
    for client in masters.all():
        try:
            found.add(str(client.info("server")["run_id"]))
        except REDIS_ERRORS as error:
            failed = error
    if failed and not found:
        raise failed
    return found


def _send(client: Redis, commands: Iterable[tuple[Any, ...]]) -> None:
    online = _has_replica(client)
    pipeline: Any = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    if online:  # On the same connection: WAIT confirms what this connection wrote.
        pipeline.execute_command("WAIT", 1, _WAIT_MILLISECONDS)
    if pipeline.execute()[-1] < 1 and online:
        raise NotReplicated


def _has_replica(client: Redis) -> bool:
    """Whether a replica follows this server now; waiting for one that is not there would never end."""
    told: dict[str, Any] = client.info("replication")
    return any(entry.get("state") == "online" for entry in told.values() if isinstance(entry, dict))


def _by_server(
    masters: Masters, parcels: Iterable[Parcel[T]]
) -> tuple[list[tuple[Redis, list[Parcel[T]]]], Exception | None]:
    servers: dict[int, tuple[Redis, list[Parcel[T]]]] = {}
    failed: Exception | None = None
    for parcel in parcels:
        try:
            client = masters.of(parcel.key)
            servers.setdefault(id(client), (client, []))[1].append(parcel)
        except REDIS_ERRORS as error:  # A slot that no master covers just now.
            failed = error
    return list(servers.values()), failed


def _placed(rows: Iterable[tuple[bytes, T]]) -> dict[tuple[str, str], list[tuple[uuid.UUID, T]]]:
    places: dict[tuple[str, str], list[tuple[uuid.UUID, T]]] = defaultdict(list)
    for raw, content in rows:
        receipt = uuid.UUID(bytes=raw)
        places[place_of(receipt)].append((receipt, content))
    return places


def _expiry(day: str, retention: timedelta) -> int:
    end = datetime.now(UTC) if day == TIMELESS else datetime.fromisoformat(f"{day}T00:00:00+00:00") + timedelta(days=1)
    return int((end + retention).timestamp())
