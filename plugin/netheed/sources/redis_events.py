"""Suricata's EVE records as they come to a Redis.

The one origin is what the settings call it. A list gives each record once, whatever is killed when;
a channel gives what is published while netheed listens. Beside what the feeds tell, the log has
`position_unreadable` (position).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.logs import log
from netheed.ports import Position, Problem, Read
from netheed.records import Tally
from netheed.sources.eve_redis import EveRedisSettings
from netheed.sources.intake import Intake
from netheed.sources.live import Around
from netheed.sources.reader import OnBad, Reader
from netheed.sources.redis_channel import ChannelFeed
from netheed.sources.redis_client import client, problems
from netheed.sources.redis_feed import RECORDS, Feed, Piece
from netheed.sources.redis_line import RedisLine, Told
from netheed.sources.redis_list import ListFeed


@dataclass(slots=True, kw_only=True)
class EveRedis:
    """Live source. It never waits: a thread of its own talks to Redis."""

    settings: EveRedisSettings
    words: AddressWords
    """What its addresses are called."""
    tally: Tally
    on_bad: OnBad
    lateness: float = 0.0
    intake: Intake = field(default_factory=Intake)
    tell: Callable[[str], Told] = Told
    """Made of where its events are from."""
    _feed: Feed = field(init=False)
    _line: RedisLine = field(init=False)
    _reader: Reader = field(init=False)
    _position: Position = ""
    _left: int | None = None
    """Records to be given before the end, once it is asked for."""

    def __post_init__(self) -> None:
        settings, tell = self.settings, self.tell(self.settings.name)
        self._feed = _feed(settings, tell)
        self._line = RedisLine(connect=lambda: client(settings), feed=self._feed, tell=tell)
        self._reader = Reader(settings.name, self.words, self.tally, self.on_bad, self.intake)
        # Who writes into the list may begin with anything: that is told, and what follows is read.
        self._reader.resume([], 0)

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source. After `stop` it gives what nobody else has, and ends."""
        self._resume(positions.get(self.settings.name, ""))
        self._line.start()
        try:
            while self._left != 0:
                yield self._read()
        finally:
            self._line.stop()

    @property
    def lag(self) -> float | None:
        """Of what waits at Redis, or here."""
        return self._feed.lag

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """Redis need not keep what is safe; the thread tells it."""
        self._feed.forget(positions.get(self.settings.name, ""))

    def stop(self) -> None:
        """See live.LiveSource."""
        self._line.stopped.set()
        self._left = self._feed.left

    def owns(self, origin: str) -> bool:
        """Its only one."""
        return origin == self.settings.name

    def problems(self) -> Iterator[Problem]:
        """Whether Redis answers, and has what it should."""
        return problems(self.settings)

    def _resume(self, position: Position) -> None:
        try:
            self._feed.resume(position)
            self._position = position
        except ValueError:
            log.error("position_unreadable", position=position[:200])

    def _read(self) -> Read:
        """What has come, perhaps nothing."""
        most = RECORDS if self._left is None else min(RECORDS, self._left)
        piece = self._feed.take(most)
        if piece is None:
            return Read(self.settings.name, Columns.none(), self._position)
        if self._left is not None:
            self._left -= len(piece.lines)
        for cause, count in piece.lost.items():
            self.tally.lose(cause, count)
        self._position = piece.position
        return self._decoded(piece)

    def _decoded(self, piece: Piece) -> Read:
        self._reader.number = piece.number
        return self._reader.read(self.settings.name, piece.lines, piece.position)


def _feed(settings: EveRedisSettings, tell: Told) -> Feed:
    if not settings.is_list:
        return ChannelFeed(key=settings.key)
    return ListFeed(
        key=settings.key,
        is_lpush=settings.mode != "rpush",
        most_unsaved=settings.most_unsaved,
        tell=tell,
    )


def source(settings: EveRedisSettings, around: Around) -> EveRedis:
    """See sources.LIVE_SOURCES."""
    return EveRedis(
        settings=settings,
        words=around.words(settings.name),
        tally=around.tally,
        on_bad=around.on_bad,
        lateness=around.lateness,
        intake=around.intake,
    )
