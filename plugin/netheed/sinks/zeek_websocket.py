"""Verdicts to a running Zeek, which answers each with `seen`: an answer means it is in Zeek's logs.

A Zeek whose script is too old to answer takes verdicts all the same, and would take the same one
again and again; for it there is `confirm: false`, by which what was sent counts as written.

Events of the log: `verdict_refused` (where, notice, reason), `bad_seen` (where, reason).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition
from typing import Any, Final

from msgspec import Struct

from netheed.errors import BadRecordError, NetheedError
from netheed.logs import warn
from netheed.ports import Problem
from netheed.records import Notice
from netheed.sinks.formats import zeek_verdict
from netheed.zeek.connecting import refusal
from netheed.zeek.endpoint import DEFAULT_URL, Endpoint
from netheed.zeek.frames import shown
from netheed.zeek.websocket import Link
from netheed.zeek.wire import seen

ANSWER: Final = 5.0
"""Seconds that Zeek has to answer in."""
SENDINGS: Final = 4
"""Times that a verdict is sent at the most, before whoever calls keeps it for later."""


Links = Callable[[Endpoint], Link]
"""The one connection to a Zeek."""


class ZeekWebSocketSinkSettings(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="zeek_websocket",
):
    """Where Zeek's manager listens; a source with the same has the same connection."""

    url: str = DEFAULT_URL
    insecure: bool = False
    ca_file: str | None = None
    confirm: bool = True
    """Whether Zeek's script answers; netheed's own does."""

    @property
    def endpoint(self) -> Endpoint:
        """As the link wants it."""
        ca_file = Path(self.ca_file) if self.ca_file else None
        return Endpoint(url=self.url, insecure=self.insecure, ca_file=ca_file)


@dataclass(slots=True, kw_only=True)
class ZeekWebSocketSink:
    """Writes by the link that the source reads from; Zeek knows by its id what it has already."""

    link: Link
    answer: float = ANSWER
    sendings: int = SENDINGS
    confirm: bool = True
    """Whether Zeek's script answers."""
    tell: Callable[..., Any] = warn
    """Takes an event and its fields."""
    _awaited: set[str] = field(default_factory=set)
    _heard: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        """Answers come by the link's thread."""
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
        reason = refusal(self.link.endpoint)
        if reason is not None:
            yield Problem("url", reason)

    def close(self) -> None:
        """Nothing is kept back; the link is its owner's to stop."""

    def _frames(self, notices: Sequence[Notice]) -> dict[str, bytes]:
        """By the notices' ids. What Zeek could not take is told, and not tried for ever."""
        frames: dict[str, bytes] = {}
        for notice in notices:
            try:
                frames[notice.id] = zeek_verdict.encode_notice(notice)
            except ValueError as error:
                where, reason = self.link.where, shown(str(error))
                self.tell("verdict_refused", where=where, notice=shown(notice.id), reason=reason)
        return frames

    def _publish(self, frames: dict[str, bytes]) -> None:
        self.link.start()
        for frame in frames.values():
            self.link.publish(frame)

    def _expect(self, frames: dict[str, bytes]) -> None:
        with self._heard:
            self._awaited = set(frames)

    def _all_seen(self) -> bool:
        return not self._awaited

    def _seen(self, frame: bytes) -> None:
        """In the link's thread."""
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


def sink(settings: ZeekWebSocketSinkSettings, link: Links) -> ZeekWebSocketSink:
    """See sinks.LIVE_SINKS."""
    return ZeekWebSocketSink(link=link(settings.endpoint), confirm=settings.confirm)
