"""The peering stays, whatever Zeek does."""

import fcntl
import math
import os
import resource
import sys
import threading
from collections.abc import Iterator
from itertools import count
from queue import SimpleQueue
from typing import Any

import pytest

from netheed.errors import NetheedError
from netheed.zeek.backlog import Backlog
from netheed.zeek.broker import BrokerLink
from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.encode import Verdict
from netheed.zeek.native import BROKEN
from netheed.zeek.pace import Pace
from netheed.zeek.wire import conn_batch
from netheed.zeek.wire import seen as read_seen
from tests.stub_broker import SC, Error, Status, Stub, batch, conn, native_link, seen
from tests.zeek_server import SOON, Told


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    made = Stub()
    monkeypatch.setitem(sys.modules, "broker", made)
    yield made
    assert not [t for t in threading.enumerate() if t.name.startswith("zeek_broker")]
    made.close()


def seqs(frames: list[bytes]) -> list[int]:
    return [conn_batch(frame, "")[0].seq for frame in frames]


def test_batches_wait_in_the_backlog_and_what_is_seen_does_not(stub: Stub) -> None:
    answers: SimpleQueue[bytes] = SimpleQueue()

    with native_link(on_seen=answers.put) as link:
        stub.conns.put(batch(conn(), seq=0))
        stub.seen.put(seen("a1"))
        stub.conns.put(batch(conn(), seq=1))
        assert link.backlog.wait(2, SOON)
        assert read_seen(answers.get(timeout=SOON), "") == "a1"
        assert link.wait_until_connected(SOON)
        assert seqs(link.backlog.take(9)[0]) == [0, 1]
    assert not link.connected
    assert (link.counts.frames, link.counts.connects, link.counts.failures) == (3, 1, 0)
    assert (stub.dialled, stub.left) == ([("127.0.0.1", 9999, 0)], [("127.0.0.1", 9999)])


def test_what_the_module_cannot_tell_costs_no_other(stub: Stub) -> None:
    for thing in (TypeError("?"), UnicodeDecodeError("utf-8", b"", 0, 1, "?"), OverflowError()):
        stub.conns.put(thing)
    stub.conns.put(batch(seq=4))

    with native_link() as link:
        assert link.backlog.wait(4, SOON)
        *broken, good = link.backlog.take(9)[0]
    assert broken == [BROKEN] * 3
    assert seqs([good]) == [4]


def test_descriptors_beyond_a_thousand_are_heard(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] <= 1100:
        pytest.skip("no such descriptors here")
    high = fcntl.fcntl(stub.conns.fd(), fcntl.F_DUPFD_CLOEXEC, 1050)
    monkeypatch.setattr(stub.conns, "fd", lambda: high)
    stub.conns.put(batch())

    with native_link() as link:
        assert link.backlog.wait(1, SOON)
        assert link.wait_until_connected(SOON)
    os.close(high)


