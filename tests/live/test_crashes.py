"""A run that is killed at any moment says what a run says that was left alone."""

from pathlib import Path

import pytest

from bench.crashes import compared

TIMES = 20


@pytest.mark.slow
def test_twenty_kills_change_no_window_no_score_and_no_notice(tmp_path: Path) -> None:
    alone, killed = compared(TIMES, 7, tmp_path)

    assert len(alone.windows) > 2500
    assert killed.windows == alone.windows
    assert killed.notices == alone.notices
    assert len(alone.notices) >= 14
    assert killed.different == 0
    # The kills hit: some windows had to be said again.
    assert killed.repeated > 0
