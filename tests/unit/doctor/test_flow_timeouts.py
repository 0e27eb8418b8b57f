import pytest

from netheed.doctor import flow_timeouts
from netheed.doctor.dumped import parsed
from netheed.doctor.findings import Level
from netheed.sources.eve_file import EveFileSettings as EveFile
from tests.installed_suricata import YAML, configured, dump
from tests.installed_zeek import Pretended, pasted

DEBIAN = {"tcp": {"new": 60, "established": 600, "closed": 60}}


def found(tmp_path, dumped, *sources, lateness=None):
    case = Pretended(tmp_path).case(settings=configured(*sources, lateness=lateness))
    (one,) = flow_timeouts.findings(case, dumped, YAML)
    return one


def test_the_longest_timeout_is_waited_for_and_a_round():
    assert flow_timeouts.lateness(dump(flow_timeouts=DEBIAN)) == 630


def test_what_is_not_configured_has_suricatas_values():
    assert flow_timeouts.lateness(parsed("")) == 330
    assert flow_timeouts.seconds(parsed(""), "tcp")["closed"] == 0


@pytest.mark.parametrize("value", ["", "x", "-1", "9" * 99, "\x1b"])
def test_a_value_that_is_no_number_is_the_usual_one(value):
    said = parsed(f"flow-timeouts.tcp.established = {value}")

    assert flow_timeouts.seconds(said, "tcp")["established"] == 300


def test_records_that_are_later_than_netheed_waits_come_with_shorter_timeouts(tmp_path):
    one = found(tmp_path, dump(flow_timeouts=DEBIAN), EveFile(lateness=330.0))

    assert (one.level, "lateness is 630" in one.what) == (Level.ADVICE, True)
    assert "flow-timeouts:" in [line for _, line in pasted([one])]


@pytest.mark.parametrize(
    ("source", "common", "level"),
    [
        (EveFile(lateness=630.0), None, Level.OK),
        (EveFile(lateness=629.0), 900.0, Level.ADVICE),
        (EveFile(), None, Level.OK),
        (EveFile(), 600.0, Level.ADVICE),
    ],
)
def test_a_source_has_a_lateness_of_its_own_or_the_common_one(tmp_path, source, common, level):
    assert found(tmp_path, dump(flow_timeouts=DEBIAN), source, lateness=common).level is level


def test_the_pasted_timeouts_are_waited_for(tmp_path):
    assert found(tmp_path, dump()).level is Level.OK
