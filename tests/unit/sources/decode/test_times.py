"""Times as texts."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.sources.decode.times import epochs, seconds

moments = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
)
ODD = [
    "2023-02-29T00:00:00.000000+0000",
    "2023-13-14T22:13:20.123456+0000",
    "2023-11-14T24:13:20.123456+0000",
    "2023-11-14T22:13:20.12345x+0000",
    "2023-11-14T22:13:20.123456,0000",
    "2023-11-14T22:13:20.123456+2400",
    "2023-11-14T22:13:20.123456+0060",
    "0000-02-29T00:00:00.000000+0000",
    "\uff12023-11-14T22:13:20.123456+0000",
    "",
    "yesterday",
]


def as_suricata(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f%z").rjust(31, "0")


@given(st.lists(moments, min_size=1, max_size=9))
def test_many_times_at_once_are_to_the_bit_what_datetime_makes_of_each(
    given_: list[datetime],
) -> None:
    values, refused = epochs([as_suricata(moment) for moment in given_])

    assert refused == {}
    assert values.tolist() == [moment.timestamp() for moment in given_]


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_time_is_refused_and_its_neighbours_are_not(text: str) -> None:
    good = "2023-11-14T22:13:20.000000+0000"

    values, refused = epochs([good, text, good])

    assert (list(refused), values[0], values[2]) == ([1], 1_700_000_000.0, 1_700_000_000.0)


@pytest.mark.parametrize(
    "text",
    ["2023-11-14T22:13:20Z", "2023-11-14T22:13:20.5+00:00"],
)
def test_other_forms_of_a_time_are_read_as_before(text: str) -> None:
    values, refused = epochs([text])

    assert refused == {}
    assert values.tolist() == [seconds(msgspec.convert(text, datetime))]


def test_a_time_without_an_offset_is_utc() -> None:
    assert seconds(datetime(2023, 11, 14, 22, 13, 20)) == 1_700_000_000.0  # noqa: DTZ001
    assert seconds(datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)) == 1_700_000_000.0


def test_no_times_are_none() -> None:
    values, refused = epochs([])

    assert (values.tolist(), refused) == ([], {})
    assert values.dtype == np.float64
