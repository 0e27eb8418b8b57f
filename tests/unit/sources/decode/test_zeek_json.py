"""Zeek's JSON in the spellings of those who write it."""

import json

import pytest

from netheed.sources.decode.skipped import Skipped
from tests import decoding
from tests.lines import CONN_JSON, changed

PLAIN = decoding.zeek_json(CONN_JSON)


def without_ends() -> dict[str, object]:
    record = json.loads(CONN_JSON)
    return {name: value for name, value in record.items() if not name.startswith("id.")}


def line(record: dict[str, object]) -> bytes:
    return json.dumps(record).encode()


def test_ends_with_underscores_are_the_same() -> None:
    record = json.loads(CONN_JSON)
    flat = {name.replace("id.", "id_"): value for name, value in record.items()}

    assert decoding.zeek_json(line(flat)) == PLAIN


def test_nested_ends_are_the_same() -> None:
    ends = {"orig_h": "10.0.0.5", "orig_p": 40000, "resp_h": "203.0.113.9", "resp_p": 443}

    assert decoding.zeek_json(line(without_ends() | {"id": ends})) == PLAIN


@pytest.mark.parametrize(
    "ts",
    [
        1700000000.0,
        "1700000000",
        1700000000000,
        "2023-11-14T22:13:20.000000Z",
        "2023-11-14T22:13:20+00:00",
    ],
)
def test_the_time_is_read_in_every_form(ts: object) -> None:
    assert decoding.zeek_json(changed(CONN_JSON, ts=ts)) == PLAIN


def test_without_ts_the_shippers_time_stands_in() -> None:
    record = json.loads(CONN_JSON)
    del record["ts"]
    record["@timestamp"] = "2023-11-14T22:13:20.000000Z"

    assert decoding.zeek_json(line(record)) == PLAIN


@pytest.mark.parametrize("name", ["_path", "@stream"])
def test_the_path_of_a_shipper_decides(name: str) -> None:
    assert decoding.zeek_json(changed(CONN_JSON, **{name: "conn"})) == PLAIN
    with pytest.raises(Skipped) as caught:
        decoding.zeek_json(changed(CONN_JSON, **{name: "http"}))
    assert caught.value.args == ("http",)


def test_another_log_without_a_path_is_skipped() -> None:
    dns = {"ts": 1.0, "uid": "C1", "id.orig_h": "10.0.0.5", "id.orig_p": 1, "id.resp_h": "1.1.1.1",
           "id.resp_p": 53, "proto": "udp", "query": "example.org"}  # fmt: skip

    with pytest.raises(Skipped):
        decoding.zeek_json(line(dns))


def test_a_record_of_another_log_with_other_types_is_skipped_not_bad() -> None:
    with pytest.raises(Skipped):
        decoding.zeek_json(b'{"_path":"weird","uid":5}')


def test_fields_of_packages_are_passed_over() -> None:
    extended = changed(CONN_JSON, orig_l2_addr="00:15:5d:9d:4a:a1", vlan=3, orig_cc="US")

    assert decoding.zeek_json(extended) == PLAIN
