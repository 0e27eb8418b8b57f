"""What came of a run of the fake, and how a test waits for it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fake_zeek.clients import Lost
from tests.fake_zeek.script import Verdict


@dataclass(kw_only=True)
class Happenings:
    """All of it outlives a restart."""

    verdicts: list[Verdict] = field(default_factory=list, init=False)
    """All that were accepted, repeats too."""
    notices: list[Verdict] = field(default_factory=list, init=False)
    """Those of them whose notice_id was new."""
    lost: list[Lost] = field(default_factory=list, init=False)
    """The clients that are gone."""
    refused: list[str] = field(default_factory=list, init=False)
    """Why frames were answered with an error; Zeek writes that into its reporter.log only."""
    script_errors: list[str] = field(default_factory=list, init=False)
    """What stopped the script at a verdict; the client is not told."""
    killed_by: list[str] = field(default_factory=list, init=False)
    """Addresses that a Zeek before 8.0.10 dies of; the fake is closed from then on."""
    unicode_escapes: list[bytes] = field(default_factory=list, init=False)
    r"""Frames with \uXXXX, which some versions of Zeek misread."""
    stalls: int = field(default=0, init=False)
    """How often the full queue of events made the server stop reading."""
    changed: threading.Condition = field(
        default_factory=threading.Condition, init=False, repr=False, compare=False
    )

    def wait_until(self, claim: Callable[[], bool], timeout: float = 5.0) -> None:
        """Wait for any claim on the fake's state; raises TimeoutError when it stays false."""
        with self.changed:
            if not self.changed.wait_for(claim, timeout):
                raise TimeoutError(f"not within {timeout} s")

    def wait_for_notices(self, count: int, timeout: float = 5.0) -> list[Verdict]:
        """At least so many notices."""
        self.wait_until(lambda: len(self.notices) >= count, timeout)
        return list(self.notices)

    def tell(self) -> None:
        """Let those who wait look again."""
        with self.changed:
            self.changed.notify_all()

    def count_stall(self) -> None:
        """The queue was full."""
        with self.changed:
            self.stalls += 1
            self.changed.notify_all()
