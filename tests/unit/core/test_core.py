"""The core as a machine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core.core import Core
from netheed.core.features import Features
from netheed.core.sequences import Sequences
from netheed.core.state import pack, unpack
from netheed.core.vector import FEATURES
from netheed.core.windows import Windows
from netheed.errors import StateError
from netheed.records import Act, Connection, Naming
from tests.acts import act, acted
from tests.connections import columns, connection
from tests.names import named, naming


def core(length: int = 4, together: int = 1, **given_: float) -> Core:
    """One with small tables, so that they overflow."""
    return Core(
        together=together,
        windows=Windows(lateness=60.0, **given_),
        features=Features(max_hosts=16, max_pairs=1024, max_novelties=4096, max_lives=128),
        sequences=Sequences(width=len(FEATURES), length=length, max_hosts=16),
    )


def told(machine: Core) -> list[tuple[object, ...]]:
    """All that is due, with what the model would read of it."""
    found = []
    while passed := machine.due():
        ahead, begin, looked = machine.ahead(passed), 0, 0
        scores = [windows.lives.context.mean(axis=1) for windows in passed]
        evidence = machine.weigh(passed, np.concatenate(scores))
        for windows in passed:
            end = begin + len(windows.names)
            sequences, mask = ahead.read(begin, end)
            names, begin = tuple(windows.names), end
            arrays = (windows.values, windows.connections, sequences, mask)
            peers = [windows.peer_at(row) for row in windows.busiest_row.tolist() if row >= 0]
            rows = (windows.beat_row.tolist(), windows.upload_row.tolist(), peers)
            said = (windows.rows.hosts.tolist(), windows.rows.row.tolist(), rows)
            lives, looks = windows.lives, slice(looked, looked + len(windows.lives))
            arrays += (lives.host, lives.row, lives.key, lives.calls, lives.there, lives.context)
            arrays += (evidence[looks], windows.called.rows, windows.called.names)
            hours = windows.hours
            arrays += (hours.host, hours.steps, hours.there, hours.context)
            raised = windows.raised
            arrays += (raised.rows, raised.of_pairs, raised.hosts, raised.of_hosts)
            looked = looks.stop
            found.append((windows.tick.start, names, *(a.tobytes() for a in arrays), *said))
            machine.keep(windows)
            kept = machine.sequences.read(windows.rows.hosts)
            assert [part.tobytes() for part in kept] == [sequences.tobytes(), mask.tobytes()]
    return found


traffic = st.lists(
    st.builds(
        connection,
        start=st.floats(1e9, 1e9 + 900),
        duration=st.one_of(st.none(), st.floats(0, 300)),
        orig=st.integers(1, 40).map(lambda n: f"10.0.0.{n}"),
        resp=st.integers(1, 255).map(lambda n: f"203.0.113.{n}"),
        resp_port=st.sampled_from((22, 53, 443)),
    ),
    min_size=1,
    max_size=60,
)


repeated = st.lists(
    st.builds(
        connection,
        start=st.integers(0, 60).map(lambda beat: 1e9 + 30 * beat),
        duration=st.sampled_from((None, 1.0, 200.0)),
        orig=st.sampled_from(("10.0.0.1", "10.0.0.2", "10.0.0.3")),
        resp=st.sampled_from(("10.0.0.1", "203.0.113.1", "203.0.113.2", "203.0.113.3")),
        resp_port=st.sampled_from((443, 445)),
        orig_bytes=st.sampled_from((None, 0, 700, 10**9)),
    ),
    min_size=60,
    max_size=120,
)
"""Few pairs that come again and again, so that they have rhythms."""


said = st.lists(
    st.builds(
        naming,
        time=st.integers(-60, 1900).map(lambda second: 1e9 + second),
        host=st.sampled_from(("10.0.0.1", "10.0.0.2", "10.0.0.3")),
        peer=st.sampled_from((None, "203.0.113.1", "203.0.113.2", "203.0.113.3")),
        kind=st.sampled_from(("dns", "sni")),
        name=st.sampled_from((None, "a.example", "b.example", "qzxk7w0v.biz")),
        ja3=st.sampled_from((None, "x", "y")),
        issuer=st.sampled_from((None, "z")),
    ),
    max_size=30,
)
"""Names of some of these peers, in any order."""


done = st.lists(
    st.builds(
        act,
        time=st.integers(-60, 1900).map(lambda second: 1e9 + second),
        host=st.sampled_from(("10.0.0.1", "10.0.0.2", "10.0.0.3")),
        peer=st.sampled_from(("10.0.0.1", "203.0.113.1", "203.0.113.2")),
        kind=st.sampled_from(("admin_share", "remote_call", "failed_logon", "alert")),
        what=st.sampled_from(("a", "b", "c", "d")),
    ),
    max_size=30,
)
"""What some of these hosts did, in any order."""


@settings(max_examples=60, deadline=None)
@given(st.one_of(traffic, repeated), said, done, st.integers(1, 20), st.data())
def test_a_core_stopped_at_any_batch_and_restored_says_the_same(
    connections: list[Connection],
    namings: list[Naming],
    acts: list[Act],
    size: int,
    data: st.DataObject,
) -> None:
    batches = [connections[at : at + size] for at in range(0, len(connections), size)]
    stops = data.draw(st.sets(st.integers(0, len(batches))))

    def run(stops: set[int]) -> list[tuple[object, ...]]:
        machine, found = core(), []
        machine.begin("log")
        for number, batch in enumerate([*batches, []]):
            if number in stops:
                kept = pack(machine.snapshot())
                machine = core()
                machine.restore(unpack(kept, "kept"))
            machine.feed("log", columns(batch))
            machine.name(named(*namings[number::7]) if number < 7 else named())
            machine.act(acted(*acts[number::7]) if number < 7 else acted())
            found += told(machine)
        machine.finish("log")
        return found + told(machine)

    assert run(stops) == run(set())


def test_a_snapshot_is_not_changed_by_what_comes_after() -> None:
    machine = core()
    machine.begin("log")
    minutes = [connection(start=1e9 + 60 * n) for n in range(10)]
    machine.feed("log", columns(minutes[:5]))
    told(machine)
    state = machine.snapshot()
    before = pack(state)

    machine.feed("log", columns(minutes[5:]))
    told(machine)

    assert pack(state) == before


def test_a_minute_without_hosts_of_ours_is_passed_over() -> None:
    machine = core()
    machine.begin("log")
    nobody = connection(orig="0.0.0.0", resp="255.255.255.255")  # noqa: S104
    machine.feed("log", columns([nobody, connection(start=1_700_000_300.0)]))
    machine.finish("log")

    assert [names for _, names, *_ in told(machine)] == [("10.0.0.5",)]


@settings(max_examples=150, deadline=None)
@given(st.one_of(traffic, repeated), said, done, st.booleans(), st.integers(2, 64))
def test_quiet_minutes_that_pass_together_are_told_to_the_bit_as_one_by_one(
    connections: list[Connection],
    namings: list[Naming],
    acts: list[Act],
    overflowing: bool,
    together: int,
) -> None:
    def run(together: int) -> list[tuple[object, ...]]:
        machine = core(together=together)
        if not overflowing:
            machine.features = Features()
            machine.sequences = Sequences(width=len(FEATURES), length=4)
        machine.begin("log")
        machine.feed("log", columns(connections))
        machine.name(named(*namings))
        machine.act(acted(*acts))
        machine.finish("log")
        found = told(machine)
        state = pack(machine.snapshot())
        return [*found, (machine.shed, state)]

    assert run(together) == run(1)


def test_beacons_of_hosts_that_come_later_are_told_alike_however_many_minutes_pass() -> None:
    visits = [
        connection(
            start=1e9 + 600 * host + (17 + 3 * peer) * beat,
            orig=f"10.0.0.{host + 1}",
            resp=f"203.0.113.{(host + peer) % 7 + 1}",
            orig_bytes=100 * beat % 700,
        )
        for host in range(6)
        for peer in range(3)
        for beat in range(150)
    ]

    def run(together: int) -> list[tuple[object, ...]]:
        machine = core(together=together)
        machine.features, machine.sequences = Features(), Sequences(width=len(FEATURES))
        machine.windows.lateness = np.inf
        machine.begin("log")
        machine.feed("log", columns(visits))
        machine.finish("log")
        return told(machine)

    one_by_one = run(1)
    assert len(one_by_one) > 100
    assert run(64) == run(7) == one_by_one


def test_quiet_minutes_do_pass_together_and_busy_ones_alone() -> None:
    machine = core(together=64)
    machine.features, machine.sequences = Features(), Sequences(width=len(FEATURES))
    minutes = [connection(start=1e9 + 60 * n, duration=None) for n in range(100)]
    busy = [connection(start=1e9 + 60 * 70 + n / 20, duration=None) for n in range(200)]
    machine.begin("log")
    machine.feed("log", columns(minutes[:70] + busy + minutes[70:]))
    machine.finish("log")

    passes = []
    while passed := machine.due():
        passes.append(len(passed))
        for windows in passed:
            machine.keep(windows)

    assert passes == [64, 6, 1, 29]


@pytest.mark.parametrize(
    ("other", "reason"),
    [(core(length=5), "sequences of another length"), (core(width=30.0), "windows of another")],
    ids=["length", "width"],
)
def test_the_state_of_another_shape_is_refused(other: Core, reason: str) -> None:
    with pytest.raises(StateError, match=reason):
        other.restore(core().snapshot())


def damaged(name: str) -> tuple[str, np.ndarray]:
    """What stands under a name of a state of some hosts, and what somebody made of it."""
    return {
        "texts of another length": ("windows/open/uid/text", np.zeros(70_000, dtype=np.uint8)),
        "texts that are no text": ("windows/open/uid/text", np.full(3, 0xFF, dtype=np.uint8)),
        "a text that stands nowhere": ("windows/open/orig_text", np.full(12, 99, dtype=np.int32)),
        "keys that do not ascend": ("features/hosts/keys", np.array([9, 3], dtype=np.uint64)),
        "keys that come twice": ("features/novelties/things/keys", np.full(5, 7, dtype=np.uint64)),
        "a ring that is not there": (
            "features/pairs/pairs/ring",
            np.array([2**32 - 1], dtype="u4"),
        ),
        "a watermark of one number": ("windows/origin0/top", np.array(1.0)),
        "late records that are no list": ("windows/origin0/behind", np.array(1.0)),
        "an hour of fewer numbers": ("features/hours/running", np.zeros((5, 1), dtype="f4")),
        "fewer hours": ("features/hours/ended", np.zeros((5, 1, 18), dtype="f2")),
        "hours of other numbers": ("features/hours/names", np.array(["minutes"])),
        "closed windows that are none": ("windows/closed", np.array([[5, 2]], dtype=np.int64)),
        "closed windows at no time": ("windows/closed", np.array([[np.nan, np.nan]])),
        "acts that are none": ("acts/waiting", np.zeros(3)),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "texts of another length",
        "texts that are no text",
        "a text that stands nowhere",
        "keys that do not ascend",
        "keys that come twice",
        "a ring that is not there",
        "a watermark of one number",
        "late records that are no list",
        "an hour of fewer numbers",
        "fewer hours",
        "hours of other numbers",
        "closed windows that are none",
        "closed windows at no time",
        "acts that are none",
    ],
)
def test_a_damaged_state_is_refused_at_once_and_not_in_a_later_minute(name: str) -> None:
    machine = core()
    machine.begin("log")
    machine.feed("log", columns([connection(start=1e9 + 30 * n) for n in range(12)]))
    told(machine)
    state = machine.snapshot()
    key, array = damaged(name)
    assert key in state

    state[key] = np.resize(array, state[key].shape) if name.startswith("a text") else array

    with pytest.raises(StateError, match="damaged"):
        core().restore(state)


def test_the_state_of_other_features_is_refused() -> None:
    state = core().snapshot()
    state["names"] = np.array(["another", *state["names"].tolist()[1:]])

    with pytest.raises(StateError, match="other features"):
        core().restore(state)
