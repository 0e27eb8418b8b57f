"""Zeek's conn record, whatever it is written in: the fields -> a draft of columns."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Final, NamedTuple, Protocol

import numpy as np
from msgspec import Meta, Struct

from netheed.core.columns import Said
from netheed.core.segments import Floats
from netheed.records import Outcome
from netheed.sources.decode.outcome import TCP_STATES
from netheed.sources.decode.service_words import from_zeek
from netheed.sources.decode.translate import Draft, Wording, numbers, worded

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


class ConnColumns(NamedTuple):
    """Conn records as columns, in Zeek's names; None is what Zeek did not say."""

    uid: Sequence[str]
    proto: Sequence[str]
    service: Sequence[str | None]
    duration: Sequence[float | None]
    conn_state: Sequence[str | None]
    history: Sequence[str | None]
    orig_bytes: Sequence[int | None]
    resp_bytes: Sequence[int | None]
    orig_pkts: Sequence[int | None]
    orig_ip_bytes: Sequence[int | None]
    resp_pkts: Sequence[int | None]
    resp_ip_bytes: Sequence[int | None]
    community_id: Sequence[str | None]
    system_name: Sequence[str | None]
    orig_h: Sequence[str]
    orig_p: Sequence[int]
    resp_h: Sequence[str]
    resp_p: Sequence[int]


def in_columns(records: Sequence[Common], ends: Sequence[HasEnds]) -> ConnColumns:
    """Records as columns, and what holds their two ends."""
    # One list a field: Python reads the same attribute of one class fastest.
    return ConnColumns(
        uid=[record.uid for record in records],
        proto=[record.proto for record in records],
        service=[record.service for record in records],
        duration=[record.duration for record in records],
        conn_state=[record.conn_state for record in records],
        history=[record.history for record in records],
        orig_bytes=[record.orig_bytes for record in records],
        resp_bytes=[record.resp_bytes for record in records],
        orig_pkts=[record.orig_pkts for record in records],
        orig_ip_bytes=[record.orig_ip_bytes for record in records],
        resp_pkts=[record.resp_pkts for record in records],
        resp_ip_bytes=[record.resp_ip_bytes for record in records],
        community_id=[record.community_id for record in records],
        system_name=[record.system_name for record in records],
        orig_h=[end.orig_h for end in ends],
        orig_p=[end.orig_p for end in ends],
        resp_h=[end.resp_h for end in ends],
        resp_p=[end.resp_p for end in ends],
    )


def draft(conns: ConnColumns, start: Floats, site: str) -> Draft:
    """Conn records and their starts, seconds since the epoch.

    IP bytes are Zeek's orig_ip_bytes; where connection sizes are switched off in Zeek, payload
    and the plain headers of the known packets stand in for them. local_orig and local_resp are not
    read: `networks.local` decides.
    """
    wordings, of, refused = worded(_words(conns), _wording, site)
    sent, received = numbers(conns.orig_pkts), numbers(conns.resp_pkts)
    made = Draft(
        sensor="zeek",
        start=start,
        duration=numbers(conns.duration),
        orig=conns.orig_h,
        resp=conns.resp_h,
        orig_port=np.fromiter(conns.orig_p, np.int64, len(conns.uid)),
        resp_port=np.fromiter(conns.resp_p, np.int64, len(conns.uid)),
        orig_bytes=numbers(conns.orig_ip_bytes),
        resp_bytes=numbers(conns.resp_ip_bytes),
        orig_pkts=sent,
        resp_pkts=received,
        wordings=wordings,
        worded=of,
        uid=conns.uid,
        community_id=conns.community_id,
        asked=sent,
        answered=received,
        refused=refused | _without_uid(conns.uid),
    )
    _estimate_bytes(made, conns)
    _assume_packets(made, conns)
    return made


_Words = tuple[str, str | None, str | None, str | None, str | None]
"""Protocol, services, state, history, name of the sensor."""


def _words(conns: ConnColumns) -> list[_Words]:
    said = (conns.proto, conns.service, conns.conn_state, conns.history, conns.system_name)
    return list(zip(*said, strict=True))


@lru_cache(maxsize=4096)
def _wording(words: _Words, site: str) -> Wording:
    """What follows from a record's words.

    A state with an outcome needs the originator's SYN; `h` in the history is a SYN-ACK, by which
    Zeek turns a connection round itself. A connection without a beginning is PARTIAL either way.
    """
    proto, services, state, history, system_name = words
    service = from_zeek(services) if services else None
    said = Said(protocol(proto), service, None, system_name, site)
    outcome = TCP_STATES.get(state or "")
    tcp = said.proto == "tcp"
    began = tcp and (outcome is not None or bool({"S", "h"} & set(history or "")))
    return Wording(said, began, (Outcome.PARTIAL if outcome is None else outcome,) * 4)


def protocol(word: str) -> str:
    """Zeek's transport_proto in lower case. Raises ValueError for what is no word."""
    if not 0 < len(word) <= 32 or not word.isprintable():
        raise ValueError("proto is no protocol name")
    return word.lower()


def _without_uid(uids: Sequence[str]) -> dict[int, str]:
    if "" not in uids and "".join(uids).isprintable():
        return {}
    named = (bool(uid) and uid.isprintable() for uid in uids)
    return {place: "uid is none" for place, good in enumerate(named) if not good}


def _estimate_bytes(draft: Draft, conns: ConnColumns) -> None:
    """IP bytes where Zeek does not tell them but counts payload."""
    for place in np.flatnonzero(np.isnan(draft.orig_bytes) | np.isnan(draft.resp_bytes)).tolist():
        header = HEADERS.get(draft.wordings[draft.worded[place]].said.proto, IP_HEADER)
        sent, received = conns.orig_bytes[place], conns.resp_bytes[place]
        if conns.orig_ip_bytes[place] is None and sent is not None:
            draft.orig_bytes[place] = sent + header * (conns.orig_pkts[place] or 0)
        if conns.resp_ip_bytes[place] is None and received is not None:
            draft.resp_bytes[place] = received + header * (conns.resp_pkts[place] or 0)


def _assume_packets(draft: Draft, conns: ConnColumns) -> None:
    """Who sent anything, by Zeek's state where it counts no packets; for ICMP it does not say."""
    uncounted = np.flatnonzero(np.isnan(draft.answered))
    if len(uncounted):
        draft.asked, draft.answered = draft.asked.copy(), draft.answered.copy()
    for place in uncounted.tolist():
        if draft.wordings[draft.worded[place]].said.proto != "icmp":
            state = conns.conn_state[place]
            draft.answered[place] = state in ("SF", "SHR")
            draft.asked[place] = state != "SHR"
