"""Tables beside the same thing said with a dict, and that they stay bounded."""

import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core.table import Layout, Rows, Table, blank

LIMIT = 32


def words(*keys: int) -> np.ndarray:
    return np.array(sorted(keys), dtype=np.uint64)


class Plain:
    """A table as a dict: key -> [seen, value]."""

    def __init__(self) -> None:
        self.rows: dict[int, list[int]] = {}

    def admit(self, keys: list[int], now: int) -> list[bool]:
        new = [key not in self.rows for key in keys]
        excess = len(self.rows) + sum(new) - LIMIT
        if sum(new) and excess > 0:
            others = sorted((k for k in self.rows if k not in keys), key=lambda k: self.rows[k][0])
            for key in others[: excess + LIMIT // 16]:
                del self.rows[key]
        for key in keys:
            self.rows.setdefault(key, [0, 0])[0] = now
        return new


# Each call is of one time and its keys: of two rows that were seen at once, either may go.
calls = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=200)


@settings(max_examples=150, deadline=None)
@given(calls)
def test_a_table_remembers_and_forgets_like_a_dict(steps: list[tuple[int, bool]]) -> None:
    table, plain = Table({"value": ("i8", 0)}, LIMIT), Plain()
    for now, (key, stop) in enumerate(steps):
        at, new = table.admit(words(key), float(now))
        assert new.tolist() == plain.admit([key], now)

        assert table["value"][at].tolist() == [plain.rows[key][1]]
        table["value"][at] += now
        plain.rows[key][1] += now
        if stop:
            kept, table = table.snapshot(), Table({"value": ("i8", 0)}, LIMIT)
            table.restore(kept)
    keys, at = table.ascending()
    seen, value = table["seen"][at].tolist(), table["value"][at].tolist()
    told = {key: [*row] for key, *row in zip(keys.tolist(), seen, value, strict=True)}
    assert told == plain.rows
    assert table.find(words(*range(61)))[1].tolist() == [key in plain.rows for key in range(61)]


@given(st.lists(st.sets(st.integers(0, 40), min_size=1, max_size=16), min_size=1, max_size=12))
def test_every_key_admitted_in_one_call_has_its_own_row_afterwards(calls: list[set[int]]) -> None:
    table = Table({"value": ("i8", 0)}, limit=16)
    for now, call in enumerate(calls):
        keys = words(*call)

        at, _ = table.admit(keys, float(now))

        assert len(set(at.tolist())) == len(keys)
        assert table.find(keys)[0].tolist() == at.tolist()
        assert table.find(keys)[1].all()
        assert len(table) <= 16


def test_a_full_table_drops_the_longest_unseen() -> None:
    table = Table({}, limit=64)
    for step in range(200):
        table.admit(words(step), float(step))

    assert len(table) <= 64
    assert table.find(words(199))[1].tolist() == [True]
    assert table.find(words(0))[1].tolist() == [False]


def test_a_key_in_use_survives_newcomers() -> None:
    table = Table({}, limit=64)
    for step in range(200):
        table.admit(words(5, 1000 + step), float(step))

    assert table.find(words(5))[1].tolist() == [True]


def test_novelty_is_told_once() -> None:
    novelty = Table({}, 1024)

    assert novelty.admit(words(1, 2, 3), 0.0)[1].tolist() == [True, True, True]
    assert novelty.admit(words(1, 2, 3), 1.0)[1].tolist() == [False, False, False]


def test_more_keys_at_once_than_the_limit_are_refused() -> None:
    with pytest.raises(ValueError, match="17 keys at once for a table of 16"):
        Table({}, 16).admit(words(*range(17)), 0.0)


def test_keys_of_one_call_may_have_a_time_each() -> None:
    table = Table({}, limit=4)
    table.admit(words(1, 2, 3, 4), np.array([9.0, 2.0, 8.0, 7.0]))
    table.admit(words(5), 10.0)

    assert table.ascending()[0].tolist() == [1, 3, 4, 5]


@pytest.mark.parametrize(("dtype", "kept"), [("u4", [0, 7, 2**32 - 1]), ("f8", [-3.0, 7.9, 1e11])])
def test_times_are_whole_seconds_unless_the_layout_says_otherwise(
    dtype: str, kept: list[Any]
) -> None:
    table = Table({} if dtype == "u4" else {"seen": (dtype, 0)}, limit=4)
    at, _ = table.admit(words(1, 2, 3), np.array([-3.0, 7.9, 1e11]))

    assert table["seen"][at].tolist() == kept


def test_a_row_that_was_given_back_comes_again_as_zero_and_before_new_ones() -> None:
    rows = Rows({"value": ("f4", 3)}, 8)
    first = rows.take(4)
    rows.values["value"][first] = 7.0
    rows.give_back(first[1:3])

    again = rows.take(3)

    assert again.tolist() == [1, 2, 4]
    assert not rows.values["value"][again].any()
    assert rows.used == 5


def test_a_row_stays_where_it_is_while_others_come_and_go() -> None:
    table = Table({}, limit=4096)
    (place,) = table.admit(words(2**63), 0.0)[0].tolist()
    rng = np.random.default_rng(1)
    for step in range(60):
        table.admit(np.unique(rng.integers(0, 2**63, 500, dtype=np.uint64)), float(step))
        table.admit(words(2**63), float(step))

        assert table.find(words(2**63))[0].tolist() == [place]


def test_at_a_cap_of_fifty_thousand_the_oldest_go_first_and_memory_stands_still() -> None:
    limit, batch = 50_000, 5_000
    table = Table({"value": ("f4", 12)}, limit)
    rng = np.random.default_rng(2)
    sent = [np.unique(rng.integers(0, 2**63, batch, dtype=np.uint64)) for _ in range(40)]
    for now, keys in enumerate(sent):
        table.admit(keys, float(now))

        assert len(table) <= limit
        assert table.nbytes <= limit * (12 + 52) + 4 * (batch + limit // 16)
    remembered = [table.find(keys)[1].mean() for keys in sent]
    assert remembered == sorted(remembered)
    assert remembered[:30] == [0.0] * 30
    assert remembered[-9:] == [1.0] * 9


def resident() -> int:
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def test_room_takes_memory_when_it_is_written_and_gives_it_back() -> None:
    layout: Layout = {"text": ("S1000", 0)}
    before = resident()
    for _ in range(8):
        table = Table(layout, 100_000)
        table.admit(np.arange(50, dtype=np.uint64), 1.0)
        table["text"][:50] = b"x"

    assert resident() - before < 20 * 2**20


@pytest.mark.parametrize("count", [3, 5_000_000])
def test_what_is_blank_is_zero_and_can_be_written(count: int) -> None:
    values = blank(count, np.dtype([("a", "u4"), ("b", "f4", (2,))]))

    assert (values.shape, values["a"].any(), values["b"][-1].tolist()) == ((count,), False, [0, 0])
    values["a"][-1] = 7
    assert values["a"].sum() == 7


def test_room_that_the_machine_has_not_is_said_to_be_memory() -> None:
    with pytest.raises(MemoryError, match="bytes for a table"):
        blank(2**50, np.dtype("u8"))


def test_more_rows_than_the_limit_are_not_taken_up() -> None:
    table = Table({}, 64)
    table.admit(words(*range(40)), 1.0)

    with pytest.raises(ValueError, match="40 rows, more than the limit of 32"):
        Table({}, 32).restore(table.snapshot())
