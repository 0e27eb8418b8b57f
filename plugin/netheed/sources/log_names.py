"""Which logs a path with wildcards and dates names, and which files each of them has.

    /var/log/suricata/eve.json                 one log, whether it is there or not
    /var/log/suricata/eve*.json                eve.json, eve.1.json ...: each file is a log
    /var/log/suricata/eve-%Y-%m-%d.json        the files of all days are one log
    /var/log/suricata/eve-%Y-%m-%d.*.json      one log for each thread

The dates are strftime's, as Suricata writes them into names (`rotate-interval`).
"""

import glob
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from stat import S_ISREG
from typing import Final

_SPECIAL: Final = re.compile(r"(%[A-Za-z%]|\*|\?|\[[^\]]+\])")
_DATES: Final = {
    **dict.fromkeys(["%a", "%A", "%b", "%B", "%h", "%p", "%P", "%Z"], "*"),
    **dict.fromkeys(["%Y", "%G"], "0000"),
    "%%": "%",
    "%F": "0000-00-00",
    "%R": "00:00",
    "%T": "00:00:00",
    "%j": "000",
    "%s": "0000000000",
}
"""What stands where a date is written: digits for zeros, words for stars; 00 for every other."""


@dataclass(frozen=True)
class LogNames:
    """The logs of a pattern. Only the name of a file may have wildcards and dates."""

    pattern: str

    @property
    def misplaced(self) -> bool:
        """Whether a folder has what only the name of a file may have."""
        return bool(_SPECIAL.search(str(Path(self.pattern).parent)))

    @cached_property
    def is_wild(self) -> bool:
        """Whether there may be several logs."""
        return any(part[0] in "*?[" for part in self._parts if _SPECIAL.fullmatch(part))

    @cached_property
    def is_dated(self) -> bool:
        """Whether a log may have several files."""
        return any(part[0] == "%" for part in self._parts if _SPECIAL.fullmatch(part))

    def owns(self, origin: str) -> bool:
        """Whether a log may be called so."""
        return Path(origin).parent == self._folder and bool(self._log.fullmatch(Path(origin).name))

    def fits(self, path: str) -> bool:
        """Whether a file would be one of a log's."""
        name = Path(path).name
        return Path(path).parent == self._folder and bool(self._file.fullmatch(name))

    @property
    def examples(self) -> list[str]:
        """Some of the files that would fit."""
        made = ("".join(_like(part, star) for part in self._parts) for star in ("", "1", "x"))
        return sorted({str(self._folder / name) for name in made})

    def files(self) -> dict[str, list[Path]]:
        """The files of each log that are not empty, those written last at the end.

        Raises OSError where the folder cannot be listed.
        """
        if not self.is_wild and not self.is_dated:
            return {self.pattern: [Path(self.pattern)]}
        found: dict[str, list[tuple[int, Path]]] = {}
        for name, written in self._written():
            origin = str(self._folder / self._origin(name))
            found.setdefault(origin, []).append((written, self._folder / name))
        return {origin: [path for _, path in sorted(files)] for origin, files in found.items()}

    def archives(self, origin: str) -> tuple[str, ...]:
        """Glob patterns of a log's files, those that are written no more among them.

        Beside each may be what logrotate makes of it: numbers or dates at its end, perhaps packed.
        """
        dated = self.is_dated
        parts = _SPECIAL.split(origin) if dated else [origin]
        whole = "".join(_glob(part) if dated else glob.escape(part) for part in parts)
        return (*([whole] if dated else []), f"{whole}.*", f"{whole}-[0-9]*")

    @cached_property
    def _folder(self) -> Path:
        return Path(self.pattern).parent

    @cached_property
    def _parts(self) -> list[str]:
        return [part for part in _SPECIAL.split(Path(self.pattern).name) if part]

    @cached_property
    def _file(self) -> re.Pattern[str]:
        return self._compiled(lambda date: _digits(date, r"\d").replace("*", "[^/]+"))

    @cached_property
    def _log(self) -> re.Pattern[str]:
        return self._compiled(re.escape)

    def _compiled(self, of_date: Callable[[str], str]) -> re.Pattern[str]:
        return re.compile("".join(_expression(part, of_date) for part in self._parts))

    def _origin(self, name: str) -> str:
        """What the log of a file is called: its wildcards are filled in, its dates are not."""
        if not self.is_dated:
            return name
        match = self._file.fullmatch(name)
        filled = iter(match.groups() if match else ())
        return "".join(
            next(filled) if part[0] in "*?[" and _SPECIAL.fullmatch(part) else part
            for part in self._parts
        )

    def _written(self) -> Iterator[tuple[str, int]]:
        """Names that fit, and when each was written last, nanoseconds."""
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if not self._file.fullmatch(entry.name):
                    continue
                try:
                    status = entry.stat()
                except OSError:  # gone meanwhile
                    continue
                if S_ISREG(status.st_mode) and status.st_size > 0:
                    yield entry.name, status.st_mtime_ns


def _digits(date: str, digit: str) -> str:
    return _DATES.get(date, "00").replace("0", digit)


def _glob(part: str) -> str:
    is_date = _SPECIAL.fullmatch(part) and part[0] == "%"
    return _digits(part, "[0-9]") if is_date else glob.escape(part)


def _like(part: str, star: str) -> str:
    """What may stand for a part."""
    if not _SPECIAL.fullmatch(part):
        return part
    if part[0] == "%":
        return _digits(part, "0").replace("*", "x")
    return {"*": star, "?": "1"}.get(part, part[1:2])


def _expression(part: str, of_date: Callable[[str], str]) -> str:
    if not _SPECIAL.fullmatch(part):
        return re.escape(part)
    if part[0] == "%":
        return of_date(part)
    if part[0] == "[":
        inner = part[1:-1].replace("\\", r"\\")
        return f"([{'^' + inner[1:] if inner[0] == '!' else inner}])"
    return "([^/]*)" if part == "*" else "([^/])"
