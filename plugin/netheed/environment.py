"""What `netheed run` would meet on this machine at this moment. Nothing is made or changed."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

from netheed import build, checkpoint, logs, metrics
from netheed.config import DaemonSettings, Settings
from netheed.ports import Problem
from netheed.records import Tally
from netheed.sinks import LiveSink
from netheed.sinks.appended import AppendedFile
from netheed.sinks.line_file import LineFile, unwritable
from netheed.sources.live import Around, LiveSource
from netheed.sources.zeek_log import ZeekLog
from netheed.zeek.door import Lines


def problems(settings: Settings, link: Lines) -> Iterator[tuple[str, str]]:
    """Where and why, each reason once: a source and a sink may want the same Zeek."""
    parts = _parts(settings, link).items()
    found = [(place, problem) for place, part in parts for problem in part.problems()]
    found.extend(("daemon", problem) for problem in _of_daemon(settings.daemon))
    places: dict[str, list[str]] = {}
    for place, problem in found:
        places.setdefault(problem.reason, []).append(f"{place}.{problem.setting}")
    yield from ((", ".join(where), reason) for reason, where in places.items())


def problems_of_files(settings: Settings) -> Iterator[tuple[str, str]]:
    """Of sources and sinks that follow or write a file: what no network is asked for."""
    link = build.links(settings)
    for place, part in _parts(settings, link).items():
        if isinstance(part, ZeekLog | AppendedFile):
            yield from (
                (f"{place}.{problem.setting}", problem.reason) for problem in part.problems()
            )


def is_running(settings: DaemonSettings) -> bool:
    """Whether a netheed runs on this state already, as far as this user may know."""
    return checkpoint.is_locked(Path(settings.state))


def _parts(settings: Settings, link: Lines) -> dict[str, LiveSource | LiveSink]:
    """Sources and sinks by their place in the configuration."""
    around = Around(build.words(settings), Tally(), logs.BadRecords(), link)
    sources, sinks = build.sources(settings, around), build.sinks(settings, link)
    return {f"sources[{at}]": source for at, source in enumerate(sources)} | {
        f"sinks[{at}]": sink for at, sink in enumerate(sinks)
    }


def _of_daemon(settings: DaemonSettings) -> Iterator[Problem]:
    yield from _of_state(Path(settings.state))
    if settings.windows is not None:
        reason = LineFile(path=Path(settings.windows), durable=False).problem()
        if reason is not None:
            yield Problem("windows", reason)
    if settings.metrics is not None and not is_running(settings):
        yield from _of_metrics(settings.metrics)


def _of_state(directory: Path) -> Iterator[Problem]:
    """It may have to be made, below what is there."""
    ways = (directory, *directory.absolute().parents)
    # As os.path has it: what stands behind a closed door is not there.
    existing = next(way for way in ways if os.path.exists(way))  # noqa: PTH110
    reason = unwritable(existing)
    if reason is not None:
        yield Problem("state", reason)
    elif existing == directory:
        for file in sorted(directory.iterdir()):
            if file.is_file() and not os.access(file, os.R_OK | os.W_OK, effective_ids=True):
                yield Problem("state", f"{file}: not this user's to read and write")


def _of_metrics(listen: str) -> Iterator[Problem]:
    """Whether somebody listens there already."""
    try:
        address, port = metrics.address_of(listen)
        family, *_, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(place)
    except OSError as error:
        yield Problem("metrics", f"{listen}: {error.strerror}")
