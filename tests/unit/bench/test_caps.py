"""What full tables cost is measured with tables that are full, and no fuller."""

from bench.caps import Caps, fullness


def test_small_tables_are_filled_to_their_limits_and_not_beyond() -> None:
    caps = Caps(max_hosts=200, max_pairs=2_000, max_lives=800, max_novelties=8_000)

    empty, parts = fullness(caps, 20)

    assert (len(empty), parts.shape) == (20, (20, 7))
    assert 0.9 * 2_000 <= len(caps.pairs) <= 2_000
    assert 0.9 * 8_000 <= len(caps.novelties) <= 8_000
    assert 0.9 * 800 <= len(caps.lives) <= 800
    assert max(caps.sequences.hosts, len(caps.hours)) <= 200
