"""Makers of frames as Zeek's WebSocket sends them; only what a test speaks of is given."""

import json
from typing import Any

ACK = '{"type":"ack","endpoint":"a1-websocket-0","version":"8.0.10"}'
REFUSED = '{"type":"error","code":"deserialization_failed","context":"failed to create Zeek event"}'

KINDS = {
    "ts": "real", "uid": "string", "orig_h": "address", "orig_p": "port", "resp_h": "address",
    "resp_p": "port", "service": "string", "duration": "real", "orig_bytes": "count",
    "resp_bytes": "count", "conn_state": "string", "local_orig": "boolean",
    "local_resp": "boolean", "history": "string", "orig_pkts": "count", "orig_ip_bytes": "count",
    "resp_pkts": "count", "resp_ip_bytes": "count", "community_id": "string",
}  # fmt: skip
USUAL: dict[str, Any] = {
    "ts": 1700000000.0, "uid": "CHhAvVGS1DHFjwGM9", "orig_h": "10.0.0.5", "orig_p": "40000/tcp",
    "resp_h": "203.0.113.9", "resp_p": "443/tcp", "service": "ssl", "duration": 1.0,
    "orig_bytes": 480, "resp_bytes": 3680, "conn_state": "SF", "local_orig": True,
    "local_resp": False, "history": "ShADadFf", "orig_pkts": 8, "orig_ip_bytes": 800,
    "resp_pkts": 8, "resp_ip_bytes": 4000, "community_id": None,
}  # fmt: skip
"""The connection of tests/lines.py."""


def value(kind: str, data: Any) -> dict[str, Any]:
    """A value with the name of its type."""
    return {"@data-type": kind, "data": data}


def conn(**given: Any) -> list[Any]:
    """The fields of a record in their order."""
    fields = USUAL | given
    unset = value("none", {})
    return [unset if fields[name] is None else value(kind, fields[name])
            for name, kind in KINDS.items()]  # fmt: skip


def event(topic: str, name: str, *arguments: Any, metadata: bool = False) -> bytes:
    """A data-message with one event."""
    named = [value("string", name), value("vector", list(arguments))]
    if metadata:
        pair = [value("count", 1), value("timestamp", "2026-11-22T07:31:10.894")]
        named.append(value("vector", [value("vector", pair)]))
    data = [value("count", 1), value("count", 1), value("vector", named)]
    message = {"type": "data-message", "topic": topic, **value("vector", data)}
    return json.dumps(message, separators=(",", ":")).encode()


def batch(
    *conns: list[Any], node: str = "worker-1", seq: int = 0, sent: int | None = 0, dropped: int = 0
) -> bytes:
    """A conn_batch; of schema 1 without `sent`."""
    told = [] if sent is None else [value("count", sent), value("count", dropped)]
    return event(
        "netheed/conn/",
        "Netheed::conn_batch",
        value("count", 1 if sent is None else 2),
        value("string", node),
        value("count", seq),
        value("vector", [value("vector", one) for one in conns]),
        *told,
    )


def seen(notice_id: str) -> bytes:
    """Zeek's answer to a verdict."""
    return event("netheed/seen/", "Netheed::seen", value("count", 1), value("string", notice_id))
