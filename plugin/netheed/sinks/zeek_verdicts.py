"""Verdicts to a running Zeek, which answers each with `seen`: an answer means it is in Zeek's logs.

A Zeek whose script is too old to answer takes verdicts all the same, and would take the same one
again and again; for it there is `confirm: false`, by which what was sent counts as written.

Events of the log: `verdict_refused` (where, notice, reason), `bad_seen` (where, reason).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Condition
from typing import Any, Final

from netheed.errors import BadRecordError, NetheedError
from netheed.logs import warn
from netheed.ports import Problem
from netheed.records import Notice
from netheed.sinks.formats import zeek_verdict
from netheed.sinks.zeek_broker import ZeekBrokerSinkSettings
from netheed.sinks.zeek_websocket import ZeekWebSocketSinkSettings
from netheed.zeek.door import Lines
from netheed.zeek.frames import shown
from netheed.zeek.line import Line
from netheed.zeek.wire import seen

ANSWER: Final = 5.0
"""Seconds that Zeek has to answer in."""
SENDINGS: Final = 4
"""Times that a verdict is sent at the most, before whoever calls keeps it for later."""


@dataclass(slots=True, kw_only=True)
class ZeekVerdicts:
    """Writes by the line that the source reads from; Zeek knows by its id what it has already."""

    link: Line
    answer: float = ANSWER
    sendings: int = SENDINGS
    confirm: bool = True
    """Whether Zeek's script answers."""
    tell: Callable[..., Any] = warn
    """Takes an event and its fields."""
    _awaited: set[str] = field(default_factory=set)
    _heard: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        """Answers come by the line's thread."""
        self.link.on_seen = self._seen

    def write(self, notices: Sequence[Notice], /) -> None:
        """Returns when Zeek has all of them. Raises NetheedError where it does not say so."""
        frames = self._frames(notices)
        if not self.confirm:
            return self._publish(frames)
        self._expect(frames)
        for _ in range(self.sendings):
            self._publish({name: frames[name] for name in frames if name in self._awaited})
            with self._heard:
                if self._heard.wait_for(self._all_seen, self.answer):
                    return None
        raise NetheedError(self._unanswered(len(frames)))

    def problems(self) -> Iterator[Problem]:
        """Whether Zeek answers."""
        return self.link.problems()

    def close(self) -> None:
        """Nothing is kept back; the line is its owner's to stop."""

    def _frames(self, notices: Sequence[Notice]) -> dict[str, Any]:
        """By the notices' ids. What Zeek could not take is told, and not tried for ever."""
        frames: dict[str, Any] = {}
        for notice in notices:
            try:
                frames[notice.id] = self.link.encoded(zeek_verdict.verdict(notice))
            except ValueError as error:
                where, reason = self.link.where, shown(str(error))
                self.tell("verdict_refused", where=where, notice=shown(notice.id), reason=reason)
        return frames

    def _publish(self, frames: dict[str, Any]) -> None:
        self.link.start()
        for frame in frames.values():
            self.link.publish(frame)

    def _expect(self, frames: dict[str, Any]) -> None:
        with self._heard:
            self._awaited = set(frames)

    def _all_seen(self) -> bool:
        return not self._awaited

    def _seen(self, frame: bytes) -> None:
        """In the line's thread."""
        try:
            notice_id = seen(frame, self.link.where)
        except BadRecordError as error:
            self.tell("bad_seen", where=error.where, reason=shown(error.reason))
            return
        with self._heard:
            self._awaited.discard(notice_id)
            self._heard.notify_all()

    def _unanswered(self, count: int) -> str:
        text = f"{self.link.where}: {len(self._awaited)} of {count} verdicts were not answered"
        last = self.link.last_error
        return f"{text}; Zeek's last error: {last}" if last else text


def sink(settings: ZeekBrokerSinkSettings | ZeekWebSocketSinkSettings, link: Lines) -> ZeekVerdicts:
    """See sinks.LIVE_SINKS."""
    return ZeekVerdicts(link=link(settings.endpoint), confirm=settings.confirm)
