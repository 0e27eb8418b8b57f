"""Pictures are made of data alone."""

from netheed.training.report.pictures import Series, bars, lines, reliability

NAN = float("nan")
SERIES = {"a": Series((1.0, 2.0), (0.1, 0.2), (0.0, 0.1), (0.2, 0.3)), "b": Series((1.0,), (0.3,))}


def test_the_same_data_give_the_same_bytes() -> None:
    first = lines("t", ("x", "y"), SERIES, ours="a")

    assert first == lines("t", ("x", "y"), SERIES, ours="a")
    assert first.startswith(b"\x89PNG")
    assert first != lines("t", ("x", "y"), SERIES, ours="b")


def test_points_that_are_not_numbers_are_left_out() -> None:
    with_hole = {"a": Series((1.0, 2.0, 3.0), (0.1, NAN, 0.2))}
    without = {"a": Series((1.0, 3.0), (0.1, 0.2))}

    assert lines("t", ("x", "y"), with_hole) == lines("t", ("x", "y"), without)
    values = {"a": (0.5, 0.4, 0.6)}
    assert bars("t", "x", {**values, "b": (NAN, NAN, NAN)}) == bars("t", "x", values)


def test_a_promise_that_was_never_broken_still_has_a_point() -> None:
    assert reliability("t", (0.01, 0.1), {"a": (0.0, 0.1)}).startswith(b"\x89PNG")
