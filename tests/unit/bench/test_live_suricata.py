"""Which part of a notice's delay is whose."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.live_suricata import PACES, Flow, Growing, Line, told
from netheed.doctor import flow_timeouts
from tests.installed_suricata import dump

MINUTE = 1_700_000_040.0
END = "2023-11-14T22:15:00.000000+0000"


def notice(at: float) -> Line:
    return Line(at, {"timestamp": END}, b"")


def test_a_window_closes_with_the_third_record_that_began_after_the_lateness() -> None:
    due = MINUTE + 60.0 + 15.0
    flows = [Flow(due + 3 + at, due + start, due + 1) for at, start in enumerate((-9, 0.1, 0.2, 1))]

    (one,) = told([notice(due + 7.5)], flows, 15.0)

    assert (one.due, one.reached - one.due, one.at - one.due) == (due, 6.0, 7.5)


def test_a_notice_before_its_time_is_refused() -> None:
    flows = [Flow(MINUTE + 61, MINUTE + 1, MINUTE + 2)] * 4

    with pytest.raises((StopIteration, RuntimeError)):
        told([notice(MINUTE + 62)], flows, 15.0)


def test_the_lateness_is_the_one_that_the_doctor_wants_for_its_own_stanza() -> None:
    proposed = PACES["proposed"]
    stanza = {name: dict(states) for name, states in proposed.timeouts.items()}

    assert proposed.lateness == flow_timeouts.lateness(dump(flow_timeouts=stanza)) == 150


def test_traffic_lasts_until_the_windows_can_close_and_a_record_says_so() -> None:
    proposed = PACES["proposed"]

    assert proposed.traffic(MINUTE, 2) == 120 + 150 + 25
    assert proposed.traffic(MINUTE + 30, 2) == 90 + 150 + 25
    assert proposed.traffic(MINUTE + 50, 2) == 130 + 150 + 25


def test_a_line_is_taken_when_it_is_whole(tmp_path: Path) -> None:
    growing = Growing(tmp_path / "eve.json")
    growing.look()
    records: list[dict[str, Any]] = [{"a": 1}, {"a": 2}]
    text = "".join(json.dumps(record) + "\n" for record in records)
    for until in (9, len(text)):
        growing.path.write_text(text[:until])
        growing.look()
    growing.close()

    assert [line.record for line in growing.lines] == records
