"""netheed's own form: every field of a notice, one JSON object a line."""

import math
from typing import Any

import msgspec

from netheed.records import Connection, Driver, Notice, ScoredWindow
from netheed.sinks.clean import clean
from netheed.sinks.times import iso

_encode = msgspec.json.Encoder().encode


def encode_notice(notice: Notice) -> bytes:
    """One line with its newline. Numbers that JSON cannot say (NaN, infinities) become null."""
    return line(
        {
            "id": notice.id,
            "host": clean(notice.host),
            "peer": None if notice.peer is None else clean(notice.peer),
            "start": iso(notice.start),
            "end": iso(notice.end),
            "connections": notice.connections,
            "score": finite(notice.score),
            "p_value": finite(notice.p_value),
            "severity": notice.severity,
            "class": clean(notice.kind),
            "class_probability": finite(notice.kind_probability),
            "techniques": list(notice.techniques),
            "drivers": [_driver(driver) for driver in notice.drivers],
            "evidence": [evidence(connection) for connection in notice.evidence],
            "model": clean(notice.model),
            "config": notice.config,
        }
    )


def encode_window(window: ScoredWindow) -> bytes:
    """One scored window, one line."""
    return line(
        {
            "host": clean(window.host),
            "start": iso(window.start),
            "end": iso(window.end),
            "connections": window.connections,
            "score": finite(window.score),
            "p_value": finite(window.p_value),
            "class": clean(window.kind),
        }
    )


def line(document: dict[str, Any]) -> bytes:
    """A JSON object and a newline; the encoder leaves no newline inside."""
    return _encode(document) + b"\n"


def finite(value: float) -> float | None:
    """The number, or None where JSON has no word for it."""
    return value if math.isfinite(value) else None


def _driver(driver: Driver) -> dict[str, Any]:
    peers = None
    if driver.peers_low is not None and driver.peers_high is not None:
        peers = [finite(driver.peers_low), finite(driver.peers_high)]
    return {
        "feature": clean(driver.feature),
        "unit": driver.unit,
        "value": finite(driver.value),
        "usual": [finite(driver.usual_low), finite(driver.usual_high)],
        "usual_from": driver.usual_from,
        "peers": peers,
        "effect": finite(driver.effect),
    }


def evidence(connection: Connection) -> dict[str, Any]:
    """A connection to pivot on."""
    return {
        "uid": clean(connection.uid),
        "sensor": connection.sensor,
        "community_id": optional(connection.community_id),
        "start": iso(connection.start),
        "duration": connection.duration,
        "orig": clean(connection.orig),
        "orig_port": connection.orig_port,
        "resp": clean(connection.resp),
        "resp_port": connection.resp_port,
        "proto": clean(connection.proto),
        "service": optional(connection.service),
        "outcome": connection.outcome.name.lower(),
        "orig_bytes": connection.orig_bytes,
        "resp_bytes": connection.resp_bytes,
        "orig_pkts": connection.orig_pkts,
        "resp_pkts": connection.resp_pkts,
    }


def optional(text: str | None) -> str | None:
    """Cleaned text, or None."""
    return None if text is None else clean(text)
