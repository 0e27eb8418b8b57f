"""A list of a real Redis: its records each once, whoever ends when."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from netheed.errors import NetheedError
from netheed.sources.lines import LONGEST_LINE
from netheed.sources.redis_feed import BLOCK, RECORDS
from netheed.sources.redis_list import PAUSE, PIECES, ListFeed, kept_in
from tests.redis_server import RedisServer, running

KEY = "suricata"
KEPT = kept_in(KEY)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running(tmp_path_factory.mktemp("redis")) as made:
        yield made


@pytest.fixture
def redis(server: RedisServer) -> Iterator[Redis]:
    server.client.flushall()
    yield server.client
    server.client.config_set("maxmemory", 0)


class Taker:
    """A process that takes."""

    def __init__(self, redis: Redis, position: str = "", **given: Any) -> None:
        self.told: list[tuple[str, dict[str, int]]] = []
        settings = {"key": KEY, "is_lpush": True, "most_unsaved": 10_000} | given
        self.feed = ListFeed(tell=lambda event, **f: self.told.append((event, f)), **settings)
        self.feed.resume(position)
        self.feed.begin(redis)
        self.position = position
        self.lost: dict[str, int] = {}

    def taken(self) -> list[bytes | None]:
        """What a turn gave."""
        self.feed.turn()
        lines: list[bytes | None] = []
        while (piece := self.feed.take(1)) is not None:
            lines += piece.lines
            self.position = piece.position
            for cause, count in piece.lost.items():
                self.lost[cause] = self.lost.get(cause, 0) + count
        return lines

    def save(self) -> None:
        self.feed.forget(self.position)
        self.feed.turn()


def push(redis: Redis, *records: bytes) -> None:
    for record in records:
        redis.lpush(KEY, record)


def dead(redis: Redis) -> None:
    """The time after which nobody counts on a process that was killed."""
    redis.delete(f"{KEPT}:lease")


@pytest.mark.parametrize("way", ["lpush", "rpush"])
def test_the_oldest_record_comes_first(redis: Redis, way: str) -> None:
    for record in (b"1", b"2", b"3"):
        getattr(redis, way)(KEY, record)

    taker = Taker(redis, is_lpush=way == "lpush")

    assert (taker.taken(), taker.position) == ([b"1", b"2", b"3"], "3")
    assert redis.llen(KEY) == 0


def test_records_stay_until_a_checkpoint_covers_them(redis: Redis) -> None:
    push(redis, b"1", b"2")
    taker = Taker(redis)
    taker.taken()
    assert redis.lrange(KEPT, 0, -1) == [b"1", b"2"]
    push(redis, b"3")

    taker.save()

    assert redis.lrange(KEPT, 0, -1) == [b"3"]
    assert redis.get(f"{KEPT}:taken") == b"2"


@pytest.mark.parametrize(("position", "again"), [("", 5), ("0", 5), ("3", 2), ("5", 0)])
def test_who_goes_on_is_given_what_its_checkpoint_does_not_cover(
    redis: Redis, position: str, again: int
) -> None:
    records = [b"1", b"2", b"3", b"4", b"5"]
    push(redis, *records)
    Taker(redis).taken()
    dead(redis)
    push(redis, b"6")

    other = Taker(redis, position)

    assert other.taken() + other.taken() == [*records[5 - again :], b"6"]
    assert (other.told, other.lost) == ([], {})


def test_an_older_checkpoint_than_the_one_that_was_covered_is_told(redis: Redis) -> None:
    push(redis, b"1", b"2", b"3")
    first = Taker(redis)
    first.taken()
    first.save()
    first.feed.end()
    push(redis, b"4")

    other = Taker(redis, "1")

    assert other.taken() == [b"4"]
    assert other.told == [("redis_missed", {"records": 2})]
    assert (other.lost, other.position) == ({"missed": 2}, "4")


def test_numbers_go_on_where_redis_has_lost_everything(redis: Redis) -> None:
    push(redis, b"1", b"2", b"3")
    taker = Taker(redis)
    taker.taken()
    redis.flushall()
    push(redis, b"4")

    assert (taker.taken(), taker.position) == ([b"4"], "4")
    assert taker.told == [("redis_went_back", {"at": 3})]
    dead(redis)
    # Of those that no checkpoint covered nobody has any more.
    other = Taker(redis, "1")
    assert (other.taken(), other.lost) == ([b"4"], {"missed": 2})


def test_numbers_go_on_where_redis_has_gone_back(redis: Redis) -> None:
    push(redis, b"1", b"2", b"3")
    taker = Taker(redis, "")
    taker.taken()
    redis.ltrim(KEPT, 0, 0)

    assert (taker.taken(), taker.position) == ([b"1"], "4")
    assert taker.told == [("redis_went_back", {"at": 3})]


def test_another_one_is_refused_until_the_first_has_ended(redis: Redis) -> None:
    first, other = Taker(redis), Taker(redis)
    push(redis, b"1")
    assert first.taken() == [b"1"]

    with pytest.raises(NetheedError, match="another netheed takes from the list suricata"):
        other.taken()
    other.feed.end()
    with pytest.raises(NetheedError):
        other.taken()

    first.save()
    first.feed.end()
    push(redis, b"2")
    assert other.taken() == [b"2"]


def test_a_lease_ends_by_itself(redis: Redis) -> None:
    Taker(redis, lease=10.0).feed.turn()

    assert 9_000 < redis.pttl(f"{KEPT}:lease") <= 10_000


def test_no_more_is_taken_than_may_be_unsaved(redis: Redis) -> None:
    push(redis, *[b"%d" % number for number in range(7)])
    taker = Taker(redis, most_unsaved=5)

    assert len(taker.taken() + taker.taken()) == 5
    assert redis.llen(KEY) == 2
    taker.feed.forget(taker.position)
    assert taker.taken() == [b"5", b"6"]


def test_no_more_is_read_ahead_than_a_few_pieces(redis: Redis) -> None:
    redis.rpush(KEY, *[b"x"] * (PIECES + 2) * RECORDS)
    taker = Taker(redis)

    pauses = [taker.feed.turn() for _ in range(PIECES + 2)]

    assert pauses == [0.0] * PIECES + [PAUSE] * 2
    assert redis.llen(KEPT) == PIECES * RECORDS
    assert len(taker.taken()) == PIECES * RECORDS


def test_large_records_come_in_several_answers(redis: Redis) -> None:
    records = [bytes([65 + at]) * (BLOCK // 2) for at in range(5)]
    push(redis, *records)
    taker = Taker(redis)

    answers = [taker.taken() for _ in range(3)]

    assert answers == [records[:2], records[2:4], records[4:]]


def test_a_record_past_the_cap_is_not_even_sent(redis: Redis) -> None:
    push(redis, b"1", b"x" * (LONGEST_LINE + 1), b"x" * LONGEST_LINE, b"2")
    taker = Taker(redis)

    lines = taker.taken() + taker.taken() + taker.taken()

    assert [line if line is None else len(line) for line in lines] == [1, None, LONGEST_LINE, 1]


def test_a_redis_without_memory_still_gives(redis: Redis) -> None:
    push(redis, *[b"x" * 400] * 600)
    redis.config_set("maxmemory", 1)
    taker = Taker(redis)

    assert len(taker.taken() + taker.taken()) == 600
    taker.save()
    assert redis.llen(KEPT) == 0


def test_each_record_is_given_once_by_lists_that_are_taken_from_at_random(redis: Redis) -> None:
    pushed, covered = 0, 0
    position = ""
    for step in range(40):
        push(redis, *[b"%d" % (pushed + at) for at in range(step % 7)])
        pushed += step % 7
        taker = Taker(redis, position)
        for _ in range(step % 3):
            lines = taker.taken()
            if step % 2:
                assert lines == [b"%d" % (covered + at) for at in range(len(lines))]
                covered += len(lines)
                position = taker.position
                taker.feed.forget(position)
        dead(redis)
    last = Taker(redis, position)

    left = last.taken() + last.taken()

    assert left == [b"%d" % number for number in range(covered, pushed)]


@pytest.mark.parametrize("position", ["x", "-2", "1" * 5000, str(1 << 60)])
def test_a_position_that_is_none_is_refused(position: str) -> None:
    feed = ListFeed(key=KEY, is_lpush=True, most_unsaved=1000, tell=print)

    with pytest.raises(ValueError, match=r"number|int"):
        feed.resume(position)


def test_what_is_not_taken_is_given_again() -> None:
    assert ListFeed(key=KEY, is_lpush=True, most_unsaved=1000, tell=print).left == 0


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        b"given",
        [b"given", 0, 0, 0],
        [b"given", b"0", 0, 0, []],
        [b"given", -1, 0, 0, []],
        [b"given", 1 << 60, 0, 0, []],
        [b"given", 0, 0, -1, []],
        [b"given", 5, 0, 6, []],
        [b"given", 0, 0, 0, [[b"x"]]],
        [b"given", 0, 0, 0, [1]],
        [b"given", 0, 0, 0, [b"x"] * (RECORDS + 1)],
    ],
)
def test_what_the_script_cannot_answer_is_refused(answer: Any) -> None:
    feed = ListFeed(key=KEY, is_lpush=True, most_unsaved=1000, tell=print)
    feed._turn = lambda **_: answer

    with pytest.raises(ValueError, match="not what the script answers"):
        feed.turn()

    assert feed.take(1) is None


def test_the_lag_is_the_time_since_the_list_was_empty(redis: Redis) -> None:
    now = [100.0]
    push(redis, b"1")
    taker = Taker(redis, clock=lambda: now[0])
    taker.feed.turn()
    at_first = taker.feed.lag
    taker.taken()
    taker.taken()
    level = taker.feed.lag

    now[0] = 103.0
    push(redis, b"2")
    taker.feed.turn()

    assert (at_first, level, taker.feed.lag) == (None, 0.0, 3.0)
