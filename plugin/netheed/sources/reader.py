"""Lines of one file -> columns, namings and acts: each by its format, what is bad by its place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from netheed.core import act_rows, namings
from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.errors import BadRecordError
from netheed.ports import Position, Read
from netheed.records import Act, Naming, Tally
from netheed.sources.decode import FORMATS, Decoder, skipped
from netheed.sources.decode.acting import Acted
from netheed.sources.decode.naming import Named
from netheed.sources.decode.skipped import Header, Skipped
from netheed.sources.decode.zeek_tsv import UnknownFormatError
from netheed.sources.intake import Intake
from netheed.sources.lines import LONGEST_LINE

OnBad = Callable[[BadRecordError], None]

PATIENCE: Final = 100
"""Lines that are no record before a file, in which none was found yet, is given up."""
BOM: Final = b"\xef\xbb\xbf"
_NOT_KEPT: Final = (Skipped, Header, msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises: UnicodeDecodeError and UnknownFormatError are ValueErrors."""


class _Form(NamedTuple):
    """A format, in one file."""

    recognises: Callable[[bytes], bool]
    decoder: Decoder


def _forms() -> list[_Form]:
    return [_Form(form.recognises, form.decoder()) for form in FORMATS.values()]


class _Record(NamedTuple):
    """A record that is not a connection yet."""

    line: int
    decoder: Decoder
    record: Any


def _runs(found: list[_Record]) -> Iterator[tuple[Decoder, list[_Record]]]:
    """Neighbours of one format."""
    for decoder, run in groupby(found, attrgetter("decoder")):
        yield decoder, list(run)


