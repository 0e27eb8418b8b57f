"""OCSF Detection Findings (class 2004, schema 1.5.0), one JSON object a line."""

from typing import Any, Final

from netheed import __version__
from netheed.records import Connection, Notice
from netheed.sinks.formats.documents import line, present
from netheed.sinks.formats.ends import PROTOCOL_NUMBERS, direction, ports, transport
from netheed.sinks.formats.signatures import signature
from netheed.sinks.formats.times import milliseconds
from netheed.sinks.formats.why import reasons, sentences

SCHEMA: Final = "1.5.0"
SEVERITIES: Final = {"low": 2, "medium": 3, "high": 4, "critical": 5}
LEARNING: Final = 4
"""analytic.type_id: machine learning."""
STATISTICAL: Final = 3
DIRECTIONS: Final = {"inbound": 1, "outbound": 2, "internal": 3}


def encode_notice(notice: Notice) -> bytes:
    """One finding, one line."""
    when = milliseconds(notice.end)
    return line(
        present(
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
                "confidence_score": _percent(notice.kind_probability),
                "message": reasons(notice) or signature(notice.kind).text,
                "metadata": _metadata(),
                "finding_info": _finding(notice, when),
                "evidences": _evidences(notice),
                "unmapped": _details(notice),
            }
        )
    )


def _percent(share: float) -> int | None:
    return round(100 * share) if 0.0 <= share <= 1.0 else None


def _metadata() -> dict[str, Any]:
    product = {"name": "netheed", "vendor_name": "netheed", "version": __version__}
    return {"version": SCHEMA, "log_name": "netheed", "product": product}


def _finding(notice: Notice, when: int) -> dict[str, Any]:
    rule = signature(notice.kind)
    finding: dict[str, Any] = {
        "uid": notice.id,
        "title": rule.text,
        "created_time": when,
        "analytic": {"uid": str(rule.sid), **_analytic(notice)},
    }
    if notice.techniques:
        finding["attacks"] = [{"technique": {"uid": uid}} for uid in notice.techniques]
    return finding


def _analytic(notice: Notice) -> dict[str, Any]:
    if notice.about:
        return {"type_id": STATISTICAL, "name": "netheed operation", "version": __version__}
    return {"type_id": LEARNING, "name": "netheed attention model", "version": notice.model}


def _evidences(notice: Notice) -> list[dict[str, Any]] | None:
    """None for a remark, which is on no connection."""
    found = [_evidence(notice, connection) for connection in notice.evidence]
    return found or (None if notice.about else [_host_alone(notice)])


def _evidence(notice: Notice, connection: Connection) -> dict[str, Any]:
    orig_port, resp_port = ports(connection) or (None, None)
    word = transport(connection)
    return {
        "src_endpoint": _endpoint(notice, connection.orig, orig_port),
        "dst_endpoint": _endpoint(notice, connection.resp, resp_port),
        "connection_info": present(
            {
                "uid": connection.uid,
                "community_uid": connection.community_id,
                "protocol_name": word,
                "protocol_num": PROTOCOL_NUMBERS.get(word),
                "direction_id": DIRECTIONS[direction(notice.host, connection)],
            }
        ),
    }


def _host_alone(notice: Notice) -> dict[str, Any]:
    ends = {"src_endpoint": _endpoint(notice, notice.host)}
    return ends | ({"dst_endpoint": _endpoint(notice, notice.peer)} if notice.peer else {})


def _endpoint(notice: Notice, address: str, port: int | None = None) -> dict[str, Any]:
    """One end, with its name where it is the peer's."""
    hostname = notice.peer_name if address == notice.peer else None
    return present({"ip": address, "port": port, "hostname": hostname or None})


def _details(notice: Notice) -> dict[str, Any]:
    return {
        "host": notice.host,
        **({"about": notice.about} if notice.about else {}),
        **({"site": notice.site} if notice.site else {}),
        "peer": notice.peer,
        **({"peer_name": notice.peer_name} if notice.peer_name else {}),
        **({"alerts": notice.alerts} if notice.alerts else {}),
        "class": notice.kind,
        "scale": notice.scale,
        "score": notice.score,
        "p_value": notice.p_value,
        "connections": notice.connections,
        **({"sampled": notice.sampled} if notice.sampled < 1 else {}),
        "why": sentences(notice),
        "config": notice.config,
    }
