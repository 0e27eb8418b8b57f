"""`make sources`: what netheed says of every research recording, one line each, as Markdown.

Zeek's logs are read as they are; the captures go through a real Suricata first. Every recording is
scored by itself with the shipped model and default settings. The column `role` says whether the
model saw the recording in training (`trained`), took its p-values from it (`calibrated`) or never
met it (`unseen`): only the last is evidence of quality.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from netheed import build
from netheed.config import NetworkSettings, Settings
from netheed.core.networks import DEFAULT_LOCAL
from netheed.errors import BadRecordError
from netheed.model.scorer import Scorer
from netheed.records import Connection, Notice, Tally
from netheed.sources.archive import Archive
from netheed.training.datasets import Recording, load
from sample.suricata import run_suricata

FEWEST = 10
"""Attack connections of one kind by one host that make an episode."""
HEAD = (
    "| recording | role | connections | bad | windows | host-hours | attacks noticed"
    " | after | other notices |\n|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Run:
    """One recording scored from its file."""

    tally: Tally
    notices: list[Notice]
    hours: float
    """Hours in which some host was active, summed over hosts."""


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    lines = list(report(arguments.shared))
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.output:
        arguments.output.write_text(text)


def report(shared: Path) -> Iterator[str]:
    """The lines of both tables."""
    roles = _roles()
    yield "## Zeek's logs\n"
    yield HEAD
    for recording in load(shared / "data"):
        run = score(recording.path, recording.local)
        yield row(recording.name, roles.get(recording.name, "unseen"), run, recording)
    yield "\n## Captures through a real Suricata\n"
    yield HEAD
    for capture in sorted((shared / "data" / "pcaps").glob("*/*.pcap")):
        folder = Path(".cache/captures") / capture.stem
        folder.mkdir(parents=True, exist_ok=True)
        run = score(run_suricata([capture], folder), ("147.32.0.0/16",))
        yield row(f"{capture.parent.name}/{capture.stem[:48]}", "unseen", run, None)


def score(path: Path, local: tuple[str, ...]) -> Run:
    """Score one file with the shipped model and default settings."""
    tally = Tally()
    settings = Settings(networks=NetworkSettings(local=(*DEFAULT_LOCAL, *local)))
    pipeline = build.pipeline(settings, tally)
    bad: list[BadRecordError] = []
    notices: list[Notice] = []
    hours: set[tuple[str, int]] = set()
    archive = Archive(paths=[path], words=build.words(settings), tally=tally, on_bad=bad.append)
    for tick in pipeline.run(archive):
        notices.extend(tick.notices)
        hour = int(tick.windows.tick.start // 3600)
        hours.update((host, hour) for host in tick.windows.names)
    return Run(tally, notices, len(hours))


def row(name: str, role: str, run: Run, recording: Recording | None) -> str:
    """One line of the table."""
    episodes = _episodes(recording) if recording else {}
    hits: dict[tuple[str, str], Notice] = {}
    others = Counter[str]()
    for notice in run.notices:
        attacks = [key for key in episodes if key[0] == notice.host]
        if not attacks:
            others[notice.kind] += 1
        for key in attacks:
            if notice.kind in (key[1], "unknown"):
                hits.setdefault(key, notice)
    after = [hits[key].end - episodes[key] for key in hits]
    return (
        f"| {name} | {role} | {run.tally.connections} | {run.tally.bad} | {run.tally.windows}"
        f" | {run.hours:.0f} | {_found(episodes, hits)} | {_minutes(after)} | {_listed(others)} |"
    )


def _episodes(recording: Recording) -> dict[tuple[str, str], float]:
    """(originator, kind) -> the end of its first attack connection; few of them are none."""
    ends: dict[tuple[str, str], list[float]] = {}
    for connection, label in zip(recording.connections, recording.labels, strict=True):
        if label not in (None, "benign"):
            ends.setdefault((connection.orig, str(label)), []).append(_end(connection))
    return {key: min(found) for key, found in ends.items() if len(found) >= FEWEST}


def _end(connection: Connection) -> float:
    return connection.start + (connection.duration or 0.0)


def _found(episodes: dict[tuple[str, str], float], hits: dict[tuple[str, str], Notice]) -> str:
    if not episodes:
        return "none there"
    names = Counter(kind for _, kind in episodes)
    found = Counter(kind for _, kind in hits)
    return ", ".join(f"{kind} {found[kind]}/{count}" for kind, count in sorted(names.items()))


def _minutes(after: list[float]) -> str:
    return f"{max(after) / 60:.1f} min" if after else "-"


def _listed(others: Counter[str]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in others.most_common()) or "0"


def _roles() -> dict[str, str]:
    training = Scorer(build.model_directory(Settings())).manifest.training
    roles = dict.fromkeys(training["recordings"], "trained")  # type: ignore[call-overload]
    return roles | dict.fromkeys(training["calibration_recordings"], "calibrated")  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
