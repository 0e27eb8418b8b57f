"""Times as texts -> seconds since the epoch, a block at once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from netheed.core.segments import Floats

FORM: Final = "2023-11-14T22:13:20.123456+0000"
"""As Suricata writes all times."""
_LOWEST: Final = np.frombuffer(b"0000-00-00T00:00:00.000000+0000", dtype=np.uint8)
_HIGHEST: Final = np.frombuffer(b"9999-19-39T29:59:59.999999-9999", dtype=np.uint8)
_ZERO: Final = ord("0")
_DAY_IN_MICROSECONDS: Final = 86_400_000_000
_LAST_YEAR: Final = 2200
"""Whole microseconds of later years are not all to be had as floats."""


def _weights() -> NDArray[np.float64]:
    """Of each character: what a day's date and offset are told apart by, and its microseconds."""
    units = {11: 36_000, 12: 3_600, 14: 600, 15: 60, 17: 10, 18: 1}
    weights = np.zeros((len(FORM), 2))
    weights[[0, 1, 2, 3, 5, 6, 8, 9, 26, 27, 28, 29, 30], 0] = 10.0 ** np.arange(13)
    weights[list(units), 1] = np.array(list(units.values())) * 1e6
    weights[20:26, 1] = 10.0 ** np.arange(5, -1, -1)
    return weights


_WEIGHTS: Final = _weights()


MILLISECONDS_FROM: Final = 1e11
"""A number above this is in milliseconds (JSON::TS_MILLIS): in seconds it were the year 5138."""


def told(ts: float | str | None) -> float:
    """Seconds since the epoch of what Zeek writes: a number, its text, or an ISO 8601 time.

    Raises ValueError for anything else; a number stays in its unit.
    """
    if ts is None:
        raise ValueError("no ts")
    try:
        return float(ts)
    except ValueError:
        return seconds(datetime.fromisoformat(str(ts)))


def seconds(moment: datetime) -> float:
    """Seconds since the epoch; a time without an offset is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


def epochs(texts: Sequence[str]) -> tuple[Floats, dict[int, str]]:
    """Seconds since the epoch of RFC 3339 times, and why some are none, by their places.

    The result is to the bit what `datetime` makes of each.
    """
    values = _usual(texts)
    refused: dict[int, str] = {}
    for place in np.flatnonzero(np.isnan(values)).tolist():
        try:
            values[place] = seconds(msgspec.convert(texts[place], datetime))
        except msgspec.ValidationError as error:
            refused[place] = str(error)
    return values, refused


def _usual(texts: Sequence[str]) -> Floats:
    """Where all texts are times in FORM; NaN for what is to be looked at by itself."""
    nothing = np.full(len(texts), np.nan)
    if set(map(len, texts)) != {len(FORM)} or not (joined := "".join(texts)).isascii():
        return nothing
    characters = np.frombuffer(joined.encode(), dtype=np.uint8).reshape(len(texts), len(FORM))
    if not ((characters >= _LOWEST) & (characters <= _HIGHEST)).all():
        return nothing
    days, inside = ((characters.astype(np.float64) - _ZERO) @ _WEIGHTS).T
    if days.min() == days.max():
        begins: Floats | float = _midnight(texts[0][:10], texts[0][26:])
    else:
        begins = np.array([_midnight(text[:10], text[26:]) for text in texts])
    inside = np.where(inside < _DAY_IN_MICROSECONDS, inside, np.nan)
    # One division of whole microseconds, as datetime does it.
    return (begins * 1e6 + inside) / 1e6


@lru_cache(maxsize=64)
def _midnight(day: str, offset: str) -> float:
    """Seconds since the epoch at the beginning of a day; NaN where this is no simple matter."""
    try:
        moment = msgspec.convert(f"{day}T00:00:00{offset}", datetime)
    except msgspec.ValidationError:
        return np.nan
    return seconds(moment) if 1970 <= moment.year < _LAST_YEAR else np.nan
