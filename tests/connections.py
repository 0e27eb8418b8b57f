"""Makers of connections for tests: sensible defaults, only what a test speaks of is given."""

from typing import Any

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
