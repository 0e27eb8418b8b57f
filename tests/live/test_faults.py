"""Whatever breaks around it, netheed accounts for each connection, and comes back.

The scenarios and what they claim stand in bench/fault_scenarios.py: `make faults` plays them too.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.faults import SCENARIOS, played

SMALLER = {
    "killed": {"times": 3},
    "burst": {"connections": 100_000},
    "flood_of_hosts": {"hosts": 40_000, "limit": 1000},
    "at_random": {"times": 20},
}
"""What takes long is larger in `make faults`."""


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_each_connection_is_accounted_for_and_windows_come_again(
    scenario: Callable[..., None], tmp_path: Path
) -> None:
    figures = played(scenario, tmp_path, 4, **SMALLER.get(scenario.__name__, {}))

    assert figures.produced > 0
    assert figures.balance == 0
    assert figures.twice == 0
    assert 0.0 < figures.back < 20.0
