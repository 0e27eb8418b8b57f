"""What the benchmark measures stays within what was promised."""

from bench.stages import host_bytes


def test_a_host_with_26_pairs_is_remembered_in_6000_bytes() -> None:
    assert host_bytes(26) <= 6_000
