"""What Suricata has written: whether this user can read it, its age, its clock, whose it is."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any, Final

import msgspec

from netheed.doctor.dumped import Dump
from netheed.doctor.eve_log import chosen, pattern, sources, written
from netheed.doctor.findings import Finding, advice, missing, ok, rights, span
from netheed.doctor.machine import Case
from netheed.sources.log_names import LogNames

BLOCK: Final = 1 << 16
"""Bytes of its end that are read."""
OLD: Final = 3600.0
AHEAD: Final = 60.0
"""Seconds by which a record may be in this machine's future."""
BEHIND: Final = 300.0
"""Seconds by which the newest record may be older than the moment when it was written."""
MANY: Final = 10_000
"""Files that are looked at."""


class Dated(msgspec.Struct):
    """Of an EVE record, when it was written."""

    timestamp: datetime


def findings(case: Case, dump: Dump | None) -> Iterator[Finding]:
    """About each pattern that is read, or the files of the best output."""
    best = None if dump is None else chosen(dump)
    patterns = [str(source.path) for source in case.sources("eve_file")]
    if not sources(case) and best is not None and best.filetype == "regular":
        patterns = [pattern(best)]
    for one in patterns:
        yield from _matching(case, one)
    yield from _own(case, dump)


def _matching(case: Case, path: str) -> Iterator[Finding]:
    names = _names(case, path)
    if not names and _is_shut(case, path):
        yield missing(f"{path}: this user may not look there", rights(case.machine.closed(path)))
    elif not names:
        yield missing(f"{path}: no such file; Suricata has written none yet, or elsewhere")
    closed = [name for name in names if not os.access(case.machine.at(name), os.R_OK)]
    if closed:
        yield missing(f"{closed[0]} cannot be read", rights(case.machine.closed(closed[0])))
    elif names:
        yield from _newest(case, names)


def _names(case: Case, path: str) -> list[str]:
    try:
        logs = LogNames(str(case.machine.at(path))).files().values()
    except OSError:
        return []
    found = sorted(file for files in logs for file in files if os.path.lexists(file))[:MANY]
    return [f"/{file.relative_to(case.machine.root)}" for file in found]


def _is_shut(case: Case, path: str) -> bool:
    folder = case.machine.at(case.machine.closed(path))
    return os.path.isdir(folder) and not os.access(folder, os.R_OK | os.X_OK)  # noqa: PTH112


def _newest(case: Case, names: list[str]) -> Iterator[Finding]:
    try:
        moments = {name: case.machine.at(name).stat().st_mtime for name in names}
        newest = max(moments, key=moments.__getitem__)
        if not case.machine.at(newest).is_file():
            yield advice(f"{newest} is no file that can be followed")
            return
        record = _last(case.machine.at(newest))
    except OSError as error:
        yield missing(f"{names[0]}: {error.strerror}")
        return
    if record is None:
        yield advice(f"{newest} ends in no EVE record")
        return
    yield ok(f"{newest} can be read{f', the newest of {len(names)}' if len(names) > 1 else ''}")
    yield from _clock(case, newest, moments[newest], record)


def _clock(case: Case, path: str, changed: float, record: float) -> Iterator[Finding]:
    now = case.machine.now
    if now - changed > OLD:
        yield advice(f"{path} was written {span(now - changed)} ago: is Suricata running?")
    if record > now + AHEAD:
        yield advice(f"its clock is {span(record - now)} ahead of this machine's")
    elif changed - record > BEHIND:
        yield advice(
            f"its clock is {span(changed - record)} behind this machine's, or it is a replay"
        )


def _last(path: Path) -> float | None:
    """The latest moment in the end of a file; 1970 is what Suricata writes for none."""
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - BLOCK))
        lines = file.read(BLOCK).split(b"\n")
    return max(filter(None, map(_moment, lines)), default=None)


def _moment(line: bytes) -> float | None:
    try:
        return msgspec.json.decode(line, type=Dated).timestamp.timestamp()
    except (msgspec.DecodeError, ValueError, OverflowError):
        return None


def _own(case: Case, dump: Dump | None) -> Iterator[Finding]:
    """Netheed's own alerts have a file of their own, which nobody reads back."""
    eves = () if dump is None else dump.eves()
    theirs = {written(eve, case.machine.now) for eve in eves if eve.filetype == "regular"}
    for sink in case.sinks("eve"):
        reading = [source for source in case.sources("eve_file") if _is_read(source, sink)]
        if sink.path in theirs:
            yield missing(
                f"the eve sink writes {sink.path}, Suricata's own file: lines of two writers mix;"
                f" name another, like {_beside(sink.path)}"
            )
        elif reading:
            yield missing(
                f"the eve sink writes {sink.path}, which the archives of the eve_file source match:"
                " netheed would read its own alerts"
            )
        else:
            yield ok(f"the eve sink writes {sink.path}, which no source reads back")


def _is_read(source: Any, sink: Any) -> bool:
    """The source leaves it out among its logs, and not among what was made of them."""
    path = PurePath(sink.path)
    return any(path.match(one) for one in source.archives or ())


def _beside(path: str) -> str:
    return str(PurePath(path).with_name("netheed.json"))
