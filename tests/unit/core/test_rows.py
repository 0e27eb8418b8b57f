"""A tick seen from its hosts."""

from netheed.core.rows import HostRows
from netheed.core.windows import Tick, ticks_of
from netheed.records import Connection
from tests.connections import columns, connection


def tick_of(connections: list[Connection]) -> Tick:
    (tick,) = ticks_of(columns(connections))
    return tick


def test_each_local_end_has_a_row_with_its_own_view() -> None:
    rows, shed = HostRows.of([tick_of([connection(resp="10.0.0.6")])], 10)

    assert (shed, len(rows.hosts)) == (0, 2)
    assert rows.out.tolist() == [True, False]
    assert rows.sent.tolist() == [800.0, 4000.0]
    assert rows.received.tolist() == [4000.0, 800.0]
    assert rows.peer.tolist() == rows.hosts.tolist()[::-1]


def test_a_peer_is_external_or_a_group_or_neither() -> None:
    ends = ["203.0.113.9", "224.0.0.251", "10.0.0.6"]

    rows, _ = HostRows.of([tick_of([connection(resp=end) for end in ends])], 10)

    ours = rows.out
    assert sorted(rows.external[ours].tolist()) == [False, False, True]
    assert sorted(rows.to_group[ours].tolist()) == [False, False, True]
    assert sorted(rows.inside[ours].tolist()) == [False, False, True]
    assert (rows.external.astype(int) + rows.to_group + rows.inside).tolist() == [1] * len(ours)


def test_the_busiest_hosts_are_kept_and_the_others_counted() -> None:
    crowd = [connection(orig=f"10.0.1.{n}", duration=0.0) for n in range(1, 6)]
    busy = [connection(orig="10.0.9.9", orig_port=n, duration=0.0) for n in range(3)]

    rows, shed = HostRows.of([tick_of(crowd + busy)], 2)

    assert (len(rows.hosts), shed) == (2, 4)
    assert len(rows.row) == 4
