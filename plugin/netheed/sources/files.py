"""Files of records: which there are, what they hold, and every record that can be read."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netheed.core import act_rows, namings
from netheed.core.act_rows import ActRows
from netheed.core.columns import Columns
from netheed.core.namings import Namings
from netheed.core.networks import AddressWords
from netheed.core.segments import Floats
from netheed.errors import NetheedError
from netheed.records import Act, Connection, Naming, Tally
from netheed.sources.lines import STANDARD_INPUT, DamagedError, blocks_of_lines, open_any
from netheed.sources.reader import OnBad, Reader


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Files as given, folders with all the files below them in order of name, `-` standard input.

    A file that is named twice, also through a link, comes once. Raises NetheedError for a path
    that is not there or cannot be listed.
    """
    found: list[Path] = []
    for given in paths:
        path = STANDARD_INPUT if str(given) == "-" else given
        if path.is_dir():
            found.extend(_below(path))
        elif path.exists():
            found.append(path)
        else:
            raise NetheedError(f"{path}: no such file or folder")
    return list({_identity(path): path for path in reversed(found)}.values())[::-1]


def _identity(path: Path) -> object:
    """Equal for equal files, whatever they are called; one that is gone will be told by reading."""
    try:
        status = path.stat()
    except OSError:
        return path
    return status.st_dev, status.st_ino


def _below(folder: Path) -> list[Path]:
    def refuse(error: OSError) -> None:
        raise NetheedError(f"{error.filename}: {error.strerror}")

    # followlinks stays off: a link to a folder above would never end.
    walk = os.walk(folder, onerror=refuse)
    files = (Path(root) / name for root, _, names in walk for name in names)
    return sorted(path for path in files if path.is_file())


class Part(NamedTuple):
    """Some lines of a file."""

    batch: Columns
    line: int
    """The last of these lines; the file goes on after it."""
    namings: Namings = namings.NONE
    """What these lines say of names."""
    acts: ActRows = act_rows.NONE
    """What these lines say that hosts did."""
    beside_only: bool = False
    """The file has had names or acts and no connections: it is a log of nothing else."""

    @property
    def times(self) -> Floats:
        """What says how far the file has come: connections, or what else it has without any."""
        if not self.beside_only:
            return self.batch.rows["start"]
        return np.concatenate([self.namings["time"], self.acts["time"]])


def read_file(
    path: Path,
    words: AddressWords,
    tally: Tally,
    on_bad: OnBad,
    *,
    after: int = 0,
    lines: int = 8192,
) -> Iterator[Part]:
    """The connections of one file in its order, of at most `lines` lines at once.

    The format is known by content: Zeek's conn.log and its logs of names and acts (TSV or
    JSON) or Suricata's EVE, plain or gzip.
    What cannot be read is counted, told to `on_bad` with its place, and harms nothing else: a file
    that cannot be opened is one such thing. What was read before, up to the line `after`, is read
    again for what it says of the rest, but neither given nor counted.
    """
    reader = Reader(str(path), words, tally, on_bad, after=after)
    waiting: list[Columns] = []
    told = 0
    try:
        with open_any(path) as file:
            for piece in _pieces(blocks_of_lines(file), lines):
                waiting.append(reader.columns(piece))
                if reader.number - told >= lines:
                    yield _part(reader, waiting)
                    waiting, told = [], reader.number
                if reader.given_up:
                    break
        reader.finish()
    except OSError as error:
        reader.bad(f"cannot be read: {error.strerror or error}")
    except DamagedError as error:
        reader.bad(f"the compressed file breaks off: {error}")
    if reader.number > told:
        yield _part(reader, waiting)


def _part(reader: Reader, found: list[Columns]) -> Part:
    """What was found since the last part."""
    named = namings.columns(reader.taken(), reader.words)
    line = max(reader.after, reader.number)
    acted = act_rows.columns(reader.taken_acts(), reader.words)
    beside = len(named) + len(acted) > 0 and reader.beside_only
    return Part(Columns.joined(found), line, named, acted, beside)


class Beside(NamedTuple):
    """What a file says beside connections, in its order."""

    namings: list[Naming]
    acts: list[Act]


def beside_of(path: Path, tally: Tally, on_bad: OnBad) -> Beside:
    """What a file says of names and acts."""
    reader, found = Reader(str(path), AddressWords(), tally, on_bad), Beside([], [])
    with open_any(path) as file:
        for block in blocks_of_lines(file):
            reader.columns(block)
            found.namings.extend(reader.taken())
            found.acts.extend(reader.taken_acts())
    reader.finish()
    return found


def connections_of(path: Path, tally: Tally, on_bad: OnBad) -> Iterator[Connection]:
    """The same one by one, for those who look at each."""
    for part in read_file(path, AddressWords(), tally, on_bad):
        yield from part.batch.connections(np.arange(len(part.batch)))


def _pieces(blocks: Iterable[list[bytes | None]], lines: int) -> Iterator[list[bytes | None]]:
    """Blocks cut so that one ends after every `lines` lines."""
    room = lines
    for block in blocks:
        at = 0
        while at < len(block):
            piece = block[at : at + room]
            yield piece
            at += len(piece)
            room = room - len(piece) or lines
