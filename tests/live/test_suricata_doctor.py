"""A real Suricata reads configurations that the doctor looks at, before and after its advice."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from netheed.doctor import suricata
from netheed.doctor.findings import Finding, Level
from netheed.doctor.machine import Case, Machine
from netheed.sinks.suricata_dataset import SuricataDatasetSettings as SuricataDataset
from netheed.sources.eve_file import EveFileSettings as EveFile
from netheed.sources.eve_redis import EveRedisSettings as EveRedis
from netheed.sources.eve_socket import EveSocketSettings as EveSocket
from tests.installed_suricata import (
    RECORD,
    TYPES,
    configured,
)
from tests.installed_zeek import NOW, missing, pasted, that_say

pytestmark = pytest.mark.live
Tree = dict[str, Any]


class Sensor:
    """One configuration in a folder, which the real program reads."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.file = folder / "suricata.yaml"
        self.eve = folder / "eve.json"
        self.eve.write_bytes(RECORD)
        os.utime(self.eve, (NOW, NOW))

    def good(self) -> Tree:
        timeouts = {"new": 30, "established": 120}
        empty = ("classification-file", "reference-config-file", "threshold-file")
        return dict.fromkeys(empty, "/dev/null") | {
            "default-log-dir": str(self.folder),
            "outputs": [{"eve-log": self.output()}],
            "flow-timeouts": dict.fromkeys(("default", "tcp", "udp", "icmp"), timeouts),
            "unix-command": {"enabled": "yes", "filename": str(self.folder / "command.socket")},
            "rule-files": [],
        }

    def output(self, **changed: Any) -> Tree:
        named = {key.replace("_", "-"): value for key, value in changed.items()}
        return {
            "enabled": "yes",
            "filetype": "regular",
            "filename": "eve.json",
            "community-id": "true",
            "types": [*TYPES],
        } | named

    def write(self, tree: Tree) -> None:
        text = yaml.dump(tree, Dumper=_Plain, sort_keys=False)
        self.file.write_text(f"%YAML 1.1\n---\n{text}")

    def findings(self, *sources: Any, sinks: tuple[Any, ...] = ()) -> list[Finding]:
        search = (str(self.program.parent),)
        usual = EveFile(path=str(self.eve), lateness=330.0)
        settings = configured(*sources or (usual,), sinks=sinks)
        machine = Machine(now=NOW, search=search)
        return list(
            suricata.findings(
                Case(machine=machine, suricata_yaml=str(self.file), settings=settings)
            )
        )

    def accepts(self) -> None:
        """Suricata's own test of the file; raises CalledProcessError."""
        command = [self.program, "-T", "-c", self.file, "-l", self.folder]
        subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603


