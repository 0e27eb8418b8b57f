"""What Suricata says at a socket becomes connections, names and acts."""

import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import msgspec
import pytest

from netheed.core.networks import AddressWords
from netheed.errors import BadRecordError
from netheed.ports import Read
from netheed.records import Tally
from netheed.sources.eve_socket import EveSocket, EveSocketSettings
from netheed.sources.lines import LONGEST_LINE
from netheed.sources.received import Received
from tests.acts import EVE_KRB5
from tests.lines import EVE_FLOW, changed


class Said:
    """A source, what was told of it, and a Suricata that is connected."""

    def __init__(self, folder: Path) -> None:
        self.tally, self.bad = Tally(), list[BadRecordError]()
        self.source = EveSocket(
            settings=EveSocketSettings(path=str(folder / "eve.sock")),
            words=lambda _: AddressWords(),
            tally=self.tally,
            on_bad=self.bad.append,
        )
        self.reads = self.source.reads({})
        self.first = next(self.reads)
        self.suricata = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.suricata.connect(str(folder / "eve.sock"))

    def until(self, connections: int) -> list[Read]:
        found: list[Read] = []
        deadline = monotonic() + 20.0
        while self.tally.connections < connections and monotonic() < deadline:
            found.append(next(self.reads))
        assert self.tally.connections == connections
        return found


@pytest.fixture
def said(tmp_path: Path) -> Iterator[Said]:
    made = Said(tmp_path)
    yield made
    made.source.stop()
    list(made.reads)
    made.suricata.close()


def test_it_begins_with_an_empty_read_of_its_name(said: Said) -> None:
    assert (said.first.origin, len(said.first.batch), said.first.position) == ("eve_socket", 0, "")
    assert said.source.owns("eve_socket")
    assert not said.source.owns("/run/netheed/eve.sock")


def test_flows_and_acts_come_as_they_are_said(said: Said) -> None:
    said.suricata.sendall(changed(EVE_FLOW, flow_id=1) + EVE_KRB5 + changed(EVE_FLOW, flow_id=2))

    reads = said.until(2)

    uids = [str(uid) for read in reads for uid in read.batch.uid.told(slice(None))]
    assert uids == ["1", "2"]
    assert sum(len(read.acts) for read in reads) == 1


def test_what_is_no_record_is_told_with_its_line_and_harms_no_other(said: Said) -> None:
    said.suricata.sendall(b"rubbish\n" * 200 + EVE_FLOW + b"\x00\x1b[2J\n" + EVE_FLOW)

    said.until(2)

    assert said.tally.bad == 201
    assert said.bad[-1].where.endswith("eve.sock:202")


def test_a_line_that_is_too_long_is_told_and_not_held(said: Said) -> None:
    said.suricata.settimeout(20.0)
    for _ in range(3):
        said.suricata.sendall(b"x" * (LONGEST_LINE // 2))
    said.suricata.sendall(b"\n" + EVE_FLOW)

    said.until(1)

    assert said.tally.bad == 1


def test_its_lag_is_the_age_of_what_waits_and_a_sample_leaves_connections_out(said: Said) -> None:
    said.suricata.sendall(EVE_FLOW)
    said.until(1)
    level = said.source.lag
    said.source.intake.halvings = 8
    said.suricata.sendall(EVE_FLOW * 100)
    deadline = monotonic() + 20.0
    while said.tally.connections + said.tally.lost.get("sampled", 0) < 101:
        assert monotonic() < deadline
        next(said.reads)

    assert level == 0.0
    assert said.tally.lost["sampled"] > 80


def test_what_had_come_before_the_end_is_given_and_nothing_else(said: Said) -> None:
    said.suricata.sendall(EVE_FLOW)
    deadline = monotonic() + 20.0
    while not len(said.source._listener.received) and monotonic() < deadline:
        pass
    said.source.stop()

    assert sum(len(read.batch) for read in said.reads) == 1


def test_flows_that_did_not_fit_are_counted_as_lost(said: Said) -> None:
    said.source._listener.received = Received(room=1)
    said.source._listener.received.put([EVE_FLOW])
    said.source._listener.received.put([EVE_FLOW])

    said.until(1)

    assert said.tally.lost["queue"] == 1


def test_what_keeps_it_from_listening_is_a_problem_with_its_setting(tmp_path: Path) -> None:
    def problems(**given: str) -> list[tuple[str, str]]:
        settings = EveSocketSettings(**{"path": str(tmp_path / "eve.sock"), **given})
        source = EveSocket(
            settings=settings, words=lambda _: AddressWords(), tally=Tally(), on_bad=print
        )
        return list(source.problems())

    (tmp_path / "file").touch()

    assert problems() == []
    assert [setting for setting, _ in problems(path=str(tmp_path / "file"))] == ["path"]
    assert [setting for setting, _ in problems(path=str(tmp_path / "no" / "x"))] == ["path"]
    assert [setting for setting, _ in problems(group="no-such-group")] == ["group"]


@pytest.mark.parametrize("wrong", [{"path": "/" + 200 * "x"}, {"mode": "660"}, {"mode": "0888"}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "eve_socket", **wrong}, EveSocketSettings)
