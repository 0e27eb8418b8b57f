"""Documents in the Elastic Common Schema (ECS 8 and 9), one JSON object a line."""

from typing import Any, Final

from netheed import __version__
from netheed.records import Connection, Notice
from netheed.sinks import jsonl
from netheed.sinks.clean import clean
from netheed.sinks.jsonl import finite, line, optional
from netheed.sinks.signatures import CATEGORY, REVISION, signature
from netheed.sinks.times import iso
from netheed.sinks.why import driver_sentence

SEVERITIES: Final = {"low": 21, "medium": 47, "high": 73, "critical": 99}
"""On Elastic's scale of 0 to 100."""


def encode_notice(notice: Notice) -> bytes:
    """One alert document, one line."""
    rule = signature(notice.kind)
    why = "; ".join(driver_sentence(driver) for driver in notice.drivers[:3])
    document: dict[str, Any] = {
        "@timestamp": iso(notice.end),
        "ecs": {"version": "8.17.0"},
        "message": rule.text,
        "event": {
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "module": "netheed",
            "dataset": "netheed.alert",
            "provider": "netheed",
            "id": notice.id,
            "start": iso(notice.start),
            "end": iso(notice.end),
            "severity": SEVERITIES[notice.severity],
            "risk_score": finite(notice.score),
            "risk_score_norm": SEVERITIES[notice.severity],
            "reason": clean(why),
        },
        "rule": {
            "id": str(rule.sid),
            "name": rule.text,
            "version": str(REVISION),
            "ruleset": "netheed",
            "category": CATEGORY,
        },
        "observer": {
            "vendor": "netheed",
            "product": "netheed",
            "type": "ids",
            "version": __version__,
        },
        "related": {"ip": _addresses(notice)},
        "netheed": _details(notice),
    }
    document |= _threat(notice)
    if notice.evidence:
        document |= _connection(notice.host, notice.evidence[0])
    return line(document)


def _details(notice: Notice) -> dict[str, Any]:
    return {
        "host": clean(notice.host),
        "peer": optional(notice.peer),
        "class": clean(notice.kind),
        "class_probability": finite(notice.kind_probability),
        "p_value": finite(notice.p_value),
        "connections": notice.connections,
        "why": [clean(driver_sentence(driver)) for driver in notice.drivers],
        "evidence": [jsonl.evidence(connection) for connection in notice.evidence],
        "model": clean(notice.model),
        "config": notice.config,
    }


def _threat(notice: Notice) -> dict[str, Any]:
    if not notice.techniques:
        return {}
    technique = {"id": list(notice.techniques)}
    return {"threat": {"framework": "MITRE ATT&CK", "technique": technique}}


def _addresses(notice: Notice) -> list[str]:
    ends = [end for c in notice.evidence for end in (c.orig, c.resp)]
    known = dict.fromkeys([notice.host, *([notice.peer] if notice.peer else []), *ends])
    return [clean(address) for address in known]


def _connection(host: str, first: Connection) -> dict[str, Any]:
    network = {
        "transport": clean(first.proto),
        "protocol": optional(first.service),
        "community_id": optional(first.community_id),
        "direction": "outbound" if first.orig == host else "inbound",
    }
    parts: dict[str, Any] = {
        "source": _end(first.orig, first.orig_port, first.orig_bytes, first.orig_pkts),
        "destination": _end(first.resp, first.resp_port, first.resp_bytes, first.resp_pkts),
        "network": {name: value for name, value in network.items() if value is not None},
    }
    return parts


def _end(address: str, port: int, size: int | None, packets: int | None) -> dict[str, Any]:
    end = {"ip": clean(address), "port": port, "bytes": size, "packets": packets}
    return {name: value for name, value in end.items() if value is not None}
