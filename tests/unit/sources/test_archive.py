"""Files read side by side."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.columns import Columns
from netheed.core.windows import Tick, Windows
from netheed.records import Tally
from netheed.sources.archive import Archive
from tests.acts import ZEEK_DCE_RPC
from tests.connections import WORDS
from tests.lines import CONN_JSON, EVE_FLOW, TSV_HEADER, TSV_ROW, changed
from tests.names import EVE_TLS, ZEEK_DNS

HEADER_LINES = TSV_HEADER.count(b"\n")


def write(path: Path, starts: list[float]) -> Path:
    lines = (changed(CONN_JSON, ts=ts, duration=0.5, uid=f"{path.stem}{ts:.0f}") for ts in starts)
    path.write_bytes(b"".join(lines))
    return path


def archive(paths: list[Path], *, lines: int = 8192, tally: Tally | None = None) -> Archive:
    return Archive(
        paths=paths, words=lambda _: WORDS, tally=tally or Tally(), on_bad=print, lines=lines
    )


def ticks_of(
    paths: list[Path], *, lateness: float = 60.0, lines: int = 7
) -> tuple[list[Tick], int]:
    windows = Windows(lateness=lateness)
    ticks: list[Tick] = []
    for read in archive(paths, lines=lines).reads({}):
        windows.begin(read.origin)
        windows.feed(read.origin, read.batch)
        if read.last:
            windows.finish(read.origin)
        ticks.extend(windows.closed())
    return ticks, windows.late


def test_overlapping_files_give_each_window_once_and_whole(tmp_path: Path) -> None:
    a = write(tmp_path / "a", [1e9 + 30 * n for n in range(400)])
    b = write(tmp_path / "b", [1e9 + 30 * n + 7 for n in range(400)])

    ticks, late = ticks_of([a, b])

    starts = [tick.start for tick in ticks]
    assert starts == sorted(set(starts))
    assert late == 0
    assert all(len(tick.columns) == 4 for tick in ticks[1:-1])


def test_hourly_files_are_joined_at_the_seam_in_any_order_of_names(tmp_path: Path) -> None:
    second = write(tmp_path / "a-second", [1e9 + 3600 + 10 * n for n in range(360)])
    first = write(tmp_path / "b-first", [1e9 + 10 * n for n in range(366)])

    ticks, late = ticks_of([second, first])

    assert late == 0
    assert sum(len(tick.columns) for tick in ticks) == 726
    assert [t.start for t in ticks] == sorted({t.start for t in ticks})


def test_a_file_that_begins_days_later_is_not_read_before_its_time(tmp_path: Path) -> None:
    early = write(tmp_path / "early", [1e9 + 10 * n for n in range(300)])
    late_file = write(tmp_path / "late", [1e9 + 86_400 * 3 + 10 * n for n in range(300)])

    reads = archive([late_file, early], lines=50).reads({})
    origins = [Path(read.origin).name for read in reads if len(read.batch)]

    assert origins == ["early"] * 6 + ["late"] * 6


def test_the_whole_is_counted_once(tmp_path: Path) -> None:
    paths = [write(tmp_path / name, [1e9, 1e9 + 1]) for name in "abc"]
    tally = Tally()

    reads = list(archive(paths, tally=tally).reads({}))

    assert sum(len(read.batch) for read in reads) == 6
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

    assert [(t.start, len(t.columns)) for t in got[0]] == [
        (t.start, len(t.columns)) for t in expected[0]
    ]
    assert sum(len(t.columns) for t in got[0]) == 2000 * files


def test_a_fifo_without_records_harms_no_file_beside_it(tmp_path: Path) -> None:
    a = write(tmp_path / "a", [1e9 + 30 * n for n in range(20)])
    nothing = write(tmp_path / "nothing", [])

    ticks, late = ticks_of([piped(nothing, tmp_path / "fifo"), a])

    assert (sum(len(tick.columns) for tick in ticks), late) == (20, 0)


def test_files_that_wait_for_their_time_are_not_held_open(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n:02}", [1e9 + 86_400 * n]) for n in range(50)]
    before = len(list(Path("/proc/self/fd").iterdir()))

    reads = archive(paths).reads({})
    next(read for read in reads if len(read.batch))

    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2


def test_an_origin_begins_before_its_records_and_ends_after_them(tmp_path: Path) -> None:
    path = write(tmp_path / "a", [1e9 + n for n in range(10)])

    reads = list(archive([path], lines=4).reads({}))

    assert [(len(r.batch), r.position, r.last) for r in reads] == [
        (0, "0", False),
        (4, "4", False),
        (4, "8", False),
        (2, "10", False),
        (0, "10", True),
    ]


@given(st.integers(0, 45), st.integers(1, 50))
def test_reading_goes_on_after_a_position_as_if_never_stopped(position: int, lines: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "conn.log"
        rows = [TSV_ROW.replace(b"CHhAvVGS1DHFjwGM9", b"C%d" % n) for n in range(40)]
        path.write_bytes(TSV_HEADER + b"".join(rows[:20]) + b"broken\n" + b"".join(rows[20:]))
        whole, rest = Tally(), Tally()

        every = [r.batch for r in archive([path], tally=whole).reads({})]
        later = [
            read.batch
            for read in archive([path], lines=lines, tally=rest).reads({str(path): str(position)})
        ]

    uids = Columns.joined(every).uid.told(slice(None))
    got = Columns.joined(later).uid.told(slice(None))
    assert got == (uids[-len(got) :] if got else [])
    assert len(got) == rest.connections
    assert rest.connections + rest.bad == max(0, 41 + HEADER_LINES - max(position, HEADER_LINES))


def test_a_false_leap_in_one_file_loses_nothing_of_the_other(tmp_path: Path) -> None:
    rows = [1e9 + 30 * n for n in range(2000)]
    a = write(tmp_path / "a", [*rows[:120], *(3e9 + n for n in range(32)), *rows[120:]])
    b = write(tmp_path / "b", [start + 7 for start in rows])

    ticks, late = ticks_of([a, b], lines=64)

    assert late == 32
    assert sum(len(tick.columns) for tick in ticks) == 4000


def test_one_wrong_date_opens_no_file_before_its_time(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n:03}", [1e9 + 3600 * n + m for m in range(5)]) for n in range(60)]
    write(paths[0], [1e9, 9e9, 1e9 + 1, 1e9 + 2, 1e9 + 3])

    open_files, most = set[str](), 0
    for read in archive(paths, lines=4).reads({}):
        open_files.add(read.origin)
        open_files -= {read.origin} if read.last else set()
        most = max(most, len(open_files))

    assert most <= 2


def test_a_folder_of_other_logs_is_read_once(tmp_path: Path) -> None:
    a = write(tmp_path / "a", [1e9 + n for n in range(20)])
    dns = tmp_path / "dns.log"
    dns.write_bytes(TSV_HEADER.replace(b"#path\tconn", b"#path\tdns") + TSV_ROW * 20_000)
    seen = Tally()

    reads = list(archive([a, dns], tally=seen).reads({}))

    assert sum(len(read.batch) for read in reads) == 20
    assert seen.skipped == {"dns": 20_000}


def test_a_log_of_names_is_read_beside_the_connections_in_the_order_of_time(
    tmp_path: Path,
) -> None:
    a = write(tmp_path / "conn", [1e9 + 60 * n for n in range(300)])
    dns = tmp_path / "dns"
    dns.write_bytes(b"".join(changed(ZEEK_DNS, ts=1e9 + 60 * n + 1) for n in range(300)))
    named, connected, apart = 0.0, 0.0, 0.0

    for read in archive([a, dns], lines=8).reads({}):
        named = max([named, *read.namings["time"].tolist()])
        connected = max([connected, *read.batch.rows["start"].tolist()])
        if named and connected:
            apart = max(apart, abs(named - connected))

    assert apart <= 16 * 60


def test_windows_wait_for_their_names_and_none_is_late(tmp_path: Path) -> None:
    a = write(tmp_path / "conn", [1e9 + 60 * n for n in range(300)])
    dns = tmp_path / "dns"
    dns.write_bytes(b"".join(changed(ZEEK_DNS, ts=1e9 + 60 * n + 1) for n in range(300)))
    windows, names = Windows(lateness=60.0), 0.0

    for read in archive([a, dns], lines=8).reads({}):
        windows.begin(read.origin)
        windows.feed(read.origin, read.batch)
        names = max([names, *read.namings["time"].tolist()])
        if read.reached is not None:
            windows.advance(read.origin, read.reached)
        if read.last:
            windows.finish(read.origin)
        closed = [tick.end for tick in windows.closed()]
        assert max(closed, default=0.0) <= names + 60.0

    assert (windows.late, windows.open) == (0, 0)


def test_names_among_connections_say_nothing_of_how_far_these_have_come(tmp_path: Path) -> None:
    eve, other = tmp_path / "eve", write(tmp_path / "conn", [1.7e9])
    eve.write_bytes(EVE_TLS * 20 + EVE_FLOW)

    reads = list(archive([eve, other], lines=4).reads({}))

    assert sum(len(read.namings) for read in reads) == 20
    assert {read.reached for read in reads} == {None}


def test_windows_wait_for_a_log_of_acts_as_for_one_of_names(tmp_path: Path) -> None:
    a = write(tmp_path / "conn", [1e9 + 60 * n for n in range(300)])
    log = tmp_path / "dce_rpc"
    log.write_bytes(b"".join(changed(ZEEK_DCE_RPC, ts=1e9 + 60 * n + 1) for n in range(300)))

    reads = [read for read in archive([a, log], lines=8).reads({}) if len(read.acts)]

    assert sum(len(read.acts) for read in reads) == 300
    assert {read.origin for read in reads} == {str(log)}
    assert all(read.reached is not None for read in reads[1:])
