"""Implants are laid over hosts without touching what was recorded."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs

from netheed.training.datasets import KINDS, Recording
from netheed.training.implants import (
    BEHAVIOURS,
    JUDGED,
    LEARNED,
    Implant,
    NoRoomError,
    implanted,
)
from netheed.training.overlay import shifted
from tests.simulated import impossible
from tests.unit.training.implants.recorded import office, weeks

SEEDS = range(3)
BOTH = [LEARNED, JUDGED]


def given(behaviour: str, ranges=LEARNED, seed=1, base=None) -> tuple[Recording, Implant]:
    return implanted(base or weeks(), behaviour, ranges, np.random.default_rng(seed))


def laid(made: Recording, base: Recording) -> list:
    known = {c.uid for c in base.connections}
    return [c for c in made.connections if c.uid not in known]


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("ranges", BOTH)
def test_what_was_recorded_stays_with_its_label(behaviour, ranges):
    for seed in SEEDS:
        made, implant = given(behaviour, ranges, seed)

        pairs = list(zip(made.connections, made.labels, made.published, strict=True))
        kept = [(c, label) for c, label, name in pairs if name == "benign"]
        assert kept == [(c, "benign") for c in weeks().connections]
        added = Counter((label, name) for _, label, name in pairs if name != "benign")
        assert added == {(implant.kind, behaviour): implant.calls}
        assert (made.name, made.family, made.local) == ("base", "base", ())


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("ranges", BOTH)
def test_an_implant_is_possible_and_is_what_it_is_said_to_be(behaviour, ranges):
    for seed in SEEDS:
        made, implant = given(behaviour, ranges, seed)

        own = laid(made, weeks())
        assert {reason for c in own for reason in impossible(c)} == set()
        assert len(own) == implant.calls >= BEHAVIOURS[behaviour].fewest
        assert {c.orig for c in own} == {implant.host}
        assert implant.begin == own[0].start
        assert (implant.port, implant.proto) == (own[0].resp_port, own[0].proto)
        assert implant.peer in {None, *(c.resp for c in own)}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_the_result_is_in_order_of_time_with_unique_uids(behaviour):
    made, _ = given(behaviour)

    starts = [c.start for c in made.connections]
    assert starts == sorted(starts)
    assert len({c.uid for c in made.connections}) == len(made.connections)


def test_implants_are_laid_one_over_another():
    first, one = given("sleeps")
    second, other = given(
        "lateral", seed=2, base=replace(first, labels=["benign"] * len(first.labels))
    )

    names = Counter(second.published)
    assert (names["sleeps"], names["lateral"]) == (one.calls, other.calls)
    assert len({c.uid for c in second.connections}) == len(second.connections)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_the_same_seed_gives_the_same_implant(behaviour):
    assert given(behaviour, seed=7) == given(behaviour, seed=7)
    assert given(behaviour, seed=7) != given(behaviour, seed=8)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_the_clock_of_the_recording_is_all_that_an_implant_knows_of_time(behaviour):
    """The same network a year of 364 days later: all is the same, 364 days later."""
    year = 364 * 86_400.0
    later = shifted(weeks(), year)

    then, now = (given(behaviour, base=base)[0].connections for base in (later, weeks()))

    assert [c.start - year for c in then] == pytest.approx([c.start for c in now], abs=1e-3)


def test_where_no_service_was_known_none_is_laid():
    blind = [structs.replace(c, service=None) for c in weeks().connections]
    made, _ = given("doh", base=replace(weeks(), connections=blind))

    assert {c.service for c in made.connections} == {None}
    assert "ssl" in {c.service for c in laid(given("doh")[0], weeks())}


def test_kinds_are_those_of_the_model_but_for_lateral_movement():
    kinds = {name: behaviour.kind for name, behaviour in BEHAVIOURS.items()}

    assert {kind for name, kind in kinds.items() if name != "lateral"} == {"beacon", "dns_tunnel"}
    assert {"beacon", "dns_tunnel"} < set(KINDS)
    assert kinds["lateral"] is None


def test_an_office_of_some_hours_has_room_for_all_but_day_and_night():
    without = set()
    for behaviour in BEHAVIOURS:
        try:
            given(behaviour, base=office())
        except NoRoomError:
            without.add(behaviour)

    assert without == {"office_hours", "nights"}
