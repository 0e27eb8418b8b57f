"""The lag of a file is the age of its oldest unread bytes, never less."""

from netheed.sources.waited import Waited


def test_what_is_read_has_not_waited() -> None:
    waited = Waited(0.0, 0)
    waited.look(1.0, 100)

    assert waited.seconds(1.0, 100) == 0.0


def test_what_may_have_come_since_the_last_look_may_have_waited_since() -> None:
    waited = Waited(0.0, 0)
    waited.look(1.0, 100)

    assert waited.seconds(1.5, 100) == 0.5


def test_unread_bytes_wait_since_the_last_look_that_did_not_see_them() -> None:
    waited = Waited(0.0, 0)
    for now, size in ((1.0, 100), (2.0, 200), (3.0, 300)):
        waited.look(now, size)

    assert waited.seconds(4.0, 150) == 3.0  # written between the looks at 1 and 2
    assert waited.seconds(4.0, 200) == 2.0
    assert waited.seconds(4.0, 300) == 1.0


def test_what_was_found_there_says_nothing_before_it_is_read() -> None:
    waited = Waited(0.0, 1000)
    waited.look(5.0, 1200)

    assert waited.seconds(5.0, 500) is None
    assert waited.seconds(6.0, 1000) == 6.0


def test_a_file_of_one_size_keeps_the_newest_look_only() -> None:
    waited = Waited(0.0, 100)
    for now in range(1, 50):
        waited.look(float(now), 100)
    waited.look(60.0, 200)

    assert waited.seconds(60.0, 100) == 11.0


def test_looks_in_a_hurry_do_not_pile_up() -> None:
    waited = Waited(0.0, 0)
    for number in range(10_000):
        waited.look(number / 10_000, number)

    assert len(waited._looks) < 100
    assert waited.seconds(1.0, 5_000) is not None
