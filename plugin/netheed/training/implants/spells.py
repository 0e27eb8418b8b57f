"""When a host is up, and which hours of the day are whose: spans of time cut out of recordings."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import numpy as np

DAY: Final = 86_400.0
"""Seconds."""
SILENT: Final = 7200.0
"""Seconds without a connection after which a host, or its sensor, is taken to have been off."""

Spell = tuple[float, float]
"""Begin and end, seconds since the epoch."""


def spells_of(starts: Iterable[float]) -> list[Spell]:
    """When someone with connections at these times was up; a lone connection is no spell."""
    ordered = sorted(starts)
    edges = [i for i, (a, b) in enumerate(pairwise(ordered), 1) if b - a > SILENT]
    parts = pairwise([0, *edges, len(ordered)])
    whole = [(ordered[begin], ordered[end - 1]) for begin, end in parts if end > begin]
    return [(begin, end) for begin, end in whole if end > begin]


def seconds_in(spells: Iterable[Spell]) -> float:
    """How long the spells are together."""
    return sum(end - begin for begin, end in spells)


def after(spells: list[Spell], seconds: float) -> list[Spell]:
    """What is left of spells when `seconds` of them have passed."""
    left = []
    for begin, end in spells:
        passed = min(seconds, end - begin)
        seconds -= passed
        if begin + passed < end:
            left.append((begin + passed, end))
    return left


def daily(spells: list[Spell], begin: float, length: float) -> list[Spell]:
    """The part of spells from `begin` (seconds since midnight, UTC) on, for `length` each day."""
    found = []
    for since, until in spells:
        midnights = np.arange((since - begin - length) // DAY, until // DAY + 1) * DAY
        for midnight in midnights.tolist():
            opens, closes = midnight + begin, midnight + begin + length
            if max(opens, since) < min(closes, until):
                found.append((max(opens, since), min(closes, until)))
    return found


def hours_of_day(starts: Iterable[float], hours: int, *, busiest: bool) -> float:
    """Where the `hours` with most (or fewest) connections begin: seconds since midnight, UTC."""
    of_day = (np.fromiter(starts, float) % DAY // 3600).astype(int)
    counts = np.bincount(of_day, minlength=24)
    runs = [int(np.take(counts, range(h, h + hours), mode="wrap").sum()) for h in range(24)]
    return 3600.0 * int(np.argmax(runs) if busiest else np.argmin(runs))
