"""What `make hour` says of memory, of what is behind and of what became of the lines."""

from pathlib import Path

import pytest

from bench.hour import (
    KEPT,
    Loaded,
    Rotated,
    Sample,
    Written,
    balanced,
    growth,
    highest,
    page,
    steady,
)

FIGURES = {
    "netheed_connections_total": 95.0,
    "netheed_bad_records_total": 5.0,
    "netheed_waiting_connections": 20.0,
    "netheed_late_connections_total": 3.0,
    "netheed_shed_total/far_windows": 2.0,
    "netheed_shed_total/pairs": 1000.0,
    "netheed_checkpoints_total": 4.0,
    "netheed_checkpoint_bytes": 2.0**20,
    "netheed_checkpoint_seconds": 0.5,
    "netheed_notices_total": 1.0,
}
WINDOWS = [{"connections": 60}, {"connections": 10}]


def sample(at: float, memory: float) -> Sample:
    return Sample(at, 0, 0, 0.0, 0.0, memory, at / 2)


def test_behind_counts_from_the_writing_of_the_oldest_line_that_was_not_taken() -> None:
    written = Written()
    written.add(1.0, 10, 100)
    written.add(2.0, 10, 300)

    assert written.behind(5.0, 20) == (0, 0.0, 0.0)
    assert written.behind(5.0, 15) == (5, 150.0, 3.0)
    assert written.behind(5.0, 10) == (10, 300.0, 3.0)
    assert written.behind(5.0, 0) == (20, 400.0, 4.0)


@pytest.mark.parametrize("how", ["rename", "copytruncate"])
def test_rotation_keeps_every_line_of_the_newest_files(tmp_path: Path, how: str) -> None:
    log = Rotated(tmp_path / "eve.json")
    for number in range(KEPT + 2):
        log.write(b"%d\n" % number, 1, 0.0)
        if number <= KEPT:
            log.rotate(how)
    log.close()

    texts = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert texts.pop("eve.json") == b"%d\n" % (KEPT + 1)
    assert texts == {f"eve.json.{at}": b"%d\n" % (KEPT + 1 - at) for at in range(1, KEPT + 1)}
    assert (log.written.lines, log.rotations[how]) == (KEPT + 2, KEPT + 1)


def test_a_balance_that_holds_knows_of_every_line() -> None:
    held = balanced(100, FIGURES, WINDOWS)

    assert (held.scored, held.shed, held.unread, held.unknown) == (70, 2, 0, 0)


def test_a_line_that_is_nowhere_is_seen() -> None:
    assert balanced(101, FIGURES, WINDOWS).unread == 1
    sampled = balanced(101, FIGURES | {"netheed_lost_total/sampled": 1.0}, WINDOWS)
    assert (sampled.unread, sampled.unknown) == (0, None)
    assert balanced(100, FIGURES, WINDOWS[:1]).unknown == 10


def test_the_most_memory_is_told_of_each_part_of_the_time() -> None:
    samples = [sample(float(at), 100.0 * (at // 10) + at % 10) for at in range(60)]

    assert highest(samples) == [9.0, 109.0, 209.0, 309.0, 409.0, 509.0]


def test_growth_is_the_slope_in_mib_an_hour_of_what_comes_after_the_beginning() -> None:
    samples = [sample(at, 900.0 if at < 1000 else 100.0 + at / 360.0) for at in range(0, 3600, 10)]

    slope, error = growth(steady(samples))

    assert slope == pytest.approx(10.0)
    assert error == pytest.approx(0.0, abs=0.01)


def test_the_page_tells_what_was_lost() -> None:
    samples = [sample(float(at), 100.0) for at in range(60)]
    run = Loaded(
        60.0, 10.0, 5, 150.0, samples, balanced(101, FIGURES, WINDOWS), FIGURES, {"rename": 1}
    )

    text = "\n".join(page(run, None))

    assert "| 101 | 95 | 5 | 70 | 20 | 3 | 2 | 0 | 1 | 0 |" in text
    assert "50% of a core" in text
