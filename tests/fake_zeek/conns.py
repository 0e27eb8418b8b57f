"""Connections as the package's script publishes them, from the lines of a conn.log."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tests.fake_zeek import wire
from tests.fake_zeek.declared import CONN_BATCH, CONN_FIELDS
from tests.fake_zeek.wire import NONE, Value

CONN_TOPIC: Final = "netheed/conn/"
BATCH_INTERVAL: Final = 1.0
"""Seconds that a connection waits for others."""

_PROTOCOLS: Final = {"icmp6": "icmp", "unknown_transport": "?"}
_DOTTED: Final = {name: f"id.{name}" for name in ("orig_h", "orig_p", "resp_h", "resp_p")}
_FIELDS_OF_SCHEMA: Final = {1: 18, 2: 19}

Conn = Mapping[str, Any]
"""A line of conn.log as JSON, with `ts`, `uid`, `id.orig_h`, `proto`; what it lacks is unset."""


def conn_record(conn: Conn, schema: int = 2) -> Value:
    """A Conn by position."""
    fields = list(CONN_FIELDS.items())[: _FIELDS_OF_SCHEMA[schema]]
    return "vector", [_field(conn, name, kind) for name, kind in fields]


def _field(conn: Conn, name: str, kind: str) -> Value:
    given = conn.get(_DOTTED.get(name, name))
    if given is None:
        return NONE
    if kind == "port":
        return kind, f"{given}/{_PROTOCOLS.get(conn['proto'], conn['proto'])}"
    return kind, given


class Node:
    """A worker that publishes batches, numbered from 0, and counts what it published and lost."""

    def __init__(self, name: str, schema: int) -> None:
        self.name = name
        self.schema = schema
        self.seq = 0
        self.sent = 0
        self.dropped = 0

    def batch(self, conns: Iterable[Conn]) -> bytes:
        """The next frame; schema 1 has neither `sent` nor `dropped`."""
        records = [conn_record(conn, self.schema) for conn in conns]
        args: list[Value] = [
            ("count", self.schema),
            ("string", self.name),
            ("count", self.seq),
            ("vector", records),
        ]
        if self.schema > 1:
            args += [("count", self.sent), ("count", self.dropped)]
        self.seq += 1
        self.sent += len(records)
        return wire.event(CONN_TOPIC, CONN_BATCH, *args)


def timed_batches(
    conns: Iterable[Conn], batch: int, rate: float | None, speed: float | None
) -> Iterator[tuple[float, list[Conn]]]:
    """Batches, each with the seconds after the start at which it is due.

    A connection is there `rate` times a second or, `speed` times as fast as recorded, when it
    ended; with neither, at once. A batch waits no longer than BATCH_INTERVAL.
    """
    pending: list[Conn] = []
    first = due = 0.0
    start: float | None = None
    for place, conn in enumerate(conns):
        start = _end(conn) if start is None else start
        due = max(due, _due(place, _end(conn) - start, rate, speed))
        if pending and due - first >= BATCH_INTERVAL:
            yield first + BATCH_INTERVAL, pending
            pending = []
        first = first if pending else due
        pending = [*pending, conn]
        if len(pending) >= batch:
            yield due, pending
            pending = []
    if pending:
        yield due, pending


def _due(place: int, after: float, rate: float | None, speed: float | None) -> float:
    if rate is not None:
        return place / rate
    return after / speed if speed is not None else 0.0


def _end(conn: Conn) -> float:
    return float(conn["ts"]) + float(conn.get("duration", 0.0))
