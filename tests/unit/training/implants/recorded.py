"""Benign recordings to lay implants over: an office by day, and a quiet host for weeks."""

from dataclasses import replace
from functools import cache

import numpy as np

from netheed.training.datasets import Recording
from netheed.training.implants import LEARNED, Ranges
from netheed.training.implants.stage import Stage, staged
from netheed.training.simulate_hosts import ordinary, scene
from netheed.training.wire import Wire
from tests.connections import connection

MONDAY = 1_700_438_400.0
"""Midnight, UTC."""
HOUR = 3600.0


@cache
def office() -> Recording:
    """Some hours of a simulated network."""
    rng = np.random.default_rng(4)
    place, wire = scene(rng), Wire(rng=rng)
    ordinary(wire, replace(place, length=6 * HOUR))
    return benign(wire.connections)


@cache
def weeks(days: int = 40) -> Recording:
    """One host that asks for something each 20 minutes by day and each hour by night."""
    thirds = range(3 * 24 * days)
    asked = [n for n in thirds if n % 3 == 0 or 8 <= n // 3 % 24 < 18]
    return benign([connection(uid=f"R{n}", start=MONDAY + n * HOUR / 3) for n in asked])


def benign(connections: list, **given) -> Recording:
    labels = ["benign"] * len(connections)
    fields = {"name": "base", "family": "base", "labels": labels} | given
    return Recording(connections=connections, **fields)


def stage(base: Recording, ranges: Ranges = LEARNED, seed: int = 1) -> Stage:
    return staged(base, ranges, Wire(rng=np.random.default_rng(seed)))
