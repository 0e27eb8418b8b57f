"""The command as a user meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netheed import cli
from netheed.exits import CONFIGURATION_ERROR
from netheed.records import Tally
from tests.lines import CONN_JSON, EVE_FLOW, changed
from tests.model_directory import write_model

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    return str(folder)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments))


def run_with_input(data: bytes, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """In another process, whose standard input is a pipe."""
    command = [sys.executable, "-c", "from netheed.cli import main; main()", *arguments]
    return subprocess.run(command, input=data, capture_output=True, check=True)  # noqa: S603


def write(path: Path, *, minutes: int = 5) -> str:
    lines = (changed(CONN_JSON, ts=1_700_000_000.0 + 60 * n) for n in range(minutes))
    path.write_bytes(b"".join(lines))
    return str(path)


def test_score_tells_what_was_read_on_standard_error(tmp_path: Path, model: str) -> None:
    path = write(tmp_path / "conn.log")
    with (tmp_path / "conn.log").open("ab") as file:
        file.write(b"{broken\n")

    result = run("score", path, "--model", model)

    assert result.exit_code == 0
    assert "connections 5, bad lines 1, late 0, skipped 0" in result.stderr
    assert "windows 5, notices 0" in result.stderr
    assert f"{path}:6" in result.stderr
    assert "no notices" in result.stdout


def test_a_folder_with_the_logs_of_two_sensors_counts_a_connection_once(
    tmp_path: Path, model: str
) -> None:
    logs, windows = tmp_path / "logs", tmp_path / "windows.jsonl"
    logs.mkdir()
    (logs / "conn.log").write_bytes(CONN_JSON)
    (logs / "eve.json").write_bytes(EVE_FLOW)

    result = run("score", str(logs), "--model", model, "--windows", str(windows))

    assert "connections 2, seen twice 1, bad lines 0" in result.stderr
    assert [json.loads(line)["connections"] for line in windows.read_bytes().splitlines()] == [1]


def test_every_scored_window_is_written_once(tmp_path: Path, model: str) -> None:
    path, out = write(tmp_path / "conn.log"), tmp_path / "windows.jsonl"

    run("score", path, "--model", model, "--windows", str(out))

    windows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(windows) == 5
    assert set(windows[0]) == {
        "host", "start", "end", "connections", "score", "p_value", "class",
        "scale",
    }  # fmt: skip
    assert windows[0]["host"] == "10.0.0.5"


def test_a_network_of_ones_own_gives_its_hosts_windows(tmp_path: Path, model: str) -> None:
    path, out = write(tmp_path / "conn.log", minutes=1), tmp_path / "windows.jsonl"

    run("score", path, "--model", model, "--windows", str(out), "--local-net", "203.0.113.0/24")

    hosts = [json.loads(line)["host"] for line in out.read_text().splitlines()]
    assert sorted(hosts) == ["10.0.0.5", "203.0.113.9"]


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0"])
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a file"])
def test_standard_input_gives_the_same_windows_as_the_file(
    tmp_path: Path, model: str, name: str, beside: bool
) -> None:
    path, out = write(tmp_path / "conn.log", minutes=200), tmp_path / "windows.jsonl"
    others = [write(tmp_path / "other.log", minutes=150)] if beside else []
    options = ("--model", model, "--windows", str(out))
    run("score", path, *others, *options)
    expected = out.read_bytes()
    out.unlink()

    run_with_input(Path(path).read_bytes(), "score", name, *others, *options)

    assert out.read_bytes() == expected
    assert len(expected.splitlines()) == 200


@pytest.mark.parametrize("option", ["--output", "--windows"])
@pytest.mark.parametrize("name", ["conn.log", "link"])
@pytest.mark.parametrize("given", ["conn.log", "."], ids=["file", "folder"])
def test_an_input_is_never_written_over(
    tmp_path: Path, model: str, option: str, name: str, given: str
) -> None:
    path = Path(write(tmp_path / "conn.log"))
    before = path.read_bytes()
    (tmp_path / "link").symlink_to(path)

    result = run("score", str(tmp_path / given), option, str(tmp_path / name), "--model", model)

    assert result.exit_code == 1
    assert f"{tmp_path / name}: is read by the same run" in result.stderr
    assert path.read_bytes() == before


def test_a_configuration_is_never_written_over(tmp_path: Path, model: str) -> None:
    path, config = write(tmp_path / "conn.log"), tmp_path / "netheed.yaml"
    config.write_text("triage: {p_value: 0.001}\n")

    result = run("score", path, "--config", str(config), "--output", str(config), "--model", model)

    assert result.exit_code == 1
    assert config.read_text() == "triage: {p_value: 0.001}\n"


def test_notices_and_windows_do_not_share_a_file(tmp_path: Path, model: str) -> None:
    path, out = write(tmp_path / "conn.log"), tmp_path / "out"
    out.write_bytes(b"of yesterday\n")

    result = run("score", path, "--output", str(out), "--windows", str(out), "--model", model)

    assert result.exit_code == 1
    assert f"{out}: is written by the same run" in result.stderr
    assert out.read_bytes() == b"of yesterday\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["score", "nowhere.log"], 1, "nowhere.log: no such file or folder"),
        (["score"], 2, "Missing argument"),
        (["score", "x", "--as", "xml"], 2, "xml"),
        (["score", ".", "--local-net", "here"], 78, "--local-net: 'here' does not"),
        (["score", ".", "--config", "nowhere.yaml"], 78, "nowhere.yaml: No such file"),
        (["score", ".", "--model", "nowhere"], 78, "nowhere/manifest.yaml: No such file"),
    ],
    ids=["missing file", "no path", "strange form", "strange network", "no config", "no model"],
)
def test_what_is_wrong_is_told_in_one_line_with_an_exit_code(
    arguments: list[str], code: int, told: str
) -> None:
    result = run(*arguments)

    assert result.exit_code == code
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_a_model_that_cannot_be_used_is_a_configuration_error(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    with (tmp_path / "model" / "model.onnx").open("ab") as file:
        file.write(b" ")

    result = run("score", write(tmp_path / "conn.log"), "--model", str(tmp_path / "model"))

    assert result.exit_code == CONFIGURATION_ERROR
    assert "model.onnx: is not the file" in result.stderr


@pytest.mark.parametrize("text", ['"\\e[31m": 1', '"a\\u202eb\\x9b": 1', 'model: "\\ud800\\e[2J"'])
def test_an_error_carries_no_control_character_to_the_terminal(tmp_path: Path, text: str) -> None:
    (tmp_path / "netheed.yaml").write_text(text)

    result = run("score", ".", "--config", str(tmp_path / "netheed.yaml"))

    assert result.exit_code == CONFIGURATION_ERROR
    assert result.stderr.startswith("netheed: ")
    assert result.stderr.removesuffix("\n").isprintable()


ODD_NAME = "a\x1b]0;title\x07\x9b2J\n\u202eb.log"
"""A terminal would set its title, clear its screen, and show the end from right to left."""


def assert_harmless(text: str) -> None:
    assert all(line.isprintable() for line in text.split("\n"))
    assert "\\x1b]0;title" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", ODD_NAME],
        ["score", ".", "--config", ODD_NAME],
        ["score", ".", "--model", ODD_NAME],
        ["score", ".", "--output", f"{ODD_NAME}/notices"],
        ["score", "conn.log", "--windows", f"{ODD_NAME}/windows"],
    ],
    ids=["input", "config", "model", "output", "windows"],
)
def test_a_path_in_an_error_commands_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "conn.log")

    result = run(*arguments)

    assert result.exit_code in {1, 78}
    assert result.stderr.count("\n") == 1
    assert_harmless(result.stderr)


@pytest.mark.parametrize("folder", ["", f"{ODD_NAME}.d"], ids=["file", "folder"])
def test_a_bad_record_in_a_file_with_an_odd_name_commands_no_terminal(
    tmp_path: Path, model: str, folder: str
) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    write(tmp_path / folder / ODD_NAME)
    with (tmp_path / folder / ODD_NAME).open("ab") as file:
        file.write(b"{broken \x1b[2J\n" * 10)

    result = run("score", str(tmp_path), "--model", model)

    assert "connections 5, bad lines 10" in result.stderr
    assert_harmless(result.stderr)


def test_a_run_that_could_read_nothing_has_failed(tmp_path: Path, model: str) -> None:
    (tmp_path / "words.txt").write_text("just words\n")

    result = run("score", str(tmp_path), "--model", model)

    assert result.exit_code == 1
    assert "nothing could be read" in result.stderr


def test_the_summary_says_what_was_skipped() -> None:
    tally = Tally(connections=10, skipped={"dns": 3, "alert": 1})

    assert "skipped 4 (alert 1, dns 3)" in cli.summary(tally, 2.0)
    assert "5 connections per CPU-second" in cli.summary(tally, 2.0)


def test_the_version_is_told() -> None:
    assert "0.1.0" in run("--version").stdout


def test_equal_addresses_of_two_sites_are_two_hosts(tmp_path: Path, model: str) -> None:
    for site in ("berlin", "lyon"):
        (tmp_path / site).mkdir()
        write(tmp_path / site / "conn.log")
    (tmp_path / "netheed.yaml").write_text(
        f"sites:\n- {{name: berlin, origins: '{tmp_path}/berlin/*'}}\n"
        f"- {{name: lyon, origins: '{tmp_path}/lyon/*'}}\n"
    )
    files = [str(tmp_path / "berlin"), str(tmp_path / "lyon"), "--model", model]
    windows = ["--windows", str(tmp_path / "windows.jsonl")]

    run("score", *files, *windows)
    merged = list(map(json.loads, (tmp_path / "windows.jsonl").read_bytes().splitlines()))
    run("score", *files, *windows, "--config", str(tmp_path / "netheed.yaml"))
    parted = list(map(json.loads, (tmp_path / "windows.jsonl").read_bytes().splitlines()))

    assert {window["host"] for window in merged} == {"10.0.0.5"}
    assert {(window["site"], window["host"]) for window in parted} == {
        ("berlin", "10.0.0.5"),
        ("lyon", "10.0.0.5"),
    }
    assert len(parted) == 2 * len(merged)
    assert sum(w["connections"] for w in parted) == sum(w["connections"] for w in merged) == 10


def test_scoring_a_file_loads_nothing_that_only_other_commands_need(
    tmp_path: Path, model: str
) -> None:
    log = write(tmp_path / "conn.log")
    script = "import sys; from netheed.cli import main; main(standalone_mode=False)"
    command = [sys.executable, "-c", f"{script}; print(*sys.modules)", "score", log]
    ended = subprocess.run(  # noqa: S603
        [*command, "--model", model, "--as", "jsonl"], capture_output=True, check=True
    )
    loaded = set(ended.stdout.decode().splitlines()[-1].split())

    others = {"asyncio", "prometheus_client", "redis", "rich", "sqlite3", "structlog", "websockets"}
    commands = {f"netheed.{name}" for name in ("hunting", "laboratory", "service", "wiring")}
    assert "netheed.cli" in loaded
    assert loaded & (others | commands) == set()


def test_help_lists_every_command() -> None:
    told = run("--help").stdout.partition("Commands:\n")[2]

    assert [line.split()[0] for line in told.splitlines()] == sorted(["score", *cli.OTHERS])


def test_a_command_that_is_not_there_is_an_error() -> None:
    wrong = run("nothing")

    assert wrong.exit_code == 2
    assert "No such command 'nothing'" in wrong.stderr
