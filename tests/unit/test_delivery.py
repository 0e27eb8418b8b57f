"""Every sink gets every notice once and in order, however long another one, or itself, is dead."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from structlog.testing import capture_logs

from netheed import delivery
from netheed.delivery import Deliveries, Delivery
from netheed.errors import NetheedError
from netheed.records import Notice
from netheed.store import Store
from tests.makers import make_notice

PATIENCE = 10.0
"""Seconds until a test gives up; none waits so long that succeeds."""


@dataclass
class Recorder:
    """A sink that is dead, blocked or alive as the test wants."""

    dead: bool = False
    blocked: Event | None = None
    got: list[str] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    closed: int = 0

    def write(self, notices: Sequence[Notice], /) -> None:
        self.calls.append(len(notices))
        if self.blocked is not None:
            self.blocked.wait(PATIENCE)
        if self.dead:
            raise NetheedError("nobody there")
        self.got += [notice.id for notice in notices]

    def close(self) -> None:
        self.closed += 1


def notices(*names: object) -> list[Notice]:
    return [make_notice(id=str(name)) for name in names]


def until(happened: Callable[[], bool]) -> None:
    """Wait for what threads do."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it does not happen"
        Event().wait(0.001)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE", 0.008)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "notices.sqlite")) as store:
        yield store


@pytest.fixture
def started(store: Store) -> Iterator[Callable[..., Deliveries]]:
    """Starts deliveries to some sinks; all are stopped at the end."""
    running: list[Delivery] = []

    def start(**sinks: Recorder) -> Deliveries:
        to = [Delivery(name=name, sink=sink, store=store) for name, sink in sinks.items()]
        for one in to:
            one.start()
        running.extend(to)
        return Deliveries(store, to)

    yield start
    for one in running:
        end(one, PATIENCE)
        assert one._thread is not None
        assert not one._thread.is_alive()


def end(one: Delivery, patience: float) -> list[str]:
    """The way the daemon ends, of one sink."""
    return Deliveries(one.store, [one]).end(patience)


@dataclass
class Gardener(Recorder):
    """A sink that is tended."""

    tended: list[int] = field(default_factory=list)
    """What it had got by each time."""
    dry: bool = False

    def tend(self) -> None:
        self.tended.append(len(self.got))
        if self.dry:
            raise NetheedError("no water")


def names(*numbers: int) -> list[str]:
    return [str(number) for number in range(*numbers)]


def test_a_dead_sink_delays_itself_alone_and_gets_all_once_and_in_order_later(started) -> None:
    alive, dead = Recorder(), Recorder(dead=True)
    deliveries = started(alive=alive, dead=dead)

    for number in range(100):
        deliveries.take(notices(number))
    until(lambda: len(alive.got) == 100)
    until(lambda: len(dead.calls) > 3)
    assert dead.got == []
    dead.dead = False
    until(lambda: len(dead.got) == 100)

    assert alive.got == dead.got == names(100)
    until(lambda: [one.delivered for one in deliveries.to] == [100, 100])
    assert deliveries.to[0].failures == 0
    assert deliveries.to[1].failures >= 3


def test_a_blocked_sink_delays_itself_alone(started) -> None:
    alive, blocked = Recorder(), Recorder(blocked=Event())
    deliveries = started(blocked=blocked, alive=alive)

    deliveries.take(notices(1, 2))
    until(lambda: alive.got == ["1", "2"])
    assert blocked.got == []
    assert blocked.blocked is not None
    blocked.blocked.set()

    until(lambda: blocked.got == ["1", "2"])


def test_a_sink_gets_no_more_than_a_few_at_once(started) -> None:
    sink = Recorder()
    deliveries = started(sink=sink)

    deliveries.take(notices(*range(100)))
    until(lambda: len(sink.got) == 100)

    assert max(sink.calls) == delivery.AT_ONCE
    assert sink.got == names(100)


