"""Makers of what leaves netheed, for tests: sensible defaults, only what a test says is given."""

from typing import Any

from netheed.records import Beacon, Connection, Driver, Notice, ScoredWindow
from tests.connections import connection

END = 1_700_000_060.0
"""2023-11-14T22:14:20Z."""


def make_driver(**given: Any) -> Driver:
    """Many new destinations, against the host's own past and its peers."""
    fields: dict[str, Any] = {
        "feature": "new_destinations",
        "unit": "count",
        "value": 212.0,
        "usual_low": 2.0,
        "usual_high": 14.0,
        "usual_from": "host",
        "peers_low": 1.0,
        "peers_high": 20.0,
        "effect": 3.5,
    }
    return Driver(**fields | given)


def make_evidence(**given: Any) -> Connection:
    """A connection as a Suricata with a name saw it."""
    fields: dict[str, Any] = {
        "uid": "1396867914677676",
        "sensor": "suricata",
        "community_id": "1:wdc+jXNAn3Ap2cp33lxK1pgbevM=",
        "interface": "eth0",
        "sensor_name": "sensor-1",
    }
    return connection(**fields | given)


def make_notice(**given: Any) -> Notice:
    """A beacon of 10.0.0.5 to 203.0.113.9, seen by Suricata, with the given fields instead."""
    fields: dict[str, Any] = {
        "id": "9f2c4a1be07d3356aa10",
        "host": "10.0.0.5",
        "peer": "203.0.113.9",
        "start": END - 60.0,
        "end": END,
        "connections": 3,
        "score": 7.25,
        "p_value": 0.00012,
        "severity": "high",
        "kind": "beacon",
        "kind_probability": 0.93,
        "techniques": ("T1071",),
        "drivers": (make_driver(),),
        "evidence": (make_evidence(),),
        "model": "first-light",
        "config": "5d41402abc4b",
    }
    return Notice(**fields | given)


def make_window(**given: Any) -> ScoredWindow:
    """A quiet window of 10.0.0.5."""
    fields: dict[str, Any] = {
        "host": "10.0.0.5",
        "start": END - 60.0,
        "end": END,
        "connections": 3,
        "score": -1.5,
        "p_value": 0.4,
        "kind": "benign",
    }
    return ScoredWindow(**fields | given)


def make_beacon(**given: Any) -> Beacon:
    """10.0.0.5 calls 203.0.113.9 every five minutes, with the given fields instead."""
    fields: dict[str, Any] = {
        "host": "10.0.0.5",
        "site": None,
        "peer": "203.0.113.9",
        "peer_name": None,
        "port": 443,
        "proto": "tcp",
        "service": "ssl",
        "connections": 48,
        "first_seen": END - 14_400.0,
        "last_seen": END,
        "period": 302.0,
        "jitter": 0.02,
        "size_sameness": 0.98,
        "persistence": 1.0,
        "peer_hosts": 1,
        "score": 7.25,
        "p_value": 0.00012,
        "kind": "beacon",
    }
    return Beacon(**fields | given)
