"""Zeek's conn.log: whether this user can read it, its form, its age and its clock."""

import os
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import Final

import numpy as np

from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.doctor.findings import Finding, Level, advice, missing, ok, rights, span
from netheed.doctor.installation import Installation
from netheed.doctor.machine import Case
from netheed.records import Tally
from netheed.sources.lines import Cut
from netheed.sources.reader import Reader
from netheed.sources.zeek_log import rotated

BLOCK: Final = 1 << 16
"""Bytes of its beginning and its end that are read."""
OLD: Final = 3600.0
AHEAD: Final = 60.0
"""Seconds by which a record may end in this machine's future."""
BEHIND: Final = 1800.0
"""Seconds by which the newest record may end before it was written: Zeek waits 5 minutes at most
for most of them."""


def place(case: Case, zeek: Installation) -> str | None:
    """The configured log, or the first that is where Zeek and zeekctl write."""
    configured = case.named("zeek_log", "path")
    if configured:
        return configured[0]
    logs = zeek.control("LogDir") or f"{zeek.prefix}/logs"
    folders = (f"{logs}/current", f"{zeek.prefix}/spool/zeek", "/var/log/zeek/current")
    places = (f"{folder}/conn.log" for folder in (*folders, "/var/log/zeek"))
    return next((path for path in places if zeek.machine.may_exist(path)), None)


def findings(case: Case, zeek: Installation) -> Iterator[Finding]:
    """About each configured log, or the one that was found."""
    found = place(case, zeek)
    is_old = zeek.version is not None and zeek.version < (7, 1)
    needed = bool(case.named("zeek_log", "path")) or is_old
    if found is None:
        text = f"no conn.log in {zeek.prefix}/logs/current: Zeek has written none yet, or elsewhere"
        yield missing(text) if needed else advice(text)
    for path in case.named("zeek_log", "path") or filter(None, [found]):
        try:
            yield from _log(case, path)
        except OSError as error:
            fault = f"{path}: {error.strerror}"
            denied = isinstance(error, PermissionError)
            pastes = (rights(case.machine.closed(path)),) if denied else ()
            yield Finding(Level.MISSING if needed else Level.ADVICE, fault, pastes)


def _log(case: Case, path: str) -> Iterator[Finding]:
    """Raises OSError where it cannot be read."""
    if not case.machine.at(path).is_file() and case.machine.exists(path):
        # To open a pipe is to wait for who writes.
        yield advice(f"{path} is no file that can be followed")
        return
    first, newest = _ends(case.machine.at(path))
    written = case.machine.at(path).stat().st_mtime
    form = "JSON" if first.startswith(b"{") else "TSV"
    if newest is None:
        yield advice(f"{path} holds no connection that netheed can read")
        return
    yield ok(f"{path} can be read: {form}, {_rotated(case, path)}")
    silent = case.machine.now - written
    if silent > OLD:
        yield advice(f"{path} was written {span(silent)} ago: is Zeek running?")
    if newest > case.machine.now + AHEAD:
        yield advice(f"its clock is {span(newest - case.machine.now)} ahead of this machine's")
    elif written - newest > BEHIND:
        yield advice(
            f"its clock is {span(written - newest)} behind this machine's, or it is a replay"
        )


def _ends(path: Path) -> tuple[bytes, float | None]:
    """The first bytes of a log, and when its newest connection ended."""
    with path.open("rb") as file:
        head = file.read(BLOCK)
        rest = max(0, os.fstat(file.fileno()).st_size - BLOCK)
        file.seek(max(rest, len(head)))
        tail = file.read(BLOCK)
    reader = Reader(str(path), AddressWords(()), Tally(), lambda _: None)
    # Where the end does not follow the beginning, its first line is half.
    half = b"" if rest <= len(head) else tail.partition(b"\n")[0] + b"\n"
    parts = [
        reader.columns(Cut().lines(head)),
        reader.columns(Cut().lines(tail.removeprefix(half))),
    ]
    return head[:1], _newest(Columns.joined(parts))


def _newest(batch: Columns) -> float | None:
    if not len(batch):
        return None
    return float((batch.rows["start"] + np.nan_to_num(batch.rows["duration"])).max())


def _rotated(case: Case, path: str) -> str:
    """How many older ones are where `zeek_log` looks for them."""
    patterns = rotated(Path(path))
    found = {one for pattern in patterns for one in glob(str(case.machine.at(pattern)))}  # noqa: PTH207
    older = len(found - {str(case.machine.at(path))})
    return f"{older} rotated beside it or by day"
