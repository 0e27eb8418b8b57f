"""netheed's own form: every field of a notice, one JSON object a line."""

from typing import Any

from netheed.records import Connection, Driver, Notice, ScoredWindow
from netheed.sinks.formats.documents import line
from netheed.sinks.formats.times import iso


def encode_notice(notice: Notice) -> bytes:
    """One notice, one line."""
    return line(
        {
            "id": notice.id,
            "host": notice.host,
            **({"about": notice.about} if notice.about else {}),
            **({"remark": notice.remark} if notice.remark else {}),
            **({"site": notice.site} if notice.site else {}),
            "peer": notice.peer,
            **({"peer_name": notice.peer_name} if notice.peer_name else {}),
            **({"alerts": notice.alerts} if notice.alerts else {}),
            "start": iso(notice.start),
            "end": iso(notice.end),
            "connections": notice.connections,
            **({"sampled": notice.sampled} if notice.sampled < 1 else {}),
            "score": notice.score,
            "p_value": notice.p_value,
            "severity": notice.severity,
            "class": notice.kind,
            "class_probability": notice.kind_probability,
            "scale": notice.scale,
            "techniques": notice.techniques,
            "drivers": [_driver(driver) for driver in notice.drivers],
            "evidence": [evidence(connection) for connection in notice.evidence],
            "model": notice.model,
            "config": notice.config,
        }
    )


def encode_window(window: ScoredWindow) -> bytes:
    """One scored window, one line."""
    return line(
        {
            "host": window.host,
            **({"site": window.site} if window.site else {}),
            "start": iso(window.start),
            "end": iso(window.end),
            "connections": window.connections,
            "score": window.score,
            "p_value": window.p_value,
            "class": window.kind,
            "scale": window.scale,
            **({"sampled": window.sampled} if window.sampled < 1 else {}),
        }
    )


def evidence(connection: Connection) -> dict[str, Any]:
    """A connection to pivot on, every field of it."""
    return {
        "uid": connection.uid,
        "sensor": connection.sensor,
        "sensor_name": connection.sensor_name,
        "interface": connection.interface,
        "community_id": connection.community_id,
        "start": iso(connection.start),
        "duration": connection.duration,
        "orig": connection.orig,
        "orig_port": connection.orig_port,
        "resp": connection.resp,
        "resp_port": connection.resp_port,
        "proto": connection.proto,
        "service": connection.service,
        "outcome": connection.outcome.name.lower(),
        "orig_bytes": connection.orig_bytes,
        "resp_bytes": connection.resp_bytes,
        "orig_pkts": connection.orig_pkts,
        "resp_pkts": connection.resp_pkts,
    }


def _driver(driver: Driver) -> dict[str, Any]:
    without_peers = driver.peers_low is None or driver.peers_high is None
    return {
        "feature": driver.feature,
        "unit": driver.unit,
        "value": driver.value,
        "usual": [driver.usual_low, driver.usual_high],
        "usual_from": driver.usual_from,
        "peers": None if without_peers else [driver.peers_low, driver.peers_high],
        "effect": driver.effect,
    }
