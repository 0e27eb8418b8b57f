"""Rows that are cut say what whole ones do, and take the memory of what they hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.cut_rows import CutRows
from netheed.core.index import Numbers

LIMIT = 16
FORM = np.dtype([("count", "u2"), ("entries", [("a", "f2"), ("b", "f4")], 12)])
CUTS = {2: 2 + 2 * 6, 5: 2 + 5 * 6, 12: FORM.itemsize}
NONE = np.zeros(1, dtype=np.uint32)


def filled(*counts: int) -> np.ndarray:
    """Rows with so many entries, each a number of its own."""
    rows = np.zeros(len(counts), dtype=FORM)
    rows["count"] = counts
    for row, count in zip(rows, counts, strict=True):
        row["entries"]["a"][:count] = np.arange(1, count + 1)
        row["entries"]["b"][:count] = 1000 * count + np.arange(count)
    return rows


def written(rows: CutRows, *counts: int) -> Numbers:
    values = filled(*counts)
    return rows.write(np.zeros(len(counts), dtype=np.uint32), values, values["count"])


@given(
    st.lists(
        st.dictionaries(st.integers(0, LIMIT - 1), st.integers(0, 12), min_size=1), max_size=20
    )
)
def test_what_is_written_is_read_whatever_moves_or_is_given_back(
    steps: list[dict[int, int]],
) -> None:
    rows, numbers = CutRows(FORM, CUTS, LIMIT), np.zeros(LIMIT, dtype=np.uint32)
    plain = np.zeros(LIMIT, dtype=FORM)
    for step in steps:
        gone = np.array([at for at, count in step.items() if count < plain["count"][at]], dtype=int)
        rows.give_back(numbers[gone])
        numbers[gone], plain[gone] = 0, 0
        at = np.array([at for at in step if at not in gone], dtype=int)
        plain[at] = filled(*(step[n] for n in at))
        numbers[at] = rows.write(numbers[at], plain[at], plain["count"][at])

        assert rows.read(numbers).tobytes() == plain.tobytes()
        assert len(set(numbers[numbers > 0])) == np.count_nonzero(numbers)


def test_of_no_row_all_is_zero() -> None:
    rows = CutRows(FORM, CUTS, LIMIT)
    numbers = written(rows, 7)

    found = rows.read(np.concatenate((NONE, numbers, NONE)))

    assert found["count"].tolist() == [0, 7, 0]
    assert not found["entries"]["b"][[0, 2]].any()


@pytest.mark.parametrize(("count", "bytes_"), list(CUTS.items()))
def test_a_row_takes_the_bytes_of_what_it_holds(count: int, bytes_: int) -> None:
    rows = CutRows(FORM, CUTS, LIMIT)
    empty = rows.nbytes

    written(rows, *[count] * LIMIT)

    assert rows.nbytes - empty == LIMIT * bytes_


def test_a_row_stays_where_it_is_until_it_is_too_short() -> None:
    rows = CutRows(FORM, CUTS, LIMIT)
    number, numbers = NONE, []
    for count in range(1, 13):
        values = filled(count)
        number = rows.write(number, values, values["count"])
        numbers.append(int(number[0]))

    assert [count for count in range(2, 13) if numbers[count - 1] != numbers[count - 2]] == [3, 6]


def test_numbers_that_are_written_again_are_not_changed_in_place() -> None:
    rows = CutRows(FORM, CUTS, LIMIT)
    before = written(rows, 1)
    kept = before.copy()

    after = rows.write(before, filled(12), np.array([12]))

    assert before.tolist() == kept.tolist() != after.tolist()


def test_a_row_that_grew_leaves_its_place_to_the_next() -> None:
    rows = CutRows(FORM, CUTS, LIMIT)
    grown = written(rows, 1)
    rows.write(grown, filled(3), np.array([3]))

    assert written(rows, 2).tolist() == grown.tolist()


def test_a_row_never_gets_shorter() -> None:
    rows = CutRows(FORM, CUTS, LIMIT)
    number = written(rows, 12)

    assert rows.write(number, filled(1), np.array([1])).tolist() == number.tolist()
    assert rows.read(number).tobytes() == filled(1).tobytes()


def test_every_length_has_room_for_all() -> None:
    for count in CUTS:
        rows = CutRows(FORM, CUTS, LIMIT)

        numbers = written(rows, *[count] * LIMIT)

        assert len(set(numbers.tolist())) == LIMIT


def test_what_is_given_back_is_taken_again_before_new_room() -> None:
    rows = CutRows(FORM, CUTS, LIMIT)
    numbers = written(rows, 1, 4, 12, 1)
    full = rows.nbytes
    rows.give_back(np.concatenate((numbers, NONE)))

    written(rows, 4, 1, 1, 12)

    assert rows.nbytes == full


@pytest.mark.parametrize("cuts", [{2: 14}, {5: 32, 2: 14, 12: FORM.itemsize}])
def test_cuts_that_do_not_ascend_to_the_whole_form_are_refused(cuts: dict[int, int]) -> None:
    with pytest.raises(ValueError, match=f"rows of {FORM.itemsize} bytes cut at"):
        CutRows(FORM, cuts, LIMIT)


def test_more_rows_than_numbers_count_are_refused() -> None:
    with pytest.raises(ValueError, match="3 lengths of 1073741824 rows"):
        CutRows(FORM, CUTS, 2**30)
