"""A real Suricata replays the sample; each of its outputs brings netheed every flow, once."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from bench import replay
from bench.replay import Told
from tests.redis_server import find_redis

SLICES = 4
IN_ORDER = ("renamed", "copied", "socket", "redis")
"""Outputs in which all flows stand in one order, as in the file that nobody touches."""


@pytest.fixture(scope="module")
def replayed(suricata: Path) -> Iterator[tuple[int, dict[str, Told], list[str]]]:
    """The flows that Suricata wrote, what each netheed made of them, what `score` says of them."""
    find_redis()
    with replay.in_folder() as folder:
        captures = replay.slices(folder, SLICES)
        flows, told = replay.replayed(captures, list(replay.OUTPUTS), folder, suricata)
        yield flows, {one.output: one for one in told}, replay.scored(folder)


Replayed = tuple[int, dict[str, Told], list[str]]


@pytest.mark.parametrize("output", replay.OUTPUTS)
def test_every_flow_is_taken_in_once_across_rotations_and_a_kill(
    replayed: Replayed, output: str
) -> None:
    flows, told, _ = replayed

    assert flows > 9000
    assert (told[output].connections, told[output].bad, told[output].lost) == (flows, 0, {})


@pytest.mark.parametrize("output", IN_ORDER)
def test_the_notices_are_those_of_a_file_that_was_never_rotated(
    replayed: Replayed, output: str
) -> None:
    _, told, scored = replayed
    ids = told[output].ids

    assert len(ids) >= 10
    assert ids == scored[: len(ids)]


def test_threads_that_write_a_file_each_bring_notices_too(replayed: Replayed) -> None:
    _, told, _ = replayed

    assert len(told["threaded"].ids) >= 10
    assert len({*told["threaded"].ids}) == len(told["threaded"].ids)


@pytest.mark.parametrize("version", ["7.0.10", "8.0.6"])
def test_what_stands_in_the_eve_file_is_valid_under_suricatas_schema(
    replayed: Replayed, shared: Path, version: str
) -> None:
    schema = json.loads((shared / "schemas" / f"suricata-{version}.json").read_bytes())
    validator = Draft7Validator(schema)
    _, told, _ = replayed
    alerts = [alert for one in told.values() for alert in one.alerts]

    wrong = [error.message for alert in alerts for error in validator.iter_errors(alert)]

    assert len(alerts) >= 40
    assert wrong == []
