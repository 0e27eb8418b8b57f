"""What logs of names say of an implant."""

from dataclasses import replace

import numpy as np
import pytest

from netheed.core.generated import generated
from netheed.records import Naming
from netheed.training.implants import JUDGED, LEARNED, implanted
from netheed.training.implants.naming import namings_of
from tests.connections import connection
from tests.names import naming
from tests.unit.training.implants.recorded import weeks

SEEDS = range(60)
KNOWN = [
    naming(name="news.example", kind="http_host", agent="Common/1"),
    naming(name="mail.example", kind="sni", ja3="0c0c", issuer="CN=Some CA"),
]
CALLS = [connection(start=1e9 + 600 * n, duration=1.0) for n in range(12)]


def drawn(seed: int, ranges=LEARNED, calls=CALLS) -> list[Naming]:
    return namings_of(KNOWN, calls, ranges, np.random.default_rng(seed))


def names(said: list[Naming]) -> set[str]:
    return {one.name for one in said if one.name}


@pytest.mark.parametrize("ranges", [LEARNED, JUDGED])
def test_some_call_an_address_and_some_a_name_that_was_asked_for_before(ranges):
    found = [drawn(seed, ranges) for seed in SEEDS]
    asked = [one for one in found if names(one)]

    assert 0.25 < 1 - len(asked) / len(found) < 0.75
    for said in asked:
        answers = [one for one in said if one.kind == "dns"]
        assert len(names(said)) == 1
        assert answers[0].time < CALLS[0].start
        assert {(one.host, one.peer) for one in answers} == {("10.0.0.5", "203.0.113.9")}


def test_a_bare_address_shows_its_marks_and_no_name():
    bare = next(said for said in map(drawn, SEEDS) if not names(said))

    assert {(one.kind, one.name) for one in bare} == {("sni", None)}
    assert all(one.ja3 and one.issuer for one in bare)


def test_only_marks_that_the_sensor_logs_are_shown():
    assert {one.ja4 for seed in SEEDS for one in drawn(seed)} == {None}


def test_some_show_what_the_site_shows_and_some_what_it_never_saw():
    shown = {one.ja3 for seed in SEEDS for one in drawn(seed) if one.ja3}

    assert "0c0c" in shown
    assert len(shown) > 10


def test_names_are_words_random_or_known_already():
    found = [name for seed in SEEDS for name in names(drawn(seed))]

    assert {"news.example", "mail.example"} & set(found)
    assert any(generated(name) > 0.7 for name in found)
    assert any(generated(name) < 0.4 and "example" not in name for name in found)


def test_no_made_name_of_judging_is_one_of_learning():
    learned, judged = (
        {name for seed in range(300) for name in names(drawn(seed, ranges))} - {"news.example"}
        for ranges in (LEARNED, JUDGED)
    )
    ends = {name.rpartition(".")[2] for name in learned} & {
        name.rpartition(".")[2] for name in judged
    }
    assert ends <= {"example"}


def test_where_nothing_is_spoken_the_server_is_named_by_dns_alone():
    calls = [connection(start=1e9 + 600 * n, service=None, resp_port=5888) for n in range(12)]

    kinds = {one.kind for seed in SEEDS for one in drawn(seed, calls=calls)}
    assert kinds == {"dns"}


def test_a_recording_with_names_has_those_of_its_implant_beside_its_own(base_weeks):
    made, implant = implanted(base_weeks, "sleeps", LEARNED, np.random.default_rng(3))

    own = [one for one in made.namings if one not in base_weeks.namings]
    assert made.namings[: len(base_weeks.namings)] == base_weeks.namings
    assert {(one.host, one.peer) for one in own} == {(implant.host, implant.peer)}


def test_a_recording_without_names_gets_none(base_weeks):
    bare = replace(base_weeks, namings=())

    assert implanted(bare, "sleeps", LEARNED, np.random.default_rng(3))[0].namings == ()


@pytest.fixture
def base_weeks():
    return replace(weeks(), namings=tuple(KNOWN))
