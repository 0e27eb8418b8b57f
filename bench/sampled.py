"""What a sample of the connections costs: false alarms, and attacks that are not found.

    python -m bench.sampled

Simulated networks of ordinary hosts, and the bundled sample with its attacks, are scored through
samples of stated probability, drawn three times each.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from bench import page
from netheed import build
from netheed.config import Settings
from netheed.core.columns import Columns
from netheed.core.networks import DEFAULT_LOCAL, AddressWords
from netheed.model.scorer import Scorer
from netheed.records import Notice, Tally
from netheed.sources.archive import Archive
from netheed.training.simulate_hosts import ordinary, scene
from netheed.training.wire import Wire

SAMPLE: Final = Path(__file__).parents[1] / "sample"
HALVINGS: Final = (0, 1, 2, 3, 4)
DRAWS: Final = 3
NETWORKS: Final = 12
SEED: Final = 20
DAY: Final = 86_400.0


class Network(NamedTuple):
    """All connections of one network."""

    columns: Columns
    host_days: float


class Row(NamedTuple):
    """What comes of one probability; means of all draws."""

    probability: float
    taken: float
    """Of all connections."""
    false_alarms: float
    """Notices per host-day in networks without attacks."""
    found: float
    """Of the attacks of the bundled sample, those whose host is noticed meanwhile or soon after."""
    attacks: int


def rows() -> Iterator[Row]:
    """Each probability."""
    model = Scorer(build.model_directory(Settings()))
    networks, (sample, truth) = list(ordinaries()), bundled()
    days = sum(network.host_days for network in networks)
    for halvings in HALVINGS:
        noticed, found, taken = 0, 0, []
        draws = range(DRAWS if halvings else 1)
        for draw in draws:
            rng = np.random.default_rng((SEED, halvings, draw))
            parts = [through(network.columns, halvings, rng) for network in networks]
            taken += [len(part) / len(n.columns) for part, n in zip(parts, networks, strict=True)]
            noticed += sum(len(notices_of(part, model)) for part in parts)
            found += sum(_found(truth, notices_of(through(sample, halvings, rng), model)))
        yield Row(
            2.0**-halvings,
            float(np.mean(taken)),
            noticed / len(draws) / days,
            found / len(draws),
            len(truth),
        )


def ordinaries() -> Iterator[Network]:
    """Networks without attacks."""
    rng = np.random.default_rng(SEED)
    words = AddressWords(DEFAULT_LOCAL)
    for _ in range(NETWORKS):
        place = scene(rng)
        wire = Wire(rng=rng)
        ordinary(wire, place)
        made = sorted(wire.connections, key=lambda one: one.start)
        yield Network(Columns.of(made, words), len(place.hosts) * place.length / DAY)


def bundled() -> tuple[Columns, list[dict[str, object]]]:
    """The bundled sample by Suricata, and its attacks."""
    source = Archive(
        paths=sorted((SAMPLE / "suricata").glob("*.gz")),
        words=lambda _: AddressWords(DEFAULT_LOCAL),
        tally=Tally(),
        on_bad=lambda _: None,
    )
    columns = Columns.joined([read.batch for read in source.reads({}) if len(read.batch)])
    truth: list[dict[str, object]] = json.loads((SAMPLE / "truth.json").read_text())["attacks"]
    return columns, truth


def through(columns: Columns, halvings: int, rng: np.random.Generator) -> Columns:
    """A sample, as live sources take it in."""
    part = columns.take(np.flatnonzero(rng.random(len(columns)) < 2.0**-halvings))
    part.rows["halvings"] = halvings
    return part


def notices_of(columns: Columns, model: Scorer) -> list[Notice]:
    """By default settings."""
    pipeline = build.pipeline(Settings(), Tally(), model, together=build.TOGETHER)
    pipeline.core.begin("all")
    pipeline.core.feed("all", columns)
    pipeline.core.finish("all")
    return [notice for tick in pipeline.scored() for notice in tick.notices]


def _found(truth: list[dict[str, object]], notices: list[Notice]) -> Iterator[bool]:
    for attack in truth:
        start, end = float(str(attack["start"])), float(str(attack["end"]))
        yield any(n.host == attack["host"] and start - 60 <= n.end <= end + 1800 for n in notices)


def table() -> str:
    """All rows as Markdown."""
    lines = [
        "| probability | taken in | notices per host-day, none due | attacks of the sample found |",
        "|---:|---:|---:|---:|",
    ]
    for row in rows():
        share = f"1/{round(1 / row.probability)}" if row.probability < 1 else "1"
        found = f"{row.found:.1f} of {row.attacks}"
        lines.append(f"| {share} | {row.taken:.3f} | {row.false_alarms:.2f} | {found} |")
    return "\n".join(lines)


def main() -> None:
    """Print, or write to its place in docs/overload.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path)
    output = parser.parse_args().output
    if output is None:
        print(table())
    else:
        page.put(output, "bench.sampled", table())


if __name__ == "__main__":
    main()
