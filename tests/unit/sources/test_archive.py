"""Files read side by side."""

from pathlib import Path

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
