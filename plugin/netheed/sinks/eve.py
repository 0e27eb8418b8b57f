"""EVE alerts, valid under the schemas of Suricata 7.0.10 and 8.0.6.

What netheed has to say stands in alert.metadata, the one place that both schemas leave open; the
signature of a sid never changes, so that a SIEM groups by it.
"""

from typing import Any, Final

from netheed.records import Connection, Notice
from netheed.sinks.clean import clean
from netheed.sinks.jsonl import line
from netheed.sinks.signatures import CATEGORY, GID, REVISION, signature
from netheed.sinks.times import eve as eve_time
from netheed.sinks.why import driver_sentence

SEVERITIES: Final = {"critical": 1, "high": 1, "medium": 2, "low": 3}
"""Suricata counts from 1, the worst."""
SIGNATURE_SEVERITIES: Final = {
    "critical": "Critical",
    "high": "Major",
    "medium": "Minor",
    "low": "Informational",
}
_ICMP: Final = "icmp"


def encode_notice(notice: Notice) -> bytes:
    """One alert, one line."""
    first = notice.evidence[0] if notice.evidence else None
    record: dict[str, Any] = {"timestamp": eve_time(notice.end)}
    record |= _flow_id(first)
    record |= {"event_type": "alert"}
    record |= _ends(notice, first)
    record["alert"] = _alert(notice)
    if first is not None:
        record |= _flow(first)
    return line(record)


def _alert(notice: Notice) -> dict[str, Any]:
    rule = signature(notice.kind)
    return {
        "action": "allowed",
        "gid": GID,
        "signature_id": rule.sid,
        "rev": REVISION,
        "signature": rule.text,
        "category": CATEGORY,
        "severity": SEVERITIES[notice.severity],
        "metadata": {name: _texts(value) for name, value in _metadata(notice).items() if value},
    }


def _metadata(notice: Notice) -> dict[str, str | list[str]]:
    """Values are lists of texts, as Suricata writes rule metadata."""
    return {
        "signature_severity": SIGNATURE_SEVERITIES[notice.severity],
        "mitre_technique_id": list(notice.techniques),
        "netheed_id": notice.id,
        "netheed_host": notice.host,
        "netheed_peer": notice.peer or "",
        "netheed_class": notice.kind,
        "netheed_class_probability": f"{notice.kind_probability:.4f}",
        "netheed_score": f"{notice.score:.4f}",
        "netheed_p_value": f"{notice.p_value:.3g}",
        "netheed_window": [eve_time(notice.start), eve_time(notice.end)],
        "netheed_connections": str(notice.connections),
        "netheed_why": [driver_sentence(driver) for driver in notice.drivers],
        "netheed_evidence": [connection.uid for connection in notice.evidence],
        "netheed_model": notice.model,
        "netheed_config": notice.config,
    }


def _texts(value: str | list[str]) -> list[str]:
    return [clean(text) for text in ([value] if isinstance(value, str) else value)]


def _flow_id(first: Connection | None) -> dict[str, int]:
    """Suricata's own flow id, only where the evidence is Suricata's."""
    if first is None or first.sensor != "suricata" or not first.uid.isdecimal():
        return {}
    return {"flow_id": int(first.uid)} if len(first.uid) < 19 else {}


def _ends(notice: Notice, first: Connection | None) -> dict[str, Any]:
    """The most telling connection's ends; without one the host and its peer."""
    if first is None:
        other = notice.peer or notice.host
        return {"src_ip": clean(notice.host), "dest_ip": clean(other), "proto": "IP"}
    ends: dict[str, Any] = {"src_ip": clean(first.orig), "dest_ip": clean(first.resp)}
    if first.proto == _ICMP:
        v6 = ":" in first.orig
        ends |= {"proto": "IPv6-ICMP" if v6 else "ICMP"}
        ends |= {"icmp_type": min(first.orig_port, 255), "icmp_code": min(first.resp_port, 255)}
    else:
        ends |= {"src_port": first.orig_port, "dest_port": first.resp_port}
        ends |= {"proto": clean(first.proto.upper())}
    optional = {
        "community_id": first.community_id,
        "in_iface": first.interface,
        "host": first.sensor_name,
        "app_proto": "tls" if first.service == "ssl" else first.service,
    }
    return ends | {name: clean(text) for name, text in optional.items() if text}


def _flow(first: Connection) -> dict[str, Any]:
    flow: dict[str, Any] = {"start": eve_time(first.start)}
    counts = {
        "pkts_toserver": first.orig_pkts,
        "pkts_toclient": first.resp_pkts,
        "bytes_toserver": first.orig_bytes,
        "bytes_toclient": first.resp_bytes,
    }
    flow |= {name: count for name, count in counts.items() if count is not None}
    return {"flow": flow}
