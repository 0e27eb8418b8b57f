"""What both sensors' records have in common on their way to columns.

A format makes a `Draft` of a block of its records: each field as a column, in the sensor's words.
Here addresses become words, directions and outcomes are worked out, and what cannot be is refused,
for a whole block at once. Words that say the same are looked at once: a `Wording` is what follows
from them.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netheed.core.columns import OTHER_PROTO, PROTOS, ROW, SENSOR_CODES, Columns, Rows, Said
from netheed.core.networks import AddressWords, parsed
from netheed.core.packed import Packed
from netheed.core.segments import Floats, Ints, Mask
from netheed.core.services import group_of_word
from netheed.records import Outcome, Sensor
from netheed.sources.decode import outcome as outcomes

LATEST: Final = 253402300800.0
"""The year 10000, seconds since the epoch."""
ICMP: Final = PROTOS["icmp"]


class Wording(NamedTuple):
    """What follows from the words of a record."""

    said: Said
    began: bool
    """TCP only: the beginning was seen, so the originator is the originator."""
    tcp: tuple[Outcome, Outcome, Outcome, Outcome]
    """TCP only, the outcome: without and with packets from the responder, then the same two for a
    connection that is turned round."""


UNREADABLE: Final = Wording(Said("", None, None, None, ""), False, (Outcome.PARTIAL,) * 4)


@dataclass(slots=True, kw_only=True)
class Draft:
    """A block of records as columns; NaN and None are what the sensor did not say."""

    sensor: Sensor
    start: Floats
    duration: Floats
    orig: Sequence[str]
    resp: Sequence[str]
    orig_port: Ints
    resp_port: Ints
    orig_bytes: Floats
    resp_bytes: Floats
    orig_pkts: Floats
    resp_pkts: Floats
    wordings: Sequence[Wording]
    """Each once."""
    worded: Ints
    """The number of each record's."""
    uid: Sequence[str]
    community_id: Sequence[str | None]
    asked: Floats
    """Packets as far as they tell an outcome without states: where a sensor counts none, what its
    state says of them."""
    answered: Floats
    refused: dict[int, str] = field(default_factory=dict)
    """Why some records are no connections."""


class Translation(NamedTuple):
    """A block of records after all."""

    columns: Columns
    """Of those that are not refused."""
    refused: dict[int, str]


def translated(draft: Draft, words: AddressWords) -> Translation:
    """Columns of a draft, which is used up."""
    codes = np.array([PROTOS.get(w.said.proto, OTHER_PROTO) for w in draft.wordings], dtype=np.int8)
    proto = codes[draft.worded]
    turned = _turn(draft, proto == ICMP)
    orig, resp = words.of(draft.orig), words.of(draft.resp)
    for ends, found in ((draft.orig, orig), (draft.resp, resp)):
        for place in np.flatnonzero(found.words == 0).tolist():
            draft.refused.setdefault(place, _no_address(ends[place]))
    _refuse_times(draft)
    columns = Columns(
        rows=_rows(draft, proto, turned),
        orig=np.where(turned, resp.texts, orig.texts),
        resp=np.where(turned, orig.texts, resp.texts),
        said=_each([w.said for w in draft.wordings], draft.worded),
        uid=Packed.of(draft.uid),
        community_id=Packed.of(draft.community_id),
    )
    columns.rows["orig"] = np.where(turned, resp.words, orig.words)
    columns.rows["resp"] = np.where(turned, orig.words, resp.words)
    if draft.refused:
        columns = columns.take(np.setdiff1d(np.arange(len(columns)), list(draft.refused)))
    return Translation(columns, draft.refused)


def numbers(values: Sequence[float | None]) -> Floats:
    """A column of numbers, NaN for None."""
    try:
        return np.fromiter(values, np.float64, len(values))
    except TypeError:
        return np.array(values, dtype=np.float64)


def worded(
    keys: Sequence[tuple[Any, ...]], wording: Callable[..., Wording], site: str
) -> tuple[list[Wording], Ints, dict[int, str]]:
    """The wordings of records by their words, each record's number, and which are refused."""
    known = _Numbers()
    of = np.fromiter(map(known.__getitem__, keys), np.int64, len(keys))
    found: list[Wording] = []
    refused: dict[int, str] = {}
    for number, key in enumerate(known):
        try:
            found.append(wording(key, site))
        except ValueError as error:
            found.append(UNREADABLE)
            refused |= dict.fromkeys(np.flatnonzero(of == number).tolist(), str(error))
    return found, of, refused


class _Numbers(dict[Hashable, int]):
    """Key -> how many others came before it; a dictionary, because it is asked for each record."""

    def __missing__(self, key: Hashable) -> int:
        number = self[key] = len(self)
        return number


def _turn(draft: Draft, icmp: Mask) -> Mask:
    """Turn round what has no beginning and ports that say so; which those are."""
    began = np.array([wording.began for wording in draft.wordings], dtype=np.bool_)
    back = outcomes.is_reversed(icmp, draft.orig_port, draft.resp_port)
    back &= ~began[draft.worded]
    if back.any():
        ports = outcomes.turned_ports(icmp, draft.orig_port, draft.resp_port)
        draft.orig_port = np.where(back, ports[0], draft.orig_port)
        draft.resp_port = np.where(back, ports[1], draft.resp_port)
        for one, other in (
            ("orig_bytes", "resp_bytes"),
            ("orig_pkts", "resp_pkts"),
            ("asked", "answered"),
        ):
            first, second = getattr(draft, one), getattr(draft, other)
            setattr(draft, one, np.where(back, second, first))
            setattr(draft, other, np.where(back, first, second))
    return back


def _rows(draft: Draft, proto: NDArray[np.int8], turned: Mask) -> Rows:
    """All numbers but the addresses'."""
    rows = np.empty(len(proto), dtype=ROW)
    for name in ("start", "duration", "orig_port", "resp_port"):
        rows[name] = getattr(draft, name)
    for name in ("orig_bytes", "resp_bytes", "orig_pkts", "resp_pkts"):
        rows[name] = getattr(draft, name)
    groups = np.array([group_of_word(w.said.service) for w in draft.wordings], dtype=np.int8)
    rows["proto"], rows["service"] = proto, groups[draft.worded]
    rows["sensor"], rows["halvings"] = SENSOR_CODES[draft.sensor], 0
    by_packets = outcomes.by_packets(draft.asked, draft.answered, proto == ICMP, draft.orig_port)
    tcp = np.array([wording.tcp for wording in draft.wordings], dtype=np.int8).reshape(-1, 4)
    by_state = tcp[draft.worded, (draft.resp_pkts > 0) + 2 * turned]
    rows["outcome"] = np.where(proto == PROTOS["tcp"], by_state, by_packets)
    return rows


def _refuse_times(draft: Draft) -> None:
    for place in np.flatnonzero(~((draft.start >= 0) & (draft.start < LATEST))).tolist():
        draft.refused.setdefault(place, "the start is no time between 1970 and 9999")
    wrong = (draft.duration < 0) | (draft.duration >= LATEST)
    for place in np.flatnonzero(wrong).tolist():
        draft.refused.setdefault(place, "the duration is no time span")


def _no_address(text: str) -> str:
    try:
        parsed(text)
    except ValueError as error:
        return str(error)
    raise AssertionError(f"{text!r} is an address after all")


def _each(values: Sequence[Any], of: Ints) -> NDArray[Any]:
    return np.fromiter(values, np.object_, len(values))[of]
