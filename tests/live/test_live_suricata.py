"""A real Suricata on a wire of its own, netheed behind it: `make live-suricata`, only shorter."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.live_suricata import Heard, heard
from bench.wire import Wire, veth

pytestmark = [pytest.mark.live, pytest.mark.slow]
SHARED = Path(os.environ.get("NETHEED_SHARED", Path(__file__).parents[3] / "shared"))


@pytest.fixture(scope="module")
def on(suricata: Path) -> Iterator[Wire]:
    with ExitStack() as held:
        try:
            made = held.enter_context(veth())
        except (OSError, subprocess.CalledProcessError) as reason:
            pytest.skip(f"no network namespace: {reason}")
        yield made


@pytest.fixture(scope="module")
def run(on: Wire) -> Heard:
    """Between half a minute and a hundred seconds: windows are minutes of the wall clock."""
    return heard(on, "hasty", 1, 1.0, SHARED)


def test_every_flow_that_suricata_writes_is_taken_in_and_none_is_late(run: Heard) -> None:
    assert run.taken == len(run.flows) > 1000
    assert run.late == 0


def test_what_was_made_on_the_wire_is_what_suricata_wrote(run: Heard) -> None:
    assert len(run.flows) == sum(run.made.values())


def test_notices_come_soon_after_the_record_that_closes_their_window(run: Heard) -> None:
    assert len(run.told) >= 5  # of a window with few seconds of traffic
    assert all(0.0 <= one.at - one.reached < 5.0 for one in run.told)


def test_the_lines_are_valid_under_suricata_s_schema(run: Heard) -> None:
    if run.wrong is None:
        pytest.skip("no schema of this Suricata below NETHEED_SHARED")

    assert run.wrong == []
