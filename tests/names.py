"""Records of names: what 10.0.0.5 calls 203.0.113.9, as each sensor writes it, and made."""

from typing import Any

from netheed.core import namings
from netheed.core.namings import Namings
from netheed.records import Naming
from tests.connections import WORDS

ZEEK_DNS = (
    b'{"ts":1700000000.5,"uid":"D1","id.orig_h":"10.0.0.5","id.orig_p":5353,'
    b'"id.resp_h":"10.0.0.1","id.resp_p":53,"proto":"udp","trans_id":1,"rtt":0.01,'
    b'"query":"CDN.Example.","qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A",'
    b'"rcode":0,"rcode_name":"NOERROR","answers":["edge.example","203.0.113.9"],"rejected":false}\n'
)
ZEEK_SSL = (
    b'{"ts":1700000000.5,"uid":"C1","id.orig_h":"10.0.0.5","id.orig_p":40000,'
    b'"id.resp_h":"203.0.113.9","id.resp_p":443,"version":"TLSv12","cipher":"x",'
    b'"server_name":"cdn.example","established":true,"ja3":"a0e9","issuer":"CN=Some CA"}\n'
)
ZEEK_HTTP = (
    b'{"ts":1700000000.5,"uid":"C1","id.orig_h":"10.0.0.5","id.orig_p":40000,'
    b'"id.resp_h":"203.0.113.9","id.resp_p":80,"trans_depth":1,"method":"GET",'
    b'"host":"cdn.example:8080","uri":"/","user_agent":"curl/8"}\n'
)
TSV_DNS_HEADER = (
    b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    b"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\trcode_name\t"
    b"answers\n"
)
TSV_DNS_ROW = (
    b"1700000000.500000\tD1\t10.0.0.5\t5353\t10.0.0.1\t53\tudp\tcdn.example\tNOERROR\t"
    b"edge.example,203.0.113.9\n"
)
_EVE = (
    b'{"timestamp":"2023-11-14T22:13:20.500000+0000","flow_id":7,"event_type":"%s",'
    b'"src_ip":"10.0.0.5","src_port":40000,"dest_ip":"%s","dest_port":%d,"proto":"TCP",%s}\n'
)
EVE_TLS = _EVE % (
    b"tls",
    b"203.0.113.9",
    443,
    b'"tls":{"sni":"cdn.example","issuerdn":"CN=Some CA","ja3":{"hash":"a0e9"},"ja4":"t13d"}',
)
EVE_HTTP = _EVE % (
    b"http",
    b"203.0.113.9",
    80,
    b'"http":{"hostname":"cdn.example","http_user_agent":"curl/8"}',
)


def eve_dns(dns: bytes) -> bytes:
    """An event of type dns with what stands in it."""
    return _EVE % (b"dns", b"10.0.0.1", 53, b'"dns":' + dns)


def naming(**given: Any) -> Naming:
    """The answer of a DNS server, with the given fields instead."""
    fields: dict[str, Any] = {
        "time": 1_700_000_000.5,
        "host": "10.0.0.5",
        "peer": "203.0.113.9",
        "port": None,
        "kind": "dns",
        "name": "cdn.example",
    }
    return Naming(**fields | given)


def named(*given: Naming) -> Namings:
    """As a source gives them, without a site."""
    return namings.columns(given, WORDS)
