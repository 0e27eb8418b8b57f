"""Zeek's conn record, whatever it is written in: the fields -> Connection."""

from functools import lru_cache

from netheed.records import Connection, Outcome
from netheed.sources import outcome as outcomes
from netheed.sources.addresses import canonical
from netheed.sources.service_words import from_zeek

LATEST = 253402300800.0
"""The year 10000, seconds since the epoch."""
MOST = 2**53
IP_HEADER = 20
HEADERS = {"tcp": 40, "udp": 28, "icmp": 28}
"""IPv4 and transport header without options, bytes: what a packet adds to its payload."""


def connection(  # noqa: PLR0913 - the columns of a conn record
    *,
    uid: str,
    ts: float,
    duration: float | None,
    ends: tuple[str, int, str, int],
    proto: str,
    service: str | None,
    conn_state: str | None,
    history: str | None,
    payload: tuple[int | None, int | None],
    packets: tuple[int | None, int | None],
    ip_bytes: tuple[int | None, int | None],
    community_id: str | None,
    node: str | None,
) -> Connection:
    """One conn record. Pairs are (originator, responder).

    IP bytes are Zeek's orig_ip_bytes; where connection sizes are switched off in Zeek, payload
    and the plain headers of the known packets stand in for them. local_orig and local_resp are not
    read: `networks.local` decides. Raises ValueError for what cannot be.
    """
    _check(uid, ts, duration)
    orig, orig_port, resp, resp_port = ends
    orig, resp = canonical(orig), canonical(resp)
    sent, received = (
        size if size is not None else _estimated(load, count, proto)
        for size, load, count in zip(ip_bytes, payload, packets, strict=True)
    )
    sent_pkts, received_pkts = packets
    began = proto == "tcp" and _saw_syn(history, conn_state)
    if outcomes.is_reversed(proto, orig_port, resp_port, began):
        orig, resp, sent, received = resp, orig, received, sent
        sent_pkts, received_pkts = received_pkts, sent_pkts
        if proto == "icmp":
            orig_port = outcomes.icmp_request(orig_port)
        else:
            orig_port, resp_port = resp_port, orig_port
    return Connection(
        uid=uid,
        sensor="zeek",
        start=ts,
        duration=duration,
        orig=orig,
        orig_port=orig_port,
        resp=resp,
        resp_port=resp_port,
        proto=proto,
        service=None if service is None else from_zeek(service),
        outcome=_outcome(proto, conn_state, (sent_pkts, received_pkts), orig_port),
        orig_bytes=sent,
        resp_bytes=received,
        orig_pkts=sent_pkts,
        resp_pkts=received_pkts,
        community_id=community_id,
        sensor_name=node,
    )


@lru_cache(maxsize=256)
def proto(word: str) -> str:
    """Zeek's transport_proto in lower case. Raises ValueError for what is no word."""
    if not 0 < len(word) <= 32 or not word.isprintable():
        raise ValueError("proto is no protocol name")
    return word.lower()


def _check(uid: str, ts: float, duration: float | None) -> None:
    if not 0 < len(uid) <= 64 or not uid.isprintable():
        raise ValueError("uid is none")
    if not 0.0 <= ts < LATEST:
        raise ValueError("ts is no time between 1970 and 9999")
    if duration is not None and not 0.0 <= duration < LATEST:
        raise ValueError("duration is no time span")


def _saw_syn(history: str | None, conn_state: str | None) -> bool:
    """Zeek saw the handshake begin, or turned a SYN-ACK's connection round itself (`h` first)."""
    if history:
        return "S" in history or "h" in history
    return conn_state in ("S0", "REJ", "SF", "S1", "S2", "S3", "RSTO", "RSTR")


def _outcome(
    proto: str, state: str | None, packets: tuple[int | None, int | None], port: int
) -> Outcome:
    if proto == "tcp":
        return outcomes.tcp_by_state(state)
    sent, received = packets
    if received is None and proto != "icmp":
        received = 1 if state in ("SF", "SHR") else 0
        sent = 0 if state == "SHR" else 1
    return outcomes.by_packets(sent, received, proto, port)


def _estimated(payload: int | None, packets: int | None, proto: str) -> int | None:
    if payload is None:
        return None
    return payload + (packets or 0) * HEADERS.get(proto, IP_HEADER)
