"""Sources take turns, and only silence is measured by a clock."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pytest

from netheed.core.columns import Columns
from netheed.core.windows import Windows
from netheed.ports import Read
from netheed.sources.live import PAUSE, Live
from tests.connections import columns, connection

BATCH = columns([connection()])
PATIENCE = 30.0


@dataclass
class Scripted:
    """A live source: what it gives at each look, then nothing until it is stopped."""

    name: str
    script: list[Read | None] = field(default_factory=list)
    left: list[Read] = field(default_factory=list)
    """What it still gives after it was stopped."""
    stops: int = 0
    positions: Mapping[str, str] = field(default_factory=dict)
    safe: list[Mapping[str, str]] = field(default_factory=list)
    lateness: float = 330.0
    lag: float | None = None

    def reads(self, positions: Mapping[str, str]) -> Iterator[Read]:
        self.positions = positions
        while not self.stops:
            read = self.script.pop(0) if self.script else None
            yield read or Read(self.name, Columns.none(), "0")
        yield from self.left

    def acknowledge(self, positions: Mapping[str, str]) -> None:
        self.safe.append(positions)

    def stop(self) -> None:
        self.stops += 1

    def owns(self, origin: str) -> bool:
        return origin == self.name


@dataclass
class Clock:
    """Monotonic; it only goes on while somebody pauses, or a test says so."""

    now: float = 1000.0
    pauses: int = 0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses += 1
        self.now += seconds


def live(
    *sources: Scripted,
    clock: Clock | None = None,
    goes_on: Callable[[], bool] = lambda: True,
    reached: Callable[[str], float] = lambda _: 5000.0,
) -> Live:
    clock = clock or Clock()
    return Live(
        sources=sources,
        clock=clock,
        pause=clock.pause,
        goes_on=goes_on,
        reached=reached,
        patience=PATIENCE,
    )


def records(name: str, position: str = "1") -> Read:
    return Read(name, BATCH, position)


def times(reading: Live, clock: Clock, seconds: float) -> list[tuple[float, float]]:
    """When, counted from now, time was carried on, and how far."""
    begun, found = clock.now, []
    for read in reading.reads({}):
        if clock.now > begun + seconds:
            return found
        if read.reached is not None:
            assert len(read.batch) == 0
            found.append((clock.now - begun, read.reached))
    raise AssertionError("it ended")


def test_an_idle_origin_is_not_moved_before_patience_is_over() -> None:
    clock = Clock()

    assert times(live(Scripted("a"), clock=clock), clock, PATIENCE - 0.1) == []


def test_after_patience_event_time_goes_on_with_the_clock_once_a_second() -> None:
    clock = Clock()

    found = times(live(Scripted("a"), clock=clock), clock, 40.0)

    assert len(found) in (10, 11)
    assert found[0][0] == pytest.approx(PATIENCE, abs=2 * PAUSE)
    assert all(reached == pytest.approx(5000.0 + at) for at, reached in found)
    assert np.diff([at for at, _ in found]).min() >= 1.0


def test_where_the_loop_was_held_up_time_is_told_once_and_as_it_is() -> None:
    clock = Clock()
    reads = live(Scripted("a"), clock=clock).reads({})
    next(reads)

    clock.now += 500.0
    found = [read.reached for read in islice(reads, 10)]

    assert [time for time in found if time is not None] == [pytest.approx(5500.0, abs=2 * PAUSE)]


def test_no_clock_but_the_given_one_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> float:
        raise AssertionError("a step of the date would move windows")

    for name in ("time", "monotonic", "time_ns"):
        monkeypatch.setattr(f"time.{name}", asked)
    clock = Clock()
    found = times(live(Scripted("a"), clock=clock), clock, 35.0)

    assert found


def test_records_begin_the_silence_anew_and_from_where_they_came_to() -> None:
    clock, reached = Clock(), {"a": 5000.0}
    source = Scripted("a")
    reads = live(source, clock=clock, reached=reached.__getitem__).reads({})
    next(reads)
    clock.now += PATIENCE - 1
    source.script = [records("a")]
    assert len(next(reads).batch) == 1
    reached["a"] = 7000.0
    next(reads)

    clock.now += PATIENCE - 1
    still = [next(reads).reached for _ in range(5)]
    clock.now += 2
    moved = next(reads).reached

    assert still == [None] * 5
    assert moved == pytest.approx(7000.0 + PATIENCE + 1, abs=1)


def test_a_silence_goes_on_from_one_point_and_not_from_what_it_has_told() -> None:
    windows = Windows()
    windows.begin("a")
    windows.feed("a", columns([connection(start=6000.0)] * 3))
    clock, found = Clock(), []
    for read in live(Scripted("a"), clock=clock, reached=windows.reached).reads({}):
        if read.reached is not None:
            windows.advance("a", read.reached)
            found.append((clock.now - 1000.0, read.reached))
        if clock.now > 1100.0:
            break

    assert all(reached == pytest.approx(6000.0 + at) for at, reached in found)
    assert len(found) > 60


def test_an_origin_that_is_silent_is_carried_on_while_another_is_busy() -> None:
    clock = Clock()
    busy = Scripted("busy", [records("busy")] * 3000)
    found: dict[str, list[float | None]] = {"busy": [], "idle": []}

    for read in islice(live(busy, Scripted("idle"), clock=clock).reads({}), 4000):
        clock.now += 0.02
        found[read.origin].append(read.reached)

    assert set(found["busy"]) == {None}
    assert any(found["idle"])


def test_an_origin_of_which_no_time_is_known_says_nothing() -> None:
    clock = Clock()

    found = times(live(Scripted("a"), clock=clock, reached=lambda _: -np.inf), clock, 100.0)

    assert found == []


def test_an_origin_that_tells_no_connection_follows_the_slowest_that_does() -> None:
    clock, known = Clock(), {"mute": -np.inf, "fast": 9000.0, "slow": 7000.0}
    fast, slow = (Scripted(name, [records(name)] * 9999) for name in ("fast", "slow"))
    found: dict[str, list[float]] = {"fast": [], "slow": [], "mute": []}

    reading = live(fast, slow, Scripted("mute"), clock=clock, reached=known.__getitem__)
    for read in reading.reads({}):
        clock.now += 0.01
        if read.reached is not None:
            found[read.origin].append(read.reached)
        if clock.now > 1000.0 + PATIENCE + 5.0:
            break

    assert found == {"fast": [], "slow": [], "mute": [7000.0] * len(found["mute"])}
    assert len(found["mute"]) >= 4


def test_a_silent_origin_of_old_records_is_waited_for_no_longer_than_one_that_talks() -> None:
    clock, known = Clock(), {"dead": 5000.0, "live": 90_000.0}
    busy = Scripted("live", [records("live")] * 9999)
    told = []

    reading = live(Scripted("dead"), busy, clock=clock, reached=known.__getitem__)
    for read in reading.reads({}):
        clock.now += 0.01
        told += [read.reached] if read.origin == "dead" and read.reached is not None else []
        if clock.now > 1000.0 + PATIENCE + 3.0:
            break

    assert told[0] == 90_000.0
    assert {*told} == {90_000.0}


def test_where_all_are_silent_time_passes_for_all_from_the_newest_records() -> None:
    clock, known = Clock(), {"old": 5000.0, "new": 90_000.0}
    found: dict[str, list[float]] = {"old": [], "new": []}

    reading = live(Scripted("old"), Scripted("new"), clock=clock, reached=known.__getitem__)
    for read in reading.reads({}):
        if read.reached is not None:
            found[read.origin].append(read.reached)
        if clock.now > 1000.0 + PATIENCE + 3.0:
            break

    assert min(found["old"]) == 90_000.0
    assert found["new"] == [pytest.approx(90_000.0 + PATIENCE + n, abs=0.2) for n in range(3)]


def test_what_follows_the_others_goes_on_with_them_and_waits_no_longer_than_they() -> None:
    windows, clock = Windows(), Clock()
    batch = columns([connection(start=6000.0)] * 3)
    suricata, zeek = Scripted("suricata"), Scripted("zeek", [Read("zeek", batch, "1")])
    suricata.lateness = 630.0
    due = []

    for read in live(suricata, zeek, clock=clock, reached=windows.reached).reads({}):
        windows.begin(read.origin, read.lateness)
        windows.feed(read.origin, read.batch)
        if read.reached is not None:
            windows.advance(read.origin, read.reached)
        due += [(clock.now - 1000.0, tick.start) for tick in windows.closed()]
        if due or clock.now > 3000.0:
            break

    assert due == [(pytest.approx(6060.0 + 330.0 - 6000.0, abs=3.0), 6000.0)]


def test_an_origin_that_has_ended_is_followed_by_nobody() -> None:
    clock, known = Clock(), {"mute": -np.inf, "ended": 5.0, "other": 7000.0}
    ended = Scripted("ended", [Read("ended", Columns.none(), "", last=True)], stops=0)
    ended.lateness = 1.0
    reading = live(ended, Scripted("other"), Scripted("mute"), clock=clock, reached=known.get)

    reads = reading.reads({})
    first = [next(reads) for _ in range(3)]
    ended.stops = 1
    told = {read.reached for read in islice(reads, 10_000) if read.origin == "mute"}

    assert first[0].last
    assert told == {None, 7000.0}


def test_each_read_says_how_long_its_source_is_waited_for() -> None:
    zeek, suricata = Scripted("zeek"), Scripted("suricata", [records("suricata")])
    suricata.lateness = 630.0

    found = {read.origin: read.lateness for read in islice(live(zeek, suricata).reads({}), 4)}

    assert found == {"zeek": 330.0, "suricata": 630.0}


def test_a_time_that_a_source_knows_itself_is_passed_on_and_ends_the_silence() -> None:
    clock = Clock()
    source = Scripted("a")
    reads = live(source, clock=clock).reads({})
    next(reads)
    clock.now += PATIENCE - 1
    own = Read("a", Columns.none(), "7", reached=42.0)
    source.script = [own]
    assert next(reads).reached == 42.0
    next(reads)

    clock.now += PATIENCE - 1

    assert next(reads).reached is None


def test_a_position_is_passed_on_with_a_time() -> None:
    clock = Clock()
    source = Scripted("a", [Read("a", Columns.none(), "17")] * 2)
    reads = live(source, clock=clock).reads({})
    next(reads)

    clock.now += PATIENCE

    moved = next(reads)
    assert (moved.position, moved.reached) == ("17", pytest.approx(5030.0, abs=2 * PAUSE))


def test_a_busy_source_does_not_starve_the_others() -> None:
    busy = Scripted("busy", [records("busy", str(n)) for n in range(100)])
    rare = Scripted("rare", [records("rare", str(n)) for n in range(50)])

    order = [read.origin for read in islice(live(busy, rare).reads({}), 100)]

    assert order == ["busy", "rare"] * 50


def test_it_pauses_only_when_nobody_had_anything() -> None:
    clock = Clock()
    busy, idle = Scripted("busy", [records("busy")] * 10), Scripted("idle")
    reads = live(busy, idle, clock=clock).reads({})

    list(islice(reads, 20))
    while_busy = clock.pauses
    list(islice(reads, 21))

    assert while_busy == 0
    assert clock.pauses == 10


def test_stop_is_told_once_and_what_was_received_is_still_given_without_a_pause() -> None:
    clock, going = Clock(), [True] * 3
    long = [records("a", str(n)) for n in range(20)]
    nothing = Read("a", Columns.none(), "0")
    a, b = Scripted("a", left=[nothing, *long, nothing]), Scripted("b", left=[records("b")])
    reading = live(a, b, clock=clock, goes_on=lambda: bool(going and going.pop()))

    found = list(reading.reads({}))

    assert (a.stops, b.stops) == (1, 1)
    assert [read.position for read in found if len(read.batch) and read.origin == "a"] == [
        str(n) for n in range(20)
    ]
    assert [read.origin for read in found if len(read.batch)].count("b") == 1
    assert clock.pauses == 3


def test_who_asks_to_stop_and_then_not_is_stopped_all_the_same() -> None:
    answers = iter([True, False, True, True, True])
    source = Scripted("a", left=[records("a")])

    found = list(live(source, goes_on=lambda: next(answers)).reads({}))

    assert source.stops == 1
    assert len(found[-1].batch) == 1


def test_an_origin_that_ends_begins_with_a_new_silence_when_it_comes_back() -> None:
    clock = Clock()
    source = Scripted("a")
    reads = live(source, clock=clock).reads({})
    next(reads)
    clock.now += PATIENCE
    ended = Read("a", Columns.none(), "9", last=True)
    source.script = [ended]

    assert next(reads).last
    assert next(reads).reached is None


def test_a_source_that_has_ended_leaves_the_others_going() -> None:
    a, b = Scripted("a", stops=1), Scripted("b", [records("b")] * 3)

    found = [read.origin for read in islice(live(a, b).reads({}), 5)]

    assert found == ["b"] * 5


def test_without_sources_it_ends_at_once() -> None:
    assert list(live().reads({})) == []


def test_all_sources_hear_positions_and_what_is_safe_and_know_their_origins() -> None:
    a, b = Scripted("a"), Scripted("b")
    reading = live(a, b)

    list(islice(reading.reads({"a": "3", "b": "4"}), 2))
    reading.acknowledge({"a": "5"})

    assert a.positions == b.positions == {"a": "3", "b": "4"}
    assert a.safe == b.safe == [{"a": "5"}]
    assert [reading.owns(name) for name in "abc"] == [True, True, False]


def test_its_lag_is_that_of_the_source_that_lags_most() -> None:
    slow, quick, unknown = Scripted("a", lag=1.5), Scripted("b", lag=0.0), Scripted("c")

    assert live(slow, quick, unknown).lag == 1.5
    assert live(unknown).lag is None
