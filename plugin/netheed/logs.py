"""The log of netheed itself: events with fields, on standard error; docs/events.md lists them."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from netheed.errors import BadRecordError

SHOWN_A_FILE: Final = 3
"""Bad records told one by one; the rest of the same file is only counted."""
REMEMBERED: Final = 256
"""Files and other places of bad records whose count is kept by one that runs for months."""


@dataclass(slots=True)
class Log:
    """structlog's logger, loaded and configured with the first event.

    Loading it takes as long as reading a model, and a run that is well has nothing to tell.
    """

    configured_by: Callable[[], None] | None = None
    """What is still to be done before the first event, if anything."""

    def __getattr__(self, level: str) -> Any:
        """What tells of an event: `info`, `warning`, `error` or `exception`."""
        import structlog  # noqa: PLC0415

        if self.configured_by is not None:
            self.configured_by()
            self.configured_by = None
        return getattr(structlog.get_logger(), level)


log: Final = Log()


def info(event: str, **fields: Any) -> None:
    """Tell of something by the configuration that is in force when it happens."""
    log.info(event, **fields)


def warn(event: str, **fields: Any) -> None:
    """The same for what somebody should look at."""
    log.warning(event, **fields)


def configure_json() -> None:
    """One JSON object a line with the time in UTC, as log shippers want it.

    At once: threads tell of events, and one of them may be the last.
    """
    import structlog  # noqa: PLC0415

    log.configured_by = None
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def configure() -> None:
    """Plain lines on standard error; values are shown with their control characters escaped."""
    log.configured_by = _as_text


def _as_text() -> None:
    import structlog  # noqa: PLC0415

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@dataclass(slots=True)
class BadRecords:
    """Tells of unreadable records for ever: the 1st, 2nd, 4th, 8th ... of each file.

    The file that has had none for longest is forgotten past REMEMBERED; its next is a 1st again.
    """

    seen: dict[str, int] = field(default_factory=dict)

    def __call__(self, error: BadRecordError) -> None:
        """Tell of one with its number, or only count it."""
        file = _file(error)
        count = self.seen.pop(file, 0) + 1
        self.seen[file] = count
        if len(self.seen) > REMEMBERED:
            del self.seen[next(iter(self.seen))]
        if count & (count - 1) == 0:
            log.warning("bad_record", where=error.where, reason=error.reason, count=count)


@dataclass(slots=True)
class FirstBadRecords:
    """Tells of unreadable records of a run that ends: the first few of each file, then a count."""

    seen: dict[str, int] = field(default_factory=dict)

    def __call__(self, error: BadRecordError) -> None:
        """Tell of one, or only count it."""
        file = _file(error)
        self.seen[file] = self.seen.get(file, 0) + 1
        if self.seen[file] <= SHOWN_A_FILE:
            log.warning("bad_record", where=error.where, reason=error.reason)

    def finish(self) -> None:
        """Tell how many were not told."""
        for file, count in self.seen.items():
            if count > SHOWN_A_FILE:
                log.warning("bad_records_withheld", file=file, count=count - SHOWN_A_FILE)


def _file(error: BadRecordError) -> str:
    """Where it happened, without the line."""
    return error.where.rpartition(":")[0] or error.where
