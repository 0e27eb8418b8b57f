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
SENSORS: Final[tuple[Sensor, ...]] = ("zeek", "suricata")
_SENSOR_CODES: Final = {sensor: code for code, sensor in enumerate(SENSORS)}
PROTOS: Final = {"tcp": 0, "udp": 1, "icmp": 2}
OTHER_PROTO: Final = 3


@dataclass(frozen=True, slots=True)
class Columns:
    """Connections of one or several origins, in the order of their arrival or of a window."""

    rows: Rows
    """ROW."""
    texts: dict[str, Texts]
    """TEXTS."""

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
        rows["sensor"] = np.fromiter([_SENSOR_CODES[c.sensor] for c in connections], np.int8, size)
        texts = {
            "uid": _column([c.uid for c in connections]),
            "orig": _column(orig),
            "resp": _column(resp),
            "community_id": _column([c.community_id for c in connections]),
            "interface": _shared([c.interface for c in connections]),
            "sensor_name": _shared([c.sensor_name for c in connections]),
            "site": np.full(size, words.site, dtype=np.object_),
        }
        return cls(rows, texts | _services(connections, rows))

    @classmethod
    def none(cls) -> Self:
        """No connection."""
        return cls(np.empty(0, dtype=ROW), {name: _column([]) for name in TEXTS})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Several one after the other."""
        if len(parts) == 1:
            return parts[0]
        rows = np.concatenate([part.rows for part in parts])
        texts = {name: np.concatenate([part.texts[name] for part in parts]) for name in TEXTS}
        return cls(rows, texts)

    def take(self, at: NDArray[Any] | slice) -> Self:
        """The connections at some places, in that order; a slice shares memory."""
        return type(self)(self.rows[at], {name: text[at] for name, text in self.texts.items()})

    def connection(self, at: int) -> Connection:
        """The connection at a place, as the sensor told it."""
        row = self.rows[at]
        told = {name: self.texts[name][at] for name in TEXTS if name != "site"}
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
            f"text_{name}": np.array([_kept(text) for text in texts], dtype=np.bytes_)
            for name, texts in self.texts.items()
        }
        return {name: self.rows[name] for name in ROW.names or ()} | texts

    @classmethod
    def restored(cls, state: State) -> Self:
        """The inverse of `snapshot`. Raises KeyError or ValueError for another's."""
        rows = np.empty(len(state["start"]), dtype=ROW)
        for name in ROW.names or ():
            rows[name] = state[name]
        kept = {name: state[f"text_{name}"].tolist() for name in TEXTS}
        if any(len(texts) != len(rows) for texts in kept.values()):
            raise ValueError("columns of different lengths")
        return cls(rows, {name: _column([*map(_told, kept[name])]) for name in TEXTS})


def _services(connections: Sequence[Connection], rows: Rows) -> dict[str, Texts]:
    """Texts of protocol and service, and their codes in `rows`: a batch has few different ones."""
    codes: dict[tuple[str, str | None], int] = {}
    number = codes.setdefault
    of = np.fromiter(
        [number((c.proto, c.service), len(codes)) for c in connections], np.int64, len(connections)
    )
    proto = np.array([PROTOS.get(word, OTHER_PROTO) for word, _ in codes], dtype=np.int8)
    service = np.array([group_of_word(word) for _, word in codes], dtype=np.int8)
    rows["proto"], rows["service"] = proto[of], service[of]
    return {
        "proto": _column([word for word, _ in codes])[of],
        "service": _column([word for _, word in codes])[of],
    }


def _shared(texts: list[str | None]) -> Texts:
    """One string for all where they are equal, as from one sensor: decoders make them anew."""
    if texts and texts.count(texts[0]) == len(texts):
        return np.full(len(texts), texts[0], dtype=np.object_)
    return _column(texts)


def _column(texts: Sequence[str | None]) -> Texts:
    return np.fromiter(texts, np.object_, len(texts))


def _kept(text: str | None) -> bytes:
    """Between marks, because an array of bytes knows neither None nor a NUL at the end."""
    return b"" if text is None else f"={text}=".encode("utf-8", "surrogatepass")


def _told(kept: bytes) -> str | None:
    return kept[1:-1].decode("utf-8", "surrogatepass") if kept else None


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _count(value: Any) -> int | None:
    return None if np.isnan(value) else int(value)