def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_success(started) -> None:
    sink = Recorder(dead=True)
    with capture_logs() as events:
        deliveries = started(sink=sink)
        deliveries.take(notices(1))
        until(lambda: deliveries.to[0].failures >= 7)
        sink.dead = False
        until(lambda: sink.got == ["1"])
        first_series = len(events)
        sink.dead = True
        deliveries.take(notices(2))
        until(lambda: len(events) > first_series + 1)

    pauses = [e["again_in"] for e in events if e["event"] == "sink_failed"]
    assert pauses[:7] == [0.001, 0.002, 0.004, 0.008, 0.008, 0.008, 0.008]
    assert pauses[first_series : first_series + 2] == [0.001, 0.002]
    assert {(e["sink"], e["reason"]) for e in events} == {("sink", "nobody there")}


def test_a_sink_that_takes_some_each_time_is_tried_again_soon(started, store: Store) -> None:
    class Flaky(Recorder):
        def write(self, notices: Sequence[Notice], /) -> None:
            self.dead = len(self.calls) % 2 == 1
            super().write(notices)

    store.add(notices(*range(10 * delivery.AT_ONCE)), ["sink"])
    sink = Flaky()
    with capture_logs() as events:
        started(sink=sink)
        until(lambda: len(sink.got) == 10 * delivery.AT_ONCE)

    assert [e["again_in"] for e in events] == [0.001] * 9
    assert sink.got == names(10 * delivery.AT_ONCE)


def test_a_sink_is_not_tried_before_its_pause_is_over(started, monkeypatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_PAUSE", PATIENCE)
    dead, alive = Recorder(dead=True), Recorder()
    deliveries = started(dead=dead, alive=alive)
    deliveries.take(notices(1))
    until(lambda: deliveries.to[0].failures == 1)

    deliveries.take(notices(2))
    until(lambda: alive.got == ["1", "2"])

    assert dead.calls == [1]


def test_what_an_earlier_run_left_is_delivered_after_the_start(store: Store, started) -> None:
    store.add(notices(1, 2), ["sink", "gone"])
    sink = Recorder()

    started(sink=sink)
    until(lambda: store.depth("sink") == 0)

    assert sink.got == ["1", "2"]


def test_stopping_delivers_what_waits_and_closes_the_sink(store: Store) -> None:
    store.add(notices(*range(200)), ["sink"])
    sink = Recorder()
    one = Delivery(name="sink", sink=sink, store=store)

    one.start()
    end(one, PATIENCE)

    assert sink.got == names(200)
    assert (sink.closed, store.depth("sink")) == (1, 0)


def test_stopping_in_a_pause_tries_once_more_and_closes_the_sink(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "FIRST_PAUSE", PATIENCE)
    store.add(notices(1), ["sink"])
    sink = Recorder(dead=True)
    one = Delivery(name="sink", sink=sink, store=store)
    one.start()
    until(lambda: one.failures == 1)

    sink.dead = False
    end(one, PATIENCE)

    assert (sink.got, sink.closed) == (["1"], 1)


def test_stopping_at_a_dead_sink_closes_it_and_keeps_what_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "FIRST_PAUSE", PATIENCE)
    store.add(notices(1), ["sink"])
    sink = Recorder(dead=True)
    one = Delivery(name="sink", sink=sink, store=store)
    one.start()
    until(lambda: one.failures == 1)

    end(one, PATIENCE)

    assert (sink.calls, sink.closed) == ([1, 1], 1)
    assert [notice.id for notice in store.pending("sink", 9)] == ["1"]


def test_stopping_does_not_wait_longer_than_it_was_told_for_a_sink_that_blocks(
    store: Store,
) -> None:
    store.add(notices(1), ["sink"])
    sink = Recorder(blocked=Event())
    one = Delivery(name="sink", sink=sink, store=store)
    one.start()
    until(lambda: sink.calls == [1])

    begun = time.monotonic()
    end(one, 0.01)
    took = time.monotonic() - begun

    assert took < PATIENCE / 2
    assert (sink.got, store.depth("sink")) == ([], 1)
    assert sink.blocked is not None
    sink.blocked.set()
    end(one, PATIENCE)
    assert (sink.got, sink.closed) == (["1"], 1)


