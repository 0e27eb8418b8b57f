"""OCSF Detection Findings (class 2004, schema 1.5.0), one JSON object a line."""

from typing import Any, Final

from netheed import __version__
from netheed.records import Connection, Notice
from netheed.sinks.clean import clean
from netheed.sinks.jsonl import finite, line, optional
from netheed.sinks.signatures import signature
from netheed.sinks.times import milliseconds
from netheed.sinks.why import driver_sentence

SCHEMA: Final = "1.5.0"
SEVERITIES: Final = {"low": 2, "medium": 3, "high": 4, "critical": 5}
LEARNING: Final = 4
"""analytic.type_id: machine learning."""
OUTBOUND: Final = 2
INBOUND: Final = 1
PROTOCOLS: Final = {"icmp": 1, "tcp": 6, "udp": 17, "sctp": 132}


def encode_notice(notice: Notice) -> bytes:
    """One finding, one line."""
    rule, when = signature(notice.kind), milliseconds(notice.end)
    why = "; ".join(driver_sentence(driver) for driver in notice.drivers[:3])
    return line(
        {
            "activity_id": 1,
            "category_uid": 2,
            "class_uid": 2004,
            "type_uid": 200401,
            "time": when,
            "start_time": milliseconds(notice.start),
            "end_time": when,
            "severity_id": SEVERITIES[notice.severity],
            "status_id": 1,
            "is_alert": True,
            "confidence_score": round(100 * notice.kind_probability),
            "message": clean(why) or rule.text,
            "metadata": {
                "version": SCHEMA,
                "log_name": "netheed",
                "product": {"name": "netheed", "vendor_name": "netheed", "version": __version__},
            },
            "finding_info": _finding(notice, when),
            "evidences": [_evidence(notice, c) for c in notice.evidence] or [_host_alone(notice)],
            "unmapped": _details(notice),
        }
    )


def _finding(notice: Notice, when: int) -> dict[str, Any]:
    rule = signature(notice.kind)
    finding: dict[str, Any] = {
        "uid": notice.id,
        "title": rule.text,
        "created_time": when,
        "analytic": {
            "type_id": LEARNING,
            "name": "netheed attention model",
            "uid": str(rule.sid),
            "version": clean(notice.model),
        },
    }
    if notice.techniques:
        finding["attacks"] = [{"technique": {"uid": uid}} for uid in notice.techniques]
    return finding


def _evidence(notice: Notice, connection: Connection) -> dict[str, Any]:
    info = {
        "uid": clean(connection.uid),
        "community_uid": optional(connection.community_id),
        "protocol_name": clean(connection.proto),
        "protocol_num": PROTOCOLS.get(connection.proto),
        "direction_id": OUTBOUND if connection.orig == notice.host else INBOUND,
    }
    return {
        "src_endpoint": {"ip": clean(connection.orig), "port": connection.orig_port},
        "dst_endpoint": {"ip": clean(connection.resp), "port": connection.resp_port},
        "connection_info": {name: value for name, value in info.items() if value is not None},
    }


def _host_alone(notice: Notice) -> dict[str, Any]:
    return {"src_endpoint": {"ip": clean(notice.host)}}


def _details(notice: Notice) -> dict[str, Any]:
    return {
        "host": clean(notice.host),
        "peer": optional(notice.peer),
        "class": clean(notice.kind),
        "score": finite(notice.score),
        "p_value": finite(notice.p_value),
        "connections": notice.connections,
        "why": [clean(driver_sentence(driver)) for driver in notice.drivers],
        "config": notice.config,
    }
