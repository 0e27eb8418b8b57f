"""Connections as columns: what goes into the core, and what an open window keeps.

Numbers stand in one structured array, texts beside it: no Python object stands for a connection.
One becomes a `Connection` again when an analyst is to see it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from netheed.core.networks import AddressWords
from netheed.core.packed import Packed
from netheed.core.services import group_of_word
from netheed.core.state import State, joined, part
from netheed.records import Connection, Outcome, Sensor

Rows = NDArray[np.void]
Texts = NDArray[Any]

ROW: Final = np.dtype(
    [
        ("start", "f8"),
        ("duration", "f8"),
        ("orig", "u8"),
        ("resp", "u8"),
        ("orig_port", "i4"),
        ("resp_port", "i4"),
        ("orig_bytes", "f8"),
        ("resp_bytes", "f8"),
        ("orig_pkts", "f8"),
        ("resp_pkts", "f8"),
        ("outcome", "i1"),
        ("proto", "i1"),
        ("service", "i1"),
        ("sensor", "i1"),
        ("halvings", "i1"),
    ]
)
"""One connection as numbers, NaN where the sensor did not say. `orig` and `resp` are address words,
`service` is a group, `proto` and `sensor` are codes. A connection of a sample was taken in with the
probability 2 ** -halvings."""

SENSORS: Final[tuple[Sensor, ...]] = ("zeek", "suricata")
SENSOR_CODES: Final = {sensor: code for code, sensor in enumerate(SENSORS)}
PROTOS: Final = {"tcp": 0, "udp": 1, "icmp": 2}
OTHER_PROTO: Final = 3


class Said(NamedTuple):
    """What a sensor says of many connections in the same words; None where it did not say."""

    proto: str
    service: str | None
    interface: str | None
    sensor_name: str | None
    site: str
    """Empty where none is configured."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Connections of one or several origins, in the order of their arrival or of a window."""

    rows: Rows
    """ROW."""
    orig: Texts
    """Addresses. Equal ones are mostly one string."""
    resp: Texts
    said: Texts
    """`Said`, one for all that are equal."""
    uid: Packed
    community_id: Packed

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(cls, connections: Sequence[Connection], words: AddressWords) -> Self:
        """One pass a column. Raises ValueError for what is no address."""
        size = len(connections)
        rows = np.empty(size, dtype=ROW)
        orig = words.all_of([c.orig for c in connections])
        resp = words.all_of([c.resp for c in connections])
        rows["orig"], rows["resp"] = orig.words, resp.words
        for name in ("start", "orig_port", "resp_port", "outcome"):
            rows[name] = [getattr(c, name) for c in connections]
        for name in ("duration", "orig_bytes", "resp_bytes", "orig_pkts", "resp_pkts"):
            rows[name] = np.array([getattr(c, name) for c in connections], dtype=np.float64)
        rows["halvings"] = 0
        rows["sensor"] = [SENSOR_CODES[c.sensor] for c in connections]
        rows["proto"] = [PROTOS.get(c.proto, OTHER_PROTO) for c in connections]
        rows["service"] = [group_of_word(c.service) for c in connections]
        said = [
            Said(c.proto, c.service, c.interface, c.sensor_name, words.site) for c in connections
        ]
        return cls(
            rows=rows,
            orig=orig.texts,
            resp=resp.texts,
            said=_shared(said),
            uid=Packed.of([c.uid for c in connections]),
            community_id=Packed.of([c.community_id for c in connections]),
        )

    @classmethod
    def none(cls) -> Self:
        """No connection."""
        texts = np.empty(0, dtype=np.object_)
        return cls(np.empty(0, dtype=ROW), texts, texts, texts, Packed.of([]), Packed.of([]))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Several one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            rows=np.concatenate([part.rows for part in parts]),
            orig=np.concatenate([part.orig for part in parts]),
            resp=np.concatenate([part.resp for part in parts]),
            said=np.concatenate([part.said for part in parts]),
            uid=Packed.joined([part.uid for part in parts]),
            community_id=Packed.joined([part.community_id for part in parts]),
        )

    def take(self, at: NDArray[Any] | slice) -> Self:
        """The connections at some places, in that order."""
        return type(self)(
            rows=self.rows[at],
            orig=self.orig[at],
            resp=self.resp[at],
            said=self.said[at],
            uid=self.uid.take(at),
            community_id=self.community_id.take(at),
        )

    def parts(self, order: NDArray[Any], firsts: Sequence[int]) -> Iterator[Self]:
        """The connections in another order, in runs that begin at some places of it.

        Each has memory of its own.
        """
        uids, ids = self.uid.told(order), self.community_id.told(order)
        for first, end in zip(firsts, [*firsts, len(order)][1:], strict=True):
            run = order[first:end]
            yield type(self)(
                rows=self.rows[run],
                orig=self.orig[run],
                resp=self.resp[run],
                said=self.said[run],
                uid=Packed.of(uids[first:end]),
                community_id=Packed.of(ids[first:end]),
            )

    def connections(self, at: NDArray[np.int64]) -> list[Connection]:
        """The connections at some places, as the sensor told them."""
        uids, ids = self.uid.told(at), self.community_id.told(at)
        named = zip(at.tolist(), uids, ids, strict=True)
        return [self._connection(place, str(uid), other) for place, uid, other in named]

    def _connection(self, at: int, uid: str, community_id: str | None) -> Connection:
        row, said = self.rows[at], self.said[at]
        return Connection(
            uid=uid,
            sensor=SENSORS[row["sensor"]],
            start=float(row["start"]),
            duration=_known(row["duration"]),
            orig=self.orig[at],
            orig_port=int(row["orig_port"]),
            resp=self.resp[at],
            resp_port=int(row["resp_port"]),
            proto=said.proto,
            service=said.service,
            outcome=Outcome(int(row["outcome"])),
            orig_bytes=_count(row["orig_bytes"]),
            resp_bytes=_count(row["resp_bytes"]),
            orig_pkts=_count(row["orig_pkts"]),
            resp_pkts=_count(row["resp_pkts"]),
            community_id=community_id,
            interface=said.interface,
            sensor_name=said.sensor_name,
        )

    def snapshot(self) -> State:
        """All columns."""
        kept, said = _numbered(self.said)
        state: State = {
            f"said_{name}": _kept(getattr(s, name) for s in kept) for name in Said._fields
        }
        for name, column in (("orig", self.orig), ("resp", self.resp)):
            texts, of = _numbered(column)
            state |= {f"{name}_text": of, f"{name}_texts": _kept(texts)}
        packed = {"uid": self.uid.snapshot(), "community_id": self.community_id.snapshot()}
        rows = {name: self.rows[name] for name in ROW.names or ()}
        return rows | state | {"said": said} | joined(packed)

    @classmethod
    def restored(cls, state: State) -> Self:
        """The inverse of `snapshot`. Raises KeyError, IndexError or ValueError for another's."""
        rows = np.empty(len(state["start"]), dtype=ROW)
        for name in ROW.names or ():
            rows[name] = state[name]
        texts = {
            name: _objects(_told(state[f"{name}_texts"]))[state[f"{name}_text"]]
            for name in ("orig", "resp")
        }
        packed = {name: Packed.restored(part(state, name)) for name in ("uid", "community_id")}
        words = zip(*(_told(state[f"said_{name}"]) for name in Said._fields), strict=True)
        said = _objects([Said(*spoken) for spoken in words])[state["said"]]
        lengths = {len(said), *map(len, texts.values()), *map(len, packed.values())}
        if lengths != {len(rows)}:
            raise ValueError("columns of different lengths")
        return cls(rows, texts["orig"], texts["resp"], said, **packed)


