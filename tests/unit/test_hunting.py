"""`netheed beacons` as a hunter meets it."""

import csv
import gzip
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from netheed import cli, hunting
from netheed.exits import CONFIGURATION_ERROR
from netheed.sinks.formats.beacons import FIELDS
from tests.lines import CONN_JSON, EVE_FLOW, changed
from tests.model_directory import pair_onnx_model, write_model
from tests.names import ZEEK_DNS

START = 1_700_000_040.0
IMPLANT = "198.51.100.66"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder, pairs=pair_onnx_model())
    return str(folder)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["beacons", *arguments])


def lines(peers: int = 3, calls: int = 5) -> bytes:
    """A connection a minute to each of some peers."""
    return b"".join(
        changed(CONN_JSON, ts=START + 60.0 * n, **{"id.resp_h": f"203.0.113.{9 + peer}"})
        for n in range(calls)
        for peer in range(peers)
    )


def write(path: Path, **given: int) -> str:
    path.write_bytes(lines(**given))
    return str(path)


def listed(*arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*arguments, "--as", "jsonl").stdout.splitlines()]


def metronome(path: Path) -> str:
    """Two days of a call in ten minutes, among hosts that each call many peers."""
    calls = [
        changed(CONN_JSON, ts=START + 600.0 * n, **{"id.resp_h": IMPLANT}) for n in range(6 * 48)
    ]
    others = [
        changed(
            CONN_JSON,
            ts=START + 601.0 * n,
            orig_ip_bytes=300 + 7919 * n % 5000,
            **{"id.orig_h": f"10.0.0.{6 + n % 5}", "id.resp_h": f"203.0.113.{n * n % 90}"},
        )
        for n in range(6 * 48)
    ]
    both = zip(calls, others, strict=True)
    path.write_bytes(b"".join(line for pair in both for line in pair))
    return str(path)


def test_a_metronome_to_one_outside_peer_is_listed_with_what_makes_it_one(
    tmp_path: Path, model: str
) -> None:
    found = listed(metronome(tmp_path / "conn.log"), "--model", model, "--top", "1000")

    (implant,) = (pair for pair in found if pair["peer"] == IMPLANT)
    assert {name: implant[name] for name in ("host", "port", "proto", "service", "peer_hosts")} == {
        "host": "10.0.0.5", "port": 443, "proto": "tcp", "service": "ssl", "peer_hosts": 1,
    }  # fmt: skip
    assert implant["period"] == pytest.approx(600.0, rel=0.01)
    assert implant["jitter"] == pytest.approx(0.0, abs=0.01)
    assert implant["size_sameness"] == pytest.approx(1.0, abs=0.01)
    assert implant["persistence"] == pytest.approx(1.0)
    assert 280 <= implant["connections"] <= 288  # up to its last look, in its last hour
    assert implant["span"] == pytest.approx(47.5 * 3600.0, abs=3600.0)


def test_each_pair_is_listed_once_the_oddest_first(tmp_path: Path, model: str) -> None:
    found = listed(metronome(tmp_path / "conn.log"), "--model", model, "--top", "1000")

    pairs = [(pair["host"], pair["peer"], pair["port"]) for pair in found]
    assert len(set(pairs)) == len(pairs) > 1
    ranks = [(pair["p_value"], -pair["score"]) for pair in found]
    assert ranks == sorted(ranks)


def test_the_list_is_a_table_where_nothing_else_is_asked_for(tmp_path: Path, model: str) -> None:
    result = run(write(tmp_path / "conn.log"), "--model", model)

    assert result.exit_code == 0
    assert result.stdout.count("443/tcp ssl") == 3


def test_what_was_read_is_told_on_standard_error(tmp_path: Path, model: str) -> None:
    path = Path(write(tmp_path / "conn.log"))
    path.write_bytes(path.read_bytes() + b"{broken\n")

    result = run(str(path), "--model", model)

    assert "connections 15, bad lines 1, late 0, pairs 3" in result.stderr
    assert f"{path}:16" in result.stderr


def test_no_more_pairs_are_listed_than_asked_for(tmp_path: Path, model: str) -> None:
    path = write(tmp_path / "conn.log")

    all_of_them = listed(path, "--model", model)

    assert listed(path, "--model", model, "--top", "2") == all_of_them[:2]


def test_fifty_pairs_are_listed_where_nothing_is_asked_for(tmp_path: Path, model: str) -> None:
    path = write(tmp_path / "conn.log", peers=60)

    assert len(listed(path, "--model", model)) == 50


def test_pairs_that_are_not_listed_are_counted(tmp_path: Path, model: str) -> None:
    result = run(write(tmp_path / "conn.log"), "--model", model, "--top", "1")

    assert "pairs 3" in result.stderr


def test_pairs_that_were_not_kept_are_counted(
    tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hunting, "MOST", 1)

    result = run(write(tmp_path / "conn.log"), "--model", model)

    assert "pairs 3" in result.stderr


