"""Suricata's flow records."""

import pytest

from netheed.records import Outcome
from netheed.sources.decode.skipped import Skipped
from tests import decoding
from tests.lines import EVE_FLOW, changed

FLOW = {
    "pkts_toserver": 8,
    "pkts_toclient": 8,
    "bytes_toserver": 912,
    "bytes_toclient": 4112,
    "start": "2023-11-14T22:13:20.000000+0000",
    "end": "2023-11-14T22:13:21.000000+0000",
}


def flow(**fields: object) -> dict[str, object]:
    return {name: value for name, value in (FLOW | fields).items() if value is not ...}


def tcp(to_server: int, to_client: int) -> dict[str, str]:
    return {"tcp_flags_ts": f"{to_server:02x}", "tcp_flags_tc": f"{to_client:02x}"}


def test_every_field_has_its_meaning() -> None:
    got = decoding.eve(EVE_FLOW)

    assert (got.uid, got.sensor, got.sensor_name) == ("1396867914677676", "suricata", "sensor-1")
    assert (got.start, got.duration) == (1_700_000_000.0, 1.0)
    assert (got.service, got.outcome, got.interface) == ("ssl", Outcome.COMPLETE, "eth0")
    assert got.community_id == "1:wdc+jXNAn3Ap2cp33lxK1pgbevM="


def test_the_link_layer_is_taken_off_the_bytes_with_its_vlan_tags() -> None:
    plain = decoding.eve(EVE_FLOW)
    tagged = decoding.eve(changed(EVE_FLOW, vlan=[7, 9]))

    assert (plain.orig_bytes, plain.resp_bytes) == (912 - 8 * 14, 4112 - 8 * 14)
    assert tagged.orig_bytes == 912 - 8 * 22


def test_bytes_never_become_negative() -> None:
    got = decoding.eve(changed(EVE_FLOW, flow=flow(bytes_toserver=3)))

    assert got.orig_bytes == 0


def test_the_times_are_those_of_the_flow_not_of_the_record() -> None:
    got = decoding.eve(changed(EVE_FLOW, timestamp="1970-01-01T00:00:00.000000+0000"))

    assert got.start == 1_700_000_000.0


def test_what_the_record_leaves_out_stays_missing() -> None:
    bare = {"start": FLOW["start"]}

    got = decoding.eve(changed(EVE_FLOW, flow=bare, app_proto="failed"))

    assert (got.duration, got.orig_bytes, got.resp_pkts, got.service) == (None,) * 4


def test_the_long_form_of_ipv6_is_the_short_one() -> None:
    line = changed(EVE_FLOW, src_ip="FE80:0000:0000:0000:0000:0000:0000:0001")

    assert decoding.eve(line).orig == "fe80::1"


def test_icmp_type_and_code_stand_as_ports() -> None:
    line = changed(EVE_FLOW, proto="IPv6-ICMP", icmp_type=128, icmp_code=0, tcp=None)

    got = decoding.eve(line)

    assert (got.proto, got.orig_port, got.resp_port) == ("icmp", 128, 0)
    assert got.outcome == Outcome.COMPLETE


@pytest.mark.parametrize(
    ("to_server", "to_client", "answers", "outcome"),
    [
        (0x02, 0x00, 0, Outcome.UNANSWERED),
        (0x02, 0x14, 1, Outcome.REFUSED),
        (0x1B, 0x1B, 8, Outcome.COMPLETE),
        (0x1A, 0x12, 8, Outcome.COMPLETE),
        (0x1F, 0x1B, 8, Outcome.COMPLETE),
        (0x1A, 0x16, 8, Outcome.ABORTED),
        (0x1B, 0x1A, 8, Outcome.ABORTED),
        (0x10, 0x18, 8, Outcome.PARTIAL),
        (0x03, 0x00, 0, Outcome.PARTIAL),
    ],
    ids=["S0", "REJ", "SF", "S1", "SF then RST", "RSTR", "S2", "OTH", "SH"],
)
def test_flags_become_outcomes(
    to_server: int, to_client: int, answers: int, outcome: Outcome
) -> None:
    line = changed(EVE_FLOW, tcp=tcp(to_server, to_client), flow=flow(pkts_toclient=answers))

    assert decoding.eve(line).outcome == outcome


def test_a_flow_met_in_mid_stream_is_turned_by_its_ports() -> None:
    line = changed(EVE_FLOW, src_port=443, dest_port=40000, tcp=tcp(0x18, 0x10))

    got = decoding.eve(line)

    assert (got.orig, got.resp, got.resp_port) == ("203.0.113.9", "10.0.0.5", 443)
    assert (got.orig_bytes, got.resp_bytes) == (4000, 800)


def test_an_answer_seen_first_is_turned_and_partial() -> None:
    line = changed(
        EVE_FLOW, proto="UDP", src_port=53, dest_port=40000, tcp=None, flow=flow(pkts_toclient=0)
    )

    got = decoding.eve(line)

    assert (got.orig, got.resp_port, got.outcome) == ("203.0.113.9", 53, Outcome.PARTIAL)


def test_other_records_are_skipped_by_their_kind() -> None:
    with pytest.raises(Skipped) as caught:
        decoding.eve(b'{"event_type":"smb","smb":{"flow":1}}')

    assert caught.value.args == ("smb",)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2023-11-14T22:13:20.250000+0000", 1_700_000_000.25),
        ("2023-11-14T22:13:20.250000+00:00", 1_700_000_000.25),
        ("2023-11-14T22:13:20.25Z", 1_700_000_000.25),
        ("2023-11-15T00:13:20.250000+0200", 1_700_000_000.25),
        ("2023-11-14T22:13:20", 1_700_000_000.0),
    ],
)
def test_times_are_read_with_any_offset(text: str, seconds: float) -> None:
    got = decoding.eve(changed(EVE_FLOW, flow=flow(start=text)))

    assert got.start == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize("text", ["", "yesterday", "1969-12-31T23:59:59.000000+0000", "2023-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decoding.eve(changed(EVE_FLOW, flow=flow(start=text)))
