"""A log that grows fast and is rotated again and again loses no line: `make hour`, in seconds."""

from pathlib import Path

import pytest

from bench.crashes import Place
from bench.hour import loaded


@pytest.mark.slow
def test_every_line_of_a_log_that_is_rotated_under_load_is_accounted_for(tmp_path: Path) -> None:
    turns = (("rename", 1.0), ("copytruncate", 0.7))

    run = loaded(Place(tmp_path / "run"), 3000.0, 8.0, 500, turns)

    assert min(run.rotations.values()) >= 3
    assert run.balance.written == run.balance.taken >= 20_000
    assert (run.balance.unread, run.balance.unknown, run.balance.late, run.balance.bad) == (0,) * 4
    assert run.samples
