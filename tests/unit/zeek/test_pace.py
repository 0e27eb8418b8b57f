"""How long to wait."""

from netheed.zeek.pace import Backoff, Pace, Sparse


def test_waits_double_up_to_the_longest_and_begin_again() -> None:
    backoff = Backoff(lambda: 1.0)
    waits = [backoff.next() for _ in range(100)]

    assert waits[:4] == [0.2, 0.4, 0.8, 1.6]
    assert waits[-1] == 30.0
    backoff.reset()
    assert backoff.next() == 0.2


def test_chance_takes_at_most_half_of_a_wait() -> None:
    assert Backoff(lambda: 0.0).next() == 0.1


def test_a_pace_is_even() -> None:
    pace = Pace(20.0)

    assert [round(pace.wait(100.0), 6) for _ in range(3)] == [0.0, 0.05, 0.1]
    assert pace.wait(200.0) == 0.0


def test_what_comes_again_and_again_is_told_ever_less() -> None:
    sparse = Sparse({})

    assert [n for n in range(1, 20) if sparse("a")] == [1, 2, 4, 8, 16]
    assert sparse("b")
