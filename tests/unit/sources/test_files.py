"""Files are recognised by content, and no bytes harm their neighbours."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.errors import BadRecordError, NetheedError
from netheed.records import Connection, Tally
from netheed.sources.decode import FORMATS, Format
from netheed.sources.decode.eve import EveDecoder, EveRecord
from netheed.sources.files import beside_of, connections_of, find_files, read_file
from netheed.sources.lines import LONGEST_LINE, STANDARD_INPUT
from netheed.sources.reader import PATIENCE
from tests.acts import (
    EVE_ALERT,
    EVE_KRB5,
    TSV_KERBEROS_HEADER,
    TSV_KERBEROS_ROW,
    ZEEK_DCE_RPC,
    ZEEK_SMB_MAPPING,
)
from tests.lines import CONN_JSON, EVE_FLOW, TSV_HEADER, TSV_ROW, changed
from tests.names import EVE_TLS, TSV_DNS_HEADER, TSV_DNS_ROW, ZEEK_DNS, ZEEK_HTTP, ZEEK_SSL


def told(batch: Columns) -> list[Connection]:
    return batch.connections(np.arange(len(batch)))


def read(path: Path, data: bytes) -> tuple[list[Connection], Tally, list[BadRecordError]]:
    path.write_bytes(data)
    tally, bad = Tally(), []
    parts = read_file(path, AddressWords(), tally, bad.append, lines=3)
    found = [c for part in parts for c in told(part.batch)]
    assert tally.connections == len(found)
    assert tally.bad == len(bad)
    return found, tally, bad


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.log"


@pytest.mark.parametrize(
    "data",
    [
        TSV_HEADER + TSV_ROW * 3,
        CONN_JSON * 3,
        EVE_FLOW * 3,
        (TSV_HEADER + TSV_ROW * 3).replace(b"\n", b"\r\n"),
        (CONN_JSON * 3).rstrip(b"\n"),
        gzip.compress(EVE_FLOW * 3),
        b"\xef\xbb\xbf" + CONN_JSON * 3,
        TSV_ROW * 3,
    ],
    ids=["tsv", "json", "eve", "crlf", "no final newline", "gzip", "bom", "headerless"],
)
def test_every_form_gives_its_three_connections(path: Path, data: bytes) -> None:
    found, _, bad = read(path, data)

    assert (len(found), bad) == (3, [])
    assert {(c.orig, c.resp, c.resp_port) for c in found} == {("10.0.0.5", "203.0.113.9", 443)}


@pytest.mark.parametrize(
    ("line", "name"),
    [(EVE_FLOW, "eve"), (CONN_JSON, "zeek_json"), (TSV_ROW, "zeek_tsv"), (b"words", "zeek_tsv")],
)
def test_one_format_alone_recognises_a_line_of_its_own(line: bytes, name: str) -> None:
    assert [n for n, form in FORMATS.items() if form.recognises(line)] == [name]


PARTS = st.sampled_from([b"{", b'"id.orig_h":', b'"event_type":', b"x" * 300, b"#fields", b" "])


@given(st.lists(PARTS, min_size=1, max_size=6).map(b"".join))
def test_no_two_formats_recognise_the_same_line(line: bytes) -> None:
    assert sum(form.recognises(line) for form in FORMATS.values()) == 1


def test_a_format_that_is_added_to_the_table_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Mine(EveDecoder):
        def record(self, line: bytes) -> EveRecord:
            return super().record(EVE_FLOW)

    mine = Format(lambda line: line == b"mine", Mine)
    monkeypatch.setattr("netheed.sources.reader.FORMATS", {"mine": mine, **FORMATS})

    found, _, bad = read(path, b"mine\n" + CONN_JSON)

    assert ([c.sensor for c in found], bad) == (["suricata", "zeek"], [])


HOSTILE = {
    "nul bytes": b"\0" * 5000,
    "half a record": EVE_FLOW[:200],
    "invalid utf-8": EVE_FLOW.replace(b"eth0", b"\xff\xfe").rstrip(),
    "deep nesting": b'{"event_type":"flow","x":' + b"[" * 100_000,
    "a number of 80 bits": changed(EVE_FLOW, flow_id=2**80).rstrip(),
    "not a number": EVE_FLOW.replace(b'"src_port":40000', b'"src_port":NaN').rstrip(),
    "a port of 70000": changed(EVE_FLOW, src_port=70_000).rstrip(),
    "no address": changed(EVE_FLOW, src_ip="somewhere").rstrip(),
    "a date that is none": EVE_FLOW.replace(b"2023-11-14", b"2023-19-14").rstrip(),
    "negative bytes": EVE_FLOW.replace(b'"bytes_toserver":912', b'"bytes_toserver":-1').rstrip(),
    "a list": b"[1, 2]",
    "words": b"hello there",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_line_is_told_with_its_place_and_its_neighbours_survive(
    path: Path, name: str
) -> None:
    found, _, bad = read(path, EVE_FLOW + HOSTILE[name] + b"\n" + EVE_FLOW)

    assert len(found) == 2
    assert [error.where for error in bad] == [f"{path}:2"]


def test_a_line_past_the_cap_is_passed_over_and_not_held(path: Path) -> None:
    found, _, bad = read(path, EVE_FLOW + b"x" * (3 * LONGEST_LINE + 17) + b"\n" + EVE_FLOW)

    assert len(found) == 2
    assert [(e.where, str(LONGEST_LINE) in e.reason) for e in bad] == [(f"{path}:2", True)]


def test_a_compressed_file_that_breaks_off_gives_what_was_whole(path: Path) -> None:
    data = gzip.compress(b"".join(changed(EVE_FLOW, flow_id=n) for n in range(20_000)))

    found, _, bad = read(path, data[: len(data) // 2])

    assert 100 < len(found) < 20_000
    assert "breaks off" in bad[-1].reason


def test_a_damaged_compressed_file_is_told_once(path: Path) -> None:
    data = bytearray(gzip.compress(b"".join(changed(EVE_FLOW, flow_id=n) for n in range(9_000))))
    data[2000:2100] = b"\0" * 100

    _, _, bad = read(path, bytes(data))

    assert len(bad) >= 1
    assert "breaks off" in bad[-1].reason


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF" + bytes(range(256)) * 40,
        b"just words\n" * 7,
        "größe\n".encode("utf-16") * 300,
        b"# a comment\nkey: value\n" * 70,
    ],
    ids=["binary", "words", "utf-16", "yaml"],
)
def test_a_file_of_another_kind_is_told_once(path: Path, data: bytes) -> None:
    found, _, bad = read(path, data)

    assert found == []
    assert len(bad) == 1
    assert "no Zeek conn.log and no EVE" in bad[0].reason


def test_a_file_of_another_kind_is_not_read_to_its_end(path: Path) -> None:
    _, tally, _ = read(path, b"just words\n" * (PATIENCE * 3000) + EVE_FLOW)

    assert tally.connections == 0


def test_an_empty_file_is_no_complaint(path: Path) -> None:
    assert read(path, b"") == ([], Tally(), [])


def test_records_that_are_no_connections_are_counted_by_kind(path: Path) -> None:
    _, tally, bad = read(
        path,
        changed(EVE_FLOW, event_type="dns") * 2
        + changed(EVE_FLOW, event_type="netflow")
        + changed(CONN_JSON, _path="http"),
    )

    assert bad == []
    assert tally.skipped == {"dns": 2, "netflow": 1, "http": 1}


def test_kinds_made_up_by_the_input_cannot_fill_the_memory(path: Path) -> None:
    data = b"".join(changed(EVE_FLOW, event_type=f"kind{n}") for n in range(500))

    _, tally, _ = read(path, data)

    assert len(tally.skipped) <= 65
    assert sum(tally.skipped.values()) == 500


def test_a_folder_is_read_with_everything_below_it_in_order(tmp_path: Path) -> None:
    for name in ("b/2.log", "b/1.log", "a.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "loop").symlink_to(tmp_path)

    found = find_files([tmp_path])

    assert [str(p.relative_to(tmp_path)) for p in found] == ["a.log", "b/1.log", "b/2.log"]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.log").touch()
    (tmp_path / "link").symlink_to(tmp_path / "a.log")

    found = find_files([tmp_path / "link", tmp_path, tmp_path / "a.log"])

    assert found == [tmp_path / "link"]


def test_a_dash_is_standard_input_and_a_file_of_that_name_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "-").touch()
    monkeypatch.chdir(tmp_path)

    assert find_files([Path("-")]) == [STANDARD_INPUT]
    assert find_files([Path()]) == [Path("-")]


def test_a_path_that_is_not_there_is_named() -> None:
    with pytest.raises(NetheedError, match="nowhere: no such file"):
        find_files([Path("nowhere")])


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=400))
def test_no_bytes_crash_the_reader_or_harm_their_neighbours(tmp_path: Path, data: bytes) -> None:
    found, _, _ = read(tmp_path / "f", EVE_FLOW + data + b"\n" + EVE_FLOW + CONN_JSON)

    assert len(found) >= 3


def leaves(record: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, value in record.items():
        found.append((*above, name))
        if isinstance(value, dict):
            found += leaves(value, (*above, name))
    return found


ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=80),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@pytest.mark.parametrize("line", [EVE_FLOW, CONN_JSON], ids=["eve", "zeek"])
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_value_in_any_field_is_read_or_told(tmp_path: Path, line: bytes, data: Any) -> None:
    record = json.loads(line)
    place = data.draw(st.sampled_from(leaves(record)))
    inner = record
    for name in place[:-1]:
        inner = inner[name]
    if data.draw(st.booleans()):
        del inner[place[-1]]
    else:
        inner[place[-1]] = data.draw(ODD_VALUES)

    found, tally, _ = read(tmp_path / "f", line + json.dumps(record).encode() + b"\n" + line)

    assert len(found) + tally.bad + sum(tally.skipped.values()) == 3
    assert len(found) >= 2


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 20), st.text(max_size=40))
def test_any_text_in_any_column_is_read_or_told(tmp_path: Path, column: int, text: str) -> None:
    assume(not text.startswith("#"))
    parts = TSV_ROW.rstrip(b"\n").split(b"\t")
    parts[column % len(parts)] = text.encode("utf-8", "surrogatepass")

    found, tally, _ = read(
        tmp_path / "f", TSV_HEADER + TSV_ROW + b"\t".join(parts) + b"\n" + TSV_ROW
    )

    assert len(found) >= 2
    assert len(found) + tally.bad + sum(tally.skipped.values()) >= 3


def test_a_file_that_cannot_be_opened_is_told_and_harms_no_other(tmp_path: Path) -> None:
    tally, bad = Tally(), []

    found = list(connections_of(tmp_path / "gone.log", tally, bad.append))

    assert found == []
    assert tally.bad == 1
    assert "gone.log" in bad[0].where
    assert "No such file" in bad[0].reason


def test_a_file_that_was_given_up_stays_so_when_reading_goes_on(tmp_path: Path) -> None:
    path, tally = tmp_path / "log", Tally()
    path.write_bytes(b"strange\n" * 100 + EVE_FLOW * 50)
    (*_, last) = read_file(path, AddressWords(), tally, lambda _: None)
    assert (tally.connections, tally.bad) == (0, 1)

    again = Tally()
    parts = list(read_file(path, AddressWords(), again, lambda _: None, after=last.line))

    assert sum(len(part.batch) for part in parts) == 0
    assert (again.connections, again.bad) == (0, 0)


def test_records_of_names_are_used_and_are_no_connections(path: Path) -> None:
    found, tally, bad = read(path, EVE_TLS + EVE_FLOW + EVE_TLS)
    (part,) = read_file(path, AddressWords(), Tally(), print)

    assert (len(found), tally, bad) == (1, Tally(connections=1, named=2), [])
    assert (len(part.namings), part.beside_only) == (2, False)


def test_records_of_acts_are_used_and_are_no_connections(path: Path) -> None:
    found, tally, bad = read(path, EVE_ALERT + EVE_FLOW + EVE_KRB5)
    (part,) = read_file(path, AddressWords(), Tally(), print)

    assert (len(found), tally, bad) == (1, Tally(connections=1, acted=2), [])
    assert (len(part.acts), len(part.namings), part.beside_only) == (2, 0, False)


def test_a_log_of_acts_alone_has_come_as_far_as_they_say(path: Path) -> None:
    path.write_bytes(TSV_KERBEROS_HEADER + TSV_KERBEROS_ROW)

    (part,) = read_file(path, AddressWords(), Tally(), print)

    assert part.beside_only
    assert part.times.tolist() == [1_700_000_000.5]


def test_what_a_file_says_of_acts_comes_in_its_order(path: Path) -> None:
    path.write_bytes(ZEEK_DCE_RPC + ZEEK_SMB_MAPPING)

    found = beside_of(path, Tally(), print)

    assert [act.kind for act in found.acts] == ["remote_call", "admin_share"]
    assert found.namings == []


def test_a_bad_record_of_names_is_told_with_its_place_and_harms_no_other(path: Path) -> None:
    wrong = changed(ZEEK_SSL, **{"id.orig_h": "nobody"})

    _, tally, bad = read(path, ZEEK_SSL + wrong + ZEEK_HTTP + CONN_JSON)

    assert (tally.connections, tally.named, tally.bad) == (1, 2, 1)
    assert bad[0].where == f"{path}:2"


def test_names_of_lines_of_an_earlier_run_are_not_given_again(path: Path) -> None:
    path.write_bytes(ZEEK_SSL * 3)

    parts = read_file(path, AddressWords(), Tally(), print, after=2)

    assert sum(len(part.namings) for part in parts) == 1


NAMES = (ZEEK_DNS, ZEEK_SSL, ZEEK_HTTP, EVE_TLS, TSV_DNS_HEADER + TSV_DNS_ROW)
ACTS = (ZEEK_SMB_MAPPING, ZEEK_DCE_RPC, EVE_ALERT, EVE_KRB5, TSV_KERBEROS_HEADER + TSV_KERBEROS_ROW)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from((*NAMES, *ACTS)),
    st.integers(0, 600),
    st.binary(max_size=12),
)
def test_whatever_a_record_of_names_or_acts_says_it_is_used_skipped_or_bad_and_no_neighbour_is_lost(
    path: Path, record: bytes, at: int, bytes_: bytes
) -> None:
    broken = (
        record[: at % len(record)] + bytes_.replace(b"\n", b"") + record[at % len(record) + 4 :]
    )

    found, tally, bad = read(path, broken.rstrip(b"\n") + b"\n" + EVE_FLOW)

    assert len(found) >= 1
    assert tally.bad == len(bad)


def test_what_a_file_says_of_names_comes_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "dns.log"
    path.write_bytes(ZEEK_DNS + b"not json\n" + changed(ZEEK_DNS, query="two.example"))
    tally, bad = Tally(), list[BadRecordError]()

    found = beside_of(path, tally, bad.append)

    assert [naming.name for naming in found.namings] == ["cdn.example", "two.example"]
    assert len(bad) == 1
