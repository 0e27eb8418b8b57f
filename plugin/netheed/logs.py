"""The log of netheed itself: events with fields, on standard error.

Events: `bad_record` (where, reason), `bad_records_withheld` (file, count).
"""

import sys
from dataclasses import dataclass, field
from typing import Final

import structlog

from netheed.errors import BadRecordError

SHOWN_A_FILE: Final = 3
"""Bad records told one by one; the rest of the same file is only counted."""

log = structlog.get_logger()


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
