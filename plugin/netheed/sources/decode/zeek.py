"""Zeek's conn record, whatever it is written in: the fields -> a draft of columns."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Final, Protocol

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


def draft(records: Sequence[Common], ends: Sequence[HasEnds], start: Floats, site: str) -> Draft:
    """Conn records with their two ends and their starts, seconds since the epoch.

    IP bytes are Zeek's orig_ip_bytes; where connection sizes are switched off in Zeek, payload
    and the plain headers of the known packets stand in for them. local_orig and local_resp are not
    read: `networks.local` decides.
    """
    wordings, of, refused = worded(_words(records), _wording, site)
    sent = numbers([record.orig_pkts for record in records])
    received = numbers([record.resp_pkts for record in records])
    made = Draft(
        sensor="zeek",
        start=start,
        duration=numbers([record.duration for record in records]),
        orig=[end.orig_h for end in ends],
        resp=[end.resp_h for end in ends],
        orig_port=np.array([end.orig_p for end in ends], dtype=np.int64),
        resp_port=np.array([end.resp_p for end in ends], dtype=np.int64),
        orig_bytes=numbers([record.orig_ip_bytes for record in records]),
        resp_bytes=numbers([record.resp_ip_bytes for record in records]),
        orig_pkts=sent,
        resp_pkts=received,
        wordings=wordings,
        worded=of,
        uid=[record.uid for record in records],
        community_id=[record.community_id for record in records],
        asked=sent,
        answered=received,
        refused=refused | _without_uid(records),
    )
    _estimate_bytes(made, records)
    _assume_packets(made, records)
    return made


_Words = tuple[str, str | None, str | None, str | None, str | None]
"""Protocol, services, state, history, name of the sensor."""


def _words(records: Sequence[Common]) -> list[tuple[str | None, ...]]:
    columns = (
        [record.proto for record in records],
        [record.service for record in records],
        [record.conn_state for record in records],
        [record.history for record in records],
        [record.system_name for record in records],
    )
    return list(zip(*columns, strict=True))


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


def _without_uid(records: Sequence[Common]) -> dict[int, str]:
    uids = [record.uid for record in records]
    if "" not in uids and "".join(uids).isprintable():
        return {}
    named = (bool(uid) and uid.isprintable() for uid in uids)
    return {place: "uid is none" for place, good in enumerate(named) if not good}


def _estimate_bytes(draft: Draft, records: Sequence[Common]) -> None:
    """IP bytes where Zeek does not tell them but counts payload."""
    for place in np.flatnonzero(np.isnan(draft.orig_bytes) | np.isnan(draft.resp_bytes)).tolist():
        record = records[place]
        header = HEADERS.get(draft.wordings[draft.worded[place]].said.proto, IP_HEADER)
        if record.orig_ip_bytes is None and record.orig_bytes is not None:
            draft.orig_bytes[place] = record.orig_bytes + header * (record.orig_pkts or 0)
        if record.resp_ip_bytes is None and record.resp_bytes is not None:
            draft.resp_bytes[place] = record.resp_bytes + header * (record.resp_pkts or 0)


def _assume_packets(draft: Draft, records: Sequence[Common]) -> None:
    """Who sent anything, by Zeek's state where it counts no packets; for ICMP it does not say."""
    uncounted = np.flatnonzero(np.isnan(draft.answered))
    if len(uncounted):
        draft.asked, draft.answered = draft.asked.copy(), draft.answered.copy()
    for place in uncounted.tolist():
        if draft.wordings[draft.worded[place]].said.proto != "icmp":
            state = records[place].conn_state
            draft.answered[place] = state in ("SF", "SHR")
            draft.asked[place] = state != "SHR"
