"""Call-backs have the mark of their behaviour."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from netheed.records import Outcome
from netheed.training.implants import JUDGED, LEARNED
from netheed.training.implants.call_backs import (
    MOST,
    dns,
    doh,
    fails,
    fixed_sizes,
    holds_open,
    polls,
    sleeps,
    varying_sizes,
    within_hours,
)
from netheed.training.implants.stage import FEWEST, NoRoomError
from tests.unit.training.implants.recorded import HOUR, benign, office, stage, weeks

BOTH = [LEARNED, JUDGED]
SEEDS = range(8)
UNANSWERED = {Outcome.UNANSWERED}


def laid(act, base, ranges=LEARNED, seed=1):
    made = stage(base, ranges, seed)
    act(made)
    return made.wire.connections


def steady(ranges, **given):
    """These ranges with no jitter."""
    return replace(ranges, jitter=((0, 0),), **given)


@pytest.mark.parametrize("ranges", BOTH)
def test_a_sleep_without_jitter_is_one_of_its_range(ranges):
    for seed in SEEDS:
        gaps = np.diff([c.start for c in laid(sleeps, office(), steady(ranges), seed)])
        usual = float(np.median(gaps))
        assert any(low * 0.999 <= usual <= high * 1.001 for low, high in ranges.sleep)


def test_an_implant_sleeps_for_a_day_where_there_are_weeks():
    slow = steady(JUDGED, sleep=((80_000, 86_400),))

    made = laid(sleeps, weeks(), slow)

    gaps = np.diff([c.start for c in made])
    assert len(made) >= FEWEST
    assert 80_000 <= np.median(gaps) <= 86_400


def test_a_day_of_sleep_has_no_room_in_hours():
    with pytest.raises(NoRoomError, match="nothing up to"):
        laid(sleeps, office(), replace(JUDGED, sleep=((32_000, 86_400),)))


def test_calls_go_to_one_door_of_one_stranger():
    for act in (sleeps, fixed_sizes, varying_sizes, polls, doh, fails, holds_open):
        made = stage(office(), seed=3)
        ends = act(made)
        assert {(c.resp, c.resp_port, c.proto) for c in made.wire.connections} == {ends}
        assert ends.peer not in made.known


def test_fixed_sizes_differ_by_headers_only():
    for seed in SEEDS:
        answered = [c for c in laid(fixed_sizes, office(), seed=seed) if c.resp_pkts]
        payloads = {c.orig_bytes - 40 * c.orig_pkts for c in answered}
        assert len(payloads) <= 2


@pytest.mark.parametrize("ranges", BOTH)
def test_varying_sizes_vary(ranges):
    for seed in SEEDS:
        made = [c for c in laid(varying_sizes, office(), ranges, seed) if c.resp_pkts]
        payloads = np.array([c.resp_bytes - 46 * c.resp_pkts for c in made])
        assert np.percentile(payloads, 90) > 1.15 * np.percentile(payloads, 10)


@pytest.mark.parametrize("ranges", BOTH)
def test_polls_come_every_one_to_five_seconds(ranges):
    for seed in range(4):
        made = laid(polls, office(), steady(ranges), seed)
        assert 1 <= np.median(np.diff([c.start for c in made])) <= 5
        assert len(made) <= MOST


@pytest.mark.parametrize("ranges", BOTH)
def test_a_connection_is_kept_open_for_hours_with_little_through_it(ranges):
    for seed in SEEDS:
        made = laid(holds_open, weeks(), ranges, seed)
        assert 1 <= len(made) <= 4
        assert all(HOUR <= c.duration <= 46 * HOUR for c in made)
        assert all(c.orig_bytes / c.duration < 100 for c in made)
        assert all(a.start + a.duration < b.start for a, b in pairwise(made))


def test_nothing_is_kept_open_beyond_the_recording():
    for seed in SEEDS:
        last = max(c.start for c in weeks().connections)
        assert max(c.start + c.duration for c in laid(holds_open, weeks(), seed=seed)) <= last


@pytest.mark.parametrize("ranges", BOTH)
def test_failing_call_backs_never_get_through(ranges):
    outcomes = [{c.outcome for c in laid(fails, office(), ranges, seed)} for seed in range(12)]

    assert all(len(seen) == 1 for seen in outcomes)
    assert set.union(*outcomes) == {Outcome.REFUSED, Outcome.UNANSWERED}


def test_retries_are_even_or_grow():
    growth = set()
    for seed in range(20):
        gaps = np.diff([c.start for c in laid(fails, office(), steady(LEARNED), seed)])
        assert len(gaps) >= FEWEST - 1
        growth.add(round(float(np.log2(gaps[1] / gaps[0]))))

    assert growth == {0, 1}


@pytest.mark.parametrize("ranges", BOTH)
def test_dns_carries_bytes_to_one_server(ranges):
    for seed in SEEDS:
        made = laid(dns, office(), ranges, seed)
        assert {(c.proto, c.resp_port, c.service) for c in made} == {("udp", 53, "dns")}
        assert len({c.resp for c in made}) == 1
        assert FEWEST <= len(made) < 1.2 * MOST
        assert all(c.orig_bytes - 28 in range(60, 221) for c in made)


def test_dns_goes_through_the_usual_resolver_or_past_it():
    past = set()
    for seed in range(8):
        made = stage(office(), seed=seed)
        past.add(dns(made).peer in made.known)

    assert past == {True, False}


def test_doh_is_small_and_often_and_looks_like_the_web():
    for seed in SEEDS:
        made = laid(doh, office(), seed=seed)
        assert {c.resp_port for c in made} == {443}
        assert {c.service for c in made} <= {"ssl", None}
        assert np.median(np.diff([c.start for c in made])) <= 200
        assert max(c.resp_bytes for c in made) < 6000


def hour(at: float) -> float:
    return at % 86_400 / HOUR


@pytest.mark.parametrize("ranges", BOTH)
def test_office_hours_are_those_of_the_recording(ranges):
    for seed in SEEDS:
        made = stage(weeks(), ranges, seed)
        within_hours(made, 9, busiest=True)
        assert all(7.5 <= hour(c.start) <= 18.5 for c in made.wire.connections)


@pytest.mark.parametrize("ranges", BOTH)
def test_nights_are_when_the_network_is_quiet(ranges):
    for seed in SEEDS:
        made = stage(weeks(), ranges, seed)
        within_hours(made, 8, busiest=False)
        assert not any(8.5 < hour(c.start) < 17.5 for c in made.wire.connections)


def test_some_hours_have_neither_day_nor_night():
    with pytest.raises(NoRoomError, match="less than a day"):
        within_hours(stage(office()), 9, busiest=True)


def test_a_host_that_is_off_at_night_has_no_night():
    by_day = [c for c in weeks().connections if 8 <= hour(c.start) < 18]

    with pytest.raises(NoRoomError, match="off at these hours"):
        within_hours(stage(benign(by_day)), 8, busiest=False)
