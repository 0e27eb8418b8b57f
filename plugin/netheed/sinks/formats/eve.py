"""EVE alerts, valid under the schemas of Suricata 7.0.10 and 8.0.6.

What netheed has to say stands in alert.metadata, the one place that both schemas leave open; the
signature of a sid never changes, so that a SIEM groups by it.
"""

import math
from typing import Any, Final

from netheed.records import Connection, Notice
from netheed.sinks.formats.documents import line, present
from netheed.sinks.formats.ends import ports, transport
from netheed.sinks.formats.signatures import GID, REVISION, category, signature
from netheed.sinks.formats.times import eve as eve_time
from netheed.sinks.formats.why import sentences

SEVERITIES: Final = {"critical": 1, "high": 1, "medium": 2, "low": 3}
"""Suricata counts from 1, the worst; Security Onion has no word for a fourth. What is critical is
told apart from what is high in the metadata."""
SIGNATURE_SEVERITIES: Final = {
    "critical": "Critical",
    "high": "Major",
    "medium": "Minor",
    "low": "Informational",
}
"""The words of the Emerging Threats rules, which SIEMs know."""
LARGEST_FLOW_ID: Final = 2**53
"""Suricata keeps its flow ids to what a JavaScript number holds."""
_APP_PROTOS: Final = {
    "ssl": "tls",
    "krb": "krb5",
    "krb_tcp": "krb5",
    "dce_rpc": "dcerpc",
    "dnp3_tcp": "dnp3",
    "ldap_tcp": "ldap",
    "ldap_udp": "ldap",
    "ipsec": "ike",
}
"""Zeek's word -> Suricata's, where they differ."""
_PROTOS: Final = {"ipv6-icmp": "IPv6-ICMP"}
"""Suricata writes every other one in capitals."""


def encode_notice(notice: Notice) -> bytes:
    """One alert, one line."""
    first = notice.evidence[0] if notice.evidence else None
    ends = _host_alone(notice) if first is None else _ends(first)
    record = {
        "timestamp": eve_time(notice.end),
        "event_type": "alert",
        **ends,
        "alert": _alert(notice),
    }
    return line(record if first is None else record | {"flow": _flow(first)})


def _alert(notice: Notice) -> dict[str, Any]:
    rule = signature(notice.kind)
    return {
        "action": "allowed",
        "gid": GID,
        "signature_id": rule.sid,
        "rev": REVISION,
        "signature": rule.text,
        "category": category(notice.kind),
        "severity": SEVERITIES[notice.severity],
        "metadata": {name: texts for name, texts in _metadata(notice).items() if any(texts)},
    }


def _metadata(notice: Notice) -> dict[str, list[str]]:
    """Values are lists of texts, as Suricata writes rule metadata."""
    return {
        "signature_severity": [SIGNATURE_SEVERITIES[notice.severity]],
        "mitre_technique_id": list(notice.techniques),
        "netheed_id": [notice.id],
        "netheed_host": [notice.host],
        "netheed_about": [notice.about or ""],
        "netheed_site": [notice.site or ""],
        "netheed_peer": [notice.peer or ""],
        "netheed_peer_name": [notice.peer_name or ""],
        "netheed_alerts": list(notice.alerts),
        "netheed_class": [notice.kind],
        "netheed_scale": [notice.scale],
        "netheed_class_probability": [_text(notice.kind_probability, ".4f")],
        "netheed_score": [_text(notice.score, ".4f")],
        "netheed_p_value": [_text(notice.p_value, ".3g")],
        "netheed_window": [eve_time(notice.start), eve_time(notice.end)],
        "netheed_connections": [str(notice.connections)],
        "netheed_sampled": [_text(notice.sampled, ".4g") if notice.sampled < 1 else ""],
        "netheed_why": sentences(notice),
        "netheed_evidence": [connection.uid for connection in notice.evidence],
        "netheed_model": [notice.model],
        "netheed_config": [notice.config],
    }


def _text(value: float, form: str) -> str:
    """Empty for what is no number: nobody must parse `nan`."""
    return format(value, form) if math.isfinite(value) else ""


def _host_alone(notice: Notice) -> dict[str, Any]:
    """A record needs two ends; without evidence the host and its peer, or the host twice."""
    return {"src_ip": notice.host, "dest_ip": notice.peer or notice.host, "proto": "IP"}


def _ends(first: Connection) -> dict[str, Any]:
    word = transport(first)
    service = first.service
    return present(
        {
            "flow_id": _flow_id(first),
            "in_iface": first.interface,
            "host": first.sensor_name,
            "src_ip": first.orig,
            "dest_ip": first.resp,
            **_numbers(first),
            "proto": _PROTOS.get(word, word.upper()),
            "app_proto": None if service is None else _APP_PROTOS.get(service, service),
            "community_id": first.community_id,
            "direction": "to_server",
        }
    )


def _numbers(first: Connection) -> dict[str, int]:
    pair = ports(first)
    if pair is not None:
        return {"src_port": pair[0], "dest_port": pair[1]}
    if first.proto == "icmp":
        return {"icmp_type": first.orig_port, "icmp_code": first.resp_port}
    return {}


def _flow_id(first: Connection) -> int | None:
    """Suricata's own flow id, only where the evidence is Suricata's."""
    digits = first.uid.isascii() and first.uid.isdecimal() and len(first.uid) <= 16
    if first.sensor != "suricata" or not digits:
        return None
    return number if (number := int(first.uid)) < LARGEST_FLOW_ID else None


def _flow(first: Connection) -> dict[str, Any]:
    """Bytes are those of the IP packets; Suricata's own flow records count the link header too."""
    flow = {
        "pkts_toserver": first.orig_pkts,
        "pkts_toclient": first.resp_pkts,
        "bytes_toserver": first.orig_bytes,
        "bytes_toclient": first.resp_bytes,
        "start": eve_time(first.start),
    }
    if first.duration is not None:
        flow["end"] = eve_time(first.start + first.duration)
    return present(flow)
