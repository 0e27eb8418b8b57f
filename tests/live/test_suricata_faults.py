"""Whatever breaks beside a real Suricata, each of its flows is accounted for; see `make faults`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench import suricata_faults as faults
from bench.replay import in_folder, slices
from bench.suricata_faults import Site

CHOSEN: list[tuple[str, Callable[[Site], None]]] = [
    ("renamed", faults.suricata_killed),
    ("socket", faults.suricata_killed),
    ("socket", faults.netheed_killed),
    ("renamed", faults.garbage_between),
]
"""The others take as long and are played by `make faults` alone."""


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Path, list[Path]]]:
    """A folder with captures."""
    with in_folder() as folder:
        yield folder, slices(folder, faults.CAPTURES, faults.MINUTES)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("output", "scenario"), CHOSEN, ids=lambda given: getattr(given, "__name__", given)
)
def test_each_flow_is_accounted_for_and_windows_come_again(
    output: str,
    scenario: Callable[[Site], None],
    suricata: Path,
    place: tuple[Path, list[Path]],
) -> None:
    folder, captures = place

    row = faults.played(output, scenario, captures, folder, suricata)

    assert row.written > 2000
    assert row.told.lost == {}
    key = (output, scenario.__name__)
    accounted = -faults.BETWEEN.get(key, 0) <= row.unsent <= 0
    assert accounted is (key not in faults.COSTS)
    assert 0.0 < row.back < 30.0
