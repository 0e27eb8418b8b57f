"""The thread goes on whatever happens to the connection, and says so seldom."""

from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from redis.exceptions import BusyLoadingError, ReadOnlyError

from netheed.sources.redis_line import RedisLine, Told, logged
from netheed.zeek.pace import Backoff, Sparse
from tests.redis_server import until


class Turns:
    """A feed whose turns are what it was given, and then nothing."""

    def __init__(self, *turns: Any) -> None:
        self.turns, self.begun, self.ended = [*turns], 0, Event()

    def begin(self, _: Any) -> None:
        self.begun += 1

    def turn(self) -> float:
        turn = self.turns.pop(0) if self.turns else 0.005
        if isinstance(turn, Exception):
            raise turn
        return float(turn)

    def end(self) -> None:
        self.ended.set()
        raise ConnectionError


def line(feed: Any, told: list[Any], **given: Any) -> RedisLine:
    @contextmanager
    def connected():
        yield object()

    tell = Told("here", lambda event, **fields: told.append((event, fields)))
    backoff = Backoff(lambda: 0.0, first=0.001)
    return RedisLine(connect=given.get("connect", connected), feed=feed, tell=tell, backoff=backoff)


def test_a_connection_that_ends_is_made_again() -> None:
    told: list[Any] = []
    feed = Turns(
        0.0, BusyLoadingError("loading"), ReadOnlyError("replica"), ValueError("\x1b"), 0.0
    )
    one = line(feed, told)

    one.start()
    until(lambda: feed.begun == 4 and not feed.turns)
    one.stop()

    assert [event for event, _ in told] == [
        *("redis_connected", "redis_failed", "redis_failed", "redis_connected")
    ]
    assert told[1] == ("redis_failed", {"where": "here", "reason": "loading"})
    assert feed.ended.is_set()


def test_a_place_that_cannot_be_reached_is_told_seldom() -> None:
    told: list[Any] = []
    attempts: list[int] = []

    def connect() -> Any:
        attempts.append(1)
        raise OSError("nobody")

    one = line(Turns(), told, connect=connect)
    one.backoff.longest = 0.001
    one.start()
    until(lambda: len(attempts) > 40)
    one.stop()

    assert 5 <= len(told) <= 10


def test_one_that_never_began_can_be_stopped() -> None:
    one = line(Turns(), [])

    one.stop()

    assert one.stopped.is_set()


def test_what_is_told_cannot_move_a_terminal() -> None:
    told: list[Any] = []

    Told("here", lambda event, **fields: told.append(fields), Sparse({}))(
        "x", reason="\x1b[2J", at=3
    )

    assert told == [{"where": "here", "reason": "\\x1b[2J", "at": 3}]


@pytest.mark.parametrize(
    ("event", "level"), [("redis_connected", "info"), ("redis_failed", "warning")]
)
def test_what_is_well_is_no_warning(
    capsys: pytest.CaptureFixture[str], event: str, level: str
) -> None:
    logged(event, where="here")

    assert level in capsys.readouterr().out
