"""What the operator asks of a running netheed by a signal: TERM and INT to end, HUP to save now.

Flags and no events: a handler that waits for a lock of the thread that it interrupts would wait for
ever.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Asked:
    """What was asked for so far."""

    to_end_by: int = 0
    """The signal, or 0."""
    to_save: bool = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take signals until the end, and give back whoever took them before."""
        handlers = {signal.SIGTERM: self._end, signal.SIGINT: self._end, signal.SIGHUP: self._save}
        before = {number: signal.signal(number, handlers[number]) for number in handlers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self.to_end_by = number

    def _save(self, _number: int, _frame: FrameType | None) -> None:
        self.to_save = True
