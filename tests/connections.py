"""Makers of connections for tests: sensible defaults, only what a test speaks of is given."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from netheed.core.columns import Columns
from netheed.core.features import Features, HostWindows
from netheed.core.networks import AddressWords
from netheed.core.windows import Tick, ticks_of
from netheed.records import Connection, Outcome


def connection(**given: Any) -> Connection:
    """One complete HTTPS connection of 10.0.0.5, with the given fields instead."""
    fields: dict[str, Any] = {
        "uid": "C1",
        "sensor": "zeek",
        "start": 1_700_000_000.0,
        "duration": 1.0,
        "orig": "10.0.0.5",
        "orig_port": 40000,
        "resp": "203.0.113.9",
        "resp_port": 443,
        "proto": "tcp",
        "service": "ssl",
        "outcome": Outcome.COMPLETE,
        "orig_bytes": 800,
        "resp_bytes": 4000,
        "orig_pkts": 8,
        "resp_pkts": 8,
    }
    return Connection(**fields | given)


WORDS = AddressWords()


def columns(connections: Sequence[Connection]) -> Columns:
    """As a source gives them, without a site."""
    return Columns.of(connections, WORDS)


def told(tick: Tick) -> list[Connection]:
    """The connections of a tick in its order."""
    return tick.connections(np.arange(len(tick.rows)))


def host_windows(
    connections: Sequence[Connection], features: Features | None = None
) -> list[HostWindows]:
    """The windows of all hosts, minute by minute."""
    features = features or Features()
    return [hosts for tick in ticks_of(columns(connections)) for hosts in features.of([tick])]