def test_csv_has_a_row_for_each_pair(tmp_path: Path, model: str) -> None:
    result = run(write(tmp_path / "conn.log"), "--model", model, "--as", "csv")

    header, *rows = csv.reader(io.StringIO(result.stdout_bytes.decode(), newline=""), strict=True)
    assert tuple(header) == FIELDS
    assert len(rows) == 3


@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
def test_the_list_goes_to_a_file_as_it_does_to_standard_output(
    tmp_path: Path, model: str, form: str
) -> None:
    path, out = write(tmp_path / "conn.log"), tmp_path / "list"

    run(path, "--model", model, "--as", form, "--output", str(out))

    assert out.read_bytes() == run(path, "--model", model, "--as", form).stdout_bytes


def with_terminal(*arguments: str) -> bytes:
    """What the command shows where its standard output is a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from netheed.cli import main; main()", "beacons", *arguments]
    with os.fdopen(theirs, "wb", buffering=0) as terminal:
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "120"}
        subprocess.run(  # noqa: S603
            command, stdout=terminal, stderr=subprocess.DEVNULL, check=True, env=environment
        )
        terminal.write(b"end")
        shown = os.read(ours, 65_536)
    os.close(ours)
    return shown.removesuffix(b"end")


def test_a_terminal_gets_a_bold_header(tmp_path: Path, model: str) -> None:
    assert b"\x1b[1m" in with_terminal(write(tmp_path / "conn.log"), "--model", model)


def test_a_file_gets_nothing_that_is_for_terminals(tmp_path: Path, model: str) -> None:
    path, out = write(tmp_path / "conn.log"), tmp_path / "list"

    with_terminal(path, "--model", model, "--output", str(out))

    assert b"443/tcp ssl" in out.read_bytes()
    assert b"\x1b" not in out.read_bytes()


@pytest.mark.parametrize("name", ["conn.log", "link"])
@pytest.mark.parametrize("given", ["conn.log", "."], ids=["file", "folder"])
def test_an_input_is_never_written_over(tmp_path: Path, model: str, name: str, given: str) -> None:
    path = Path(write(tmp_path / "conn.log"))
    (tmp_path / "link").symlink_to(path)

    result = run(str(tmp_path / given), "--output", str(tmp_path / name), "--model", model)

    assert result.exit_code == 1
    assert f"{tmp_path / name}: is read by the same run" in result.stderr
    assert path.read_bytes() == lines()


def test_a_configuration_is_never_written_over(tmp_path: Path, model: str) -> None:
    path, config = write(tmp_path / "conn.log"), tmp_path / "netheed.yaml"
    config.write_text("triage: {p_value: 0.001}\n")

    result = run(path, "--config", str(config), "--output", str(config), "--model", model)

    assert result.exit_code == 1
    assert config.read_text() == "triage: {p_value: 0.001}\n"


def test_a_model_that_knows_no_pairs_is_a_configuration_error(tmp_path: Path) -> None:
    write_model(tmp_path / "model")

    result = run(write(tmp_path / "conn.log"), "--model", str(tmp_path / "model"))

    assert result.exit_code == CONFIGURATION_ERROR
    assert result.stderr == f"netheed: {tmp_path / 'model'}: this model knows no pairs\n"


def test_an_output_is_not_emptied_for_a_model_that_knows_no_pairs(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    out = tmp_path / "list"
    out.write_bytes(b"of yesterday\n")
    options = ("--model", str(tmp_path / "model"), "--output", str(out))

    run(write(tmp_path / "conn.log"), *options)

    assert out.read_bytes() == b"of yesterday\n"


def test_a_folder_is_listed_as_its_files_are(tmp_path: Path, model: str) -> None:
    (tmp_path / "logs" / "deep").mkdir(parents=True)
    one, other = tmp_path / "logs" / "conn.log", tmp_path / "logs" / "deep" / "flow.json"
    write(one)
    flow = changed(EVE_FLOW, src_ip="10.0.0.6")
    other.write_bytes(b"".join(changed(flow, flow_id=n) for n in range(5)))

    found = listed(str(tmp_path / "logs"), "--model", model)

    assert {pair["host"] for pair in found} == {"10.0.0.5", "10.0.0.6"}
    assert found == listed(str(one), str(other), "--model", model)


def test_a_gzip_file_is_listed_as_its_content_is(tmp_path: Path, model: str) -> None:
    plain, packed = write(tmp_path / "conn.log"), tmp_path / "conn.log.gz"
    packed.write_bytes(gzip.compress(lines()))

    assert run(str(packed), "--model", model).stdout == run(plain, "--model", model).stdout


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_is_listed_as_the_file_is(tmp_path: Path, model: str, name: str) -> None:
    expected = run(write(tmp_path / "conn.log"), "--model", model, "--as", "csv").stdout_bytes
    command = [sys.executable, "-c", "from netheed.cli import main; main()", "beacons", name]

    result = subprocess.run(  # noqa: S603
        [*command, "--model", model, "--as", "csv"], input=lines(), capture_output=True, check=True
    )

    assert result.stdout == expected


def test_the_peer_has_the_name_by_which_its_host_asked_for_it(tmp_path: Path, model: str) -> None:
    write(tmp_path / "conn.log", peers=1)
    (tmp_path / "dns.log").write_bytes(changed(ZEEK_DNS, ts=START - 5.0))

    (found,) = listed(str(tmp_path), "--model", model)

    assert found["peer_name"] == "cdn.example"


def test_pairs_below_the_threshold_of_notices_are_listed(tmp_path: Path, model: str) -> None:
    path, config = write(tmp_path / "conn.log"), tmp_path / "netheed.yaml"
    config.write_text("triage: {p_value: 1.0e-12}\n")

    assert len(listed(path, "--model", model, "--config", str(config))) == 3


def test_only_pairs_with_a_peer_outside_are_listed_with_external(
    tmp_path: Path, model: str
) -> None:
    inside = b"".join(changed(one, **{"id.resp_h": "10.0.0.99"}) for one in lines(1).splitlines())
    (tmp_path / "conn.log").write_bytes(lines(peers=1) + inside)
    arguments = (str(tmp_path / "conn.log"), "--model", model)

    assert {pair["peer"] for pair in listed(*arguments)} == {"203.0.113.9", "10.0.0.99"}
    assert [pair["peer"] for pair in listed(*arguments, "--external")] == ["203.0.113.9"]


def test_only_pairs_of_the_hosts_that_are_named_are_listed(tmp_path: Path, model: str) -> None:
    hosts = ("10.0.0.5", "10.0.0.6", "fd00::7")
    (tmp_path / "conn.log").write_bytes(
        b"".join(changed(one, **{"id.orig_h": h}) for h in hosts for one in lines(1).splitlines())
    )
    arguments = (str(tmp_path / "conn.log"), "--model", model)

    found = listed(*arguments, "--host", "10.0.0.6", "--host", "FD00:0::7")

    assert {pair["host"] for pair in found} == {"10.0.0.6", "fd00::7"}


def test_a_network_of_ones_own_gives_its_hosts_pairs(tmp_path: Path, model: str) -> None:
    ends = {"id.orig_h": "198.51.100.5", "id.resp_h": "10.0.0.5"}
    calls = (changed(line, **ends) for line in lines(peers=1).splitlines())
    (tmp_path / "conn.log").write_bytes(b"".join(calls))
    arguments = (str(tmp_path / "conn.log"), "--model", model)

    assert listed(*arguments) == []
    assert len(listed(*arguments, "--local-net", "198.51.100.0/24")) == 1


def test_equal_addresses_of_two_sites_are_two_hosts(tmp_path: Path, model: str) -> None:
    for site in ("berlin", "lyon"):
        (tmp_path / site).mkdir()
        write(tmp_path / site / "conn.log", peers=1)
    config = tmp_path / "netheed.yaml"
    config.write_text(
        f"sites:\n- {{name: berlin, origins: '{tmp_path}/berlin/*'}}\n"
        f"- {{name: lyon, origins: '{tmp_path}/lyon/*'}}\n"
    )
    folders = (str(tmp_path / "berlin"), str(tmp_path / "lyon"))

    found = listed(*folders, "--model", model, "--config", str(config))

    assert sorted(pair["site"] for pair in found) == ["berlin", "lyon"]


def test_no_pair_that_is_often_enough_is_said_and_no_failure(tmp_path: Path, model: str) -> None:
    result = run(write(tmp_path / "conn.log", calls=3), "--model", model)

    assert (result.exit_code, result.stdout) == (0, "no pair was seen often enough\n")


def test_a_run_that_could_read_nothing_has_failed(tmp_path: Path, model: str) -> None:
    (tmp_path / "words.txt").write_text("just words\n")

    result = run(str(tmp_path), "--model", model)

    assert result.exit_code == 1
    assert "nothing could be read" in result.stderr


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_form(option: str) -> None:
    result = run(option)

    assert result.exit_code == 0
    assert "[table|jsonl|csv]" in result.stdout


def test_the_command_is_among_those_of_netheed() -> None:
    assert "beacons" in CliRunner().invoke(cli.main, ["-h"]).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nowhere.log"], 1, "nowhere.log: no such file or folder"),
        ([], 2, "Missing argument"),
        (["x", "--as", "xml"], 2, "xml"),
        (["x", "--top", "0"], 2, "--top"),
        (["x", "--host", "here"], 2, "'here' is no address"),
        ([".", "--local-net", "here"], 78, "--local-net: 'here' does not"),
        ([".", "--config", "nowhere.yaml"], 78, "nowhere.yaml: No such file"),
        ([".", "--model", "nowhere"], 78, "nowhere/manifest.yaml: No such file"),
    ],
    ids=["missing file", "no path", "form", "none", "host", "network", "no config", "no model"],
)
def test_what_is_wrong_is_told_in_one_line_with_an_exit_code(
    arguments: list[str], code: int, told: str
) -> None:
    result = run(*arguments)

    assert result.exit_code == code
    assert told in result.stderr
    assert "Traceback" not in result.output
