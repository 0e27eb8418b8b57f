"""Rows that wait for the window of their time."""

import numpy as np
import pytest

from netheed.core.waiting import Waiting

ROW = np.dtype([("time", "f8"), ("a", "i8"), ("b", "i8")])


def rows(*given: tuple[float, int, int]) -> np.ndarray:
    return np.array(list(given), dtype=ROW)


def waiting(*given: tuple[float, int, int]) -> Waiting:
    made = Waiting(rows(), ("a", "b"))
    made.add(rows(*given))
    return made


def test_rows_come_in_the_order_of_time_and_equal_times_by_what_else_they_say() -> None:
    made = waiting((2, 1, 1), (1, 2, 1), (1, 1, 9))
    made.add(rows((1, 1, 3)))

    assert made.all().tolist() == [(1, 1, 3), (1, 1, 9), (1, 2, 1), (2, 1, 1)]


def test_what_is_taken_waits_no_longer_and_the_rest_does() -> None:
    made = waiting((1, 0, 0), (2, 0, 0), (3, 0, 0))

    assert made.until(2.0)["time"].tolist() == [1.0]
    assert (len(made), made.nbytes) == (2, 2 * ROW.itemsize)
    assert made.until(np.inf)["time"].tolist() == [2.0, 3.0]
    assert len(made.until(np.inf)) == len(made) == 0


def test_a_few_rows_that_are_left_do_not_keep_all_that_was_there() -> None:
    made = waiting(*((float(n), 0, 0) for n in range(1000)))

    made.until(999.0)
    assert made.all().base is None


def test_what_waits_is_taken_up_and_another_shape_is_refused() -> None:
    other = Waiting(rows(), ("a", "b"))
    other.restore(waiting((2, 0, 0), (1, 0, 0)).all())

    assert other.until(1.5)["time"].tolist() == [1.0]
    with pytest.raises(ValueError, match="what waits has another shape"):
        other.restore(np.zeros(3))