@dataclass(slots=True)
class Reader:
    """Decodes the lines of one file in their order and keeps count."""

    where: str
    words: AddressWords
    tally: Tally
    on_bad: OnBad
    intake: Intake = field(default_factory=Intake)
    """How much is taken in."""
    after: int = 0
    """Lines up to this one were read in an earlier run."""
    number: int = 0
    given_up: bool = False
    _formats: list[_Form] = field(default_factory=_forms)
    _format: _Form = field(init=False)
    """Of the line before."""
    _recognised: bool = False
    _strange: int = 0
    """Lines before the first that was recognised."""
    _namings: list[Naming] = field(default_factory=list)
    _acts: list[Act] = field(default_factory=list)
    _connected: bool = False
    """Whether a connection was found, or anything among which connections may be."""

    def __post_init__(self) -> None:
        self._format = self._formats[0]

    def resume(self, header: list[bytes | None], line: int) -> None:
        """Go on behind a line of the file, knowing the lines that it begins with."""
        self._reread(header)
        self.number = line
        # Whether records were found before is not known: bad lines are told rather than given up.
        self._recognised = True

    def columns(self, lines: list[bytes | None]) -> Columns:
        """The connections of the next lines."""
        before = max(0, min(self.after - self.number, len(lines)))
        if before:
            self._reread(lines[:before])
        return Columns.none() if self.given_up else self._taken_in(lines[before:])

    def read(self, origin: str, lines: list[bytes | None], position: Position) -> Read:
        """The next lines of an origin, with the names and acts among them; perhaps none."""
        batch = self.columns(lines) if lines else Columns.none()
        named = namings.columns(self.taken(), self.words)
        acted = act_rows.columns(self.taken_acts(), self.words)
        return Read(origin, batch, position, namings=named, acts=acted)

    def taken(self) -> list[Naming]:
        """What peers are called in the lines that were read, each told once."""
        namings, self._namings = self._namings, []
        return namings

    def taken_acts(self) -> list[Act]:
        """What hosts did at their peers in the lines that were read, each told once."""
        acts, self._acts = self._acts, []
        return acts

    @property
    def beside_only(self) -> bool:
        """Whether this is a log of names or acts, by all that was read of it."""
        return not self._connected

    def _taken_in(self, lines: list[bytes | None]) -> Columns:
        """The connections of all lines, or of a sample; what else the lines say is never left out.

        Which lines are connections is known by the format of the line before.
        """
        last = self.number + len(lines)
        numbers: Sequence[int] = range(self.number + 1, last + 1)
        if self.intake.halvings and self._recognised:
            places = np.array(self._format.decoder.connections(lines), dtype=np.int64)
            out = places[self.intake.left_out(len(places))]
            self.tally.lose("sampled", len(out))
            stays = np.ones(len(lines), dtype=np.bool_)
            stays[out] = False
            lines, numbers = list(compress(lines, stays)), list(compress(numbers, stays))
            columns = self._read(lines, numbers) if lines else Columns.none()
            columns.rows["halvings"] = self.intake.halvings
        else:
            columns = self._read(lines, numbers)
        self.number = last
        return columns

    def _read(self, lines: list[bytes | None], numbers: Sequence[int]) -> Columns:
        """All at once where they are records of one format, as nearly always; else one by one."""
        if all(lines):
            decoder = self._format.decoder
            try:
                records = decoder.records(lines)  # type: ignore[arg-type]
            except _NOT_KEPT:
                pass
            else:
                self.number = numbers[-1] if len(numbers) else self.number
                return self._translated(decoder, records, numbers)
        found = self._one_by_one(lines, numbers)
        parts = [
            self._translated(decoder, [one.record for one in run], [one.line for one in run])
            for decoder, run in _runs(found)
        ]
        return Columns.joined(parts) if parts else Columns.none()

    def _translated(self, decoder: Decoder, records: list[Any], lines: Sequence[int]) -> Columns:
        """The connections of records; the others are told by their lines."""
        columns, refused = decoder.columns(records, self.words)
        for place in sorted(refused):
            self.bad(refused[place], lines[place])
        self.tally.connections += len(columns)
        self._recognised = self._recognised or len(columns) > 0
        self._connected = self._connected or len(columns) > 0
        return columns

    def _one_by_one(self, lines: list[bytes | None], numbers: Sequence[int]) -> list[_Record]:
        found: list[_Record] = []
        for line, self.number in zip(lines, numbers, strict=True):
            try:
                record = self._decoded(line)
            except _NOT_KEPT as reason:
                self._tell(reason, recognised=bool(found))
                if self.given_up:
                    break
            else:
                if isinstance(record, Named | Acted):
                    self._beside(record)
                elif record is not None:
                    found.append(_Record(self.number, self._format.decoder, record))
        return found

    def _beside(self, record: Named | Acted) -> None:
        if isinstance(record, Named):
            self.tally.named += 1
            self._namings.extend(record.namings)
        else:
            self.tally.acted += 1
            self._acts.extend(record.acts)
        self._recognised = True
        self._connected = self._connected or not record.alone

    def _tell(self, reason: Exception, *, recognised: bool) -> None:
        """Count what is no record of a connection."""
        if isinstance(reason, Skipped):
            skipped.count(self.tally, reason.args[0])
        elif isinstance(reason, UnknownFormatError):
            self._not_recognised(reason, recognised=recognised)
        elif not isinstance(reason, Header):
            self.bad(_reason(reason))
        self._recognised = self._recognised or isinstance(reason, Skipped | Header)

    def _decoded(self, line: bytes | None) -> Any:
        """The record of a line by the format that recognises it; None is a line past the cap."""
        if line is None:
            raise ValueError(f"longer than {LONGEST_LINE} bytes")
        if self.number == 1:
            line = line.removeprefix(BOM)
        # Nearly every line is of the format of the line before.
        for form in (self._format, *self._formats):
            if form.recognises(line):
                self._format = form
                return form.decoder.record(line)
        raise UnknownFormatError("a record of no known format")

    def _reread(self, lines: list[bytes | None]) -> None:
        """Learn from lines of an earlier run what they say of the format, and nothing else."""
        tally, on_bad = self.tally, self.on_bad
        self.tally, self.on_bad = Tally(), lambda _: None
        self._read(lines, range(self.number + 1, self.number + len(lines) + 1))
        self.taken()
        self.taken_acts()
        self.tally, self.on_bad = tally, on_bad

    def bad(self, reason: str, line: int | None = None) -> None:
        """Count a bad record and tell of it with its line, or the one that was read last."""
        self.tally.bad += 1
        self.on_bad(BadRecordError(reason, where=f"{self.where}:{line or self.number}"))

    def finish(self) -> None:
        """At the end of the file: one that held nothing of ours is told once."""
        told_before = self.number <= self.after
        if self._strange and not (self._recognised or self.given_up or told_before):
            self._give_up()

    def _not_recognised(self, error: UnknownFormatError, *, recognised: bool) -> None:
        if self._recognised or recognised:
            self.bad(str(error))
            return
        self._strange += 1
        if self._strange >= PATIENCE:
            self._give_up()

    def _give_up(self) -> None:
        self.given_up = True
        self.tally.bad += 1
        reason = "holds no Zeek conn.log and no EVE records"
        self.on_bad(BadRecordError(reason, where=f"{self.where}:1"))


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    text = str(error)
    return text if len(text) <= 200 else f"{text[:200]}..."
