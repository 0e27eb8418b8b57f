"""Zeek's conn record, whatever it is written in: the fields -> Connection."""

from functools import lru_cache
from typing import Annotated, Final, Protocol

from msgspec import Meta, Struct

from netheed.records import Connection, Outcome
from netheed.sources.decode import outcome as outcomes
from netheed.sources.decode.addresses import canonical
from netheed.sources.decode.service_words import from_zeek

LATEST: Final = 253402300800.0
"""The year 10000, seconds since the epoch."""
IP_HEADER: Final = 20
HEADERS: Final = {"tcp": 40, "udp": 28, "icmp": 28}
"""IPv4 and transport header without options, bytes: what a packet adds to its payload."""


Count = Annotated[int, Meta(ge=0, le=2**53)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Word = Annotated[str, Meta(max_length=64)]
List = Annotated[str, Meta(max_length=256)]

OTHER_NAMES: Final = {
    "path": "_path",
    "stream": "@stream",
    "system_name": "_system_name",
    "shipped": "@timestamp",
}
DOTTED: Final = {
    "orig_h": "id.orig_h",
    "orig_p": "id.orig_p",
    "resp_h": "id.resp_h",
    "resp_p": "id.resp_p",
}


class Common(Struct, frozen=True, gc=False, kw_only=True, rename=OTHER_NAMES):
    """What is spelt alike everywhere."""

    ts: float | Word | None = None
    uid: Word
    proto: Word
    service: List | None = None
    duration: float | None = None
    orig_bytes: Count | None = None
    resp_bytes: Count | None = None
    conn_state: Word | None = None
    missed_bytes: Count | None = None
    history: List | None = None
    orig_pkts: Count | None = None
    orig_ip_bytes: Count | None = None
    resp_pkts: Count | None = None
    resp_ip_bytes: Count | None = None
    community_id: Word | None = None
    path: Word | None = None
    stream: Word | None = None
    system_name: List | None = None
    shipped: Word | None = None


class ConnRecord(Common, frozen=True, gc=False, kw_only=True, rename=OTHER_NAMES | DOTTED):
    """With `id.orig_h`, as Zeek writes it."""

    orig_h: Word
    orig_p: Port
    resp_h: Word
    resp_p: Port


class Ends(Struct, frozen=True, gc=False):
    """The `id` of a nested record."""

    orig_h: Word
    orig_p: Port
    resp_h: Word
    resp_p: Port


class HasEnds(Protocol):
    """Where the two ends stand."""

    @property
    def orig_h(self) -> str:
        """The originator's address."""
        ...

    @property
    def orig_p(self) -> int:
        """Its port, for ICMP the type."""
        ...

    @property
    def resp_h(self) -> str:
        """The responder's address."""
        ...

    @property
    def resp_p(self) -> int:
        """Its port, for ICMP the code."""
        ...


def connection(record: Common, ends: HasEnds, ts: float) -> Connection:
    """One conn record with its two ends and its start, seconds since the epoch.

    IP bytes are Zeek's orig_ip_bytes; where connection sizes are switched off in Zeek, payload
    and the plain headers of the known packets stand in for them. local_orig and local_resp are not
    read: `networks.local` decides. Raises ValueError for what cannot be.
    """
    proto, duration = protocol(record.proto), record.duration
    if not 0.0 <= ts < LATEST:
        raise ValueError("ts is no time between 1970 and 9999")
    if duration is not None and not 0.0 <= duration < LATEST:
        raise ValueError("duration is no time span")
    sent, received = record.orig_ip_bytes, record.resp_ip_bytes
    if sent is None or received is None:
        sent, received = _estimated(record, proto)
    outcome, began = _how(proto, record, ends.orig_p)
    made = Connection(
        uid=_uid(record.uid),
        sensor="zeek",
        start=ts,
        duration=duration,
        orig=canonical(ends.orig_h),
        orig_port=ends.orig_p,
        resp=canonical(ends.resp_h),
        resp_port=ends.resp_p,
        proto=proto,
        service=from_zeek(record.service) if record.service else None,
        outcome=outcome,
        orig_bytes=sent,
        resp_bytes=received,
        orig_pkts=record.orig_pkts,
        resp_pkts=record.resp_pkts,
        community_id=record.community_id,
        sensor_name=record.system_name,
    )
    if began or not outcomes.is_reversed(proto, ends.orig_p, ends.resp_p):
        return made
    # A TCP connection without a beginning is PARTIAL either way.
    return outcomes.turned(made)


@lru_cache(maxsize=256)
def protocol(word: str) -> str:
    """Zeek's transport_proto in lower case. Raises ValueError for what is no word."""
    if not 0 < len(word) <= 32 or not word.isprintable():
        raise ValueError("proto is no protocol name")
    return word.lower()


def _uid(text: str) -> str:
    if not 0 < len(text) <= 64 or not text.isprintable():
        raise ValueError("uid is none")
    return text


def _how(proto: str, record: Common, port: int) -> tuple[Outcome, bool]:
    """The outcome, and whether the beginning was seen, which only TCP can say.

    A state with an outcome needs the originator's SYN; `h` in the history is a SYN-ACK, by which
    Zeek turns a connection round itself.
    """
    if proto == "tcp":
        outcome = outcomes.TCP_STATES.get(record.conn_state or "")
        if outcome is not None:
            return outcome, True
        history = record.history or ""
        return Outcome.PARTIAL, "S" in history or "h" in history
    sent, received = record.orig_pkts, record.resp_pkts
    if received is None and proto != "icmp":
        received = 1 if record.conn_state in ("SF", "SHR") else 0
        sent = 0 if record.conn_state == "SHR" else 1
    return outcomes.by_packets(sent, received, proto, port), False


def _estimated(record: Common, proto: str) -> tuple[int | None, int | None]:
    """IP bytes of both directions, each Zeek's own where it has one."""
    header = HEADERS.get(proto, IP_HEADER)
    sent, received = record.orig_ip_bytes, record.resp_ip_bytes
    if sent is None and record.orig_bytes is not None:
        sent = record.orig_bytes + header * (record.orig_pkts or 0)
    if received is None and record.resp_bytes is not None:
        received = record.resp_bytes + header * (record.resp_pkts or 0)
    return sent, received
