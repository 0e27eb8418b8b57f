"""The log of netheed itself: events with fields, on standard error; docs/events.md lists them."""

import sys
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from netheed.errors import BadRecordError

SHOWN_A_FILE: Final = 3
"""Bad records told one by one; the rest of the same file is only counted."""

log = structlog.get_logger()


def info(event: str, **fields: Any) -> None:
    """Tell of something by the configuration that is in force when it happens."""
    log.info(event, **fields)


def warn(event: str, **fields: Any) -> None:
    """The same for what somebody should look at."""
    log.warning(event, **fields)


def configure_json() -> None:
    """One JSON object a line with the time in UTC, as log shippers want it."""
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
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@dataclass(slots=True)
class BadRecords:
    """Tells of unreadable records at a limited rate: the first few of each file, then a count."""

    seen: dict[str, int] = field(default_factory=dict)

    def __call__(self, error: BadRecordError) -> None:
        """Tell of one, or only count it."""
        file = error.where.rpartition(":")[0] or error.where
        self.seen[file] = self.seen.get(file, 0) + 1
        if self.seen[file] <= SHOWN_A_FILE:
            log.warning("bad_record", where=error.where, reason=error.reason)

    def finish(self) -> None:
        """Tell how many were not told."""
        for file, count in self.seen.items():
            if count > SHOWN_A_FILE:
                log.warning("bad_records_withheld", file=file, count=count - SHOWN_A_FILE)
