"""Zeek's dns, ssl and http logs."""

import msgspec
import pytest

from netheed.records import Naming
from netheed.sources.decode.naming import Named
from netheed.sources.decode.skipped import Header, Skipped
from netheed.sources.decode.zeek_json import JsonDecoder
from netheed.sources.decode.zeek_tsv import TsvDecoder
from tests.lines import changed
from tests.names import (
    TSV_DNS_HEADER,
    TSV_DNS_ROW,
    ZEEK_DNS,
    ZEEK_HTTP,
    ZEEK_SSL,
    naming,
)


def namings(line: bytes) -> tuple[Naming, ...]:
    record = JsonDecoder().record(line.rstrip(b"\n"))
    assert isinstance(record, Named)
    assert record.alone
    return record.namings


def test_an_answer_of_dns_names_each_address_by_what_was_asked() -> None:
    assert namings(ZEEK_DNS) == (naming(rcode="NOERROR"),)


def test_a_hello_of_tls_names_the_server() -> None:
    expected = naming(kind="sni", port=443, ja3="a0e9", issuer="CN=Some CA")

    assert namings(ZEEK_SSL) == (expected,)


def test_a_request_of_http_names_the_server() -> None:
    assert namings(ZEEK_HTTP) == (naming(kind="http_host", port=80, agent="curl/8"),)


def test_tab_separated_values_say_the_same() -> None:
    decoder = TsvDecoder()
    for line in TSV_DNS_HEADER.splitlines():
        with pytest.raises(Header):
            decoder.record(line)

    record = decoder.record(TSV_DNS_ROW.rstrip(b"\n"))
    assert record == Named((naming(rcode="NOERROR"),), alone=True)


@pytest.mark.parametrize("path", [{"_path": "dns"}, {"@stream": "dns"}])
def test_a_log_may_say_which_it_is(path: dict[str, str]) -> None:
    assert namings(changed(ZEEK_DNS, **path)) == (naming(rcode="NOERROR"),)


def test_ends_and_times_may_be_spelt_as_shippers_do() -> None:
    plain = changed(ZEEK_SSL).replace(b"id.", b"id_").replace(b'"ts":1700000000.5', b'"ts":"%s"')

    assert namings(plain % b"2023-11-14T22:13:20.5Z") == namings(ZEEK_SSL)
    assert namings(plain % b"1700000000500") == namings(ZEEK_SSL)


def test_ends_may_be_nested() -> None:
    ends = {"orig_h": "10.0.0.5", "orig_p": 1, "resp_h": "203.0.113.9", "resp_p": 443}
    fields = {k: v for k, v in msgspec.json.decode(ZEEK_SSL).items() if not k.startswith("id.")}

    assert namings(msgspec.json.encode(fields | {"id": ends})) == namings(ZEEK_SSL)


@pytest.mark.parametrize(
    "line",
    [
        changed(ZEEK_DNS, rcode_name=None, answers=[], _path="dns"),
        changed(ZEEK_SSL, server_name=None, ja3=None, issuer=None, _path="ssl"),
        changed(ZEEK_HTTP, host="203.0.113.9", user_agent=None, _path="http"),
        changed(ZEEK_HTTP, _path="weird"),
    ],
)
def test_what_names_nothing_is_skipped_by_its_log(line: bytes) -> None:
    with pytest.raises(Skipped) as caught:
        namings(line)

    assert caught.value.args[0] in line.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"id.orig_h": "nobody"},
        {"id.resp_h": 7},
        {"id.resp_p": 70_000},
        {"ts": "yesterday"},
        {"ts": 1e18},
        {"server_name": ["a"]},
        {"id.orig_h": "1" * 100},
    ],
)
def test_a_record_that_cannot_be_read_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises((ValueError, msgspec.ValidationError)):
        namings(changed(ZEEK_SSL, **wrong))


def test_a_row_that_is_cut_off_is_an_error() -> None:
    decoder = TsvDecoder()
    for line in TSV_DNS_HEADER.splitlines():
        decoder.header(line)

    with pytest.raises(ValueError, match="5 fields, the header names 10"):
        decoder.record(b"\t".join(TSV_DNS_ROW.split(b"\t")[:5]))
