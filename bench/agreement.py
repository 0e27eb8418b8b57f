"""`make agreement`: how near the features of both sensors are for the same traffic.

Two bodies of captures: PAIRS, one connection of each sensor joined by capture and community_id
where both have exactly one, and PCAPS, whole captures with a real Zeek's log on one side and a real
Suricata, run now, on the other. A capture's connections of each sensor become windows and vectors;
the vectors of the same host and minute are compared feature by feature.
"""

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netheed.core.columns import Columns
from netheed.core.features import Features
from netheed.core.networks import AddressWords
from netheed.core.vector import FEATURES
from netheed.core.windows import ticks_of
from netheed.records import Connection, Tally
from netheed.sources.decode import Decoder, eve, zeek_json
from netheed.sources.decode.skipped import Skipped
from netheed.sources.files import connections_of
from sample.suricata import run_suricata

NEAR = 0.05
"""Relative difference, on the transformed scale absolute, that counts as agreement."""

Pair = tuple[Connection, Connection]
ByKey = dict[tuple[str, str], list[Connection]]
"""(capture, community_id) -> connections."""


@dataclass(frozen=True)
class Agreement:
    """Shares of agreement over some captures."""

    windows: int
    """Host windows that both sensors have."""
    alone: int
    """Host windows that only one has."""
    features: dict[str, float]
    """Feature -> share of the common windows in which it agrees."""

    @property
    def overall(self) -> float:
        """Over all features."""
        return float(np.mean(list(self.features.values())))


def main() -> None:
    """Print both bodies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    shared = parser.parse_args().shared
    pairs = joined_pairs(shared)
    print(f"joined connections: {sum(map(len, pairs.values()))}")
    for name, share in fields(pairs).items():
        print(f"  {name:<28} {share:7.1%}")
    _tell("joined connections, as windows", of_pairs(pairs))
    _tell("whole captures, as windows", of_captures(shared))


def joined_pairs(shared: Path) -> dict[str, list[Pair]]:
    """Capture -> (Zeek's, Suricata's) connection where both have one of that community_id."""
    zeek, suricata = connections_by_key(shared)
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for key, found in zeek.items():
        if len(found) == len(suricata.get(key, [])) == 1:
            pairs[key[0]].append((found[0], suricata[key][0]))
    return pairs


def connections_by_key(shared: Path) -> tuple[ByKey, ByKey]:
    """Zeek's and Suricata's connections of the captures that both have read."""
    zeek = _by_key(shared / "pairs" / "zeek.conn.jsonl.gz", zeek_json.JsonDecoder())
    return zeek, _by_key(shared / "pairs" / "suricata.eve.jsonl.gz", eve.EveDecoder())


def fields(pairs: dict[str, list[Pair]]) -> dict[str, float]:
    """Field of a connection -> share of the joined connections in which both say the same."""
    both = [pair for part in pairs.values() for pair in part]

    def share(same: Callable[[Connection, Connection], bool]) -> float:
        return sum(same(zeek, suricata) for zeek, suricata in both) / len(both)

    result = {"direction": share(lambda a, b: (a.orig, a.resp) == (b.orig, b.resp))}
    for name in ("proto", "outcome", "service", "orig_pkts", "resp_pkts"):
        result[name] = share(lambda a, b, name=name: getattr(a, name) == getattr(b, name))
    for name in ("orig_bytes", "resp_bytes", "duration"):
        result[f"{name} within {NEAR:.0%}"] = share(
            lambda a, b, name=name: _near(getattr(a, name), getattr(b, name))
        )
    result["start within 1 ms"] = share(lambda a, b: abs(a.start - b.start) < 1e-3)
    return result


def of_pairs(pairs: dict[str, list[Pair]]) -> Agreement:
    """Features of the joined connections, capture by capture."""
    return _agreement(
        ([zeek for zeek, _ in part], [suricata for _, suricata in part]) for part in pairs.values()
    )


def of_captures(shared: Path) -> Agreement:
    """Features of whole captures: a real Zeek's logs against a real Suricata's flows."""
    return _agreement(_captures(shared))


def _captures(shared: Path) -> Iterator[tuple[list[Connection], list[Connection]]]:
    for log in sorted((shared / "zeek" / "logs").glob("*/conn.json.gz")):
        (capture,) = (shared / "data" / "pcaps").glob(f"*/{log.parent.name}.pcap")
        out = Path(".cache/captures") / capture.stem
        out.mkdir(parents=True, exist_ok=True)
        yield _read(log), _read(run_suricata([capture], out))


def _agreement(bodies: Iterable[tuple[list[Connection], list[Connection]]]) -> Agreement:
    same: list[np.ndarray] = []
    alone = 0
    for zeek, suricata in bodies:
        ours, theirs = _vectors(zeek), _vectors(suricata)
        common = ours.keys() & theirs.keys()
        alone += len(ours) + len(theirs) - 2 * len(common)
        same.extend(np.abs(ours[key] - theirs[key]) <= NEAR for key in sorted(common))
    shares = np.mean(same, axis=0)
    return Agreement(len(same), alone, dict(zip(FEATURES, shares.tolist(), strict=True)))


def _vectors(connections: list[Connection]) -> dict[tuple[str, float], np.ndarray]:
    """(host, window start) -> transformed vector."""
    features = Features()
    return {
        (name, hosts.tick.start): vector
        for tick in ticks_of(Columns.of(connections, AddressWords()))
        for hosts in features.of([tick])
        for name, vector in zip(hosts.names, hosts.vectors, strict=True)
    }


def _by_key(path: Path, decoder: Decoder) -> ByKey:
    found: ByKey = defaultdict(list)
    captures, records = zip(*_records(path, decoder), strict=True)
    columns, refused = decoder.columns(records, AddressWords())
    kept = [capture for at, capture in enumerate(captures) if at not in refused]
    connections = columns.connections(np.arange(len(columns)))
    for capture, connection in zip(kept, connections, strict=True):
        if connection.community_id:
            found[capture, connection.community_id].append(connection)
    return found


def _records(path: Path, decoder: Decoder) -> Iterator[tuple[str, Any]]:
    """The capture of each record, and the record."""
    with gzip.open(path, "rb") as file:
        for line in file:
            with suppress(Skipped):
                yield json.loads(line)["capture"], decoder.record(line.rstrip(b"\n"))


def _read(path: Path) -> list[Connection]:
    return list(connections_of(path, Tally(), print))


def _near(first: float | None, second: float | None) -> bool:
    one, other = first or 0.0, second or 0.0
    return abs(one - other) <= NEAR * max(one, other)


def _tell(title: str, found: Agreement) -> None:
    print(f"\n{title}: {found.windows} of both sensors, {found.alone} of one only")
    print(f"  all features {found.overall:.1%}; the least agreeing:")
    for name, share in sorted(found.features.items(), key=lambda item: item[1])[:12]:
        print(f"  {name:<28} {share:7.1%}")


if __name__ == "__main__":
    main()
