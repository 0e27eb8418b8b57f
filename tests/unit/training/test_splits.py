"""No split lets the detector see what it is tested on."""

import numpy as np
import pytest

from netheed.training import splits
from netheed.training.corpus import SIMULATED, Corpus
from netheed.training.datasets import CICIDS_LABELS, KINDS
from netheed.training.examples import UNLABELLED
from netheed.training.splits import NETWORKS, ROLES, inner, kind_of, names, parted, split_of
from tests.corpora import HOSTS, corpus, examples


def vectors_of(made):
    return {row.tobytes() for row in made.vectors}


@pytest.mark.parametrize(("protocol", "name"), list(names()), ids="-".join)
def test_no_window_is_learned_from_and_tested(protocol, name):
    split = split_of(corpus(), protocol, name, 0)

    tested = split.test.only(split.test.tested)
    assert len(tested.label)
    assert not vectors_of(split.train) & vectors_of(tested)


@pytest.mark.parametrize("network", list(NETWORKS))
def test_nothing_of_a_held_out_network_is_learned_from_or_calibrates(network):
    whole = corpus()
    held = Corpus(tuple(p for p in whole.pieces if p.families & set(NETWORKS[network])))

    split = split_of(whole, "2", network, 0)

    assert not vectors_of(held.examples) & vectors_of(split.train)
    assert not vectors_of(held.examples) & vectors_of(split.calibration)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_no_window_of_a_held_out_family_is_learned_from(kind):
    split = split_of(corpus(), "2-family", kind, 0)

    assert (split.train.label != KINDS.index(kind)).all()


def test_of_a_held_out_family_only_its_attacks_are_asked_for():
    split = split_of(corpus(), "2-family", "scan", 0)

    assert set(split.test.attack) == {"", "benign", "scan"}


def test_a_calibrating_recording_is_not_learned_from():
    learned, beside = parted(corpus().learned(roles=ROLES))

    names = {p.name for p in beside.pieces}
    assert f"{SIMULATED}/18#1" in names
    assert "m57/conn" in names
    assert not names & {p.name for p in learned.pieces}
    assert not any(p.name.startswith("m57") for p in learned.pieces)


def test_by_day_the_later_days_are_tested():
    split = split_of(corpus(), "1ii", "by day", 0)

    assert split.train.end.max() < split.test.end.min()


def test_grouped_hours_of_a_host_are_not_torn_apart():
    split = split_of(corpus(), "1i", "grouped", 3)

    hours = [
        set(zip(part.host, (part.end // 3600).tolist(), strict=True))
        for part in (split.train, split.test)
    ]
    assert all(hours)
    assert not hours[0] & hours[1]


def test_a_window_equal_to_a_learned_one_is_not_counted():
    same = examples(1, attack="scan")

    split = splits._without_twins("1i", "x", same, same)

    assert not split.test.tested.any()
    assert split.note == f"{len(same.label)} test windows equal a training window: not counted"


def test_a_part_to_choose_settings_by_has_every_kind_that_stands_twice():
    train = corpus().learned(roles=ROLES).examples

    for seed in range(5):
        learned, beside = inner(train, seed)
        assert set(np.unique(learned.label)) >= {KINDS.index("scan"), KINDS.index("beacon")}
        assert set(np.unique(beside.label)) >= {KINDS.index("scan"), KINDS.index("beacon")}
        assert len(learned.label) + len(beside.label) == len(train.label)


def test_few_recordings_are_divided_by_hour():
    made = examples(1, attack="scan", minutes=600)

    learned, beside = inner(made, 0)

    assert len(set(beside.track.tolist())) == pytest.approx(10 * HOSTS / 3, abs=2)
    assert not {(h, e // 3600) for h, e in zip(learned.host, learned.end, strict=True)} & {
        (h, e // 3600) for h, e in zip(beside.host, beside.end, strict=True)
    }


def test_published_names_become_kinds_of_ours():
    names = np.array(["benign", "scan", "DDoS", next(iter(CICIDS_LABELS)), "never heard of"])

    codes = kind_of(names)

    assert codes[:3].tolist() == [0, KINDS.index("scan"), KINDS.index("flood")]
    assert codes[-1] == UNLABELLED
