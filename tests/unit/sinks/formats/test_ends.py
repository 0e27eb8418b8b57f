import pytest

from netheed.sinks.formats.ends import direction, ports, transport
from tests.connections import connection

HOST = "10.0.0.5"


@pytest.mark.parametrize(
    ("orig", "resp", "seen"),
    [
        (HOST, "198.51.100.7", "outbound"),
        ("198.51.100.7", HOST, "inbound"),
        (HOST, "192.168.7.7", "internal"),
        ("fd00::7", HOST, "internal"),
        (HOST, "2606:4700::1111", "outbound"),
        (HOST, "no address", "outbound"),
    ],
)
def test_direction_is_told_by_which_end_the_host_is(orig: str, resp: str, seen: str):
    assert direction(HOST, connection(orig=orig, resp=resp)) == seen


def test_a_host_with_a_public_address_counts_as_inside():
    assert direction("198.51.100.7", connection(orig="198.51.100.7", resp="8.8.8.8")) == "outbound"


def test_type_and_code_of_icmp_are_no_ports():
    assert ports(connection(proto="udp", orig_port=5353, resp_port=53)) == (5353, 53)
    assert ports(connection(proto="icmp", orig_port=8, resp_port=0)) is None
    assert ports(connection(proto="unknown_transport", orig_port=0, resp_port=0)) is None


def test_icmp_of_ipv6_has_its_own_name():
    assert transport(connection(proto="icmp")) == "icmp"
    assert transport(connection(proto="icmp", orig="fe80::1", resp="ff02::1")) == "ipv6-icmp"
    assert transport(connection(proto="sctp")) == "sctp"
