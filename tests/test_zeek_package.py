"""The zkg package is what zkg and the bridge expect; only a real Zeek can say that it runs."""

import configparser
import re
from pathlib import Path

import pytest

from netheed.zeek import wire

REPOSITORY = Path(__file__).parents[1]
PACKAGE = configparser.ConfigParser(interpolation=None)
PACKAGE.read_string((REPOSITORY / "zkg.meta").read_text(encoding="utf-8"))
META = PACKAGE["package"]
SCRIPTS = REPOSITORY / META["script_dir"]
MAIN = (SCRIPTS / "main.zeek").read_text(encoding="utf-8")
CODE = re.sub(r"^\s*#.*$", "", MAIN, flags=re.MULTILINE)
ZEEK_DOC = (REPOSITORY / "docs" / "zeek.md").read_text(encoding="utf-8")

# Positions are the wire format: what stands here may only grow at its end.
CONN = [
    ("ts", "double"),
    ("uid", "string"),
    ("orig_h", "addr"),
    ("orig_p", "port"),
    ("resp_h", "addr"),
    ("resp_p", "port"),
    ("service", "string &optional"),
    ("duration", "double &optional"),
    ("orig_bytes", "count &optional"),
    ("resp_bytes", "count &optional"),
    ("conn_state", "string &optional"),
    ("local_orig", "bool &optional"),
    ("local_resp", "bool &optional"),
    ("history", "string &optional"),
    ("orig_pkts", "count &optional"),
    ("orig_ip_bytes", "count &optional"),
    ("resp_pkts", "count &optional"),
    ("resp_ip_bytes", "count &optional"),
    ("community_id", "string &optional"),
]
VERDICT = [
    ("ts", "double"),
    ("notice_id", "string"),
    ("host", "addr"),
    ("class", "string"),
    ("score", "double"),
    ("uids", "vector of string"),
    ("msg", "string"),
    ("sub", "string"),
]
EVENTS = {
    "conn_batch": "schema: count, node: string, seq: count, conns: vector of Conn, "
    "sent: count, dropped: count",
    "verdict": "schema: count, v: Verdict",
    "seen": "schema: count, notice_id: string",
}


def record_fields(script: str, name: str) -> list[tuple[str, str]]:
    """Names and types of a record of the script, in their order."""
    body = re.search(rf"type {name}: record \{{(.*?)\}};", script, re.DOTALL)[1]
    return re.findall(r"(\w+): ([^;]+);", body)


def bodies() -> list[tuple[str, str]]:
    """Each function and event with what it does, in their order; events may have several."""
    one = r"^(?:function|event) ([\w:]+)\(.*?^\t\{$(.*?)^\t\}$"
    return re.findall(one, CODE, re.MULTILINE | re.DOTALL)


def function_body(name: str) -> str:
    """What a function, or an event with one handler, does."""
    (body,) = (body for found, body in bodies() if found == name)
    return body


def callers(of: str) -> set[str]:
    """The functions and events that call one."""
    return {name for name, body in bodies() if re.search(rf"(?<![\w:]){of}\(", body)}


def settings(kind: str) -> dict[str, str]:
    """The options, or the constants that may be redefined, with their defaults."""
    end = " &redef" if kind == "const" else ""
    return dict(re.findall(rf"^\t{kind} (\w+)(?:: \w+)? = (.+?){end};$", CODE, re.MULTILINE))


def test_zkg_finds_scripts_and_builds_nothing():
    assert (SCRIPTS / "__load__.zeek").is_file()
    assert not {"plugin_dir", "build_command"} & set(META)
    assert META["depends"].split() == ["zeek", ">=7.1.0"]
    assert META["external_depends"].split() == ["netheed", ">=0.1.0"]


def test_the_test_command_of_zkg_finds_its_tests():
    folder = REPOSITORY / re.match(r"cd (\S+) && btest -c btest\.cfg$", META["test_command"])[1]
    config = configparser.ConfigParser(interpolation=None)
    config.read_string((folder / "btest.cfg").read_text(encoding="utf-8"))

    assert list((folder / config["btest"]["TestDirs"]).glob("*.zeek"))
    package = config["environment"]["PACKAGE"].replace("%(testbase)s", str(folder))
    assert Path(package).samefile(SCRIPTS)


def test_load_names_files_that_exist():
    loaded = re.findall(r"^@load \./(\S+)$", (SCRIPTS / "__load__.zeek").read_text(), re.MULTILINE)

    assert loaded
    assert all((SCRIPTS / f"{name}.zeek").is_file() for name in loaded)


@pytest.mark.parametrize(("name", "fields"), [("Conn", CONN), ("Verdict", VERDICT)])
def test_a_record_has_the_fields_of_the_wire_in_their_order(name, fields):
    assert record_fields(CODE, name) == fields


def test_the_wire_begins_with_the_fields_that_ran_on_a_real_zeek(shared):
    script = shared / "zeek" / "netheed.zeek"
    if not script.is_file():
        pytest.skip(f"no {script}")
    proven = script.read_text(encoding="utf-8")

    assert record_fields(CODE, "Conn")[:18] == record_fields(proven, "Conn")
    assert record_fields(CODE, "Verdict") == record_fields(proven, "Verdict")


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_has_the_arguments_of_the_wire(name):
    declared = re.search(rf"global {name}: event\((.*?)\) &is_used;", CODE, re.DOTALL)[1]

    assert " ".join(declared.split()) == EVENTS[name]


def test_schemas_are_those_of_the_wire():
    schemas = dict(re.findall(r"^const (\w+)_schema = (\d+);$", CODE, re.MULTILINE))

    assert schemas == {"conn": "2", "verdict": "1", "seen": "1"}


@pytest.mark.parametrize(
    "listener",
    ["Cluster::listen_websocket", "Broker::listen_websocket", "Broker::listen"],
)
def test_nothing_listens_where_zeek_reads_a_capture(listener):
    (wrapper,) = callers(listener)
    assert callers(wrapper) == {"listen"}
    assert callers("listen") == {"zeek_init"}

    assert re.search(r"may_listen\(\) \)\s+listen\(\);", CODE)
    assert "return listen_when_reading_traces || ! reading_traces();" in function_body("may_listen")


def test_every_verdict_that_is_understood_is_answered():
    body = function_body("Netheed::verdict")

    # The answer stands outside of the condition that keeps repeats from a second notice.
    assert re.search(r"\n\tCluster::publish\(seen_topic, seen, seen_schema, v\$notice_id\);", body)


def test_a_connection_is_counted_as_sent_or_as_dropped():
    body = function_body("flush_batch")

    assert re.search(r"\)\s+count_sent\(\|batch\|\);\s+else\s+count_dropped\(\|batch\|\);", body)
    assert "count_dropped(1);" in function_body("connection_state_remove")


@pytest.mark.parametrize("kind", ["option", "const"])
def test_the_page_for_operators_tells_each_setting_with_its_default(kind):
    told = dict(re.findall(r"^\| `(\w+)` \| `(.+?)` \|", ZEEK_DOC, re.MULTILINE))
    found = settings(kind)

    assert found
    assert found.items() <= told.items()


def test_no_message_holds_more_than_the_bridge_takes() -> None:
    (largest,) = re.findall(r"^const largest_batch = (\d+);", CODE, re.MULTILINE)

    assert int(largest) == wire.MOST_CONNECTIONS
