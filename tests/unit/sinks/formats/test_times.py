import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.sinks.formats.times import LAST, clock, eve, iso, milliseconds

MOMENT = 1_795_332_673.25


def test_each_form_of_one_moment():
    assert iso(MOMENT) == "2026-11-22T07:31:13.250000Z"
    assert eve(MOMENT) == "2026-11-22T07:31:13.250000+0000"
    assert clock(MOMENT) == "2026-11-22 07:31"
    assert milliseconds(MOMENT) == 1_795_332_673_250


@given(st.floats(0, LAST))
def test_a_time_is_read_back_to_the_microsecond(seconds: float):
    read = datetime.fromisoformat(iso(seconds)).timestamp()

    assert read == pytest.approx(seconds, rel=0, abs=4e-5)  # a double's own grain in the year 9999


@pytest.mark.parametrize("seconds", [math.nan, -math.inf, -1.0, 1e18, math.inf])
def test_a_time_out_of_range_becomes_the_nearest_end(seconds: float):
    nearest = LAST if seconds > 0 else 0.0

    assert iso(seconds) == iso(nearest)
    assert milliseconds(seconds) == milliseconds(nearest)
