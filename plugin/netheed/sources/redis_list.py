"""Records that wait in a list of a Redis (Suricata's modes `lpush` and `rpush`), each once.

A script moves them from the old end of the list KEY to the end of the list KEY:netheed, and gives
them, in one step that nothing can break. There they stay until a checkpoint covers them. Records
have numbers, which go on from run to run: KEY:netheed:taken is that of the first in KEY:netheed.
Who goes on at a number that is still there is given it and all after it again.

Numbers never go back. Where a Redis comes back without its data, or with those of an hour ago, what
it holds is numbered on from where its reader is, so that no checkpoint takes them for others.

KEY:netheed:lease says for some seconds which process takes from the list: it is one at a time.

Events of the log: `redis_went_back` (where, at), `redis_missed` (where, records).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from time import monotonic
from typing import Any, Final

from redis import Redis

from netheed.errors import NetheedError
from netheed.ports import Position
from netheed.sources.lines import LONGEST_LINE
from netheed.sources.redis_feed import BLOCK, RECORDS, Piece

LEASE: Final = 10.0
"""Seconds, from the last turn."""
PAUSE: Final = 0.1
"""Seconds between two looks into a list that was empty, or while nobody takes what was read."""
PIECES: Final = 16
"""Read ahead of whoever decodes them."""
LARGEST: Final = 1 << 52
"""A number that a script still knows exactly, and far from any that is reached."""

_TURN: Final = """
local list, kept, taken, lease = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local from, safe, count = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local most, bytes, longest = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local holder = redis.call('GET', lease)
if holder and holder ~= ARGV[1] then return {'held'} end
local size, waiting = redis.call('LLEN', kept), redis.call('LLEN', list)
local first = tonumber(redis.call('GET', taken) or '')
-- After a write that needs no memory a full Redis refuses none of those that follow.
redis.call('DEL', lease)
redis.call('SET', lease, ARGV[1], 'PX', ARGV[2])

local back, missed = 0, 0
if not first or from > first + size then
    if from > 0 then back = 1 end
    first = math.max(from, 0)
    redis.call('SET', taken, string.format('%.0f', first))
elseif from >= 0 and from < first then
    missed = first - from
end
from = math.max(from, first)

local over = math.min(safe - first, size)
if over > 0 then
    redis.call('LTRIM', kept, over, -1)
    first, size = first + over, size - over
    redis.call('SET', taken, string.format('%.0f', first))
end

local records = {}
local given = from - first
if count > 0 and given < size then
    records = redis.call('LRANGE', kept, given, given + count - 1)
elseif math.min(count, most - size, waiting) > 0 then
    count = math.min(count, most - size, waiting)
    if ARGV[9] == 'lpush' then
        local newest_first = redis.call('LRANGE', list, -count, -1)
        for at = 1, count do records[at] = newest_first[count + 1 - at] end
        redis.call('LTRIM', list, 0, -count - 1)
    else
        records = redis.call('LRANGE', list, 0, count - 1)
        redis.call('LTRIM', list, count, -1)
    end
    redis.call('RPUSH', kept, unpack(records))
end

local answer = {}
for at, record in ipairs(records) do
    local length = #record
    if length > longest then record, length = false, 0 end
    bytes = bytes - length
    if at > 1 and bytes < 0 then break end
    answer[at] = record
end
return {'given', from, back, missed, answer}
"""
_RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


def kept_in(key: str) -> str:
    """The list of those that were taken and are not safe yet."""
    return f"{key}:netheed"


def _given(answer: Any) -> tuple[int, int, int, list[bytes | None]]:
    """What a turn answers. Raises ValueError where whoever answers is no Redis."""
    match answer:
        case [b"given", int(number), int(back), int(missed), list(lines)]:
            if 0 <= missed <= number <= LARGEST and _are_records(lines):
                return number, back, missed, lines
    raise ValueError("not what the script answers")


def _are_records(lines: list[Any]) -> bool:
    are = all(line is None or isinstance(line, bytes) for line in lines)
    return are and len(lines) <= RECORDS


@dataclass(slots=True, kw_only=True, eq=False)
class ListFeed:
    """One list, read ahead by a few pieces. See redis_feed.Feed."""

    key: str
    is_lpush: bool
    most_unsaved: int
    tell: Callable[..., Any]
    """Takes an event and its fields."""
    lease: float = LEASE
    clock: Callable[[], float] = monotonic
    """Seconds."""
    token: str = field(default_factory=lambda: token_hex(16))
    """Of this process."""
    _at: int = -1
    """The number of the next record, -1 before the first is known."""
    _safe: int = -1
    _pieces: deque[Piece] = field(default_factory=deque)
    _emptied: float | None = None
    """When the list was last found empty; None before that."""
    _turn: Any = None
    _release: Any = None

    def begin(self, redis: Redis) -> None:
        """See redis_feed.Feed."""
        self._turn = redis.register_script(_TURN)
        self._release = redis.register_script(_RELEASE)

    def turn(self) -> float:
        """See redis_feed.Feed. Raises NetheedError where another one takes from the list."""
        count = RECORDS if len(self._pieces) < PIECES else 0
        answer = self._turn(keys=self._keys, args=self._asked(count))
        if answer == [b"held"]:
            raise NetheedError(f"another netheed takes from the list {self.key}")
        number, back, missed, lines = _given(answer)
        if back:
            self.tell("redis_went_back", at=number)
        if missed:
            self.tell("redis_missed", records=missed)
        self._at = number + len(lines)
        if count and not lines:
            self._emptied = self.clock()
        if lines or missed:
            lost = {"missed": missed} if missed else {}
            self._pieces.append(Piece(lines, str(self._at), number, lost))
        return 0.0 if lines else PAUSE

    def end(self) -> None:
        """Another one may begin at once."""
        self._release(keys=[self._keys[-1]], args=[self.token])

    def resume(self, position: Position) -> None:
        """See redis_feed.Feed."""
        number = int(position) if position else -1
        if not -1 <= number <= LARGEST:
            raise ValueError("no number of a record")
        self._at = self._safe = number

    def forget(self, position: Position) -> None:
        """See redis_feed.Feed; it is done with the next turn."""
        if position:
            self._safe = int(position)

    def take(self, most: int) -> Piece | None:
        """See redis_feed.Feed."""
        return self._pieces.popleft() if self._pieces else None

    @property
    def lag(self) -> float | None:
        """Since the list was empty; what waited there at the beginning is read first."""
        if self._emptied is None:
            return None
        return self.clock() - self._emptied if self._pieces else 0.0

    @property
    def left(self) -> int:
        """None: what is not taken is given again."""
        return 0

    @property
    def _keys(self) -> list[str]:
        kept = kept_in(self.key)
        return [self.key, kept, f"{kept}:taken", f"{kept}:lease"]

    def _asked(self, count: int) -> list[str | int]:
        side = "lpush" if self.is_lpush else "rpush"
        where = [self._at, self._safe, count, self.most_unsaved]
        return [self.token, int(self.lease * 1000), *where, BLOCK, LONGEST_LINE, side]
