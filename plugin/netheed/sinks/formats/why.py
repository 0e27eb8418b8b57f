"""Numbers and reasons in words, for people."""

import math
import re
from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Final

from netheed.core.hour_vector import AROUND
from netheed.core.hour_vector import HOURS as STEPS
from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.vector import FEATURES, Feature
from netheed.records import Driver, Notice
from netheed.scales import HOURS, MINUTE, PAIR

REASONS: Final = 3
_NAMED: Final[dict[str, Mapping[str, Feature]]] = {
    MINUTE: FEATURES,
    PAIR: ChainMap(CONTEXT, CALLS),
    HOURS: ChainMap(STEPS, AROUND),
}
"""Scale -> what its features are called."""
_UNIT_WORD: Final = re.compile(r"(%| \w+)$")
"""What a range says once: `0-40%`, `2-14 kB`, but not the parts of `5m02s`."""


def reasons(notice: Notice) -> str:
    """The most telling drivers in one sentence each; empty where there are none."""
    return "; ".join(sentences(notice)[:REASONS])


def sentences(notice: Notice) -> list[str]:
    """Each driver in a sentence, the most telling first; of a remark what it says."""
    if notice.remark is not None:
        return [notice.remark]
    drivers = [driver_sentence(driver, notice.scale) for driver in notice.drivers]
    return [*drivers, *_of_a_sample(notice)]


def _of_a_sample(notice: Notice) -> list[str]:
    if notice.sampled >= 1:
        return []
    return [f"counts are estimates: {notice.sampled:.2g} of the connections were taken in"]


def driver_sentence(driver: Driver, scale: str = MINUTE) -> str:
    """`new destinations 212 (usually 2-14, peers 1-20)`."""
    whose = "pairs" if scale == PAIR else "hosts"
    word = "usually" if driver.usual_from == "host" else f"{whose} usually"
    usual = f"{word} {_span(driver.unit, driver.usual_low, driver.usual_high)}"
    if driver.peers_low is not None and driver.peers_high is not None:
        usual += f", peers {_span(driver.unit, driver.peers_low, driver.peers_high)}"
    feature = _NAMED.get(scale, FEATURES).get(driver.feature)
    name = feature.words if feature else driver.feature.replace("_", " ")
    return f"{name} {_shown(driver.unit, driver.value)} ({usual})"


def _span(unit: str, low: float, high: float) -> str:
    first, last = _shown(unit, low), _shown(unit, high)
    if first == last:
        return first
    said_once = _UNIT_WORD.search(last)
    return f"{first.removesuffix(said_once[0]) if said_once else first}-{last}"


def _shown(unit: str, value: float) -> str:
    if not math.isfinite(value):
        return "?"
    show = _UNITS.get(unit)
    return show(value) if show else f"{_number(value)} {unit}"


def _number(value: float) -> str:
    size = abs(value)
    if size >= 1e15:
        return f"{value:.3g}"
    if size >= 10 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2g}"


def _bytes(value: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 999.5:
            return f"{_number(value)} {unit}"
        value /= 1000
    return f"{_number(value)} TB"


def _seconds(value: float) -> str:
    if not 59.5 <= value < 1e10:
        return f"{_number(value)} s"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h"
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{seconds:02}s"


def span_of_time(seconds: float) -> str:
    """`11 s`, `5m02s`, `4h10m`, `2d03h`."""
    return _seconds(seconds) if math.isfinite(seconds) else "?"


def _hours(value: float) -> str:
    return _seconds(value * 3600)


def _share(value: float) -> str:
    return f"{_number(100 * value)}%"


_UNITS: Final[dict[str, Callable[[float], str]]] = {
    "count": _number,
    "bytes": _bytes,
    "seconds": _seconds,
    "hours": _hours,
    "share": _share,
    "nats": _number,
    "ratio": _number,
    "score": _number,
}
