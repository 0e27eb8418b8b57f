"""What was worked out, in two places.

In a cache each thing is a file under the digest of what made it: nothing is ever stale. Beside the
report it is a line of a file for its kind: who has the repository has the results, and a later run
takes from there what still holds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import Raw, Struct

from netheed.errors import NetheedError

Kind = Literal["search", "cell", "site", "probe"]
FILES: Final[dict[Kind, str]] = {
    "search": "searches.jsonl",
    "cell": "cells.jsonl",
    "site": "sites.jsonl",
    "probe": "probes.jsonl",
}
"""Beside the report."""


class Job(NamedTuple):
    """One thing to work out."""

    kind: Kind
    name: str
    """Of its kind alone."""
    made_of: str
    """Digest of code, data and settings."""


class Line(Struct, frozen=True):
    """One thing that was worked out."""

    name: str
    made_of: str
    seconds: float
    """That it took a core."""
    said: Raw


@dataclass(frozen=True, slots=True)
class Kept:
    """A cache."""

    folder: Path

    def path(self, job: Job) -> Path:
        """Where it is, or will be."""
        return self.folder / job.kind / f"{job.made_of}.json"

    def has(self, job: Job) -> bool:
        """Whether it was worked out."""
        return self.path(job).exists()

    def read(self, job: Job) -> Line:
        """What was said, and what it took."""
        return msgspec.json.decode(self.path(job).read_bytes(), type=Line)

    def write(self, job: Job, said: Struct, seconds: float) -> None:
        """Keep it, whole or not at all."""
        told = Raw(msgspec.json.encode(said))
        self._write(job, Line(job.name, job.made_of, round(seconds, 2), told))

    def adopt(self, folder: Path) -> None:
        """Take over what lies beside a report."""
        for kind, name in FILES.items():
            for line in lines(folder / name):
                job = Job(kind, line.name, line.made_of)
                if not self.has(job):
                    self._write(job, line)

    def lay(self, folder: Path, jobs: Iterable[Job]) -> None:
        """Write what was worked out of these beside a report, in this order."""
        folder.mkdir(parents=True, exist_ok=True)
        planned = list(jobs)
        for kind, name in FILES.items():
            found = [job for job in planned if job.kind == kind and self.has(job)]
            part = folder / f"{name}.part"
            part.write_bytes(b"".join(self.path(job).read_bytes() + b"\n" for job in found))
            part.replace(folder / name)

    def _write(self, job: Job, line: Line) -> None:
        path = self.path(job)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(line))
        part.replace(path)


def lines(file: Path) -> Iterator[Line]:
    """Of a file beside a report; none where there is no such file. Raises NetheedError."""
    if file.exists():
        with file.open("rb") as opened:
            for number, line in enumerate(opened, 1):
                yield _line(line, f"{file}:{number}")


def _line(text: bytes, place: str) -> Line:
    try:
        return msgspec.json.decode(text, type=Line)
    except msgspec.DecodeError as error:
        raise NetheedError(f"{place}: not a result: {error}") from None
