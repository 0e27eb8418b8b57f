"""The ranking of pairs, whatever the threshold of notices is."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from netheed.beacons import Ranking
from netheed.core.features import HostWindows
from netheed.core.names import Names
from netheed.pipeline import LifeScores, ScoredTick, Scores
from netheed.records import Beacon, Connection
from tests.connections import connection, host_windows
from tests.names import named, naming

START = 1_700_000_040.0
"""On the minute."""
KINDS = ("benign", "scan", "beacon")


def calls(number: int = 4, *, every: float = 120.0, **given: Any) -> list[Connection]:
    """Of one pair; four are looked at once, with the fourth."""
    return [connection(start=START + every * n, **given) for n in range(number)]


def scored(windows: HostWindows, scores: Sequence[float], kind: str) -> ScoredTick:
    lives, hosts = len(windows.lives), len(windows.names)
    kinds = np.zeros((lives, len(KINDS)), dtype=np.float32)
    kinds[:, KINDS.index(kind)] = 1.0
    score = np.array(scores, dtype=np.float32)
    verdicts = Scores(
        score=np.zeros(hosts, dtype=np.float32),
        p_values=np.full((3, hosts), 0.5),
        kinds=np.zeros((hosts, len(KINDS)), dtype=np.float32),
        names=KINDS,
        surprise=np.zeros(hosts, dtype=np.float32),
        pairs=LifeScores(score, np.exp(-score.astype(np.float64)), kinds, KINDS),
        worst_pair=np.full(hosts, -1),
        hours=LifeScores.unknown(0, KINDS),
        own_hours=np.full(hosts, -1),
    )
    return ScoredTick(windows, verdicts, [])


def ticks(
    connections: list[Connection], *scores: float, kinds: Sequence[str] = ()
) -> Iterator[ScoredTick]:
    """The looks get these scores in the order of time, those of one minute alike; then the last."""
    looked = 0
    for windows in host_windows(sorted(connections, key=lambda c: c.start)):
        place = min(looked, len(scores) - 1)
        kind = kinds[place] if kinds else "beacon"
        yield scored(windows, [scores[place]] * len(windows.lives), kind)
        looked += len(windows.lives) > 0


def ranked(*runs: Iterator[ScoredTick], most: int = 100, names: Names | None = None) -> Ranking:
    ranking = Ranking(most, names or Names())
    for run in runs:
        ranking.take(run)
    return ranking


def of(ranking: Ranking) -> Beacon:
    (found,) = ranking.ranked()
    return found


def apart(peers: Sequence[str], scores: Sequence[float]) -> list[Iterator[ScoredTick]]:
    """A run for each peer, whose pair gets one score."""
    return [ticks(calls(resp=p), score) for p, score in zip(peers, scores, strict=True)]


def test_a_pair_that_is_looked_at_again_is_listed_once() -> None:
    assert len(ranked(ticks(calls(30), 1.0)).ranked()) == 1


def test_the_facts_are_those_of_the_last_look() -> None:
    early, late = of(ranked(ticks(calls(4), 1.0))), of(ranked(ticks(calls(6), 5.0, 1.0)))

    assert (early.connections, late.connections) == (4, 6)
    assert late.last_seen == early.last_seen + 240.0
    assert late.first_seen == pytest.approx(early.first_seen, abs=1.0)


@pytest.mark.parametrize("scores", [(5.0, 1.0), (1.0, 5.0)], ids=["falls", "rises"])
def test_the_score_is_the_highest_of_all_looks(scores: tuple[float, ...]) -> None:
    assert of(ranked(ticks(calls(6), *scores))).score == 5.0


@pytest.mark.parametrize("scores", [(5.0, 1.0), (1.0, 5.0)], ids=["falls", "rises"])
def test_p_value_and_class_are_those_of_the_highest_score(scores: tuple[float, ...]) -> None:
    kinds = ["beacon" if score == 5.0 else "scan" for score in scores]

    found = of(ranked(ticks(calls(6), *scores, kinds=kinds)))

    assert (found.kind, found.p_value) == ("beacon", pytest.approx(np.exp(-5.0)))


def test_the_oddest_come_first() -> None:
    peers = ["203.0.113.1", "203.0.113.2", "203.0.113.3"]

    ranking = ranked(*apart(peers, [1.0, 3.0, 2.0]))

    assert [found.score for found in ranking.ranked()] == [3.0, 2.0, 1.0]


def test_equal_scores_stand_by_host_and_peer() -> None:
    pairs = [("10.0.0.6", "203.0.113.1"), ("10.0.0.5", "203.0.113.2"), ("10.0.0.5", "203.0.113.1")]
    runs = [ticks(calls(orig=host, resp=peer), 1.0) for host, peer in pairs]

    found = ranked(*runs).ranked()

    assert [(beacon.host, beacon.peer) for beacon in found] == sorted(pairs)


def test_past_the_most_pairs_those_of_the_lowest_scores_are_left_out() -> None:
    peers = [f"203.0.113.{n}" for n in range(1, 6)]

    ranking = ranked(*apart(peers, [3.0, 1.0, 5.0, 2.0, 4.0]), most=2)

    assert [found.score for found in ranking.ranked()] == [5.0, 4.0]


def test_what_is_left_out_is_counted() -> None:
    ranking = ranked(*apart([f"203.0.113.{n}" for n in range(1, 8)], [1.0] * 7), most=2)

    ranking.ranked()

    assert ranking.left_out == 5


def test_a_pair_that_was_left_out_and_comes_again_is_counted_once() -> None:
    odd = ticks(calls(resp="203.0.113.1"), 9.0)
    often = [ticks(calls(resp=f"203.0.113.{n}"), 1.0) for n in (2, 3, 2, 3, 2, 3)]

    ranking = ranked(odd, *often, most=1)

    assert len(ranking.ranked()) == 1
    assert ranking.left_out == 2


def test_a_pair_that_was_left_out_and_is_kept_in_the_end_is_not_counted() -> None:
    runs = [ticks(calls(resp=f"203.0.113.{n}"), score) for n, score in ((1, 5), (2, 4), (3, 1))]

    ranking = ranked(*runs, ticks(calls(resp="203.0.113.3"), 9.0), most=1)

    assert [found.score for found in ranking.ranked()] == [9.0]
    assert ranking.left_out == 2


def with_p(run: Iterator[ScoredTick], p_value: float) -> Iterator[ScoredTick]:
    """The same looks with another p-value."""
    for tick in run:
        tick.scores.pairs.p_value[:] = p_value
        yield tick


def test_the_least_p_value_comes_first_whatever_the_scores() -> None:
    p_values = {"203.0.113.1": 0.2, "203.0.113.2": 0.01, "203.0.113.3": 0.2}
    runs = apart(list(p_values), [5.0, 1.0, 6.0])

    found = ranked(*map(with_p, runs, p_values.values())).ranked()

    assert [beacon.p_value for beacon in found] == [0.01, 0.2, 0.2]
    assert [beacon.score for beacon in found] == [1.0, 6.0, 5.0]


def test_a_pair_that_the_model_cannot_judge_comes_last() -> None:
    unknown = ticks(calls(resp="203.0.113.1"), np.nan)

    found = ranked(unknown, ticks(calls(resp="203.0.113.2"), -5.0)).ranked()

    assert [beacon.peer for beacon in found] == ["203.0.113.2", "203.0.113.1"]


@pytest.mark.parametrize("scores", [(np.nan, 1.0), (1.0, np.nan)], ids=["first", "last"])
def test_a_look_that_says_nothing_takes_no_score_away(scores: tuple[float, ...]) -> None:
    assert of(ranked(ticks(calls(6), *scores))).score == 1.0


def test_only_pairs_with_a_peer_outside_are_listed_where_that_is_asked_for() -> None:
    ranking = Ranking(100, Names(), external=True)
    for peer in ("10.0.0.9", "203.0.113.9"):
        ranking.take(ticks(calls(resp=peer), 1.0))

    assert [found.peer for found in ranking.ranked()] == ["203.0.113.9"]
    assert ranking.left_out == 0


def test_only_pairs_of_some_hosts_are_listed_where_they_are_asked_for() -> None:
    ranking = Ranking(100, Names(), hosts=frozenset({"10.0.0.5", "10.0.0.7"}))
    for host in ("10.0.0.5", "10.0.0.6", "10.0.0.7"):
        ranking.take(ticks(calls(orig=host), 1.0))

    assert [found.host for found in ranking.ranked()] == ["10.0.0.5", "10.0.0.7"]


def test_no_more_than_twice_the_most_pairs_are_held() -> None:
    ranking = ranked(*apart([f"203.0.113.{n}" for n in range(1, 30)], [1.0] * 29), most=2)

    assert len(ranking._pairs) <= 4


def test_the_name_of_the_peer_stands_beside() -> None:
    names = Names()
    names.take(named(naming(time=START)))
    names.learn(START + 60.0)

    assert of(ranked(ticks(calls(), 1.0), names=names)).peer_name == "cdn.example"


def test_a_peer_without_a_name_has_none() -> None:
    assert of(ranked(ticks(calls(), 1.0))).peer_name is None


def test_a_pair_of_three_connections_is_not_listed() -> None:
    assert ranked(ticks(calls(3), 1.0)).ranked() == []


def test_a_single_connection_of_half_an_hour_is_listed() -> None:
    found = of(ranked(ticks([connection(start=START, duration=1800.0)], 1.0)))

    assert found.connections == 1


def test_two_services_of_a_peer_are_two_pairs() -> None:
    web, login = calls(resp_port=443), calls(resp_port=22, service="ssh")

    found = ranked(ticks([*web, *login], 1.0)).ranked()

    assert [(beacon.port, beacon.service) for beacon in found] == [(22, "ssh"), (443, "ssl")]


def test_a_metronome_has_its_period_and_no_jitter() -> None:
    found = of(ranked(ticks(calls(30), 1.0)))

    assert found.period == pytest.approx(120.0, rel=0.01)
    assert found.jitter == pytest.approx(0.0, abs=0.01)


def test_below_four_gaps_there_is_neither_period_nor_jitter() -> None:
    found = of(ranked(ticks(calls(4), 1.0)))

    assert (found.period, found.jitter) == (None, None)


def test_connections_of_one_size_are_all_the_same() -> None:
    assert of(ranked(ticks(calls(30), 1.0))).size_sameness == pytest.approx(1.0, abs=0.01)


def test_connections_of_many_sizes_are_less_the_same() -> None:
    sizes = [connection(start=START + 120 * n, orig_bytes=100 * 3 ** (n % 5)) for n in range(30)]

    assert of(ranked(ticks(sizes, 1.0))).size_sameness < 0.5


def test_an_hour_without_a_connection_lowers_persistence() -> None:
    steady, rare = calls(12, every=3600.0), calls(12, every=7200.0)

    assert of(ranked(ticks(steady, 1.0))).persistence == pytest.approx(1.0)
    assert of(ranked(ticks(rare, 1.0))).persistence == pytest.approx(0.5, abs=0.05)


def test_all_hosts_that_met_the_peer_are_counted() -> None:
    others = [connection(start=START, orig=f"10.0.0.{n}") for n in (6, 7)]

    assert of(ranked(ticks([*calls(), *others], 1.0))).peer_hosts == 3
