"""Which addresses are held and until when, on disk: what outlives both netheed and Suricata.

A new ledger is written beside the old one, forced to the disk, and takes its name in one step.
"""

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from netheed import durable
from netheed.core.networks import parsed
from netheed.errors import NetheedError
from netheed.logs import log
from netheed.sinks.line_file import unwritable

LARGEST: Final = 4 << 20
"""Bytes: ten thousand addresses have a fifth of it."""


class Written(Struct, frozen=True, forbid_unknown_fields=True):
    """The file, as JSON."""

    until: dict[str, float]
    """Address in canonical text -> seconds since the epoch, UTC."""


_decode: Final = msgspec.json.Decoder(Written).decode


@dataclass(frozen=True, slots=True)
class Ledger:
    """A file that nobody else writes."""

    path: Path

    @property
    def beside(self) -> Path:
        """Where a new one is written."""
        return self.path.with_name(f"{self.path.name}.new")

    def read(self) -> dict[str, float]:
        """What was written last; a damaged one is told and counts as empty. Raises NetheedError."""
        try:
            return _addresses(_decode(self._bytes()))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise NetheedError(f"{self.path}: {error.strerror}") from None
        except ValueError as error:  # msgspec's are such too
            log.error("ledger_damaged", path=str(self.path), reason=ascii(str(error))[1:-1])
            return {}

    def write(self, until: Mapping[str, float]) -> None:
        """Force it to the disk. Raises NetheedError; the one before is whole then."""
        data = msgspec.json.encode(Written(dict(until)))
        try:
            durable.write(self.beside, data)
            self.beside.replace(self.path)
            durable.force(self.path.parent)
        except OSError as error:
            raise NetheedError(f"{self.path}: {error.strerror}") from None

    def problem(self) -> str | None:
        """Why it could not be written at this moment. It is looked at, and not made."""
        try:
            kind = self.path.stat().st_mode
        except FileNotFoundError:
            return unwritable(self.path.parent)
        except OSError as error:
            return f"{self.path}: {error.strerror}"
        if not stat.S_ISREG(kind):
            return f"{self.path}: is no file"
        if not os.access(self.path, os.R_OK, effective_ids=True):
            return f"{self.path}: {os.strerror(errno.EACCES)}"
        return unwritable(self.path.parent)

    def _bytes(self) -> bytes:
        # A pipe would be waited for.
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
            data = file.read(LARGEST + 1) or b""
        if len(data) > LARGEST:
            raise ValueError(f"larger than {LARGEST >> 20} MiB")
        return data


def _addresses(written: Written) -> dict[str, float]:
    """Raises ValueError where one is no address."""
    return {str(parsed(address)): until for address, until in written.until.items()}
