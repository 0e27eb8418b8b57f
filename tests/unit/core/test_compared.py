"""Two sensors of one network are compared, and only what lasts is told."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core import compared as module
from netheed.core.compared import FEWEST, LASTING, PERIOD, Compared, Disagreement
from netheed.core.doubles import Doubles
from netheed.core.state import pack, unpack
from netheed.core.windows import ticks_of
from netheed.records import Connection
from tests.connections import columns, connection

T = 1_700_000_400.0
"""The beginning of a period."""
assert T % PERIOD == 0
MANY = 300
Seen = Callable[[str, int, int], dict[str, Any] | None]
"""(sensor, period, number) -> what is different of the connection, None where it is not told."""


def everything(_sensor: str, _period: int, _number: int) -> dict[str, Any]:
    return {}


def traffic(periods: Iterable[int], seen: Seen = everything, many: int = MANY) -> list[Connection]:
    """Connections of some periods as both sensors tell them."""
    found = []
    for period in periods:
        for number in range(many):
            start = T + period * PERIOD + number * PERIOD / many
            for sensor in ("zeek", "suricata"):
                told = seen(sensor, period, number)
                if told is not None:
                    named = {"sensor": sensor, "uid": f"{sensor}{start}", "start": start}
                    port = {"orig_port": 1024 + number}
                    found.append(connection(**named | port | told))
    return found


def found(
    connections: Sequence[Connection], compared: Compared | None = None
) -> list[Disagreement]:
    compared, doubles = compared or Compared(), Doubles()
    changes: list[Disagreement] = []
    for tick in ticks_of(columns(connections)):
        doubles.without(tick)
        compared.take(tick, two_feed=doubles.two_feed(tick.end))
        changes.extend(compared.changes())
    return changes


def said(changes: Iterable[Disagreement]) -> list[tuple[str, str, bool]]:
    return [(one.measure, one.sensor, one.lasting) for one in changes]


def lacks(sensor: str, since: int, until: int, what: dict[str, Any] | None, each: int = 1) -> Seen:
    """A sensor that sees otherwise in some periods, each so manieth connection."""

    def seen(by: str, period: int, number: int) -> dict[str, Any] | None:
        odd = by == sensor and since <= period < until and number % each == 0
        return what if odd else {}

    return seen


def test_two_that_tell_the_same_do_not_disagree() -> None:
    compared = Compared()

    assert found(traffic(range(8)), compared) == []
    assert np.nanmax(compared.values) == 0.0


CASES = {
    "silent": (None, 1),
    "one_way": ({"resp_pkts": 0}, 2),
    "loses_packets": ({"orig_pkts": 4}, 2),
    "misses_connections": (None, 2),
}


@pytest.mark.parametrize("sensor", ["zeek", "suricata"])
@pytest.mark.parametrize("measure", CASES)
def test_what_lasts_is_told_once_and_once_more_when_it_has_ended(measure: str, sensor: str) -> None:
    what, each = CASES[measure]
    changes = found(traffic(range(14), lacks(sensor, 2, 8, what, each)))

    told = [one for one in changes if one.measure == measure]
    assert said(told) == [(measure, sensor, True), (measure, sensor, False)]
    first = told[0]
    assert first.since == T + 2 * PERIOD
    assert first.found == T + (2 + LASTING) * PERIOD
    assert {one.sensor for one in changes} == {sensor}


def test_the_measure_is_told() -> None:
    def of(what: dict[str, Any] | None, each: int) -> dict[str, float]:
        changes = found(traffic(range(7), lacks("suricata", 1, 7, what, each)))
        return {one.measure: one.value for one in changes}

    assert of(None, 1) == {"silent": MANY}
    assert of({"resp_pkts": 0}, 4)["one_way"] == 0.25
    assert of({"orig_pkts": 4}, 1) == {"loses_packets": 0.25}
    assert of(None, 3)["misses_connections"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("measure", CASES)
def test_what_does_not_last_is_not_told(measure: str) -> None:
    what, each = CASES[measure]

    assert found(traffic(range(9), lacks("zeek", 2, 1 + LASTING, what, each))) == []


def test_a_little_is_no_disagreement() -> None:
    assert found(traffic(range(8), lacks("zeek", 0, 8, None, 20))) == []
    assert found(traffic(range(8), lacks("zeek", 0, 8, {"orig_pkts": 7}))) == []


def test_a_single_sensor_never_disagrees() -> None:
    assert found(traffic(range(20), lacks("zeek", 0, 20, None))) == []


def test_a_sensor_that_joins_late_is_no_disagreement_before() -> None:
    assert found(traffic(range(14), lacks("suricata", 0, 9, None))) == []


def test_quiet_nights_of_both_say_nothing() -> None:
    night = traffic(range(4, 60), lacks("zeek", 4, 60, None), many=FEWEST // 2)

    assert found([*traffic(range(4)), *night, *traffic(range(60, 64))]) == []


def test_a_night_without_any_record_says_nothing() -> None:
    assert found([*traffic(range(4)), *traffic(range(80, 84))]) == []


def test_of_one_that_sees_a_tenth_a_tenth_of_a_quiet_night_is_expected() -> None:
    def seen(sensor: str, period: int, number: int) -> dict[str, Any] | None:
        awake = period < 4 and number % 10 == 0
        return {} if sensor == "zeek" or awake else None

    day, night = traffic(range(4), seen, many=1100), traffic(range(4, 12), seen, many=800)
    assert not [one for one in said(found([*day, *night])) if one[0] == "silent"]


def test_two_networks_are_not_compared() -> None:
    def elsewhere(sensor: str, _period: int, _number: int) -> dict[str, Any]:
        return {"orig": "10.9.9.9"} if sensor == "zeek" else {}

    assert found(traffic(range(8), elsewhere)) == []


def test_unknown_packets_say_nothing() -> None:
    unknown = {"orig_pkts": None, "resp_pkts": None}

    assert found(traffic(range(8), lacks("zeek", 0, 8, unknown))) == []


def test_flows_that_are_cut_differently_lose_no_packets() -> None:
    def cut(sensor: str, _period: int, number: int) -> dict[str, Any]:
        whole = sensor == "zeek" or number % 2 == 0
        return {"proto": "udp"} if whole else {"proto": "udp", "duration": 9.0, "orig_pkts": 1}

    assert found(traffic(range(8), cut)) == []


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_the_order_of_records_makes_no_difference(data: st.DataObject) -> None:
    connections = traffic(range(2), lacks("zeek", 0, 2, None, 3), many=12)
    shuffled = data.draw(st.permutations(connections))
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patched:
        patched.setattr(module, "SAMPLED", 7)
        patched.setattr(module, "FEWEST", 2)
        one, other = Compared(), Compared()
        found(connections, one)
        found(shuffled, other)

    assert pack(one.snapshot()) == pack(other.snapshot())


def test_a_sample_of_the_connections_is_bounded_and_says_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SAMPLED", 250)
    compared = Compared()
    changes = found(traffic(range(6), lacks("zeek", 0, 6, None, 2)), compared)

    assert ("misses_connections", "zeek", True) in said(changes)
    assert len(compared.snapshot()["sample_key"]) == 250


@pytest.mark.parametrize("stop", [0, 7, 33, 55])
def test_a_comparison_that_is_saved_goes_on_the_same(stop: int) -> None:
    ticks = list(ticks_of(columns(traffic(range(8), lacks("zeek", 1, 8, {"orig_pkts": 2})))))
    one, other, doubles = Compared(), Compared(), Doubles()
    before, changes, restored = [], [], []
    for tick in ticks:
        doubles.without(tick)
        fed = doubles.two_feed(tick.end)
        if len(before) == stop:
            other.restore(unpack(pack(one.snapshot()), "kept"))
        if len(before) >= stop:
            other.take(tick, two_feed=fed)
            restored.append(list(other.changes()))
        one.take(tick, two_feed=fed)
        changes.append(list(one.changes()))
        before.append(tick)

    assert restored == changes[stop:]
    assert list(chain.from_iterable(changes))


def test_a_comparison_of_other_measures_is_refused() -> None:
    with pytest.raises(ValueError, match="other measures"):
        Compared().restore(Compared().snapshot() | {"row": np.zeros((5, 2))})
