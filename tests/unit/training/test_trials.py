"""Who is guilty in a recording, and who can be called benign."""

from dataclasses import replace

from netheed.training.datasets import Recording
from netheed.training.trials import Pair, guilty, hour_of, trial, trials
from tests.connections import connection

HOST, C2 = "192.168.1.5", "203.0.113.66"


def recording(labels, *, family="iot23", every=60.0, **given):
    """A connection a minute with each of `labels`; `given` are functions of its number."""
    connections = [
        connection(
            uid=f"C{at}",
            start=every * at,
            duration=2.0,
            orig=HOST,
            **{name: made(at) for name, made in given.items()},
        )
        for at in range(len(labels))
    ]
    return Recording(name="made", family=family, connections=connections, labels=labels)


def test_the_pair_that_has_most_of_an_attack_is_guilty():
    calls = recording(["beacon"] * 12, resp=lambda at: C2 if at < 7 else f"203.0.113.{at}")

    [found] = guilty(calls)

    assert (found.host, found.kind) == (HOST, "beacon")
    assert found.pair == Pair(HOST, C2, 443, "tcp")
    assert found.peer == C2


def test_a_scan_has_no_guilty_pair():
    [found] = guilty(recording(["scan"] * 12, resp=lambda at: f"203.0.113.{at}"))

    assert found.pair is None
    assert found.peer is None


def test_few_connections_make_nobody_guilty():
    assert list(guilty(recording(["beacon"] * 9))) == []


def test_the_target_is_guilty_where_the_attacker_is_a_stranger():
    attack = [
        connection(uid=f"C{at}", start=at, orig=C2, resp=HOST, resp_port=22) for at in range(10)
    ]
    made = Recording(name="in", family="iot23", connections=attack, labels=["brute_force"] * 10)

    [found] = guilty(made)

    assert found.host == HOST
    assert found.peer == C2


def test_kinds_of_one_host_are_told_apart_in_order_of_time():
    found = list(guilty(recording(["scan"] * 10 + ["flood"] * 10 + ["benign"] * 10)))

    assert [each.kind for each in found] == ["scan", "flood"]


def test_calls_are_counted_by_their_ends():
    [found] = guilty(recording(["beacon"] * 10))

    assert found.begun == 0.0
    assert found.calls(62.0) == 1
    assert found.calls(62.5) == 2


def test_a_notice_is_about_the_guilty_host_while_the_attack_lasts():
    [found] = guilty(recording(["beacon"] * 10))

    assert found.told(HOST, 480.0, 540.0)
    assert not found.told(C2, 480.0, 540.0)
    assert not found.told(HOST, 600.0, 660.0)


def test_an_attacked_host_is_benign_nowhere():
    made = trial(recording(["scan"] + ["benign"] * 100), "iot23")

    assert not made.benign(HOST, 6000.0)
    assert made.benign("192.168.1.6", 6000.0)


def test_an_attack_that_has_no_kind_of_ours_still_is_one():
    made = recording([None] * 3)
    named = Recording(
        name="web",
        family="cicids2017",
        connections=made.connections,
        labels=made.labels,
        attacks=["Heartbleed"] * 3,
    )

    assert not trial(named, "cicids2017").benign(HOST, 60.0)


def test_a_connection_without_a_label_makes_its_hour_doubtful_and_no_other():
    made = trial(recording(["benign"] * 60 + [None] + ["benign"] * 100), "iot23")

    assert made.benign(HOST, 3600.0)
    assert not made.benign(HOST, 3660.0)
    assert made.benign(HOST, 7260.0)


def test_a_window_that_ends_with_the_hour_belongs_to_it():
    assert hour_of(3600.0) == 0
    assert hour_of(3660.0) == 1


def test_recordings_are_tried_where_their_network_can_be_held_out():
    families = ("njrat", "ctu-sme", "maccdc", "iot23", "ctu-sme+njrat")

    found = list(trials(recording(["benign"], family=family) for family in families))

    assert [each.network for each in found] == ["stratosphere", "ctu-sme", "iot23"]


def test_lateral_movement_makes_guilty_without_a_pair():
    moved = replace(
        recording([None] * 3, resp=lambda _: "192.168.1.6"),
        name="office/1+lateral",
        attacks=["lateral"] * 3,
    )

    [found] = guilty(moved)

    assert (found.host, found.kind, found.pair) == (HOST, "lateral_movement", None)


def test_what_an_implant_has_laid_counts_from_its_first_connection_on():
    held = replace(recording(["benign", "beacon"]), name="office/1+holds_open")

    [found] = guilty(held)

    assert (found.kind, len(found.ends)) == ("beacon", 1)


def test_what_hours_tell_is_right_while_the_attack_is_in_the_hours_that_they_look_at():
    [found] = guilty(recording(["beacon"] * 10))

    assert not found.told(HOST, 3480.0, 3540.0)
    assert found.told(HOST, 3480.0, 3540.0, "hours")
    assert found.told(HOST, 8 * 3600.0 - 120.0, 8 * 3600.0 - 60.0, "hours")
    assert not found.told(HOST, 8 * 3600.0, 8 * 3600.0 + 60.0, "hours")


def test_pairs_of_an_attack_are_accused_and_no_others():
    made = recording(["beacon", "benign", None], resp=lambda at: f"203.0.113.{at}")

    assert trial(made, "iot23").accused == {Pair(HOST, "203.0.113.0", 443, "tcp")}
