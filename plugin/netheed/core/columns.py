"""Connections as columns: what goes into the core, and what an open window keeps.

Numbers stand in one structured array, texts beside it: no Python object stands for a connection.
One becomes a `Connection` again when an analyst is to see it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

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

TEXTS: Final = (
    "uid",
    "orig",
    "resp",
    "community_id",
    "proto",
    "service",
    "interface",
    "sensor_name",
    "site",
)
"""Strings, None where the sensor did not say; the site is empty where none is configured. Equal
addresses and words are mostly one string."""
_COMMON: Final = slice(4, 8)
"""Of TEXTS, what few different connections of a batch have."""

SENSORS: Final[tuple[Sensor, ...]] = ("zeek", "suricata")
PROTOS: Final = {"tcp": 0, "udp": 1, "icmp": 2}
OTHER_PROTO: Final = 3


@dataclass(frozen=True, slots=True)
class Columns:
    """Connections of one or several origins, in the order of their arrival or of a window."""

    rows: Rows
    """ROW."""
    texts: Texts
    """(connections, len(TEXTS))."""

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(cls, connections: Sequence[Connection], words: AddressWords) -> Self:
        """One pass a column: measured at half the cost of one tuple a connection."""
        size = len(connections)
        orig, resp = [c.orig for c in connections], [c.resp for c in connections]
        rows = np.empty(size, dtype=ROW)
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
        texts = np.empty((size, len(TEXTS)), dtype=np.object_)
        texts[:, 0] = [c.uid for c in connections]
        texts[:, 1] = orig
        texts[:, 2] = resp
        texts[:, 3] = [c.community_id for c in connections]
        texts[:, -1] = words.site
        _fill_common(connections, rows, texts)
        return cls(rows, texts)

    @classmethod
    def none(cls) -> Self:
        """No connection."""
        return cls(np.empty(0, dtype=ROW), np.empty((0, len(TEXTS)), dtype=np.object_))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Several one after the other."""
        if len(parts) == 1:
            return parts[0]
        rows = np.concatenate([part.rows for part in parts])
        return cls(rows, np.concatenate([part.texts for part in parts]))

    def take(self, at: NDArray[Any] | slice) -> Self:
        """The connections at some places, in that order; a slice shares memory."""
        return type(self)(self.rows[at], self.texts[at])

    def text(self, name: str) -> Texts:
        """One column of TEXTS."""
        return self.texts[:, TEXTS.index(name)]

    def connection(self, at: int) -> Connection:
        """The connection at a place, as the sensor told it."""
        row, told = self.rows[at], dict(zip(TEXTS[:-1], self.texts[at].tolist(), strict=False))
        return Connection(
            sensor=SENSORS[row["sensor"]],
            start=float(row["start"]),
            duration=_known(row["duration"]),
            orig_port=int(row["orig_port"]),
            resp_port=int(row["resp_port"]),
            outcome=Outcome(int(row["outcome"])),
            orig_bytes=_count(row["orig_bytes"]),
            resp_bytes=_count(row["resp_bytes"]),
            orig_pkts=_count(row["orig_pkts"]),
            resp_pkts=_count(row["resp_pkts"]),
            **told,
        )

    def connections(self, places: Iterable[int]) -> list[Connection]:
        """The connections at some places."""
        return [self.connection(at) for at in places]

    def snapshot(self) -> State:
        """All columns."""
        texts = {
            f"text_{name}": np.array([_kept(text) for text in self.text(name)], dtype=np.bytes_)
            for name in TEXTS
        }
        return {name: self.rows[name] for name in ROW.names or ()} | texts

    @classmethod
    def restored(cls, state: State) -> Self:
        """The inverse of `snapshot`. Raises KeyError or ValueError for another's."""
        rows = np.empty(len(state["start"]), dtype=ROW)
        for name in ROW.names or ():
            rows[name] = state[name]
        texts = np.empty((len(rows), len(TEXTS)), dtype=np.object_)
        for at, name in enumerate(TEXTS):
            kept = state[f"text_{name}"].tolist()
            if len(kept) != len(rows):
                raise ValueError("columns of different lengths")
            texts[:, at] = [_told(text) for text in kept]
        return cls(rows, texts)


def _fill_common(connections: Sequence[Connection], rows: Rows, texts: Texts) -> None:
    """The codes and texts that follow from the few different kinds of a batch."""
    codes: dict[tuple[Any, ...], int] = {}
    number = codes.setdefault
    of = np.fromiter(
        [
            number((c.proto, c.service, c.interface, c.sensor_name, c.sensor), len(codes))
            for c in connections
        ],
        np.int64,
        len(connections),
    )
    proto = np.array([PROTOS.get(kind[0], OTHER_PROTO) for kind in codes], dtype=np.int8)
    service = np.array([group_of_word(kind[1]) for kind in codes], dtype=np.int8)
    sensor = np.array([SENSORS.index(kind[4]) for kind in codes], dtype=np.int8)
    rows["proto"], rows["service"], rows["sensor"] = proto[of], service[of], sensor[of]
    common = np.empty((len(codes), 4), dtype=np.object_)
    for at, kind in enumerate(codes):
        common[at] = kind[:4]
    texts[:, _COMMON] = common[of]


def _kept(text: str | None) -> bytes:
    """Between marks, because an array of bytes knows neither None nor a NUL at the end."""
    return b"" if text is None else f"={text}=".encode("utf-8", "surrogatepass")


def _told(kept: bytes) -> str | None:
    return kept[1:-1].decode("utf-8", "surrogatepass") if kept else None


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _count(value: Any) -> int | None:
    return None if np.isnan(value) else int(value)
