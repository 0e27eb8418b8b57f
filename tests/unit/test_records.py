"""The nouns."""

import pytest

from netheed.records import Tally
from tests.connections import connection


def test_a_connection_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        connection().start = 0.0  # type: ignore[misc]


def test_a_tally_counts_skipped_records_by_kind() -> None:
    tally = Tally()
    tally.skip("dns")
    tally.skip("dns", 2)

    assert tally.skipped == {"dns": 3}
    assert Tally().skipped == {}


def test_a_tally_counts_what_is_lost_by_cause() -> None:
    tally = Tally()
    tally.lose("gap", 50)
    tally.lose("broken_frames")
    tally.lose("gap", 2)

    assert tally.lost == {"gap": 52, "broken_frames": 1}
    assert Tally().lost == {}
