"""Implants that call back: what each behaviour writes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, repeat
from typing import Final

import numpy as np

from netheed.training.implants.ranges import Door, drawn_door
from netheed.training.implants.spells import DAY, daily, hours_of_day, seconds_in
from netheed.training.implants.stage import (
    FEWEST,
    Ends,
    NoRoomError,
    Stage,
    beats,
    jittered,
)
from netheed.training.simulate_network import one_of

MOST: Final = 3000
"""About how many connections an implant has: one that polls each second is there for an hour."""


def _call(stage: Stage, every: float, door: Door, *, spread: float, tasks: float) -> Ends:
    """One connection each sleep to one stranger.

    `spread` is the deviation of the logarithm of sizes, `tasks` the share of calls with one.
    """
    rng, ranges, (port, service) = stage.rng, stage.ranges, door
    ends = (stage.host, stage.outsider(), port)
    up, down = stage.draw(ranges.size), stage.draw(ranges.size)
    missed, length = one_of(rng, (0.0, 0.0, 0.05)), float(rng.uniform(0.05, 2))
    for at in islice(beats(stage, jittered(stage, every)), MOST):
        if rng.random() < missed:
            stage.wire.failed(at, ends, refused=False, tries=int(rng.integers(1, 4)))
            continue
        sizes = [size * float(rng.lognormal(0, spread)) for size in (up, down)]
        if rng.random() < tasks:
            sizes[int(rng.integers(0, 2))] += stage.draw(ranges.task)
        stage.wire.tcp(at, ends, service, sizes[0], sizes[1], length * float(rng.lognormal(0, 0.3)))
    return Ends(ends[1], port, "tcp")


def sleeps(stage: Stage) -> Ends:
    """A call each sleep, with a task now and then."""
    every, spread = stage.pause(stage.ranges.sleep), float(stage.rng.uniform(0, 0.08))
    return _call(stage, every, drawn_door(stage.rng, stage.ranges), spread=spread, tasks=0.02)


def fixed_sizes(stage: Stage) -> Ends:
    """Every call carries the same: nothing to do all the time."""
    every = stage.pause(stage.ranges.sleep)
    return _call(stage, every, drawn_door(stage.rng, stage.ranges), spread=0.0, tasks=0.0)


def varying_sizes(stage: Stage) -> Ends:
    """Calls padded at random, as a profile that imitates a web site has it, with many tasks."""
    every, spread = stage.pause(stage.ranges.sleep), stage.draw(stage.ranges.spread)
    return _call(stage, every, drawn_door(stage.rng, stage.ranges), spread=spread, tasks=0.08)


def polls(stage: Stage) -> Ends:
    """Every few seconds: somebody is at the keyboard."""
    every, spread = stage.pause(stage.ranges.poll), float(stage.rng.uniform(0, 0.2))
    return _call(stage, every, drawn_door(stage.rng, stage.ranges), spread=spread, tasks=0.03)


def doh(stage: Stage) -> Ends:
    """DNS over HTTPS: often, little, to one stranger at 443."""
    bands = one_of(stage.rng, (stage.ranges.poll, stage.ranges.sleep))
    every, spread = stage.pause(bands, most=100.0), float(stage.rng.uniform(0, 0.15))
    return _call(stage, every, (443, "ssl"), spread=spread, tasks=0.0)


def dns(stage: Stage) -> Ends:
    """Some queries each sleep, through the usual resolver or straight to a stranger."""
    rng, ranges = stage.rng, stage.ranges
    asked = Counter(c.resp for c in stage.own if c.resp_port == 53 and c.service == "dns")
    usual = [peer for peer, _ in asked.most_common(1)]
    ends = (stage.host, one_of(rng, (*usual, *usual, stage.outsider())), 53)
    every = stage.pause(one_of(rng, (ranges.poll, ranges.sleep)), most=100.0)
    queries, missed = float(rng.uniform(0.5, 8)), float(rng.uniform(0, 0.05))
    for at in islice(beats(stage, jittered(stage, every)), int(MOST / (1 + queries))):
        for number in range(1 + int(rng.poisson(queries))):
            up, down = stage.draw(ranges.query), stage.draw(ranges.query)
            answered = rng.random() >= missed
            stage.wire.udp(at + 0.05 * number, ends, "dns", up, down if answered else 0)
    return Ends(ends[1], 53, "udp")


def holds_open(stage: Stage) -> Ends:
    """A connection kept open for hours, and another one when it breaks."""
    rng, ranges, (port, service) = stage.rng, stage.ranges, drawn_door(stage.rng, stage.ranges)
    ends = (stage.host, stage.outsider(), port)
    begin, end = max(stage.spells, key=lambda spell: spell[1] - spell[0])
    length = stage.draw(ranges.length, most=end - begin)
    at = float(rng.uniform(begin, end - length))
    every, size = stage.draw(ranges.keepalive), stage.draw(ranges.message)
    for _ in range(int(rng.integers(1, 5))):
        if at + length > end:
            break
        tasks = tuple(stage.draw(ranges.task) * (rng.random() < 0.3) for _ in range(2))
        messages = (int(length / every), int(size))
        stage.wire.kept_open(at, ends, service, messages, (tasks[0], tasks[1]), length)
        at += length + stage.draw(ranges.retry)
        length = stage.draw(ranges.length, most=max(length, end - at))
    return Ends(ends[1], port, "tcp")


def fails(stage: Stage) -> Ends:
    """Nobody at home any more: refused or unanswered, again and again, in even or growing steps."""
    rng = stage.rng
    port, _ = drawn_door(rng, stage.ranges)
    ends = (stage.host, stage.outsider(), port)
    refused, tries = bool(rng.random() < 0.5), int(rng.integers(1, 5))
    every = stage.pause(stage.ranges.retry)
    pauses = _growing(stage, every) if rng.random() < 0.4 else jittered(stage, every)
    for at in islice(beats(stage, pauses), MOST):
        stage.wire.failed(at, ends, refused=refused, tries=tries)
    return Ends(ends[1], port, "tcp")


def _growing(stage: Stage, first: float) -> Iterator[float]:
    """Each pause double the one before, up to a bound that leaves time for FEWEST.

    Then on as it is, or from the first one anew.
    """
    bound = max(first, min(64 * first, seconds_in(stage.spells) / (2 * FEWEST)))
    steps = int(np.log2(bound / first))
    once = stage.rng.random() < 0.5
    while True:
        yield from (first * 2**step for step in range(steps + 1))
        if once:
            yield from repeat(bound)


def within_hours(stage: Stage, hours: int, *, busiest: bool) -> Ends:
    """`sleeps` in some hours of the day only, by the recording's own day."""
    if max(stage.starts) - min(stage.starts) < 0.8 * DAY:
        raise NoRoomError(f"{stage.host}: less than a day")
    begin = hours_of_day(stage.starts, hours, busiest=busiest)
    # Nobody's day begins with the hour of UTC.
    begin += float(stage.rng.uniform(-1800, 1800))
    spells = daily(stage.spells, begin, 3600.0 * hours)
    if not spells:
        raise NoRoomError(f"{stage.host} is off at these hours")
    return sleeps(replace(stage, spells=spells))
