import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core.hour_vector import HOURS
from netheed.core.vector import FEATURES
from netheed.sinks.formats.why import _UNITS, driver_sentence, reasons
from tests.makers import make_driver, make_notice


def shown(unit: str, value: float) -> str:
    """The value alone: the word between the feature's name and the ranges."""
    sentence = driver_sentence(make_driver(feature="it", unit=unit, value=value))
    return sentence.removeprefix("it ").split(" (")[0]


def test_a_sentence_has_value_usual_range_and_peers():
    assert driver_sentence(make_driver()) == "new destinations 212 (usually 2-14, peers 1-20)"


def test_a_sentence_without_peers_leaves_them_out():
    sentence = driver_sentence(make_driver(peers_low=None, peers_high=None))

    assert sentence == "new destinations 212 (usually 2-14)"


def test_a_range_from_the_model_is_not_called_the_host_s_own():
    assert "(hosts usually 2-14" in driver_sentence(make_driver(usual_from="model"))


def test_a_range_without_width_is_one_number():
    assert "(usually 3," in driver_sentence(make_driver(usual_low=3.0, usual_high=3.0))


@pytest.mark.parametrize(
    ("unit", "low", "high", "span"),
    [
        ("share", 0.0, 0.4, "0-40%"),
        ("bytes", 2000.0, 14_000.0, "2-14 kB"),
        ("bytes", 200.0, 14_000.0, "200 B-14 kB"),
        ("seconds", 302.0, 370.0, "5m02s-6m10s"),
        ("seconds", 1.0, 2.0, "1-2 s"),
    ],
)
def test_a_range_says_its_unit_once(unit: str, low: float, high: float, span: str):
    sentence = driver_sentence(make_driver(unit=unit, usual_low=low, usual_high=high))

    assert f"(usually {span}," in sentence


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("count", 0.0, "0"),
        ("count", 3.26, "3.3"),
        ("count", 0.0341, "0.034"),
        ("count", 1234567.0, "1,234,567"),
        ("count", 1e300, "1e+300"),
        ("bytes", 999.0, "999 B"),
        ("bytes", 1500.0, "1.5 kB"),
        ("bytes", 999_999.0, "1 MB"),
        ("bytes", 2.5e15, "2,500 TB"),
        ("seconds", 0.25, "0.25 s"),
        ("seconds", 59.9, "1m00s"),
        ("seconds", 302.0, "5m02s"),
        ("seconds", 7500.0, "2h05m"),
        ("seconds", 200_000.0, "2d07h"),
        ("hours", 2.5, "2h30m"),
        ("share", 0.98, "98%"),
        ("share", 0.07, "7%"),
        ("share", 1e300, "1e+302%"),
        ("share", 0.004, "0.4%"),
        ("share", 0.0, "0%"),
        ("nats", 0.125, "0.12"),
        ("widgets", 4.0, "4 widgets"),
        ("count", math.nan, "?"),
        ("seconds", math.inf, "?"),
    ],
)
def test_values_are_shown_in_units_for_people(unit: str, value: float, text: str):
    assert shown(unit, value) == text


@settings(max_examples=500)
@given(st.sampled_from([*_UNITS, "other"]), st.floats(), st.floats(), st.floats())
def test_any_number_in_any_unit_makes_a_short_sentence(
    unit: str, value: float, low: float, high: float
):
    driver = make_driver(unit=unit, value=value, usual_low=low, usual_high=high)

    assert len(driver_sentence(driver)) < 200


def test_every_unit_of_a_feature_is_known():
    assert {feature.unit for feature in FEATURES.values()} <= set(_UNITS)


def test_a_reason_names_its_feature_in_the_words_of_the_vector():
    assert driver_sentence(make_driver(feature="beats")).startswith(
        "beats of its most regular pair 212 ("
    )


def test_a_feature_of_a_model_to_come_is_named_with_spaces():
    assert driver_sentence(make_driver(feature="of_tomorrow")).startswith("of tomorrow 212 (")


def test_reasons_are_the_first_three():
    drivers = tuple(make_driver(feature=name) for name in ("one", "two", "three", "four"))

    said = reasons(make_notice(drivers=drivers))

    assert said.count(";") == 2
    assert "three 212" in said
    assert "four" not in said


def test_a_notice_without_drivers_has_no_reasons():
    assert reasons(make_notice(drivers=())) == ""


@pytest.mark.parametrize(
    ("scale", "sentence"),
    [
        ("minute", "connections out 212 (hosts usually"),
        ("pair", "connections out 212 (pairs usually"),
        ("hours", "connections out 212 (hosts usually"),
    ],
)
def test_whose_range_it_is_depends_on_the_scale(scale: str, sentence: str):
    driver = make_driver(feature="connections_out", usual_from="model")

    assert driver_sentence(driver, scale).startswith(sentence)


def test_what_hours_read_is_named_by_its_words():
    driver = make_driver(feature="new_remote", usual_from="model")

    assert driver_sentence(driver, "hours").startswith(f"{HOURS['new_remote'].words} 212")
