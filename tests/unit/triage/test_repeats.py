"""One incident is told once, whatever finds it again."""

from typing import Any

import numpy as np
import pytest

from netheed.core.state import pack, unpack
from netheed.scales import MINUTE, PAIR
from netheed.triage.repeats import Repeats

NOW = 1_700_000_060.0
AFTER, PAIR_AFTER = 3600.0, 86_400.0


def repeats() -> Repeats:
    return Repeats(after=AFTER, pair_after=PAIR_AFTER)


def again(told: Repeats, now: float, *, severity: int = 2, **given: Any) -> bool:
    """A beacon of 10.0.0.5 to 203.0.113.9, found by its minute, with the given instead."""
    incident: dict[str, Any] = {
        "site": "",
        "host": "10.0.0.5",
        "kind": "beacon",
        "peer": "203.0.113.9",
        "scale": MINUTE,
    }
    return told.again(told.same(**incident | given), now, severity)


def test_what_was_never_told_is_no_repeat() -> None:
    assert not again(repeats(), NOW)


@pytest.mark.parametrize(("later", "repeated"), [(AFTER - 1, True), (AFTER, False)])
def test_a_kind_of_a_host_repeats_for_as_long_as_is_set(later: float, repeated: bool) -> None:
    told = repeats()
    again(told, NOW, peer=None)

    assert again(told, NOW + later, peer=None) is repeated


@pytest.mark.parametrize(("later", "repeated"), [(AFTER - 1, True), (AFTER, False)])
def test_a_peer_of_a_host_repeats_under_another_kind(later: float, repeated: bool) -> None:
    told = repeats()
    again(told, NOW, kind="beacon")

    assert again(told, NOW + later, kind="exfiltration") is repeated


@pytest.mark.parametrize(("later", "repeated"), [(PAIR_AFTER - 1, True), (PAIR_AFTER, False)])
def test_the_peer_of_a_pair_repeats_for_longer(later: float, repeated: bool) -> None:
    told = repeats()
    again(told, NOW, scale=PAIR)

    assert again(told, NOW + later, scale=PAIR) is repeated


def test_the_life_of_a_pair_repeats_what_its_minute_told() -> None:
    told = repeats()
    again(told, NOW, scale=MINUTE)

    assert again(told, NOW + AFTER - 1, scale=PAIR)


def test_a_weaker_notice_of_the_minute_does_not_make_a_pair_new() -> None:
    told = repeats()
    again(told, NOW, scale=PAIR, severity=2)
    again(told, NOW + 2 * AFTER, scale=MINUTE, severity=0)

    assert again(told, NOW + 2.5 * AFTER, scale=PAIR, severity=2)


def test_another_peer_of_a_pair_is_told_when_the_kind_repeats_no_more() -> None:
    told = repeats()
    again(told, NOW, scale=PAIR)

    assert not again(told, NOW + AFTER, peer="203.0.113.10", scale=PAIR)


def test_another_kind_and_another_peer_are_no_repeat() -> None:
    told = repeats()
    again(told, NOW)

    assert not again(told, NOW + 60.0, kind="exfiltration", peer="203.0.113.10")


def test_a_rise_in_severity_is_told() -> None:
    told = repeats()
    again(told, NOW, severity=1)

    assert not again(told, NOW + 60.0, severity=2)


def test_what_rose_is_told_once() -> None:
    told = repeats()
    again(told, NOW, severity=1)
    again(told, NOW + 60.0, severity=2)

    assert again(told, NOW + 120.0, severity=2)


def test_a_fall_in_severity_is_a_repeat() -> None:
    told = repeats()
    again(told, NOW, severity=2)

    assert again(told, NOW + 60.0, severity=1)


def test_a_repeat_does_not_put_off_the_next_notice() -> None:
    told = repeats()
    again(told, NOW)
    again(told, NOW + AFTER - 1)

    assert not again(told, NOW + AFTER)


def test_an_equal_address_of_another_site_is_another_host() -> None:
    told = repeats()
    again(told, NOW, site="berlin")

    assert not again(told, NOW, site="lyon")


def test_another_host_is_told() -> None:
    told = repeats()
    again(told, NOW)

    assert not again(told, NOW, host="10.0.0.6")


def test_a_clock_that_went_back_far_does_not_silence() -> None:
    told = repeats()
    again(told, NOW)

    assert not again(told, NOW - AFTER)


def test_purging_forgets_nothing_that_repeats() -> None:
    told = repeats()
    again(told, NOW, scale=PAIR)

    told.purge(NOW + PAIR_AFTER - 1)

    assert again(told, NOW + PAIR_AFTER - 1, scale=PAIR)


def test_purging_forgets_what_repeats_nothing() -> None:
    told = repeats()
    again(told, NOW, scale=PAIR)

    told.purge(NOW + PAIR_AFTER)

    assert told._last == {}


def restored(told: Repeats) -> Repeats:
    """By another process that read the file."""
    other = repeats()
    other.restore(unpack(pack(told.snapshot()), "here"))
    return other


def told_of_some() -> Repeats:
    told = repeats()
    told.purge(NOW + 1 / 3)
    for n in range(5):
        place = {"site": "lyon" * (n % 2), "host": f"10.0.0.{n}", "peer": f"2001:db8::{n}"}
        again(told, NOW + n / 3, kind=f"kind{n}", scale=PAIR, severity=n % 4, **place)
    return told


def test_what_is_restored_is_the_same_to_the_bit() -> None:
    told = told_of_some()

    before, after = told.snapshot(), restored(told).snapshot()

    assert before.keys() == after.keys()
    for name, array in before.items():
        assert array.dtype == after[name].dtype
        assert np.array_equal(array, after[name])


def test_what_was_told_before_a_restart_is_a_repeat_after_it() -> None:
    told = repeats()
    again(told, NOW, scale=PAIR)

    assert again(restored(told), NOW + 2 * AFTER, scale=PAIR)


def test_nothing_told_is_restored_as_nothing() -> None:
    assert restored(repeats())._last == {}


def test_a_kind_that_a_hosts_hours_tell_repeats_for_a_day_and_hides_no_minute() -> None:
    told = repeats()
    hours = told.same("", "10.0.0.5", "scan", None, "hours")

    assert not told.again(hours, NOW, 1)
    assert told.again(hours, NOW + PAIR_AFTER - 1, 1)
    assert not told.again(told.same("", "10.0.0.5", "scan", None, "minute"), NOW + 60.0, 1)
    assert not told.again(hours, NOW + PAIR_AFTER, 1)
