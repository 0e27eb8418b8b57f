"""Connections as columns: what goes into the core, and what an open window keeps.

Numbers stand in one structured array, texts beside it: no Python object stands for a connection.
One becomes a `Connection` again when an analyst is to see it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from netheed.core.networks import AddressWords
from netheed.core.services import group_of_word
from netheed.core.state import State
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
    ]
)
"""One connection as numbers, NaN where the sensor did not say. `orig` and `resp` are address words,
`service` is a group, `proto` and `sensor` are codes."""

TEXTS: Final = ("uid", "orig", "resp", "proto", "service", "community_id", "interface", "node")
"""Strings, None where the sensor did not say; `node` is the sensor's name. Equal addresses and
words are one string; kept as objects, because making byte arrays of them costs as much as decoding
a tenth of the line. The site of a batch is one for all of its connections."""

SENSORS: Final[tuple[Sensor, ...]] = ("zeek", "suricata")
PROTOS: Final = {"tcp": 0, "udp": 1, "icmp": 2}
OTHER_PROTO: Final = 3


class _Kind(NamedTuple):
    """What few different connections of a batch share."""

    sensor: Sensor
    proto: str
    service: str | None
    interface: str | None
    node: str | None


@dataclass(frozen=True, slots=True)
class Columns:
    """Connections of one or several origins, in the order of their arrival or of a window."""

    rows: Rows
    """ROW."""
    texts: dict[str, Texts]
    """TEXTS and `site`, one entry a row."""

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(cls, connections: Sequence[Connection], words: AddressWords) -> Self:
        """One pass a column: measured at half the cost of one tuple a connection."""
        size = len(connections)
        rows = np.empty(size, dtype=ROW)
        orig, resp = [c.orig for c in connections], [c.resp for c in connections]
        rows["start"] = np.fromiter([c.start for c in connections], np.float64, size)
        rows["duration"] = np.array([c.duration for c in connections], dtype=np.float64)
        rows["orig"] = np.fromiter([words[address] for address in orig], np.uint64, size)
        rows["resp"] = np.fromiter([words[address] for address in resp], np.uint64, size)
        rows["orig_port"] = np.fromiter([c.orig_port for c in connections], np.int32, size)
        rows["resp_port"] = np.fromiter([c.resp_port for c in connections], np.int32, size)
        rows["orig_bytes"] = np.array([c.orig_bytes for c in connections], dtype=np.float64)
        rows["resp_bytes"] = np.array([c.resp_bytes for c in connections], dtype=np.float64)
        rows["orig_pkts"] = np.array([c.orig_pkts for c in connections], dtype=np.float64)
        rows["resp_pkts"] = np.array([c.resp_pkts for c in connections], dtype=np.float64)
        rows["outcome"] = np.fromiter([c.outcome for c in connections], np.int8, size)
        texts = {
            "uid": _texts([c.uid for c in connections]),
            "orig": _texts(orig),
            "resp": _texts(resp),
            "community_id": _texts([c.community_id for c in connections]),
            "site": _texts([words.site] * size),
        }
        return cls(rows, texts | _kinds(connections, rows))

    @classmethod
    def none(cls) -> Self:
        """No connection."""
        return cls.of((), AddressWords(()))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Several one after the other."""
        if len(parts) == 1:
            return parts[0]
        rows = np.concatenate([part.rows for part in parts])
        names = parts[0].texts
        return cls(rows, {name: np.concatenate([p.texts[name] for p in parts]) for name in names})

    def take(self, at: NDArray[Any] | slice) -> Self:
        """The connections at some places, in that order; a slice shares memory."""
        return type(self)(self.rows[at], {name: text[at] for name, text in self.texts.items()})

    def copied(self) -> Self:
        """The same in memory of its own."""
        return type(self)(self.rows.copy(), {name: t.copy() for name, t in self.texts.items()})

    def connection(self, at: int) -> Connection:
        """The connection at a place, as the sensor told it."""
        row, texts = self.rows[at], self.texts
        return Connection(
            uid=texts["uid"][at],
            sensor=SENSORS[row["sensor"]],
            start=float(row["start"]),
            duration=_known(row["duration"]),
            orig=texts["orig"][at],
            orig_port=int(row["orig_port"]),
            resp=texts["resp"][at],
            resp_port=int(row["resp_port"]),
            proto=texts["proto"][at],
            service=texts["service"][at],
            outcome=Outcome(int(row["outcome"])),
            orig_bytes=_count(row["orig_bytes"]),
            resp_bytes=_count(row["resp_bytes"]),
            orig_pkts=_count(row["orig_pkts"]),
            resp_pkts=_count(row["resp_pkts"]),
            community_id=texts["community_id"][at],
            interface=texts["interface"][at],
            sensor_name=texts["node"][at],
        )

    def connections(self, places: Iterable[int]) -> list[Connection]:
        """The connections at some places."""
        return [self.connection(at) for at in places]

    def snapshot(self) -> State:
        """All columns."""
        return {name: self.rows[name] for name in ROW.names or ()} | {
            f"text_{name}": np.array([(t or "").encode() for t in text], dtype=np.bytes_)
            for name, text in self.texts.items()
        }

    @classmethod
    def restored(cls, state: State) -> Self:
        """The inverse of `snapshot`. Raises KeyError or ValueError for another's."""
        rows = np.empty(len(state["start"]), dtype=ROW)
        for name in ROW.names or ():
            rows[name] = state[name]
        kept = {name: state[f"text_{name}"].tolist() for name in (*TEXTS, "site")}
        if any(len(texts) != len(rows) for texts in kept.values()):
            raise ValueError("columns of different lengths")
        texts = {name: _texts([t.decode() or None for t in kept[name]]) for name in TEXTS}
        return cls(rows, texts | {"site": _texts([t.decode() for t in kept["site"]])})


def _kinds(connections: Sequence[Connection], rows: Rows) -> dict[str, Texts]:
    """Fill the codes of `rows`, and give the texts, from the few different kinds of a batch."""
    codes: dict[tuple[object, ...], int] = {}
    number = codes.setdefault
    of = np.fromiter(
        [
            number((c.sensor, c.proto, c.service, c.interface, c.sensor_name), len(codes))
            for c in connections
        ],
        np.int64,
        len(connections),
    )
    kinds = [_Kind(*key) for key in codes]  # type: ignore[arg-type]
    proto = np.array([PROTOS.get(kind.proto, OTHER_PROTO) for kind in kinds], dtype=np.int8)
    service = np.array([group_of_word(kind.service) for kind in kinds], dtype=np.int8)
    sensor = np.array([SENSORS.index(kind.sensor) for kind in kinds], dtype=np.int8)
    rows["proto"], rows["service"], rows["sensor"] = proto[of], service[of], sensor[of]
    return {
        name: _texts([getattr(kind, name) for kind in kinds])[of]
        for name in ("proto", "service", "interface", "node")
    }


def _texts(texts: Sequence[str | None]) -> Texts:
    return np.fromiter(texts, np.object_, len(texts))


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _count(value: Any) -> int | None:
    return None if np.isnan(value) else int(value)
