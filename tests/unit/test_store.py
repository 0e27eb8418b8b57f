"""A notice whose `add` returned is given until its sink has taken it, whatever happens between."""

import json
import math
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from netheed.errors import NetheedError
from netheed.records import Notice
from netheed.store import SCHEMA, Store
from tests.makers import make_driver, make_notice

ADDS = """
import sys
from pathlib import Path
from netheed.store import Store
from tests.makers import make_notice
store = Store(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), 10**9):
    store.add([make_notice(id=f"{number}-{part}") for part in range(3)], ["a", "b"])
    print(number, flush=True)
"""

_DURABLE = {"journal_mode": "wal", "synchronous": 2}


def notices(*names: object) -> list[Notice]:
    return [make_notice(id=str(name)) for name in names]


def ids(found: list[Notice]) -> list[str]:
    return [notice.id for notice in found]


def waiting(store: Store, sink: str = "a") -> list[str]:
    return ids(store.pending(sink, 10**6))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notices.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with closing(Store(path)) as store:
        yield store


def test_notices_come_as_they_were_and_oldest_first_until_they_are_delivered(store: Store) -> None:
    given = [make_notice(id="2", host="fe80::1", peer=None), make_notice(id="1", drivers=())]

    assert store.add(given, ["a"]) == given
    store.add(notices(0), ["a"])
    assert store.pending("a", 2) == given
    store.delivered("a", given[:1])

    assert waiting(store) == ["1", "0"]


def test_each_sink_has_its_own_notices_to_come(store: Store) -> None:
    store.add(notices(1, 2), ["a", "b"])
    store.add(notices(3), ["b"])

    store.delivered("a", notices(1, 2))

    assert (waiting(store, "a"), waiting(store, "b")) == ([], ["1", "2", "3"])
    assert [store.depth(sink) for sink in "abc"] == [0, 3, 0]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 5e-324])
def test_any_number_in_a_notice_comes_back(store: Store, number: float) -> None:
    notice = make_notice(score=number, drivers=(make_driver(value=number),))

    store.add([notice], ["a"])

    assert repr(store.pending("a", 1)) == repr([notice])


@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize("delivered", [False, True])
def test_a_repeat_is_no_second_notice(path: Path, *, reopened: bool, delivered: bool) -> None:
    store = Store(path)
    store.add(notices(1, 2), ["a"])
    if delivered:
        store.delivered("a", notices(1, 2))
    if reopened:
        store.close()
        store = Store(path)

    with closing(store):
        new = store.add(notices(2, 3, 3, 1), ["a"])

        assert ids(new) == ["3"]
        assert waiting(store) == (["3"] if delivered else ["1", "2", "3"])


