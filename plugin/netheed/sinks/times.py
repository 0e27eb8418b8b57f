"""Times as the outputs want them."""

from datetime import UTC, datetime


def iso(seconds: float) -> str:
    """ISO 8601 in UTC with microseconds: `2026-11-22T07:31:13.000000Z`."""
    return _moment(seconds).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def eve(seconds: float) -> str:
    """As Suricata writes it: `2026-11-22T07:31:13.000000+0000`."""
    return _moment(seconds).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")


def clock(seconds: float) -> str:
    """For people, to the minute: `2026-11-22 07:31`."""
    return _moment(seconds).strftime("%Y-%m-%d %H:%M")


def milliseconds(seconds: float) -> int:
    """Since the epoch."""
    return round(seconds * 1000)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
