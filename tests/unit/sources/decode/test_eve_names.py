"""Suricata's dns, tls and http events."""

import msgspec
import pytest

from netheed.records import Naming
from netheed.sources.decode.eve import EveDecoder
from netheed.sources.decode.naming import Named
from netheed.sources.decode.skipped import Skipped
from tests.lines import changed
from tests.names import EVE_HTTP, EVE_TLS, eve_dns, naming

CHAIN = (
    b'"answers":[{"rrname":"cdn.example","rrtype":"CNAME","rdata":"edge.example"},'
    b'{"rrname":"edge.example","rrtype":"A","ttl":9,"rdata":"203.0.113.9"}]'
)
ANSWERS = {
    "version 1": b'{"type":"answer","rcode":"NOERROR","rrname":"cdn.example","rrtype":"A",'
    b'"ttl":9,"rdata":"203.0.113.9"}',
    "version 2": b'{"version":2,"type":"answer","rrname":"cdn.example","rrtype":"A",'
    b'"rcode":"NOERROR",' + CHAIN + b"}",
    "version 2, grouped": b'{"version":2,"type":"answer","rrname":"CDN.example","rrtype":"A",'
    b'"rcode":"NOERROR","grouped":{"A":["203.0.113.9"],"CNAME":["edge.example"],"SRV":[{"a":1}]}}',
    "version 3": b'{"version":3,"type":"response","rcode":"NOERROR",'
    b'"queries":[{"rrname":"cdn.example","rrtype":"A"}],' + CHAIN + b"}",
}


def namings(line: bytes) -> tuple[Naming, ...]:
    record = EveDecoder().record(line.rstrip(b"\n"))
    assert isinstance(record, Named)
    assert not record.alone
    return record.namings


@pytest.mark.parametrize("version", ANSWERS)
def test_an_answer_of_dns_names_each_address_by_what_was_asked(version: str) -> None:
    assert namings(eve_dns(ANSWERS[version])) == (naming(rcode="NOERROR"),)


def test_an_answer_in_its_own_direction_is_turned_round() -> None:
    back = {"src_ip": "10.0.0.1", "src_port": 53, "dest_ip": "10.0.0.5", "dest_port": 40000}

    assert namings(changed(eve_dns(ANSWERS["version 2"]), **back)) == (naming(rcode="NOERROR"),)


def test_a_name_that_is_not_there_is_told_without_a_peer() -> None:
    line = eve_dns(b'{"type":"answer","rrname":"cdn.example","rrtype":"A","rcode":"NXDOMAIN"}')

    assert namings(line) == (naming(peer=None, rcode="NXDOMAIN"),)


def test_a_hello_of_tls_names_the_server() -> None:
    expected = naming(kind="sni", port=443, ja3="a0e9", ja4="t13d", issuer="CN=Some CA")

    assert namings(EVE_TLS) == (expected,)


def test_a_request_of_http_names_the_server() -> None:
    assert namings(EVE_HTTP) == (naming(kind="http_host", port=80, agent="curl/8"),)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (eve_dns(b'{"type":"query","rrname":"cdn.example","rrtype":"A"}'), "dns"),
        (eve_dns(b'{"type":"request","queries":[{"rrname":"cdn.example"}]}'), "dns"),
        (eve_dns(b'{"version":3,"type":"response","queries":[]}'), "dns"),
        (changed(EVE_TLS, tls={"session_resumed": True}), "tls"),
        (changed(EVE_HTTP, http={"url": "/"}), "http"),
    ],
)
def test_what_names_nothing_is_skipped_by_its_type(line: bytes, kind: str) -> None:
    with pytest.raises(Skipped) as caught:
        namings(line)

    assert caught.value.args == (kind,)


@pytest.mark.parametrize(
    "wrong",
    [
        {"src_ip": "nobody"},
        {"dest_ip": None},
        {"timestamp": "yesterday"},
        {"dest_port": -1},
        {"tls": {"sni": 7}},
        {"tls": {"sni": "a", "ja3": "not an object"}},
    ],
)
def test_an_event_that_cannot_be_read_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises((ValueError, msgspec.ValidationError)):
        namings(changed(EVE_TLS, **wrong))