def _objects(values: Sequence[Any]) -> Texts:
    return np.fromiter(values, np.object_, len(values))


def _shared(said: Sequence[Said]) -> Texts:
    """One object for all that are equal."""
    known: dict[Said, Said] = {}
    return _objects([known.setdefault(one, one) for one in said])


def _numbered(column: Texts) -> tuple[list[Any], NDArray[np.int32]]:
    """What stands in a column, each object once, and the number of each connection's.

    Equal things are mostly one object, and that is found sooner than what is equal.
    """
    objects = column.tolist()
    known = dict(zip(map(id, objects), objects, strict=True))
    numbers = dict(zip(known, range(len(known)), strict=True))
    of = np.fromiter(map(numbers.__getitem__, map(id, objects)), np.int32, len(objects))
    return list(known.values()), of


def _kept(texts: Iterable[str | None]) -> NDArray[np.bytes_]:
    """Between marks, because an array of bytes knows neither None nor a NUL at the end."""
    marked = (
        b"" if text is None else f"={text}=".encode("utf-8", "surrogatepass") for text in texts
    )
    return np.array(list(marked), dtype=np.bytes_)


def _told(kept: NDArray[np.bytes_]) -> list[str | None]:
    return [text[1:-1].decode("utf-8", "surrogatepass") if text else None for text in kept.tolist()]


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _count(value: Any) -> int | None:
    return None if np.isnan(value) else int(value)
