"""A real Suricata alerts on the next traffic of whom netheed has noticed, and on nobody else's.

One engine reads captures out of a folder as they come, and takes commands between them.
"""

import json
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from netheed.errors import NetheedError
from netheed.sinks.ledger import Ledger
from netheed.sinks.noticed_hosts import NoticedHosts
from netheed.suricata.command import session
from netheed.suricata.holds import Dataset, HostBit
from sample.packets import Conversation, Sent, write_pcap
from sample.suricata import CONFIGURATION
from tests.fake_suricata import FakeSuricata, listening
from tests.makers import make_notice

REPOSITORY = Path(__file__).parents[2]
ALERTS = REPOSITORY / "suricata_rules" / "netheed.rules"
DROPS = REPOSITORY / "suricata_rules_drop" / "netheed-drop.rules"
SET = "netheed-noticed-ip"
HOST, OTHER = "10.0.0.5", "10.0.0.6"
BOTH_WAYS = {1_900_001, 1_900_002}
SERVER, STRANGER = "192.0.2.80", "192.0.2.1"
READ = 1
"""The signature that says that a capture was read to its end."""
APART = 1000
"""Seconds between two captures: past the limit of one alert in so many."""
PATIENCE = 60.0


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def spoken(host: str, port: int, at: int) -> Conversation:
    """A question to the server and its answer; microseconds."""
    packets = [Sent(at, True, b"hello"), Sent(at + 1000, False, b"hello yourself")]
    return Conversation("udp", host, port, SERVER, 9999, packets=packets)


