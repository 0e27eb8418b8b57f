"""Blocks of records: what is done to a whole block is done to each record."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.networks import AddressWords
from netheed.records import Connection
from netheed.sources.decode import Decoder
from netheed.sources.decode.eve import EveDecoder
from netheed.sources.decode.zeek_json import JsonDecoder
from tests import decoding
from tests.lines import CONN_JSON, EVE_FLOW

FLAGS = st.sampled_from(["00", "02", "12", "1b", "1f", "04", "16", "zz"])
COUNTS = st.sampled_from([None, 0, 1, 7])
ENDS = {"address": st.sampled_from(["10.0.0.5", "FE80::1", "ff02::1", "192.0.2.7", "nowhere"])}
PORT = st.sampled_from([None, 0, 3, 8, 22, 53, 443, 40_000, 129])
EVE = st.fixed_dictionaries(
    {
        "event_type": st.just("flow"),
        "flow_id": st.integers(0, 2**63 - 1),
        "src_ip": ENDS["address"],
        "dest_ip": ENDS["address"],
        "src_port": PORT,
        "dest_port": PORT,
        "proto": st.sampled_from(["TCP", "UDP", "ICMP", "IPv6-ICMP", "SCTP", "\n"]),
        "icmp_type": st.sampled_from([None, 0, 3, 8, 129]),
        "icmp_code": st.sampled_from([None, 0, 1]),
        "app_proto": st.sampled_from([None, "failed", "tls", "dns"]),
        "vlan": st.sampled_from([None, [], [7], [7, 9]]),
        "flow": st.fixed_dictionaries(
            {
                "start": st.sampled_from(
                    [
                        "2023-11-14T22:13:20.000000+0000",
                        "2023-11-14T22:13:20.5Z",
                        "1960-01-01T00:00:00Z",
                    ]
                ),
                "end": st.sampled_from([None, "2023-11-14T22:13:21.000000+0000", "never"]),
                "pkts_toserver": COUNTS,
                "pkts_toclient": COUNTS,
                "bytes_toserver": COUNTS,
                "bytes_toclient": COUNTS,
            }
        ),
        "tcp": st.one_of(
            st.none(), st.fixed_dictionaries({"tcp_flags_ts": FLAGS, "tcp_flags_tc": FLAGS})
        ),
    }
)
ZEEK = st.fixed_dictionaries(
    {
        "ts": st.sampled_from(
            [1.5, 1_700_000_000_000, "1.5", "2023-11-14T22:13:20Z", "x", -1, 1e14]
        ),
        "uid": st.sampled_from(["C1", "C" * 30, "", "a\x1b"]),
        "id.orig_h": ENDS["address"],
        "id.orig_p": PORT.filter(lambda port: port is not None),
        "id.resp_h": ENDS["address"],
        "id.resp_p": PORT.filter(lambda port: port is not None),
        "proto": st.sampled_from(["tcp", "udp", "icmp", "UDP", ""]),
        "service": st.sampled_from([None, "ssl", "gssapi,smb", "-dns", "\n"]),
        "duration": st.sampled_from([None, 0.5, -1.0]),
        "conn_state": st.sampled_from(["SF", "S0", "OTH", "SHR", "RSTO"]),
        "history": st.sampled_from([None, "", "Dd", "ShA", "hA"]),
        "orig_bytes": COUNTS,
        "resp_bytes": COUNTS,
        "orig_pkts": COUNTS,
        "resp_pkts": COUNTS,
        "orig_ip_bytes": COUNTS,
        "resp_ip_bytes": COUNTS,
        "community_id": st.sampled_from([None, "1:x"]),
    }
)


def one_by_one(decoder: Decoder, records: list[Any]) -> tuple[list[Connection], dict[int, str]]:
    found: list[Connection] = []
    refused: dict[int, str] = {}
    for place, record in enumerate(records):
        try:
            found.append(decoding.translated(decoder, record))
        except ValueError as error:
            refused[place] = str(error)
    return found, refused


def all_at_once(decoder: Decoder, records: list[Any]) -> tuple[list[Connection], dict[int, str]]:
    columns, refused = decoder.columns(records, AddressWords())
    return columns.connections(np.arange(len(columns))), refused


@pytest.mark.parametrize(("decoder", "records"), [(EveDecoder(), EVE), (JsonDecoder(), ZEEK)])
@given(data=st.data())
def test_a_record_is_the_same_connection_alone_and_in_a_block(
    decoder: Decoder, records: st.SearchStrategy[dict[str, Any]], data: st.DataObject
) -> None:
    block = data.draw(st.lists(records, min_size=1, max_size=6))
    decoded = [decoder.record(json.dumps(record).encode()) for record in block]

    assert all_at_once(decoder, decoded) == one_by_one(decoder, decoded)


@pytest.mark.parametrize(
    ("decoder", "line"), [(EveDecoder(), EVE_FLOW), (JsonDecoder(), CONN_JSON)], ids=["eve", "zeek"]
)
def test_many_lines_are_decoded_as_each_is(decoder: Decoder, line: bytes) -> None:
    assert decoder.records([line, line]) == [decoder.record(line)] * 2


def test_nothing_is_no_connection() -> None:
    columns, refused = EveDecoder().columns([], AddressWords())

    assert (len(columns), refused) == (0, {})


def test_a_sites_name_is_part_of_what_is_said() -> None:
    columns, _ = EveDecoder().columns([EveDecoder().record(EVE_FLOW)], AddressWords(site="berlin"))

    assert columns.said[0].site == "berlin"
