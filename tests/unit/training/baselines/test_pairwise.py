"""Pairs as a table: what is in it, what is not, and who comes out first."""

import numpy as np

from netheed.records import Outcome
from netheed.training.baselines.pairwise import (
    COLUMNS,
    by_host,
    by_rita,
    forest,
    pairs_of,
    rank,
)
from netheed.training.datasets import Recording
from netheed.training.trials import Pair
from tests.connections import connection

HOST, C2 = "192.168.1.5", "203.0.113.66"


def browsing(peers: int = 12) -> list:
    """Some calls to each of many peers, at random times and of random sizes, for a day."""
    rng = np.random.default_rng(3)
    return [
        connection(
            start=float(start),
            orig=HOST,
            resp=f"198.51.100.{peer}",
            orig_bytes=int(rng.lognormal(7, 1)),
            resp_bytes=int(rng.lognormal(9, 1)),
            duration=float(rng.lognormal(0, 1)),
        )
        for peer in range(peers)
        for start in rng.uniform(0, 86_400, 10)
    ]


def calling(**given: object) -> list:
    """A call every two minutes for a day."""
    fields = {"orig": HOST, "resp": C2, "orig_bytes": 300, "resp_bytes": 200, "duration": 0.1}
    return [connection(start=120.0 * at, **fields | given) for at in range(720)]


def recorded(connections: list, label: str | None = "benign") -> Recording:
    labels: list[str | None] = [label] * len(connections)
    return Recording(name="made", family="made", connections=connections, labels=labels)


def column(table: np.ndarray, name: str) -> np.ndarray:
    return table[:, COLUMNS.index(name)]


def test_pairs_of_few_connections_are_left_out():
    made = pairs_of(recorded([*calling()[:3], *calling(resp_port=80)[:4]]))

    assert made.pairs == (Pair(HOST, C2, 80, "tcp"),)


def test_a_recording_without_such_pairs_has_an_empty_table():
    made = pairs_of(recorded(calling()[:2]))

    assert made.table.shape == (0, len(COLUMNS))
    assert by_rita(made).tolist() == by_host(made).tolist() == []


def test_the_table_says_how_a_pair_calls():
    made = pairs_of(recorded(calling(outcome=Outcome.REFUSED)))

    assert column(made.table, "connections, log")[0] == np.log1p(720)
    assert column(made.table, "median gap, log seconds")[0] == np.log1p(120)
    assert column(made.table, "spread of gaps")[0] == 0
    assert column(made.table, "share failed")[0] == 1
    assert column(made.table, "hours active, log")[0] == np.log1p(24)


def test_addresses_originators_ports_and_the_date_are_not_in_the_table():
    here = pairs_of(recorded(calling()))
    moved = [connection(start=c.start + 30 * 86_400.0, orig="10.9.9.9", resp="192.0.2.1",
                        orig_port=1, orig_bytes=300, resp_bytes=200, duration=0.1)
             for c in calling()]  # fmt: skip

    assert np.allclose(pairs_of(recorded(moved)).table, here.table)


def test_the_host_is_the_local_end():
    inbound = [connection(start=float(at), orig=C2, resp=HOST) for at in range(4)]

    assert pairs_of(recorded(inbound)).hosts == (HOST,)


def test_a_pair_is_benign_when_every_connection_is():
    two = [*calling()[:5], *calling(resp_port=80)[:5]]
    labels = ["benign"] * 5 + ["benign"] * 4 + [None]
    made = Recording(name="made", family="made", connections=two, labels=labels)

    assert pairs_of(made).benign.tolist() == [True, False]


def ranked(ranker) -> int:
    made = pairs_of(recorded([*browsing(), *calling()]))
    scores = dict(zip(made.pairs, ranker(made).tolist(), strict=True))
    return rank(scores, Pair(HOST, C2, 443, "tcp"), len(made.pairs))


def test_a_clock_among_browsing_is_first_for_all_three():
    usual = pairs_of(recorded(browsing(40)))

    assert ranked(by_rita) == 1
    assert ranked(by_host) == 1
    assert ranked(forest(usual.table, seed=0)) == 1


def test_a_host_with_few_pairs_has_none_that_stands_out():
    made = pairs_of(recorded([*browsing(2), *calling()]))

    assert np.isneginf(by_host(made)).all()


def test_equal_scores_count_against_a_pair():
    scores = {Pair(HOST, C2, port, "tcp"): 1.0 for port in (1, 2, 3)}

    assert rank(scores, Pair(HOST, C2, 1, "tcp"), 5) == 3


def test_a_pair_of_which_nothing_is_said_has_the_last_place_of_all():
    scores = {Pair(HOST, C2, 1, "tcp"): -np.inf, Pair(HOST, C2, 2, "tcp"): 0.5}

    assert rank(scores, Pair(HOST, C2, 1, "tcp"), 5) == 5
    assert rank(scores, Pair(HOST, C2, 9, "tcp"), 5) == 5