def test_stuck_sinks_are_waited_for_together_and_named(store: Store) -> None:
    store.add(notices(1), ["a", "b", "c"])
    free = Event()
    to = [
        Delivery(name="a", sink=Recorder(blocked=free), store=store),
        Delivery(name="b", sink=Recorder(blocked=free), store=store),
        Delivery(name="c", sink=Recorder(), store=store),
    ]
    for one in to:
        one.start()
    alive: list[float] = []

    begun = time.monotonic()
    left = Deliveries(store, to).end(0.4, lambda: alive.append(time.monotonic()))
    took = time.monotonic() - begun

    free.set()
    assert left == ["a", "b"]
    assert 0.4 <= took < 0.8
    assert len(alive) >= 3
    assert Deliveries(store, to).end(PATIENCE) == []


def test_a_store_that_is_closed_under_a_blocked_sink_ends_its_thread(tmp_path: Path) -> None:
    store = Store(tmp_path / "closed.sqlite")
    store.add(notices(1), ["sink"])
    sink = Recorder(blocked=Event())
    one = Delivery(name="sink", sink=sink, store=store)
    one.start()
    until(lambda: sink.calls == [1])
    end(one, 0.001)

    store.close()
    assert sink.blocked is not None
    with capture_logs() as told:
        sink.blocked.set()
        assert one._thread is not None
        one._thread.join(PATIENCE)

    assert (one._thread.is_alive(), sink.closed) == (False, 1)
    assert told == []  # it was told that it was left, and nothing is heard of it after the end


def test_what_was_never_started_can_be_stopped(store: Store) -> None:
    one = Delivery(name="sink", sink=Recorder(), store=store)

    end(one, PATIENCE)

    assert one.delivered == 0


def test_a_sink_is_tended_at_the_start_after_notices_and_without_any(
    started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TENDED_EVERY", 0.001)
    sink = Gardener()
    deliveries = started(sink=sink)

    until(lambda: len(sink.tended) >= 3)
    deliveries.take(notices(1))
    until(lambda: sink.tended[-1] == 1)

    assert sink.tended[0] == 0
    assert deliveries.to[0].failures == 0


def test_a_tended_sink_is_not_asked_more_often_than_it_should(store: Store) -> None:
    sink = Gardener()
    one = Delivery(name="sink", sink=sink, store=store)
    one.start()
    until(lambda: sink.tended == [0])

    Event().wait(0.05)
    assert sink.tended == [0]
    end(one, PATIENCE)

    assert (sink.tended, sink.closed) == ([0, 0], 1)
    assert delivery.TENDED_EVERY >= 1.0


def test_a_sink_whose_tending_fails_is_tried_later_and_later_and_takes_notices(started) -> None:
    sink = Gardener(dry=True)
    with capture_logs() as events:
        deliveries = started(sink=sink)
        until(lambda: deliveries.to[0].failures >= 3)
        deliveries.take(notices(1))
        until(lambda: sink.got == ["1"])
        sink.dry = False
        failed = deliveries.to[0].failures
        until(lambda: len(sink.tended) > failed)

    assert [e["again_in"] for e in events][:3] == [0.001, 0.002, 0.004]
    assert {e["reason"] for e in events} == {"no water"}
    assert deliveries.to[0].delivered == 1


def test_a_repeat_is_not_delivered_again(started) -> None:
    sink = Recorder()
    deliveries = started(sink=sink)
    deliveries.take(notices(1, 2))
    until(lambda: len(sink.got) == 2)

    new = deliveries.take(notices(2, 3))
    until(lambda: len(sink.got) == 3)

    assert [notice.id for notice in new] == ["3"]
    assert sink.got == ["1", "2", "3"]


def test_where_there_is_nothing_to_take_the_store_is_not_asked(store: Store) -> None:
    store.close()

    assert Deliveries(store, []).take([]) == []


def test_notices_that_the_store_does_not_take_are_refused(store: Store) -> None:
    deliveries = Deliveries(store, [Delivery(name="sink", sink=Recorder(), store=store)])
    store.close()

    with pytest.raises(NetheedError, match="closed"):
        deliveries.take(notices(1))
