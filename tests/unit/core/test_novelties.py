"""What is new to a host, and how many hosts know a peer."""

import numpy as np

from netheed.core.novelties import A_WINDOW, Met, Novelties
from netheed.core.rows import HostRows
from netheed.core.segments import Floats
from netheed.core.windows import ticks_of
from netheed.records import Connection
from tests.connections import WORDS, columns, connection


def learn(memory: Novelties, connections: list[Connection]) -> tuple[dict[str, list[float]], Met]:
    """All their minutes in one call: what each window has that is new, and who met which peer."""
    new, met, _ = learned(memory, connections)
    return new, met


def learned(
    memory: Novelties, connections: list[Connection]
) -> tuple[dict[str, list[float]], Met, Met]:
    """Likewise, and who used which port."""
    ticks = list(ticks_of(columns(connections)))
    rows, _ = HostRows.of(ticks, 100)
    ends = np.array([tick.end for tick in ticks])[rows.tick]
    new, met, used = memory.learn(rows, ends)
    return {name: counts.tolist() for name, counts in new.items()}, met, used


def at(minute: int, **given: object) -> Connection:
    return connection(start=1_700_000_000.0 + 60 * minute, duration=None, **given)


def test_a_thing_is_new_in_the_first_minute_only() -> None:
    new, _ = learn(Novelties(1000, 1000), [at(0), at(1), at(1, resp_port=22), at(2, resp_port=22)])

    assert new["new_peers"] == [1, 0, 0]
    assert new["new_ports"] == [1, 1, 0]
    assert new["new_destinations"] == [1, 1, 0]


def test_what_was_new_in_one_call_is_known_in_the_next() -> None:
    memory = Novelties(1000, 1000)
    learn(memory, [at(0)])

    new, _ = learn(memory, [at(1), at(1, resp="203.0.113.10")])

    assert new["new_peers"] == [1]


def test_a_peer_is_known_by_the_hosts_that_had_met_it_by_then() -> None:
    memory = Novelties(1000, 1000)
    hosts = [at(minute, orig=f"10.0.0.{minute + 1}") for minute in range(4)]
    _, met = learn(memory, hosts)
    peer = np.full(4, WORDS["203.0.113.9"], dtype=np.uint64)

    assert memory.knowing(peer, np.arange(4), met).tolist() == [1, 2, 3, 4]
    assert memory.knowing(np.array([5], dtype=np.uint64), np.array([0]), met).tolist() == [1]


def test_long_after_a_peer_was_met_it_is_known_by_as_many_whoever_met_another() -> None:
    memory = Novelties(1000, 1000)
    peers = ("203.0.113.7", "203.0.113.8", "203.0.113.9")
    first = [at(0, resp=peer) for peer in peers]
    later = [at(minute, orig="10.0.0.6", resp=peers[1]) for minute in range(1, 6)]
    _, met = learn(memory, first + later)
    words = np.array([WORDS[peer] for peer in peers], dtype=np.uint64)

    known = [memory.knowing(words, np.full(3, tick), met).tolist() for tick in range(6)]

    assert known == [[1, 1, 1], *[[1, 2, 1]] * 5]


def test_before_the_only_minute_with_something_new_nobody_had_met_it() -> None:
    memory = Novelties(1000, 1000)
    learn(memory, [at(0)])
    known_peer = [at(minute) for minute in range(1, 6)]
    _, met = learn(memory, [*known_peer, at(3, orig="10.0.0.6")])
    peer = np.full(5, WORDS["203.0.113.9"], dtype=np.uint64)

    assert memory.knowing(peer, np.arange(5), met).tolist() == [1, 1, 2, 2, 2]


def using(memory: Novelties, used: Met, *ports: int, tick: int) -> Floats:
    return memory.using(np.array(ports, dtype=np.uint64), np.full(len(ports), tick), used)


def test_a_port_is_used_by_the_hosts_that_had_begun_a_connection_to_it_by_then() -> None:
    memory = Novelties(1000, 1000)
    hosts = [at(minute, orig=f"10.0.0.{minute + 1}") for minute in range(4)]
    _, _, used = learned(memory, hosts)

    assert [using(memory, used, 443, tick=tick).tolist() for tick in range(4)] == [
        [1],
        [2],
        [3],
        [4],
    ]


def test_a_host_that_uses_a_port_again_is_one_host() -> None:
    memory = Novelties(1000, 1000)
    _, _, used = learned(memory, [at(0), at(1, resp="203.0.113.10"), at(2)])

    assert using(memory, used, 443, tick=2).tolist() == [1]


def test_hosts_that_use_a_port_are_counted_whatever_the_protocol_with_which_they_began() -> None:
    memory = Novelties(1000, 1000)
    both = [
        at(minute, orig=orig, proto=proto)
        for minute, proto in enumerate(("tcp", "udp"))
        for orig in ("10.0.0.5", "10.0.0.6")
    ]
    _, _, used = learned(memory, both)

    assert using(memory, used, 443, tick=1).tolist() == [2]


def test_a_host_that_answers_at_a_port_does_not_use_it() -> None:
    memory = Novelties(1000, 1000)
    _, _, used = learned(memory, [at(0, orig="10.0.0.5", resp="10.0.0.6", resp_port=22)])

    assert using(memory, used, 22, tick=0).tolist() == [1]


def test_new_things_of_a_host_past_the_bound_are_counted_and_not_remembered() -> None:
    memory = Novelties(10_000, 10_000)
    scan = [at(0, resp=f"203.0.{n // 250}.{n % 250 + 1}") for n in range(A_WINDOW + 44)]

    first, _ = learn(memory, scan)
    again, _ = learn(memory, [at(1, resp=c.resp) for c in scan])

    assert first["new_peers"] == [A_WINDOW + 44]
    assert again["new_peers"] == [44]
    assert memory.shed == 2 * 44


def test_a_snapshot_brings_the_same_back() -> None:
    memory, other = Novelties(1000, 1000), Novelties(1000, 1000)
    learn(memory, [at(0), at(0, orig="10.0.0.6")])

    other.restore(memory.snapshot())

    assert learn(other, [at(1)])[0] == learn(memory, [at(1)])[0]
    assert other.nbytes == memory.nbytes > 0
    _, _, used = learned(other, [at(2, orig="10.0.0.7")])
    assert using(other, used, 443, tick=0).tolist() == [3]
