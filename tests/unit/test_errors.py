"""Errors say where."""

from netheed.errors import BadRecordError, ConfigError


def test_a_bad_record_names_its_place_first() -> None:
    error = BadRecordError("ts is not a number", where="conn.log:12")

    assert str(error) == "conn.log:12: ts is not a number"
    assert (error.where, error.reason) == ("conn.log:12", "ts is not a number")


def test_a_configuration_error_names_the_key_first() -> None:
    assert str(ConfigError("above 1", where="triage.p_value")) == "triage.p_value: above 1"