def test_what_was_added_before_a_kill_is_there_after_it(path: Path) -> None:
    chance = random.Random(5)
    expected: list[str] = []
    begin = 0

    for _ in range(10):
        command = [sys.executable, "-c", ADDS, str(path), str(begin)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:  # noqa: S603
            assert child.stdout is not None
            told = [int(child.stdout.readline()) for _ in range(chance.randrange(1, 40))]
            child.kill()
            told += map(int, child.stdout.read().split())
        with closing(Store(path)) as store, closing(sqlite3.connect(path)) as raw:
            found = waiting(store)
            assert waiting(store, "b") == found
            whole = raw.execute("PRAGMA integrity_check").fetchone()
        assert whole == ("ok",)
        last = int(found[-1].partition("-")[0])
        expected += [f"{n}-{part}" for n in range(begin, last + 1) for part in range(3)]
        # Perhaps one add more than was told, and that as a whole.
        assert found == expected
        assert last in (told[-1], told[-1] + 1)
        begin = last + 1


def test_what_was_added_is_forced_to_the_disk_before_add_returns(store: Store) -> None:
    # No test can cut the power: SQLite forces its journal at each commit with FULL, which is 2.
    found = [store._connection.execute(f"PRAGMA {p}").fetchone()[0] for p in _DURABLE]

    assert found == list(_DURABLE.values())


def test_past_its_bound_a_sink_loses_its_oldest_and_they_are_counted(path: Path) -> None:
    with closing(Store(path, waiting=3)) as store, capture_logs() as events:
        store.add(notices(1, 2), ["a", "b"])
        store.delivered("b", notices(1, 2))
        store.add(notices(3, 4, 5), ["a", "b"])
        store.add(notices(6), ["b"])

        assert waiting(store, "a") == ["3", "4", "5"]
        assert waiting(store, "b") == ["4", "5", "6"]
        assert store.shed == {"a": 2, "b": 1}
    assert [(e["event"], e["sink"], e["count"]) for e in events] == [
        ("notices_given_up", "a", 2),
        ("notices_given_up", "b", 1),
    ]


def test_the_file_does_not_grow_with_notices_that_were_delivered(path: Path) -> None:
    sizes = []
    with closing(Store(path, kept=50)) as store:
        for begin in range(0, 1000, 50):
            given = notices(*range(begin, begin + 50))
            store.add(given, ["a"])
            store.delivered("a", given)
            sizes.append(path.stat().st_size)

        assert ids(store.add(notices(949, 950, 999), ["a"])) == ["949"]
    assert max(sizes) < 300_000


def limited(store: Store, pages: int) -> None:
    """A disk with room for so many pages more."""
    connection = store._connection
    used = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {used + pages}")


@pytest.mark.parametrize("pages", [0, 1, 2, 5, 20])
def test_a_full_disk_keeps_nothing_half_and_a_later_add_works(store: Store, pages: int) -> None:
    store.add(notices("before"), ["a", "b"])
    limited(store, pages)

    with pytest.raises(NetheedError, match=r"notices.sqlite: database or disk is full"):
        store.add(notices(*range(200)), ["a", "b"])

    assert waiting(store, "a") == waiting(store, "b") == ["before"]
    limited(store, 10**6)
    assert len(store.add(notices(*range(200)), ["a", "b"])) == 200
    assert waiting(store, "b") == ["before", *map(str, range(200))]


def test_a_disk_that_is_full_when_all_is_to_be_committed_keeps_nothing(store: Store) -> None:
    class Full:
        def __enter__(self) -> None:
            store_connection.__enter__()

        def __exit__(self, *_: object) -> None:
            store_connection.rollback()
            raise sqlite3.OperationalError("database or disk is full")

        def __getattr__(self, name: str) -> object:
            return getattr(store_connection, name)

    store.waiting = 1
    store_connection = store._connection
    store._connection = Full()  # type: ignore[assignment]
    with pytest.raises(NetheedError, match="disk is full"):
        store.add(notices(1, 2), ["a"])
    store._connection = store_connection

    assert (waiting(store), store.shed) == ([], {})
    store.add(notices(1, 2), ["a"])
    assert (waiting(store), store.shed) == (["2"], {"a": 1})


def test_an_error_of_whoever_makes_the_notices_keeps_none(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        store.add((make_notice(id=str(1 // number)) for number in (1, 0)), ["a"])

    assert waiting(store) == []


def overwritten(path: Path, begin: float, end: float) -> None:
    """Zeros in place of a part of the file."""
    data = bytearray(path.read_bytes())
    first, last = int(begin * len(data)), int(end * len(data))
    data[first:last] = bytes(last - first)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"no database at all\n" * 400),
        lambda path: overwritten(path, 0.0, 0.05),
        lambda path: overwritten(path, 0.2, 0.6),
        lambda path: os.truncate(path, path.stat().st_size // 2),
    ],
    ids=["garbage", "beginning", "middle", "cut off"],
)
def test_a_damaged_file_is_set_aside_and_a_new_one_made(
    path: Path, damage: Callable[[Path], object]
) -> None:
    with closing(Store(path)) as store:
        store.add(notices(*range(200)), ["a"])
    damage(path)
    damaged = path.read_bytes()

    with capture_logs() as events, closing(Store(path)) as store:
        store.add(notices("new"), ["a"])
        assert waiting(store) == ["new"]

    aside = path.with_name("notices.sqlite.damaged")
    assert aside.read_bytes()[-1000:] == damaged[-1000:]
    assert [(e["event"], e["path"], e["kept"]) for e in events] == [
        ("store_damaged", str(path), str(aside))
    ]


def test_a_file_of_another_version_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(Store(path)) as store:
        store.add(notices(1), ["a"])
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {SCHEMA + 1}")

    with pytest.raises(NetheedError, match=f"{path}: of version {SCHEMA + 1}"):
        Store(path)

    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM notices").fetchone() == (1,)


def test_a_place_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(NetheedError, match=f"{tmp_path}/gone/n: No such file"):
        Store(tmp_path / "gone" / "n")


def test_a_notice_that_another_version_wrote_is_told_and_holds_up_no_other(store: Store) -> None:
    store.add(notices(1, 2, 3), ["a", "b"])
    with store._connection as raw:
        raw.execute(
            "UPDATE notices SET notice = ? WHERE id = '1'", (json.dumps({"id": 1}).encode(),)
        )

    with capture_logs() as events:
        found = ids(store.pending("a", 1))

    assert found == ["2"]
    assert (store.depth("a"), store.depth("b"), store.shed) == (2, 3, {"a": 1})
    assert [e["event"] for e in events] == ["notices_given_up"]


def test_a_store_that_was_closed_says_so(path: Path) -> None:
    store = Store(path)
    store.close()

    with pytest.raises(NetheedError, match="closed"):
        store.pending("a", 1)


def add_fifty(store: Store, writer: int) -> None:
    for number in range(50):
        store.add(notices(f"{writer}-{number}", f"shared-{number}"), ["a", "b"])


def take(store: Store, sink: str, count: int) -> list[str]:
    """All that comes for a sink until it is so much, or no more comes."""
    taken: list[str] = []
    end = time.monotonic() + 15
    while len(taken) < count and time.monotonic() < end:
        found = store.pending(sink, 7)
        store.delivered(sink, found)
        taken += ids(found)
    return taken


def test_threads_take_turns_and_nothing_is_lost_or_doubled(store: Store) -> None:
    with ThreadPoolExecutor(5) as threads:
        writing = [threads.submit(add_fifty, store, writer) for writer in range(3)]
        taking = [threads.submit(take, store, sink, 200) for sink in "ab"]
        taken, other = [done.result() for done in taking]
        for done in writing:
            done.result()

    assert taken == other
    assert waiting(store) == waiting(store, "b") == []
    assert sorted(taken) == sorted(f"{name}-{n}" for name in (0, 1, 2, "shared") for n in range(50))
    for writer in range(3):
        own = [name for name in taken if name.startswith(f"{writer}-")]
        assert own == [f"{writer}-{n}" for n in range(50)]
