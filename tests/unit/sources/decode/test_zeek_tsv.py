"""Zeek's TSV, read by the header it carries."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from netheed.errors import BadRecordError
from netheed.records import Connection, Tally
from netheed.sources.decode.skipped import Skipped
from netheed.sources.decode.zeek_tsv import TsvDecoder, UnknownFormatError
from netheed.sources.files import connections_of
from tests import decoding
from tests.lines import CONN_JSON, TSV_HEADER, TSV_ROW, changed


def read(tmp_path: Path, data: bytes) -> tuple[list[Connection], Tally]:
    path, tally = tmp_path / "conn.log", Tally()
    path.write_bytes(data)
    return list(connections_of(path, tally, lambda _: None)), tally


RECORD = json.loads(CONN_JSON)
TEXTS = ("uid", "proto", "service", "conn_state", "history", "community_id",
         "id.orig_h", "id.resp_h")  # fmt: skip
COUNTS = ("orig_bytes", "resp_bytes", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes")
PORTS = ("id.orig_p", "id.resp_p")


def in_tsv(record: Mapping[str, Any]) -> bytes:
    """With the header that names its fields."""
    names = "\t".join(record)
    values = "\t".join("-" if value is None else str(value) for value in record.values())
    text = f"#separator \\x09\n#path\tconn\n#fields\t{names}\n{values}\n"
    return text.encode("utf-8", "surrogateescape")


def in_json(record: Mapping[str, Any]) -> bytes:
    """On the same line of its file as in TSV."""
    return b"\n\n\n" + json.dumps(record).encode() + b"\n"


def verdict(path: Path, data: bytes) -> tuple[list[Connection], list[str]]:
    """What a file holds, and the places of what is bad in it."""
    path.write_bytes(data)
    bad: list[BadRecordError] = []
    found = list(connections_of(path, Tally(), bad.append))
    return found, [error.where for error in bad]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("length", [1, 32, 33, 64, 65, 256, 257, 100_000])
def test_a_text_of_any_length_has_one_verdict_in_tsv_and_json(
    tmp_path: Path, name: str, length: int
) -> None:
    record = RECORD | {name: "x" * length}

    tsv = verdict(tmp_path / "f", in_tsv(record))

    assert tsv == verdict(tmp_path / "f", in_json(record))
    assert length <= 256 or tsv == ([], [f"{tmp_path / 'f'}:4"])


@pytest.mark.parametrize("name", COUNTS + PORTS)
@pytest.mark.parametrize("number", [-1, 0, 65_535, 65_536, 2**53, 2**53 + 1, 10**30])
def test_a_number_of_any_size_has_one_verdict_in_tsv_and_json(
    tmp_path: Path, name: str, number: int
) -> None:
    record = RECORD | {name: number}

    tsv = verdict(tmp_path / "f", in_tsv(record))

    assert tsv == verdict(tmp_path / "f", in_json(record))
    largest = 2**53 if name in COUNTS else 65_535
    assert bool(tsv[0]) == (0 <= number <= largest)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\x9b", "\u202e"])
def test_a_hidden_character_has_one_verdict_in_tsv_and_json(
    tmp_path: Path, name: str, character: str
) -> None:
    record = RECORD | {name: f"{RECORD[name]}{character}"}

    tsv = verdict(tmp_path / "f", in_tsv(record))

    assert tsv == verdict(tmp_path / "f", in_json(record))
    assert (name not in {"uid", "proto", "service", "id.orig_h", "id.resp_h"}) == bool(tsv[0])


@pytest.mark.parametrize("name", ["ts", *TEXTS[:2], *PORTS, *TEXTS[-2:]])
def test_a_field_that_is_needed_and_unset_makes_the_record_bad(tmp_path: Path, name: str) -> None:
    tsv = verdict(tmp_path / "f", in_tsv(RECORD | {name: None}))

    assert tsv == ([], [f"{tmp_path / 'f'}:4"])


@pytest.mark.parametrize("name", TEXTS)
def test_a_field_that_is_no_utf_8_makes_the_record_bad(tmp_path: Path, name: str) -> None:
    tsv = verdict(tmp_path / "f", in_tsv(RECORD | {name: f"{RECORD[name]}\udcff"}))

    assert tsv == ([], [f"{tmp_path / 'f'}:4"])


def test_a_column_that_is_not_read_may_hold_any_bytes(tmp_path: Path) -> None:
    found, bad = verdict(tmp_path / "f", in_tsv(RECORD | {"mine": "\udcff" * 1000}))

    assert (len(found), bad) == (1, [])


def test_tsv_and_json_of_one_connection_are_the_same(tmp_path: Path) -> None:
    ((got,), _) = read(tmp_path, TSV_HEADER + TSV_ROW)

    assert got == decoding.zeek_json(changed(CONN_JSON, community_id=None))


def test_the_header_decides_the_separator_the_marks_and_the_order(tmp_path: Path) -> None:
    data = (
        b"#separator \\x7c\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|NONE\n#path|conn\n"
        b"#fields|uid|ts|proto|id.resp_p|id.resp_h|id.orig_p|id.orig_h|service|duration|conn_state"
        b"|mine\nC1|1700000000.5|tcp|443|203.0.113.9|40000|10.0.0.5|EMPTY|NONE|S0|x\n"
    )

    ((got,), tally) = read(tmp_path, data)

    assert (got.uid, got.start, got.orig, got.resp_port) == ("C1", 1_700_000_000.5, "10.0.0.5", 443)
    assert (got.service, got.duration, tally.bad) == (None, None, 0)


def test_a_header_in_mid_file_takes_over(tmp_path: Path) -> None:
    longer = TSV_HEADER.replace(b"tunnel_parents", b"tunnel_parents\tip_proto")

    found, tally = read(
        tmp_path, TSV_HEADER + TSV_ROW + longer + TSV_ROW.replace(b"\t-\n", b"\t-\t6\n")
    )

    assert (len(found), tally.bad) == (2, 0)


def test_rows_of_another_log_are_skipped_by_its_path(tmp_path: Path) -> None:
    dns = TSV_HEADER.replace(b"#path\tconn", b"#path\tdns")

    found, tally = read(tmp_path, dns + TSV_ROW * 2)

    assert (found, tally.skipped, tally.bad) == ([], {"dns": 2}, 0)


def test_a_row_with_other_fields_than_the_header_is_bad(tmp_path: Path) -> None:
    found, tally = read(
        tmp_path, TSV_HEADER + TSV_ROW + b"\t".join(TSV_ROW.split(b"\t")[:5]) + b"\n"
    )

    assert (len(found), tally.bad) == (1, 1)


def test_a_header_that_lost_its_hash_is_understood(tmp_path: Path) -> None:
    names = next(n for n in TSV_HEADER.split(b"\n") if n.startswith(b"#fields"))

    found, tally = read(tmp_path, names.removeprefix(b"#fields\t") + b"\n" + TSV_ROW * 2)

    assert (len(found), tally.bad) == (2, 0)


def test_old_logs_without_a_header_and_without_local_resp_are_understood() -> None:
    parts = TSV_ROW.rstrip(b"\n").split(b"\t")
    old = b"\t".join(parts[:13] + parts[14:])

    got = decoding.connection_of(TsvDecoder(), old)

    assert (got.orig_bytes, got.resp_bytes) == (800, 4000)


def test_words_before_any_header_are_of_no_known_format() -> None:
    with pytest.raises(UnknownFormatError):
        TsvDecoder().record(b"hello there")


def test_a_log_without_the_columns_of_connections_is_skipped() -> None:
    decoder = TsvDecoder()
    decoder.header(b"#fields\tts\tuid\tquery")

    with pytest.raises(Skipped):
        decoder.record(b"1.0\tC1\texample.org")
