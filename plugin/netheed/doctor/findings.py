"""What a doctor says: a sentence, and the lines to paste for it."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

SHELL: Final = "a shell"
"""Where commands go: a place like the name of a file."""


IN_THE_END: Final = "a shell, when the rest is done"
"""Commands that make the other lines take effect."""


class Level(StrEnum):
    """How much it matters."""

    OK = "ok"
    MISSING = "missing"
    """netheed cannot work as asked without it."""
    ADVICE = "advice"
    """It works, or may work, all the same."""


class Paste(NamedTuple):
    """Lines, and the file that they belong into."""

    file: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Its words may come from outside: whoever shows them cleans."""

    level: Level
    what: str
    pastes: tuple[Paste, ...] = ()
    settings: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What netheed's configuration wants; of all findings together one document is made."""


def paste(file: str, *lines: str) -> Paste:
    """Lines for a file."""
    return Paste(file, lines)


def ok(what: str) -> Finding:
    """In order."""
    return Finding(Level.OK, what)


def missing(what: str, *pastes: Paste) -> Finding:
    """Without it netheed does not work as asked."""
    return Finding(Level.MISSING, what, pastes)


def rights(folder: str) -> Paste:
    """Commands that let this user read a folder of logs, and what comes into it."""
    place = shlex.quote(folder)
    return paste(
        SHELL,
        f'sudo setfacl -R -m "u:$(id -un):rX" {place}',
        f'sudo setfacl -R -d -m "u:$(id -un):rX" {place}',
    )


def span(seconds: float) -> str:
    """In words, of the largest unit that it holds twice."""
    for unit, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} seconds"


def advice(what: str, *pastes: Paste) -> Finding:
    """Worth knowing."""
    return Finding(Level.ADVICE, what, pastes)
