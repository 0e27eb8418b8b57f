"""What `netheed run` would meet on this machine at this moment. Nothing is made or changed."""

import os
import socket
import stat
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from netheed import build, checkpoint, edges, logs, metrics, overlaps
from netheed.checkpoint import Checkpoints
from netheed.config import DaemonSettings, Settings
from netheed.core.state import check_version
from netheed.errors import NetheedError
from netheed.ports import Problem
from netheed.records import Tally
from netheed.sinks import LiveSink
from netheed.sinks.appended import AppendedFile
from netheed.sinks.line_file import LineFile, unwritable
from netheed.sinks.noticed_hosts import NoticedHosts
from netheed.sources.eve_file import EveFile
from netheed.sources.eve_socket import EveSocket
from netheed.sources.live import Around, LiveSource
from netheed.sources.zeek_log import ZeekLog


def problems(settings: Settings) -> Iterator[tuple[str, str]]:
    """Where and why, each reason once: a source and a sink may want the same Zeek."""
    state = Path(settings.daemon.state)
    found = [
        (place, problem)
        for place, part in _parts(settings).items()
        if not (isinstance(part, EveSocket) and is_running(settings.daemon))
        for problem in part.problems()
        if not _comes_with(state, _written(part, problem.setting))
    ]
    found.extend(("daemon", problem) for problem in _of_daemon(settings.daemon))
    places: dict[str, list[str]] = {}
    for place, problem in found:
        places.setdefault(problem.reason, []).append(f"{place}.{problem.setting}")
    yield from ((", ".join(where), reason) for reason, where in places.items())


def warnings(settings: DaemonSettings) -> Iterator[tuple[str, str]]:
    """Where and why `run` would begin, and yet without something: a saved state of no use."""
    for path in Checkpoints(Path(settings.state)).saved:
        if path.is_file() and (reason := _of_saved(path)):
            yield "daemon.state", f"{reason}; run goes on without it"


def problems_of_files(settings: Settings) -> Iterator[tuple[str, str]]:
    """Of sources and sinks that follow or write a file: what no network is asked for."""
    for place, part in _parts(settings).items():
        if isinstance(part, EveFile | ZeekLog | AppendedFile):
            yield from ((f"{place}.{found.setting}", found.reason) for found in part.problems())


def is_running(settings: DaemonSettings) -> bool:
    """Whether a netheed runs on this state already, as far as this user may know."""
    return checkpoint.is_locked(Path(settings.state))


def _parts(settings: Settings) -> dict[str, LiveSource | LiveSink]:
    """Sources and sinks by their place in the configuration."""
    link = edges.links(settings)
    around = Around(build.words(settings), Tally(), logs.BadRecords(), link)
    sources, sinks = edges.sources(settings, around), edges.sinks(settings, link)
    return {f"sources[{at}]": source for at, source in enumerate(sources)} | {
        f"sinks[{at}]": sink for at, sink in enumerate(sinks)
    }


def _of_daemon(settings: DaemonSettings) -> Iterator[Problem]:
    state = Path(settings.state)
    yield from (Problem("state", reason) for reason in _of_state(state))
    if settings.windows is not None and not _comes_with(state, Path(settings.windows)):
        reason = LineFile(path=Path(settings.windows), durable=False).problem()
        if reason is not None:
            yield Problem("windows", reason)
    if settings.metrics is not None and not is_running(settings):
        yield from _of_metrics(settings.metrics)


def _written(part: LiveSource | LiveSink, setting: str) -> Path | None:
    """The file of ours that the setting of a sink names."""
    if isinstance(part, AppendedFile):
        return part.path
    return part.ledger.path if isinstance(part, NoticedHosts) and setting == "ledger" else None


def _comes_with(state: Path, path: Path | None) -> bool:
    """Whether its folder is the state, which has still to be made."""
    if path is None:
        return False
    is_below = os.path.realpath(path.parent) == os.path.realpath(state)
    return is_below and not os.path.lexists(state)


def _of_state(directory: Path) -> Iterator[str]:
    """It may have to be made, below what is there."""
    ways = (directory, *directory.absolute().parents)
    # As os.path has it: what stands behind a closed door is not there.
    missing = list(takewhile(lambda way: not os.path.exists(way), ways))  # noqa: PTH110
    existing = ways[len(missing)]
    reason = unwritable(existing) or _unmakeable(missing)
    if reason is not None:
        yield reason
    elif not missing and not os.access(directory, os.R_OK, effective_ids=True):
        yield f"{directory}: cannot be listed"
    elif not missing:
        yield from filter(None, (_of_own(directory / name) for name in overlaps.OWN))


def _unmakeable(missing: Sequence[Path]) -> str | None:
    """Why a folder could not be made: its name is taken by a link to nothing, or too long."""
    for way in missing:
        try:
            os.lstat(way)
        except FileNotFoundError:
            continue
        except OSError as error:
            return f"{way}: {error.strerror}"
        return f"{way}: a link to nothing"
    return None


def _of_own(file: Path) -> str | None:
    """Why one of our own files could not be gone on with."""
    if not os.path.lexists(file):
        return None
    try:
        status = file.stat()
    except OSError as error:
        return f"{file}: {error.strerror}"
    if not stat.S_ISREG(status.st_mode):
        return f"{file}: is no file"
    mine = os.geteuid() in {0, status.st_uid}
    if not mine or not os.access(file, os.R_OK | os.W_OK, effective_ids=True):
        return f"{file}: not this user's to read and write"
    return None


def _of_saved(path: Path) -> str | None:
    """Why a checkpoint could not be taken up; one that cannot be read is a problem by itself."""
    try:
        with checkpoint.opened(path) as file:
            check_version(file, str(path))
    except NetheedError as error:
        return str(error)
    except OSError:
        return None
    return None


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
