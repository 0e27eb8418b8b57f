"""Connections of a running Zeek, each once, and each loss with its count."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from netheed.core.networks import AddressWords
from netheed.errors import BadRecordError
from netheed.ports import Read
from netheed.records import Tally
from netheed.sources.intake import FRAMES, Intake
from netheed.sources.zeek_events import ZeekEvents
from netheed.zeek.backlog import Backlog
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.websocket import Link
from tests.zeek_frames import batch, conn
from tests.zeek_server import SOON, Told, link_to, sends, serving


class Run:
    """A source over frames that have come, from a link that has stopped."""

    def __init__(self, *frames: bytes, most: int = 4096, **given: Any) -> None:
        self.link = Link(endpoint=Endpoint(), backlog=Backlog(most=most))
        self.link.stopped.set()
        self.come(*frames)
        self.tally = Tally()
        self.bad: list[BadRecordError] = []
        self.told = Told()
        self.source = source(self.link, tally=self.tally, on_bad=self.bad.append, tell=self.told,
                             **given)  # fmt: skip

    def come(self, *frames: bytes) -> None:
        for frame in frames:
            self.link.backlog.put(frame)

    def reads(self, positions: Mapping[str, str] | None = None) -> list[Read]:
        return list(self.source.reads(positions or {}))

    def uids(self, positions: Mapping[str, str] | None = None) -> list[str]:
        return [uid for read in self.reads(positions) for uid in uids(read)]


def source(link: Link, **given: Any) -> ZeekEvents:
    fields: dict[str, Any] = {
        "name": "zeek_websocket",
        "words": lambda _: AddressWords(),
        "tally": Tally(),
        "on_bad": lambda _: None,
    }
    return ZeekEvents(link=link, **fields | given)


def uids(read: Read) -> list[str]:
    return [one.uid for one in read.batch.connections(np.arange(len(read.batch)))]


def numbered(seq: int, size: int = 2, node: str = "w1", **given: Any) -> bytes:
    """A batch of a node that sends so many at a time."""
    conns = [conn(uid=f"C{node}-{seq}-{n}") for n in range(size)]
    return batch(*conns, **{"node": node, "seq": seq, "sent": seq * size} | given)


def test_connections_come_from_a_server_node_by_node_until_stop() -> None:
    frames = [numbered(0), numbered(0, node="w2"), numbered(1)]

    with serving(sends(*frames)) as url, link_to(url) as link:
        live = source(link)
        reads = iter(live.reads({}))
        assert next(reads).origin == "zeek_websocket"
        assert link.backlog.wait(3, SOON)
        live.stop()
        got = [read for read in reads if len(read.batch)]

    assert [(read.origin, read.position) for read in got] == [
        ("zeek_websocket/w1", "1:4:0"),
        ("zeek_websocket/w2", "0:2:0"),
    ]
    assert uids(got[0]) == ["Cw1-0-0", "Cw1-0-1", "Cw1-1-0", "Cw1-1-1"]


def test_idle_it_gives_an_empty_read_at_once() -> None:
    with link_to("ws://127.0.0.1:1/") as link:
        reads = iter(source(link).reads({}))
        idle = [next(reads) for _ in range(3)]

    assert {(read.origin, len(read.batch), read.last) for read in idle} == {
        ("zeek_websocket", 0, False)
    }


def test_the_origin_of_nobody_ends_with_the_first_node() -> None:
    reads = Run(numbered(0)).reads()

    assert [(read.origin, read.last) for read in reads] == [
        ("zeek_websocket", False),
        ("zeek_websocket", True),
        ("zeek_websocket/w1", False),
    ]


def test_many_frames_are_all_given() -> None:
    run = Run(*[numbered(seq) for seq in range(3 * FRAMES + 1)])

    assert len(run.uids()) == 2 * (3 * FRAMES + 1) == run.tally.connections
    assert run.tally.lost == {}


def test_a_gap_is_counted_to_the_connection() -> None:
    run = Run(numbered(0), numbered(3), numbered(4))
    run.reads()

    assert run.tally.lost == {"gap": 4}
    lost = run.told.next("zeek_gap")
    assert (lost["cause"], lost["batches"], lost["connections"]) == ("gap", 2, 4)


def test_what_a_new_node_had_published_before_is_told_and_no_loss() -> None:
    run = Run(numbered(0), numbered(7, node="w2"), numbered(8, node="w2"))
    run.reads()

    assert run.tally.lost == {}
    joined = run.told.next("zeek_node_joined")
    assert (joined["node"], joined["connections"]) == ("w2", 14)
    assert run.told.events.empty()


def test_a_gap_of_an_older_script_is_counted_in_batches() -> None:
    run = Run(numbered(0, sent=None), numbered(3, sent=None))
    run.reads()

    assert run.tally.lost == {"gap_batches": 2}


def test_what_our_own_queue_dropped_is_counted_to_the_connection() -> None:
    run = Run(numbered(0))
    reads = iter(run.source.reads({}))
    while not len(next(reads).batch):
        pass
    run.come(*[numbered(seq) for seq in range(1, 4097 + 3)])

    list(reads)
    assert run.tally.lost == {"queue": 2 * 2 + 2}
    assert run.link.backlog.dropped == 3


def test_what_zeek_dropped_is_counted() -> None:
    run = Run(numbered(0), numbered(1, dropped=9))
    run.reads()

    assert run.tally.lost == {"zeek_dropped": 9}


def test_a_batch_that_comes_again_is_given_once() -> None:
    run = Run(numbered(0), numbered(1), numbered(0), numbered(1), numbered(2))

    assert len(run.uids()) == 6
    assert run.tally.lost == {"duplicate": 4}


def test_nodes_are_counted_each_for_itself() -> None:
    run = Run(numbered(5, node="w2"), numbered(0), numbered(6, node="w2"), numbered(1))

    assert len(run.uids()) == 8
    assert run.tally.lost == {}


def test_a_restart_of_zeek_is_told_and_no_loss() -> None:
    run = Run(numbered(0), numbered(1), numbered(0, size=3), numbered(1, size=3))

    assert len(run.uids()) == 10
    assert run.tally.lost == {}
    assert run.told.next("zeek_restarted")["node"] == "w1"


def test_what_came_while_we_were_away_is_missed() -> None:
    run = Run(numbered(5), numbered(6), numbered(8))
    run.reads({"zeek_websocket/w1": "2:6:0", "other/w1": "9:9:9"})

    assert run.tally.lost == {"missed": 4, "gap": 2}


def test_what_the_checkpoint_holds_is_not_given_again() -> None:
    run = Run(numbered(2), numbered(3))

    assert len(run.uids({"zeek_websocket/w1": "2:6:0"})) == 2


def test_a_bad_connection_is_told_with_its_place_and_costs_no_other() -> None:
    bad = batch(conn(uid="C1"), conn(orig_h="10.0.0.256"), conn(ts="now"), conn(uid="C2"))
    run = Run(batch(conn(uid="C0")), bad.replace(b"worker-1", b"worker-2"))

    assert run.uids() == ["C0", "C1", "C2"]
    assert sorted(error.where for error in run.bad) == [
        f"{run.link.where}: frame 2, connection 1",
        f"{run.link.where}: frame 2, connection 2",
    ]
    assert (run.tally.bad, run.tally.connections, run.tally.lost) == (2, 3, {})


def test_a_broken_frame_is_told_and_its_connections_counted_as_a_gap() -> None:
    run = Run(numbered(0), numbered(1)[:-9], numbered(2))

    assert len(run.uids()) == 4
    assert run.bad[0].where == f"{run.link.where}: frame 2"
    assert run.tally.lost == {"broken_frames": 1, "gap": 2}


def test_nodes_are_capped() -> None:
    run = Run(numbered(0), numbered(0, node="w2"), numbered(0, node="w3"), most_nodes=2)

    assert len(run.uids()) == 4
    assert run.tally.lost == {"nodes": 2}
    assert run.told.next("zeek_node_refused")["node"] == "w3"


def test_an_empty_batch_moves_the_position() -> None:
    reads = Run(batch(node="w1", seq=0)).reads()

    assert (len(reads[-1].batch), reads[-1].position) == (0, "0:0:0")


def test_of_a_sample_the_rest_is_counted_and_the_numbers_of_the_node_go_on() -> None:
    run = Run(*[numbered(seq, size=50) for seq in range(40)])
    run.source.intake = Intake(halvings=2, draw=np.random.default_rng(5))

    batches = [read.batch for read in run.reads() if len(read.batch)]

    taken = sum(map(len, batches))
    assert taken + run.tally.lost["sampled"] == 2000
    assert list(run.tally.lost) == ["sampled"]
    assert 400 < taken < 600
    assert {one for batch in batches for one in batch.rows["halvings"].tolist()} == {2}


def test_a_batch_of_which_nothing_is_taken_in_still_brings_its_node_on() -> None:
    run = Run(numbered(0, size=1))
    run.source.intake = Intake(halvings=60)

    assert run.reads()[-1].position == "0:1:0"
    assert run.tally.lost == {"sampled": 1}
