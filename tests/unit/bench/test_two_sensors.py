"""Both sensors' logs of the same captures give the connections and windows of one."""

from pathlib import Path

from bench.two_sensors import joined


def test_both_logs_of_real_captures_count_as_one(shared: Path) -> None:
    found = joined(shared)

    assert found.zeek <= found.together <= found.either <= 1.02 * found.zeek
    assert found.same_windows >= 0.98 * found.windows
