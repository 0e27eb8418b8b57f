"""`run` and `check` refuse what cannot work, and say where."""

import json
import os
import resource
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netheed import checkpoint
from netheed.cli import main
from tests.taken import taken_port


def configured(folder: Path, **daemon: str) -> Path:
    """A configuration over a log that is not there yet."""
    settings = {
        "sources": [{"type": "zeek_log", "path": str(folder / "conn.log")}],
        "sinks": [{"type": "jsonl", "path": str(folder / "notices.jsonl")}],
        "daemon": {"state": str(folder / "state"), **daemon},
    }
    path = folder / "netheed.yaml"
    path.write_text(json.dumps(settings))
    return path


def ran(command: str, file: Path, *options: str) -> Result:
    """What came of a command with a configuration."""
    return CliRunner().invoke(main, [command, *options, "--config", str(file)])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sources: [{type: zeek_lok}]", "sources[0].type: Invalid"),
        ("sources: [{type: zeek_log}]", "netheed.yaml: sources[0].path: is missing"),
        ("sources: [{type: zeek_log, path: 1}]", "netheed.yaml: sources[0].path: Expected"),
        ("sinks: [{type: jsonl, path: a, mode: b}]", "sinks[0].mode: is not known here"),
        ("daemon: {metrics: '0.0.0.0:9712'}", "netheed.yaml: daemon.metrics"),
        ("daemon: {checkpoint_every: -1}", "netheed.yaml: daemon.checkpoint_every"),
        ("sinks: []", "netheed.yaml: sources: none is configured"),
        ("model: /nowhere\nsources: [{type: zeek_log, path: a}]", "netheed.yaml: model: /nowhere"),
        (
            "limits: {open_windows: 8}\nwindows: {lateness: 481}\n"
            "sources: [{type: zeek_log, path: a}]\ndaemon: {state: state}",
            "netheed.yaml: limits.open_windows: ",
        ),
        (
            "sources: [{type: zeek_log, path: a}, {type: zeek_log, path: ./a}]",
            "netheed.yaml: sources[1].path: is the same as sources[0].path",
        ),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_what_cannot_be_stops_with_its_place_and_78(
    tmp_path: Path, text: str, told: str, command: str
) -> None:
    path = tmp_path / "netheed.yaml"
    path.write_text(text)

    result = ran(command, path)

    assert result.exit_code == 78
    assert told in result.output.splitlines()[-1]


def test_check_tells_in_three_stages_what_is_in_order(tmp_path: Path) -> None:
    path = configured(tmp_path)

    result = ran("check", path)

    assert result.exit_code == 0
    assert [line.partition(":")[0] for line in result.output.splitlines()] == [
        "fields",
        "wiring",
        "environment",
    ]


def test_check_names_each_place_of_the_environment_that_is_wrong(tmp_path: Path) -> None:
    path = configured(tmp_path)
    (tmp_path / "conn.log").mkdir()

    wrong = ran("check", path)
    offline = ran("check", path, "--offline")

    assert (wrong.exit_code, offline.exit_code) == (1, 0)
    assert f"environment: sources[0].path: {tmp_path}/conn.log: Is a directory" in wrong.output
    assert os.fspath(path) in wrong.output


def test_check_warns_of_a_state_of_no_use_and_does_not_fail_for_it(tmp_path: Path) -> None:
    path = configured(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "checkpoint").write_bytes(b"")

    result = ran("check", path)

    assert result.exit_code == 0
    told = f"environment: daemon.state: warning: {tmp_path}/state/checkpoint: is damaged"
    assert told in result.stderr
    assert "environment: in order" in result.stdout


def test_check_leaves_nothing_behind(tmp_path: Path) -> None:
    path = configured(tmp_path)

    ran("check", path)

    assert list(tmp_path.iterdir()) == [path]


def test_a_zeek_that_does_not_answer_is_a_problem_of_its_url(tmp_path: Path) -> None:
    path = tmp_path / "netheed.yaml"
    path.write_text("sources: [{type: zeek_websocket, url: 'ws://127.0.0.1:1/v1/messages/json'}]")

    result = ran("check", path)

    assert result.exit_code == 1
    assert "environment: sources[0].url: ws://127.0.0.1:1/v1/messages/json: " in result.output


@pytest.mark.parametrize("kind", ["sources", "sinks"])
def test_plain_websockets_to_another_host_need_to_be_asked_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "netheed.yaml"
    far = {"type": "zeek_websocket", "url": "ws://192.0.2.1:27759/"}
    path.write_text(json.dumps({"sources": [{"type": "zeek_websocket"}], kind: [far]}))

    result = ran("check", path, "--offline")

    assert result.exit_code == 78
    assert f"netheed.yaml: {kind}[0].url: plain ws:// leaves this host" in result.output


def test_check_of_a_state_that_a_netheed_runs_on_says_so_and_tries_no_port(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    held = checkpoint.lock(tmp_path / "state")
    with taken_port() as listen:
        path = configured(tmp_path, metrics=listen)

        running = ran("check", path)
        os.close(held)
        alone = ran("check", path)

    assert running.exit_code == 0
    assert "environment: a netheed runs on this state now" in running.output
    assert alone.exit_code == 1
    assert f"environment: daemon.metrics: {listen}: Address already in use" in alone.output


@pytest.mark.parametrize("command", ["run", "check"])
def test_memory_that_the_machine_has_not_is_told_with_the_limits(
    tmp_path: Path, command: str
) -> None:
    path = configured(tmp_path)
    huge = {"hosts": 2**24, "pairs": 2**28, "novelties": 2**30}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"limits": huge}))
    bounds = resource.getrlimit(resource.RLIMIT_AS)
    # Beside what earlier tests have asked for and not touched.
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + (16 << 30)
    resource.setrlimit(resource.RLIMIT_AS, (most, bounds[1]))
    try:
        result = ran(command, path)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, bounds)

    assert result.exit_code == 1
    assert f"netheed: {path}: limits: there is no such memory" in result.output


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_configuration_that_cannot_be_read_is_a_configuration_error(
    tmp_path: Path, command: str
) -> None:
    result = ran(command, tmp_path)

    assert result.exit_code == 78
    assert f"netheed: {tmp_path}: Is a directory" in result.output
