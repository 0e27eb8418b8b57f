"""Numbers and reasons in words, for people."""

from collections.abc import Callable
from typing import Final

from netheed.records import Driver

_NAMES: Final = {
    "in_share": "share of incoming connections",
    "beats": "beats of its most regular pair",
    "beat_regularity": "regularity of its most regular pair",
    "beat_period": "period of its most regular pair",
    "beat_size_spread": "spread of sizes of its most regular pair",
    "beat_peer_hosts": "hosts that know its most regular peer",
    "upload_long": "sent to one external peer in hours",
    "upload_share": "share sent to that peer",
    "tries_recent": "tries at one service in the last hour",
    "idle": "time since it was last active",
    "age": "time since it was first seen",
    "peak_second": "connections in the busiest second",
}


def driver_sentence(driver: Driver) -> str:
    """`new destinations 212 (usually 2-14, peers 1-20)`."""
    show = _UNITS.get(driver.unit, _number)
    usual = _span(show, driver.usual_low, driver.usual_high)
    word = "usually" if driver.usual_from == "host" else "hosts usually"
    peers = ""
    if driver.peers_low is not None and driver.peers_high is not None:
        peers = f", peers {_span(show, driver.peers_low, driver.peers_high)}"
    name = _NAMES.get(driver.feature, driver.feature.replace("_", " "))
    return f"{name} {show(driver.value)} ({word} {usual}{peers})"


def _span(show: Callable[[float], str], low: float, high: float) -> str:
    first, last = show(low), show(high)
    return first if first == last else f"{first}-{last}"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.1f}"


def _bytes(value: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1000:
            return f"{_number(value)} {unit}"
        value /= 1000
    return f"{_number(value)} TB"


def _seconds(value: float) -> str:
    if value < 60:
        return f"{_number(value)} s"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{seconds:02}s"


def _hours(value: float) -> str:
    return _seconds(value * 3600)


def _share(value: float) -> str:
    return f"{value:.0%}"


_UNITS: Final[dict[str, Callable[[float], str]]] = {
    "count": _number,
    "bytes": _bytes,
    "seconds": _seconds,
    "hours": _hours,
    "share": _share,
    "nats": lambda value: f"{value:.2f}",
}
