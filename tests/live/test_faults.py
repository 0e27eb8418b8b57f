"""Whatever breaks around it, netheed accounts for each connection, and comes back.

The scenarios and what they claim stand in bench/fault_scenarios.py: `make faults` plays them too.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.faults import SCENARIOS, played, site_in

SMALLER = {
    "killed": {"times": 3},
    "burst": {"connections": 100_000},
    "burst_of_a_zeek": {"connections": 50_000, "rate": 10_000.0},
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


@pytest.mark.slow
def test_a_full_disk_costs_windows_of_their_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "windows.jsonl"
    with site_in(tmp_path, 4) as site:
        site.settings = {"daemon": {"windows": str(file)}}
        site.start()
        site.sensor.minutes(3)
        site.until(lambda: file.exists() and file.stat().st_size > 0, "windows are written")
        site.hears_all()
        site.limit_files(file.stat().st_size + 20)
        site.sensor.minutes(10)
        site.until(lambda: site.told("windows_not_written"), "it is told")
        site.limit_files(-1)
        before = file.stat().st_size
        site.sensor.minutes(5)
        site.until(lambda: file.stat().st_size > before, "windows are written again")
        site.hears_all()
        site.stop()

    told = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert all(window["connections"] == 50 for window in told)
    assert int(site.state()["tally"][2]) == 17
    assert 2 < len(told) < 17