class _Plain(yaml.SafeDumper):
    """Without aliases; lists within lists are indented, as in Suricata's own file."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


@pytest.fixture
def sensor(suricata: Path, tmp_path: Path) -> Sensor:
    return Sensor(suricata, tmp_path)


def apply(file: Path, pastes: Sequence[tuple[str, str]]) -> None:
    """What somebody does who reads the comment above each stanza."""
    text = file.read_text()
    stanzas: list[list[str]] = []
    for name, line in pastes:
        if name != str(file):
            continue
        if line.startswith("#"):
            stanzas.append([line])
        else:
            stanzas[-1].append(line)
    for comment, *lines in stanzas:
        text = PLACES[next(word for word in PLACES if word in comment)](text, lines)
    file.write_text(text)


def _after(anchor: str) -> Callable[[str, list[str]], str]:
    def put(text: str, lines: list[str]) -> str:
        assert f"{anchor}\n" in text
        return text.replace(f"{anchor}\n", "\n".join([anchor, *lines]) + "\n", 1)

    return put


def _instead(text: str, lines: list[str]) -> str:
    """Of a node, with what is indented below it, or of one line."""
    key = lines[0].partition(":")[0] + ":"
    kept, within = [], False
    for line in text.splitlines():
        within = line.startswith(key) or (within and line.startswith(" ") and key[0] != " ")
        if not within:
            kept.append(line)
    if key[0] != " ":
        return "\n".join([*kept, *lines]) + "\n"
    return _after("  - eve-log:")("\n".join(kept) + "\n", lines)


PLACES: dict[str, Callable[[str, list[str]], str]] = {
    "in place of": _instead,
    "under `types:`": _after("      types:"),
    "item of `outputs:`": _after("outputs:"),
}


def test_a_suricata_in_order_misses_nothing(sensor):
    sensor.write(sensor.good())

    assert {one.level for one in sensor.findings()} == {Level.OK}
    sensor.accepts()


def no_flows(sensor: Sensor, tree: Tree) -> None:
    tree["outputs"] = [{"eve-log": sensor.output(types=["alert", "dns"])}]


def flows_switched_off(sensor: Sensor, tree: Tree) -> None:
    kinds = [*TYPES[1:], {"anomaly": {"enabled": "no"}}]
    tree["outputs"] = [{"eve-log": sensor.output(types=kinds)}]


def no_community_ids(sensor: Sensor, tree: Tree) -> None:
    tree["outputs"] = [{"eve-log": sensor.output(community_id="false")}]


def output_off(sensor: Sensor, tree: Tree) -> None:
    tree["outputs"] = [{"eve-log": sensor.output(enabled="no")}]


def other_file(sensor: Sensor, tree: Tree) -> None:
    tree["outputs"] = [{"eve-log": sensor.output(filename="other.json")}]


def late(_: Sensor, tree: Tree) -> None:
    tree["flow-timeouts"]["tcp"] = {"new": 60, "established": 600, "closed": 60}


def unlate(_: Sensor, tree: Tree) -> None:
    del tree["flow-timeouts"]
    tree["flow-timeouts"] = {"udp": {"established": 3600}}


DEFECTS = {
    "has no flows": no_flows,
    "has no flows ": flows_switched_off,
    "has no community ids": no_community_ids,
    "no eve-log writes": output_off,
    "no eve-log writes ": other_file,
    "netheed waits 330 s: later": late,
    "netheed waits 330 s: later ": unlate,
}


@pytest.mark.parametrize("words", DEFECTS)
def test_what_is_pasted_mends_a_defect(sensor, words):
    tree = sensor.good()
    DEFECTS[words](sensor, tree)
    sensor.write(tree)
    before = sensor.findings()
    assert that_say(before, words.strip())

    apply(sensor.file, pasted(before))

    after = sensor.findings()
    assert [one.what for one in after if one.level is not Level.OK] == []
    sensor.accepts()


@pytest.mark.parametrize(
    "source",
    [EveSocket(path="/run/netheed/eve.sock"), EveRedis(url="redis://127.0.0.1:1/0", mode="lpush")],
    ids=["socket", "redis"],
)
def test_an_output_for_a_live_source_is_pasted_beside_the_file(sensor, source):
    sensor.write(sensor.good())
    before = sensor.findings(source)
    assert that_say(before, "no eve-log writes")

    apply(sensor.file, pasted(before))

    after = sensor.findings(source)
    assert not that_say(after, "no eve-log writes")
    assert that_say(after, "has flows")
    assert not that_say(after, "lacks")


def test_a_command_socket_that_is_off_is_pasted_on(sensor):
    tree = sensor.good() | {"unix-command": {"enabled": "no"}}
    sensor.write(tree)
    sink = SuricataDataset(socket=str(sensor.folder / "command.socket"))
    before = sensor.findings(sinks=(sink,))
    assert that_say(before, "needs unix-command")

    apply(sensor.file, pasted(before))

    assert missing(sensor.findings(sinks=(sink,))) == [
        f"{sink.socket} is not there: is Suricata running?"
    ]
    sensor.accepts()


def test_a_suricata_that_runs_answers(sensor):
    sensor.write(sensor.good())
    sink = SuricataDataset(socket=str(sensor.folder / "command.socket"))
    command = [sensor.program, "-c", sensor.file, "-l", sensor.folder, "--unix-socket"]
    running = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: Path(sink.socket).exists() and running.poll() is None)
        until(lambda: that_say(sensor.findings(sinks=(sink,)), "Suricata answers"))
    finally:
        running.terminate()
        running.wait(60)


def until(is_so: Callable[[], Any]) -> None:
    """Within half a minute."""
    end = time.monotonic() + 30.0
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_threads_with_a_file_each_are_told(sensor):
    tree = sensor.good()
    tree["outputs"] = [{"eve-log": sensor.output(threaded="true")}]
    sensor.write(tree)

    assert "eve.1.json" in missing(sensor.findings())[0]


def test_an_include_that_replaces_the_outputs_is_told(sensor):
    tree = sensor.good()
    (sensor.folder / "drop.yaml").write_text(
        "%YAML 1.1\n---\noutputs:\n  - fast:\n      enabled: yes\n"
    )
    sensor.write(tree | {"include": "drop.yaml"})

    found = sensor.findings()

    assert len(that_say(found, "`outputs:` twice, and includes drop.yaml")) == 1
    assert len(that_say(found, "no eve-log writes")) == 1


@pytest.mark.parametrize("text", ["outputs: [", "%YAML 1.1\n---\ninclude: nowhere.yaml\n"])
def test_a_file_that_suricata_does_not_read_is_told(sensor, text):
    sensor.file.write_text(text)

    assert len(that_say(sensor.findings(), "--dump-config")) == 1
