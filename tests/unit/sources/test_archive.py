"""Files read side by side."""

import os
from pathlib import Path
from threading import Thread

import pytest

from netheed.core.windows import Tick, Windows
from netheed.records import Tally
from netheed.sources.archive import Archive
from tests.lines import CONN_JSON, changed


def write(path: Path, starts: list[float]) -> Path:
    lines = (changed(CONN_JSON, ts=ts, duration=0.5, uid=f"{path.stem}{ts:.0f}") for ts in starts)
    path.write_bytes(b"".join(lines))
    return path


def ticks_of(
    paths: list[Path], *, lateness: float = 60.0, batch: int = 7
) -> tuple[list[Tick], int]:
    windows = Windows(lateness=lateness)
    source = Archive(paths=paths, tally=Tally(), on_bad=print, batch=batch)
    ticks: list[Tick] = []
    for origin, found in source.batches(windows):
        windows.add(origin, found)
        ticks.extend(windows.closed())
    ticks.extend(windows.closed())
    return ticks, windows.late


def test_overlapping_files_give_each_window_once_and_whole(tmp_path: Path) -> None:
    a = write(tmp_path / "a", [1e9 + 30 * n for n in range(400)])
    b = write(tmp_path / "b", [1e9 + 30 * n + 7 for n in range(400)])

    ticks, late = ticks_of([a, b])

    starts = [tick.start for tick in ticks]
    assert starts == sorted(set(starts))
    assert late == 0
    assert all(len(tick.connections) == 4 for tick in ticks[1:-1])


def test_hourly_files_are_joined_at_the_seam_in_any_order_of_names(tmp_path: Path) -> None:
    second = write(tmp_path / "a-second", [1e9 + 3600 + 10 * n for n in range(360)])
    first = write(tmp_path / "b-first", [1e9 + 10 * n for n in range(366)])

    ticks, late = ticks_of([second, first])

    assert late == 0
    assert sum(len(tick.connections) for tick in ticks) == 726
    assert [t.start for t in ticks] == sorted({t.start for t in ticks})


def test_a_file_that_begins_days_later_is_not_read_before_its_time(tmp_path: Path) -> None:
    early = write(tmp_path / "early", [1e9 + 10 * n for n in range(300)])
    late_file = write(tmp_path / "late", [1e9 + 86_400 * 3 + 10 * n for n in range(300)])

    origins = []
    windows = Windows(lateness=60.0)
    for origin, found in Archive(
        paths=[late_file, early], tally=Tally(), on_bad=print, batch=50
    ).batches(windows):
        origins.append(Path(origin).name)
        windows.add(origin, found)

    assert origins == ["early"] * 6 + ["late"] * 6


def test_the_whole_is_counted_once(tmp_path: Path) -> None:
    paths = [write(tmp_path / name, [1e9, 1e9 + 1]) for name in "abc"]
    tally = Tally()

    batches = list(Archive(paths=paths, tally=tally, on_bad=print).batches(Windows()))

    assert sum(len(batch) for _, batch in batches) == 6
    assert tally.connections == 6


def piped(source: Path, fifo: Path) -> Path:
    """A FIFO through which another thread sends the bytes of a file, once."""
    os.mkfifo(fifo)
    Thread(target=lambda: fifo.write_bytes(source.read_bytes()), daemon=True).start()
    return fifo


@pytest.mark.parametrize("files", [1, 2], ids=["alone", "beside a file"])
def test_a_fifo_gives_the_same_windows_as_the_file(tmp_path: Path, files: int) -> None:
    a = write(tmp_path / "a", [1e9 + 30 * n for n in range(2000)])
    others = [write(tmp_path / "b", [1e9 + 30 * n + 7 for n in range(2000)])][: files - 1]

    expected = ticks_of([a, *others])
    got = ticks_of([piped(a, tmp_path / "fifo"), *others])

    assert [(t.start, len(t.connections)) for t in got[0]] == [
        (t.start, len(t.connections)) for t in expected[0]
    ]
    assert sum(len(t.connections) for t in got[0]) == 2000 * files


def test_a_fifo_without_records_harms_no_file_beside_it(tmp_path: Path) -> None:
    a = write(tmp_path / "a", [1e9 + 30 * n for n in range(20)])
    nothing = write(tmp_path / "nothing", [])

    ticks, late = ticks_of([piped(nothing, tmp_path / "fifo"), a])

    assert (sum(len(tick.connections) for tick in ticks), late) == (20, 0)


def test_files_that_wait_for_their_time_are_not_held_open(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n:02}", [1e9 + 86_400 * n]) for n in range(50)]
    before = len(list(Path("/proc/self/fd").iterdir()))

    batches = Archive(paths=paths, tally=Tally(), on_bad=print).batches(Windows())
    next(iter(batches))

    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2
