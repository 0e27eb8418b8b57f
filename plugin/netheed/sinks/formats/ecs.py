"""Documents in the Elastic Common Schema (ECS 8 and 9), one JSON object a line."""

from typing import Any, Final

from netheed import __version__
from netheed.records import Connection, Notice
from netheed.sinks.formats import jsonl
from netheed.sinks.formats.documents import line, present
from netheed.sinks.formats.ends import PROTOCOL_NUMBERS, direction, ports, transport
from netheed.sinks.formats.signatures import REVISION, category, signature
from netheed.sinks.formats.times import iso
from netheed.sinks.formats.why import reasons, sentences

ECS: Final = "8.17.0"
SEVERITIES: Final = {"low": 21, "medium": 47, "high": 73, "critical": 99}
"""On Elastic's scale of 0 to 100."""


def encode_notice(notice: Notice) -> bytes:
    """One alert document, one line."""
    first = notice.evidence[0] if notice.evidence else None
    document = {
        "@timestamp": iso(notice.end),
        "ecs": {"version": ECS},
        "message": signature(notice.kind).text,
        "event": _event(notice),
        "rule": _rule(notice),
        "observer": _observer(first),
        "related": {"ip": _addresses(notice)},
        "netheed": _details(notice),
    }
    if notice.techniques:
        technique = {"id": notice.techniques}
        document["threat"] = {"framework": "MITRE ATT&CK", "technique": technique}
    ends = _host_alone(notice) if first is None else _connection(notice.host, first)
    return line(document | _named(ends, notice))


def _event(notice: Notice) -> dict[str, Any]:
    return {
        "kind": "alert",
        "category": ["network", *([] if notice.about else ["intrusion_detection"])],
        "type": ["info"],
        "module": "netheed",
        "dataset": "netheed.alert",
        "provider": "netheed",
        "id": notice.id,
        "start": iso(notice.start),
        "end": iso(notice.end),
        "severity": SEVERITIES[notice.severity],
        **({} if notice.about else {"risk_score": notice.score}),
        "risk_score_norm": SEVERITIES[notice.severity],
        "reason": reasons(notice),
    }


def _rule(notice: Notice) -> dict[str, str]:
    rule = signature(notice.kind)
    return {
        "id": str(rule.sid),
        "name": rule.text,
        "version": str(REVISION),
        "ruleset": "netheed",
        "category": category(notice.kind),
    }


def _observer(first: Connection | None) -> dict[str, Any]:
    observer: dict[str, Any] = {
        "vendor": "netheed",
        "product": "netheed",
        "type": "ids",
        "version": __version__,
    }
    if first is not None and first.sensor_name:
        observer["name"] = first.sensor_name
    if first is not None and first.interface:
        observer["ingress"] = {"interface": {"name": first.interface}}
    return observer


def _details(notice: Notice) -> dict[str, Any]:
    return {
        **({"about": notice.about, "value": notice.score} if notice.about else {}),
        "host": notice.host,
        **({"site": notice.site} if notice.site else {}),
        "peer": notice.peer,
        **({"peer_name": notice.peer_name} if notice.peer_name else {}),
        **({"alerts": notice.alerts} if notice.alerts else {}),
        "class": notice.kind,
        "scale": notice.scale,
        "class_probability": notice.kind_probability,
        "p_value": notice.p_value,
        "connections": notice.connections,
        **({"sampled": notice.sampled} if notice.sampled < 1 else {}),
        "why": sentences(notice),
        "evidence": [jsonl.evidence(connection) for connection in notice.evidence],
        "model": notice.model,
        "config": notice.config,
    }


def _addresses(notice: Notice) -> list[str]:
    if notice.about:
        return []
    ends = [end for c in notice.evidence for end in (c.orig, c.resp)]
    return list(dict.fromkeys(filter(None, [notice.host, notice.peer, *ends])))


def _named(ends: dict[str, Any], notice: Notice) -> dict[str, Any]:
    """With the peer's name at the end that is the peer."""
    for end in ("source", "destination"):
        if notice.peer_name and notice.peer and ends.get(end, {}).get("ip") == notice.peer:
            ends[end]["domain"] = notice.peer_name
    return ends


def _host_alone(notice: Notice) -> dict[str, Any]:
    if notice.about:
        return {}
    ends: dict[str, Any] = {"source": {"ip": notice.host}}
    return ends | ({"destination": {"ip": notice.peer}} if notice.peer else {})


def _connection(host: str, first: Connection) -> dict[str, Any]:
    orig_port, resp_port = ports(first) or (None, None)
    return {
        "source": _end(first.orig, orig_port, first.orig_bytes, first.orig_pkts),
        "destination": _end(first.resp, resp_port, first.resp_bytes, first.resp_pkts),
        "network": _network(host, first),
    }


def _end(address: str, port: int | None, size: int | None, packets: int | None) -> dict[str, Any]:
    return present({"ip": address, "port": port, "bytes": size, "packets": packets})


def _network(host: str, first: Connection) -> dict[str, Any]:
    word = transport(first)
    return present(
        {
            "type": "ipv6" if ":" in first.orig else "ipv4",
            "transport": word,
            "iana_number": str(PROTOCOL_NUMBERS[word]) if word in PROTOCOL_NUMBERS else None,
            "protocol": first.service,
            "community_id": first.community_id,
            "direction": direction(host, first),
            "bytes": _both(first.orig_bytes, first.resp_bytes),
            "packets": _both(first.orig_pkts, first.resp_pkts),
        }
    )


def _both(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
