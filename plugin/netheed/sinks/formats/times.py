"""Times as the outputs want them.

Sources refuse times outside 1970 to 9999; should one come all the same, the nearest end is written
(for NaN the first), because a notice must not be lost over its date.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

LAST: Final = 253402300799.0
"""9999-12-31T23:59:59Z: ISO 8601 and Python end there."""


@lru_cache(maxsize=1024)  # the thousands of windows that close together share two times
def iso(seconds: float) -> str:
    """ISO 8601 in UTC with microseconds: `2026-11-22T07:31:13.000000Z`."""
    return f"{_moment(seconds):%Y-%m-%dT%H:%M:%S.%f}Z"


def eve(seconds: float) -> str:
    """As Suricata writes it: `2026-11-22T07:31:13.000000+0000`."""
    return f"{_moment(seconds):%Y-%m-%dT%H:%M:%S.%f}+0000"


def clock(seconds: float) -> str:
    """For people, to the minute: `2026-11-22 07:31`."""
    return f"{_moment(seconds):%Y-%m-%d %H:%M}"


def milliseconds(seconds: float) -> int:
    """Since the epoch."""
    return round(_bounded(seconds) * 1000)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(_bounded(seconds), UTC)


def _bounded(seconds: float) -> float:
    return min(max(0.0, seconds), LAST)  # in this order NaN becomes 0.0
