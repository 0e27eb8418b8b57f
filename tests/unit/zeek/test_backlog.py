"""What waits is bounded."""

from netheed.zeek.backlog import Backlog


def test_frames_come_out_in_their_order() -> None:
    backlog = Backlog()
    for frame in (b"1", b"2", b"3"):
        backlog.put(frame)

    assert backlog.take(2) == ([b"1", b"2"], 0)
    assert backlog.take(2) == ([b"3"], 0)
    assert backlog.take(2) == ([], 0)


def test_past_the_bound_of_frames_the_oldest_is_dropped_and_counted() -> None:
    backlog = Backlog(most=2)
    for frame in (b"1", b"2", b"3"):
        backlog.put(frame)

    assert backlog.take(9) == ([b"2", b"3"], 1)


def test_what_is_dropped_counts_for_what_it_weighs() -> None:
    backlog = Backlog(most=1, weigh=len)
    for frame in (b"1", b"", b"123", b"4"):
        backlog.put(frame)

    assert backlog.take(9) == ([b"4"], 4)


def test_past_the_bound_of_bytes_the_oldest_are_dropped() -> None:
    backlog = Backlog(most_bytes=10)
    for frame in (b"1234", b"5678", b"123456789"):
        backlog.put(frame)

    assert backlog.take(9) == ([b"123456789"], 2)
    backlog.put(b"1234567890")
    assert len(backlog) == 1


def test_one_frame_is_kept_whatever_its_size() -> None:
    backlog = Backlog(most_bytes=1)
    backlog.put(b"12")

    assert backlog.take(1) == ([b"12"], 0)


def test_it_can_be_waited_for() -> None:
    backlog = Backlog()
    backlog.put(b"1")

    assert backlog.wait(1, 0.0)
    assert not backlog.wait(2, 0.0)


def test_its_lag_is_the_age_of_the_oldest_frame() -> None:
    now = [10.0]
    backlog = Backlog(most=2, clock=lambda: now[0])
    assert backlog.lag == 0.0
    for frame in (b"1", b"2", b"3"):
        now[0] += 1.0
        backlog.put(frame)

    now[0] = 14.0
    assert backlog.lag == 2.0  # the first was dropped
    backlog.take(1)
    assert backlog.lag == 1.0
    backlog.take(1)
    assert backlog.lag == 0.0