@dataclass
class Machine:
    """The folder of a Suricata, which may be stopped and started, and a clock of netheed's."""

    program: Path
    folder: Path
    now: float = 1_700_000_000.0
    captures: int = 0
    lives: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    pcaps: Path = field(init=False)
    before: dict[str, set[int]] = field(default_factory=dict)
    """What was alerted on by the first capture of this life."""

    @property
    def eve(self) -> Path:
        return self.folder / "eve.json"

    def options(self, rules: Path) -> list[str]:
        (self.folder / "classification").write_text(
            "config classification: bad-unknown,Potentially Bad Traffic,2\n"
        )
        sets = {
            "outputs.0.eve-log.types.1": "alert",
            "outputs.0.eve-log.types.2": "drop",
            "classification-file": self.folder / "classification",
            "unix-command.enabled": "yes",
            "unix-command.filename": self.folder / "s",
            "pcap-file.delay": 1,
            "pcap-file.poll-interval": 1,
        }
        named = [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]
        data = ["-l", str(self.folder), f"--data-dir={self.folder}"]
        return [str(self.program), "-c", str(CONFIGURATION), "-S", str(rules), *data, *named]

    def start(self) -> None:
        """It runs when it has read its first packet."""
        rules = self.folder / "rules"
        reading = f"alert udp any any -> any 7 (sid:{READ}; rev:1;)\n"
        rules.write_text(ALERTS.read_text() + reading)
        self.lives += 1
        self.pcaps = self.folder / f"pcaps-{self.lives}"
        self.pcaps.mkdir()
        command = [*self.options(rules), "-k", "none", "--runmode", "single"]
        command += ["-r", str(self.pcaps), "--pcap-file-continuous"]
        with (self.folder / f"out-{self.lives}").open("wb") as out:
            self.process = subprocess.Popen(  # noqa: S603
                command, cwd=self.folder, stdout=out, stderr=out
            )
        self.before = self.alerted()

    def stop(self, by: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(by)
            self.process.wait(PATIENCE)
        self.process = None

    def alerted(self) -> dict[str, set[int]]:
        """Signatures of what the next traffic of both hosts makes the engine say, if anything."""
        self.captures += 1
        port, at = 20_000 + 2 * self.captures, int((self.now + APART * self.captures) * 1e6)
        end = Sent(at + 9000, True, b"")
        mark = Conversation("udp", STRANGER, port, SERVER, 7, packets=[end])
        beside = self.folder / "next.pcap"
        write_pcap([spoken(HOST, port, at), spoken(OTHER, port + 1, at), mark], beside)
        beside.rename(self.pcaps / f"{self.captures:03}.pcap")
        until(lambda: READ in self.said(port))
        found = {HOST: self.said(port) - {READ}, OTHER: self.said(port + 1)}
        return {host: sids for host, sids in found.items() if sids}

    def said(self, port: int) -> set[int]:
        if not self.eve.exists():
            return set()
        lines = self.eve.read_text().splitlines(keepends=True)
        events = [json.loads(line) for line in lines if line.endswith("\n")]
        return {
            event["alert"]["signature_id"]
            for event in events
            if event["event_type"] == "alert" and port in (event["src_port"], event["dest_port"])
        }

    def netheed(self, **given: Any) -> NoticedHosts:
        return NoticedHosts(
            socket=str(self.folder / "s"),
            kept=given.pop("kept", Dataset(SET)),
            ledger=Ledger(self.folder / "ledger.json"),
            clock=lambda: self.now,
            **given,
        )


@contextmanager
def running(program: Path, folder: Path) -> Iterator[Machine]:
    machine = Machine(program, folder)
    try:
        machine.start()
        yield machine
    finally:
        machine.stop(signal.SIGKILL)


@pytest.fixture
def machine(suricata: Path, tmp_path: Path) -> Iterator[Machine]:
    with running(suricata, tmp_path) as made:
        yield made


def words_on(suricata: Path, folder: Path, rules: Path) -> str:
    """What Suricata says of rules, without what is no warning."""
    done = subprocess.run(  # noqa: S603
        [*Machine(suricata, folder).options(rules), "-T"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.live
@pytest.mark.parametrize("rules", [ALERTS, DROPS], ids=lambda path: path.stem)
def test_suricata_takes_the_rules_without_a_word(
    suricata: Path, tmp_path: Path, rules: Path
) -> None:
    assert words_on(suricata, tmp_path, rules) == ""


@pytest.mark.live
@pytest.mark.slow
def test_the_next_traffic_of_a_noticed_host_is_alerted_on_until_its_time_is_over(
    machine: Machine,
) -> None:
    sink = machine.netheed()
    assert list(sink.problems()) == []
    assert machine.before == {}

    sink.write([make_notice(host=HOST), make_notice(host="2001:db8::5")])
    assert machine.alerted() == {HOST: BOTH_WAYS}

    machine.now += sink.hold
    sink.tend()
    assert machine.alerted() == {}


@pytest.mark.live
@pytest.mark.slow
def test_a_suricata_that_was_killed_or_ended_is_told_again(machine: Machine) -> None:
    sink = machine.netheed()
    sink.write([make_notice(host=HOST)])

    machine.stop(signal.SIGKILL)
    with pytest.raises(NetheedError, match="no Suricata listens there any more"):
        sink.write([make_notice(host=OTHER)])
    machine.start()
    assert machine.before == {}
    sink.tend()
    assert machine.alerted() == {HOST: BOTH_WAYS, OTHER: BOTH_WAYS}

    machine.now += sink.hold - 1
    sink.write([make_notice(host=OTHER)])
    machine.stop()
    assert HOST in (machine.folder / f"{SET}.lst").read_text()
    machine.now += 1
    machine.start()
    assert machine.before == {HOST: BOTH_WAYS, OTHER: BOTH_WAYS}
    sink.tend()
    assert machine.alerted() == {OTHER: BOTH_WAYS}


@pytest.mark.live
@pytest.mark.slow
def test_a_netheed_that_is_started_again_goes_on_with_its_ledger(machine: Machine) -> None:
    machine.netheed().write([make_notice(host=HOST), make_notice(host=OTHER)])
    last = machine.netheed()
    last.ledger.write({HOST: machine.now + 60})

    last.tend()
    assert machine.alerted() == {HOST: BOTH_WAYS}

    last.close()
    assert machine.alerted() == {}


@pytest.mark.live
@pytest.mark.slow
def test_bits_of_hosts_are_set_moved_and_taken_and_unknown_sets_are_told(machine: Machine) -> None:
    def left() -> list[int]:
        with session(sink.socket) as ask:
            told = ask("list-hostbit", ipaddress=HOST).message
        return [bit["expire"] for bit in told["hostbits"]]

    sink = machine.netheed(kept=HostBit(), hold=100.0)
    assert list(sink.problems()) == []
    sink.write([make_notice(host=HOST)])
    assert left() == [100]
    machine.now += 50
    sink.hold = 1000.0
    sink.write([make_notice(host=HOST)])
    assert left() == [1000]
    machine.now += 1000
    sink.tend()
    assert left() == []

    (unknown,) = machine.netheed(kept=Dataset("netheed-else")).problems()
    assert (unknown.setting, "set not found" in unknown.reason) == ("set", True)
    (unknown,) = machine.netheed(kept=HostBit("netheed-else")).problems()
    assert (unknown.setting, "hostbit not found" in unknown.reason) == ("by", True)


@pytest.mark.live
@pytest.mark.slow
def test_the_stand_in_of_the_other_tests_answers_like_a_real_one(machine: Machine) -> None:
    beside = machine.folder / "fake"
    with listening(beside, FakeSuricata()):
        assert answers(beside) == answers(machine.folder / "s")


def answers(path: Path) -> list[tuple[str, str]]:
    """To commands of each kind, and to another version."""
    with session(str(path)) as ask:
        said = [ask(command, **given) for command, given in COMMANDS]
    with socket.socket(socket.AF_UNIX) as other:
        other.settimeout(PATIENCE)
        other.connect(str(path))
        other.sendall(b'{"version":"9"}')
        return [(answer.result, str(answer.message)) for answer in said] + [
            ("another version", other.recv(99).decode())
        ]


def of_set(verb: str, address: str, name: str = SET, kind: str = "ip") -> tuple[str, Any]:
    return f"dataset-{verb}", {"setname": name, "settype": kind, "datavalue": address}


def of_bit(verb: str, address: str, name: str = "netheed", **given: int) -> tuple[str, Any]:
    return f"{verb}-hostbit", {"ipaddress": address, "hostbit": name, **given}


COMMANDS = [
    ("none", {}),
    of_set("add", HOST),
    of_set("add", HOST),
    of_set("add", HOST, "other"),
    of_set("add", HOST, SET, "ipv4"),
    of_set("lookup", HOST),
    of_set("lookup", OTHER),
    of_set("remove", HOST),
    of_set("remove", HOST),
    of_set("remove", HOST, "other"),
    ("dataset-clear", {"setname": SET, "settype": "ip"}),
    ("dataset-clear", {"setname": "other", "settype": "ip"}),
    of_bit("add", HOST, expire=60),
    of_bit("add", HOST, expire=90),
    of_bit("add", HOST, "other", expire=60),
    of_bit("remove", HOST),
    of_bit("remove", HOST),
    of_bit("remove", OTHER),
    of_bit("remove", HOST, "other"),
]


@pytest.mark.live
def test_every_packet_of_a_held_host_is_dropped_and_told_once(
    suricata: Path, tmp_path: Path
) -> None:
    (tmp_path / f"{SET}.lst").write_text(f"{HOST}\n")
    talks = [spoken(HOST, 20_000 + n, (1_700_000_000 + n) * 1_000_000) for n in range(3)]
    write_pcap([*talks, spoken(OTHER, 30_000, 1_700_000_000_000_000)], tmp_path / "a.pcap")

    command = [*Machine(suricata, tmp_path).options(DROPS), "--simulate-ips", "-k", "none"]
    subprocess.run(  # noqa: S603
        [*command, "--runmode", "single", "-r", "a.pcap"], cwd=tmp_path, check=True
    )

    events = [json.loads(line) for line in (tmp_path / "eve.json").read_text().splitlines()]
    of = {kind: [e for e in events if e["event_type"] == kind] for kind in ("drop", "alert")}
    assert [event["src_ip"] for event in of["drop"]] == [HOST, SERVER] * 3
    alerts = [(e["alert"]["signature_id"], e["alert"]["action"]) for e in of["alert"]]
    assert alerts == [(1_900_011, "blocked"), (1_900_012, "blocked")]


@pytest.fixture(scope="module")
def updater() -> list[str]:
    """How suricata-update is called, of Debian's package."""
    found = subprocess.run(  # noqa: S603
        [REPOSITORY / ".ci" / "debian-package", "--root", "suricata-update"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode:
        pytest.skip(f"no suricata-update: {found.stderr.strip().splitlines()[-1]}")
    root = Path(found.stdout.strip())
    modules = f"PYTHONPATH={root}/usr/lib/python3/dist-packages"
    return ["env", modules, sys.executable, str(root / "usr/bin/suricata-update")]


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("way", ["url", "local"])
def test_suricata_update_takes_the_alerts_and_never_the_drops(
    suricata: Path, updater: list[str], tmp_path: Path, way: str
) -> None:
    make = ["make", "--silent", "rules", f"DIST={tmp_path}"]
    subprocess.run(make, cwd=REPOSITORY, check=True)  # noqa: S603
    archive = tmp_path / "netheed.rules.tar.gz"
    if way == "local":
        tarfile.open(archive, "w:gz").close()
    local = ["--local", str(ALERTS.parent)] if way == "local" else []
    command = [*updater, "-D", str(tmp_path / "data"), "-o", str(tmp_path / "out"), "--fail"]
    command += ["--no-test", "--no-reload", "--url", f"file://{archive}", *local]
    command += ["--suricata", str(suricata), "--suricata-conf", str(CONFIGURATION)]

    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)  # noqa: S603

    rules = tmp_path / "out" / "suricata.rules"
    made = [line for line in rules.read_text().splitlines() if line and line[0] != "#"]
    assert sorted(line.split()[0] for line in made) == ["alert"] * 4
    assert words_on(suricata, tmp_path, rules) == ""
