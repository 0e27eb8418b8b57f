"""Play a recorded conn.log through the fake Zeek into `netheed run`, and read the verdicts back.

    python -m bench.live --rate 2000

Printed is how long a verdict takes from the moment at which its window could close: when the record
was published that moved the watermark past it. The allowed lateness is no part of it.
"""

import gzip
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any, Final

import click
import numpy as np

from bench.crashes import PATIENCE, Place, running
from netheed.core.state import unpack
from netheed.core.watermark import Frontier
from netheed.sources import LATENESS
from tests.fake_zeek import FakeZeek

SAMPLE: Final = Path(__file__).parents[1] / "sample" / "zeek-json" / "conn.log.gz"
BATCH: Final = 50
"""Connections in an event, as Zeek's script sends them."""


@dataclass(frozen=True, slots=True)
class Played:
    """What was published, and when it had brought event time how far."""

    connections: int
    seconds: float
    reached: list[tuple[float, float]]
    """Event time that is confirmed, and the monotonic time at which it was published."""

    def closed_at(self, end: float) -> float:
        """When a window that ends then could close. Raises StopIteration for one that could not."""
        return next(at for time, at in self.reached if time >= end + LATENESS["zeek"])


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it."""

    played: Played
    delays: list[float]
    """Seconds from a window's close to its verdict in Zeek, ascending."""
    windows: int
    refused: int
    lost: dict[str, int]


def play(zeek: FakeZeek, connections: Sequence[dict[str, Any]], rate: float) -> Played:
    """Publish all at so many connections a second."""
    frontier, reached, begun = Frontier(), [], monotonic()
    for at in range(0, len(connections), BATCH):
        batch = connections[at : at + BATCH]
        sleep(max(0.0, begun + at / rate - monotonic()))
        frontier.follow(np.array([one["ts"] for one in batch], dtype=np.float64))
        reached.append((frontier.reached, monotonic()))
        zeek.publish_batch("standalone", batch)
    return Played(len(connections), monotonic() - begun, reached)


def heard(
    connections: Sequence[dict[str, Any]], rate: float, p_value: float, folder: Path
) -> Heard:
    """Run netheed beside a fake Zeek that publishes the connections."""
    place = Place(folder / "live")
    with FakeZeek() as zeek:
        place.prepare(
            sources=[{"type": "zeek_websocket", "url": zeek.url}],
            sinks=[{"type": "zeek_websocket", "url": zeek.url}],
            triage={"p_value": p_value},
        )
        with running(place) as process:
            zeek.wait_for_client(PATIENCE)
            played = play(zeek, connections, rate)
            silent(zeek)
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        delays = sorted(v.arrived - played.closed_at(v.ts) for v in zeek.notices)
        refused = len(zeek.refused)
    return Heard(played, delays, len(place.said().windows), refused, lost(place))


def silent(zeek: FakeZeek, quiet: float = 1.5) -> None:
    """Wait until no verdict has come for a while."""
    count, since = -1, monotonic()
    while monotonic() < since + quiet:
        if len(zeek.verdicts) != count:
            count, since = len(zeek.verdicts), monotonic()
        sleep(0.02)


def lost(place: Place) -> dict[str, int]:
    """What netheed has counted as lost, by its last checkpoint."""
    data = (place.folder / "state" / "checkpoint").read_bytes()
    state = unpack(data.partition(b"\n")[2], "checkpoint")
    return dict(zip(state["lost"].tolist(), state["lost_count"].tolist(), strict=True))


def lines(told: Heard) -> Iterator[str]:
    """For people."""
    played = told.played
    yield (
        f"connections {played.connections}, published in {played.seconds:.1f} s"
        f" ({played.connections / played.seconds:.0f} a second), lost {sum(told.lost.values())}"
    )
    yield f"windows {told.windows}, verdicts in Zeek {len(told.delays)}, refused {told.refused}"
    p50, p99 = np.percentile(told.delays, [50, 99])
    yield f"from the window's close to the verdict: p50 {p50:.3f} s, p99 {p99:.3f} s"


@click.command()
@click.option("--recording", type=click.Path(path_type=Path), default=SAMPLE, show_default=True)
@click.option("--rate", default=2000.0, show_default=True, help="Connections a second.")
@click.option("--p-value", default=0.05, show_default=True, help="High, for many verdicts.")
def main(recording: Path, rate: float, p_value: float) -> None:
    """Print how long verdicts take; exit code 1 where anything was lost or refused."""
    with (gzip.open if recording.suffix == ".gz" else open)(recording) as file:
        connections = [json.loads(line) for line in file]
    with TemporaryDirectory() as folder:
        told = heard(connections, rate, p_value, Path(folder))
    print("\n".join(lines(told)))
    sys.exit(bool(told.lost or told.refused or not told.delays))


if __name__ == "__main__":
    main()