def test_a_flood_of_connections_holds_up_neither_answers_nor_statuses(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: SimpleQueue[bytes] = SimpleQueue()
    told = Told()
    get = stub.conns.get

    def get_and_refill() -> Any:
        stub.conns.put(batch())
        return get()

    monkeypatch.setattr(stub.conns, "get", get_and_refill)
    stub.conns.put(batch())
    stub.seen.put(seen("a1"))

    with native_link(told, backlog=Backlog(most=2), on_seen=answers.put):
        assert read_seen(answers.get(timeout=SOON), "") == "a1"
        stub.statuses.put(Status(SC.PeerLost))
        assert told.next("zeek_disconnected")["reason"] == "PeerLost"


def test_a_full_backlog_drops_the_oldest(stub: Stub) -> None:
    for seq in range(5):
        stub.conns.put(batch(seq=seq))
    stub.seen.put(seen("a1"))
    done = threading.Event()

    with native_link(backlog=Backlog(most=2), on_seen=lambda _: done.set()) as link:
        assert done.wait(SOON)
    frames, dropped = link.backlog.take(9)
    assert (seqs(frames), dropped) == ([3, 4], 3)


def test_a_peer_that_goes_is_lost_once_however_often_that_is_told(stub: Stub) -> None:
    told = Told()

    with native_link(told) as link:
        told.next("zeek_connected")
        stub.statuses.put(Status(SC.PeerLost), Status(SC.PeerRemoved))
        told.next("zeek_disconnected")
        told.next("zeek_connected")
        assert link.counts.failures == 1


def test_an_error_that_is_told_late_does_not_end_a_peering(stub: Stub) -> None:
    told = Told()

    with native_link(told) as link:
        told.next("zeek_connected")
        stub.statuses.put(Error("an attempt of before"))
        stub.conns.put(batch())
        assert link.backlog.wait(1, SOON)
        assert (link.counts.errors, link.counts.failures, link.connected) == (1, 0, True)


@pytest.mark.parametrize("code", [SC.PeerLost, SC.PeerRemoved])
def test_a_peer_that_is_lost_is_told_and_counted_and_dialled_again(stub: Stub, code: SC) -> None:
    told = Told()

    with native_link(told) as link:
        assert told.next("zeek_connected")["where"] == "zeek_broker 127.0.0.1:9999"
        stub.statuses.put(Status(code))
        assert told.next("zeek_disconnected")["reason"] == code.name
        assert told.next("zeek_connected")
        assert link.connected
    assert (link.counts.connects, link.counts.failures, link.counts.errors) == (2, 1, 0)


def test_an_attempt_that_failed_is_told_and_made_again(stub: Stub) -> None:
    told = Told()
    stub.answers = [Error("refused\x1b[2J" + "x" * 5000)]

    with native_link(told) as link:
        assert told.next("zeek_disconnected")["reason"].startswith("refused\\x1b[2J")
        assert link.wait_until_connected(SOON)
    assert (link.counts.errors, link.counts.failures) == (1, 1)
    assert len(link.last_error) < 300


def test_an_attempt_that_nothing_is_heard_of_is_made_again(stub: Stub) -> None:
    stub.answers = [None, None]

    with native_link(clock=count(0.0, 100.0).__next__) as link:
        assert link.wait_until_connected(SOON)
    assert len(stub.dialled) == 3


def test_other_words_of_broker_change_nothing(stub: Stub) -> None:
    stub.answers = [Status(SC.EndpointDiscovered)]
    stub.conns.put(batch())

    with native_link(opening=SOON) as link:
        assert link.backlog.wait(1, SOON)
        assert not link.connected
    assert link.counts.failures == 0


def test_nothing_is_published_without_a_peer(stub: Stub) -> None:
    stub.answers = [None]

    with pytest.raises(NetheedError, match="not connected"):
        BrokerLink(endpoint=BrokerEndpoint()).publish(())
    with native_link(opening=SOON) as link, pytest.raises(NetheedError, match="not connected"):
        link.publish(())
    with pytest.raises(NetheedError, match="not connected"):
        link.publish(())
    assert (stub.published, link.counts.published) == ([], 0)


def test_a_verdict_is_published_as_the_modules_event(stub: Stub) -> None:
    verdict = Verdict(1.0, "a1", "10.0.0.5", "scan", math.inf, ("C1",), "m", "s")

    with native_link() as link:
        assert link.wait_until_connected(SOON)
        link.publish(link.encoded(verdict))
    ((topic, event),) = stub.published
    assert (topic, event[0], event[2][4]) == ("netheed/verdict/", "Netheed::verdict", 1e15)
    assert link.counts.published == 1


def test_publishing_keeps_its_pace(stub: Stub) -> None:
    waits: list[float] = []

    class Asked(Pace):
        def wait(self, now: float) -> float:
            waits.append(Pace.wait(self, now))
            return 0.0

    with native_link(pace=Asked(20.0), clock=lambda: 100.0) as link:
        assert link.wait_until_connected(SOON)
        for _ in range(3):
            link.publish(())
    assert [round(wait, 6) for wait in waits] == [0.0, 0.05, 0.1]
    assert len(stub.published) == 3


def test_the_reader_never_publishes(stub: Stub) -> None:
    refused: SimpleQueue[RuntimeError] = SimpleQueue()

    def answer(_: bytes) -> None:
        try:
            link.publish(())
        except RuntimeError as error:
            refused.put(error)

    with native_link(on_seen=answer) as link:
        stub.seen.put(seen("a1"))
        assert "must not wait" in str(refused.get(timeout=SOON))


def test_stop_ends_the_thread_and_what_waits_can_still_be_taken(stub: Stub) -> None:
    stub.conns.put(batch())

    with native_link() as link:
        link.start()
        assert link.backlog.wait(1, SOON)
        link.stop()
        link.start()
        link.stop()
        assert not [t for t in threading.enumerate() if t.name.startswith("zeek_broker")]
        assert seqs(link.backlog.take(9)[0]) == [0]
    assert len(stub.left) == 1


def test_a_module_that_refuses_is_told_with_its_place(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Any) -> None:
        raise RuntimeError("no such key file")

    monkeypatch.setattr(stub, "Endpoint", refuse)
    with pytest.raises(NetheedError, match=r"zeek_broker 127.0.0.1:9999: no such key file"):
        BrokerLink(endpoint=BrokerEndpoint()).start()


def test_a_zeek_that_answers_has_no_problem(stub: Stub) -> None:
    assert list(BrokerLink(endpoint=BrokerEndpoint()).problems()) == []
    assert len(stub.left) == 1


def test_a_zeek_that_does_not_answer_is_a_problem_of_the_host(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netheed.zeek.broker.QUICK", 0.2)
    stub.answers = [Error("unreachable")] + [None] * 9
    (problem,) = BrokerLink(endpoint=BrokerEndpoint()).problems()

    assert (problem.setting, problem.reason) == ("host", "127.0.0.1:9999: unreachable")


def test_no_module_is_a_problem_of_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "broker", None)
    (problem,) = BrokerLink(endpoint=BrokerEndpoint()).problems()

    assert problem.setting == "python_path"
    assert "zeek-config --python_dir" in problem.reason
