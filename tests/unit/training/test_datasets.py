"""Recounts of the recordings, and how labels and flow rows are read."""

import gzip
from collections import Counter
from pathlib import Path

import pytest
import yaml

from netheed.classes import CLASSES, LATERAL_MOVEMENT, UNKNOWN
from netheed.core.networks import DEFAULT_LOCAL, LOCAL, AddressWords
from netheed.errors import NetheedError
from netheed.records import Outcome
from netheed.training import datasets
from netheed.training.datasets import (
    BENIGN,
    HOUR_KINDS,
    KINDS,
    SOURCES,
    Recording,
    cicids_connection,
    labels_by_uid,
    load,
    load_cicids,
    with_names,
)
from tests.acts import ZEEK_KERBEROS
from tests.names import ZEEK_DNS

SHIPPED = Path(__file__).parents[3] / "models" / "default" / "manifest.yaml"
_NAMES = """
ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes
conn_state local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts
resp_ip_bytes tunnel_parents
"""
FIELDS = _NAMES.split()


def row(uid: str, label: str, between: str = "\t") -> str:
    """A complete UDP exchange, with its label."""
    values = f"1.5 {uid} 10.0.0.5 5353 10.0.0.1 53 udp dns 0.1 30 60 SF - - 0 Dd 1 58 1 88".split()
    return "\t".join([*values, between.join(["-", label, "-"])])


def labelled_log(folder: Path, rows: list[str], between: str = "\t") -> Path:
    """A labelled conn.log.gz; IoT-23 has three spaces `between` its last columns."""
    last = between.join([FIELDS[-1], "label", "detailed-label"])
    header = "#separator \\x09\n#path\tconn\n#fields\t" + "\t".join([*FIELDS[:-1], last])
    path = folder / "conn.log.gz"
    path.write_bytes(gzip.compress("\n".join([header, *rows, ""]).encode()))
    return path


def flow_row(**given: str) -> dict[str, str]:
    """A row of the flow meter: a whole TCP connection of ten packets a side."""
    fields = {
        "id": "7",
        "Src IP": "192.168.10.5",
        "Src Port": "50000",
        "Dst IP": "205.174.165.73",
        "Dst Port": "8080",
        "Protocol": "6",
        "Timestamp": "2017-07-03 12:00:00.500000",
        "Flow Duration": "2500000",
        "Total Fwd Packet": "10",
        "Total Bwd packets": "10",
        "Total Length of Fwd Packet": "100",
        "Total Length of Bwd Packet": "900",
        "Fwd Header Length": "320",
        "Bwd Header Length": "320",
        "Bwd RST Flags": "0",
        "FIN Flag Count": "2",
        "SYN Flag Count": "2",
        "RST Flag Count": "0",
        "ICMP Code": "-1",
        "ICMP Type": "-1",
    }
    return fields | {name.replace("_", " "): value for name, value in given.items()}


def test_the_models_learn_benign_and_every_class_but_the_unknown_one():
    assert KINDS[0] == BENIGN
    assert set(HOUR_KINDS[1:]) == set(CLASSES) - {UNKNOWN}
    assert len(set(HOUR_KINDS)) == len(HOUR_KINDS)


def test_only_hours_know_lateral_movement_and_as_their_last_kind():
    assert (*KINDS, LATERAL_MOVEMENT) == HOUR_KINDS


def test_what_is_published_as_lateral_is_lateral_movement_over_hours():
    made = Recording(
        name="r",
        family="r",
        connections=[],
        labels=["benign", None, None],
        attacks=["benign", "lateral", None],
    )

    assert made.over_hours == ["benign", LATERAL_MOVEMENT, None]


def test_the_order_of_classes_is_that_of_the_shipped_model():
    kinds = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["kinds"]

    assert list(KINDS[: len(kinds)]) == kinds


@pytest.fixture(scope="module")
def recordings(shared: Path) -> dict[str, Recording]:
    return {recording.name: recording for recording in load(shared / "data")}


@pytest.fixture(scope="module")
def days(shared: Path) -> list[Recording]:
    return load_cicids(shared / "data")


def test_every_recording_holds_the_connections_that_were_counted(recordings):
    assert len(recordings) == len(SOURCES)
    assert len(recordings["iot23/34-1-mirai"].connections) == 23_145
    benign = sum(
        len(r.connections) for name, r in recordings.items() if name.startswith("iot23/benign-")
    )
    assert benign == 2_927


def test_every_connection_has_a_kind_or_is_unknown(recordings):
    for recording in recordings.values():
        assert len(recording.labels) == len(recording.connections)
        assert set(recording.labels) <= {*KINDS, None}


def test_labels_are_those_that_the_data_was_published_with(recordings):
    counted = {name: Counter(r.labels) for name, r in recordings.items()}

    assert counted["iot23/34-1-mirai"] == {
        "flood": 14_394,
        "beacon": 6_706,
        "benign": 1_923,
        "scan": 122,
    }
    assert counted["ctu-sme-11/linux-2023-02-20"] == {"benign": 7_713, None: 371}
    assert counted["remcos/conn"] == {"beacon": 719, "benign": 44, None: 3}
    assert counted["stratosphere/001-njrat"] == {"beacon": 244, "benign": 9, None: 739}


def test_labels_follow_the_uid_of_their_connection(recordings):
    recording = recordings["stratosphere/001-njrat"]
    said = labels_by_uid(recording.path)

    wanted = [
        {"Malicious": "beacon", "Benign": "benign"}.get(said[c.uid][0])
        for c in recording.connections
    ]

    assert recording.labels == wanted


def test_inbound_noise_is_unknown_and_not_an_attack(recordings):
    for name in ("stratosphere/008", "stratosphere/010", "stratosphere/011"):
        assert set(recordings[name].labels) == {"benign", None}


def test_a_host_on_a_public_address_is_local_and_its_neighbours_are_not(recordings):
    recording = recordings["stratosphere/010"]
    words = AddressWords((*DEFAULT_LOCAL, *recording.local))
    ends = {end for c in recording.connections for end in (c.orig, c.resp)}

    assert {end for end in ends if words[end] & LOCAL} == {"147.32.83.234"}


def test_one_network_is_one_family(recordings):
    families = {name: r.family for name, r in recordings.items()}

    assert families["remcos/conn"] == families["ctu-sme-11/linux-2023-02-20"]
    assert families["iot23/34-1-mirai"] == families["iot23/benign-b1"]


def test_icmp_answers_to_a_scan_are_not_the_scan(recordings):
    recording = recordings["odd/l2-addr"]

    labels = Counter(recording.labels)

    assert labels == {"scan": 4_182, None: 8}


def test_a_wrong_count_stops_the_load(tmp_path):
    labelled_log(tmp_path, [row("C1", "Benign")])
    source = datasets._Source("conn.log.gz", "f", 2, datasets._benign_only)

    with pytest.raises(NetheedError, match="connections: found 1, expected 2"):
        datasets._load(tmp_path, source)


def test_a_wrong_count_of_labels_stops_the_load(tmp_path):
    labelled_log(tmp_path, [row("C1", "Benign"), row("C2", "Unknown")])
    source = datasets._Source("conn.log.gz", "f", 2, datasets._benign_only, kinds={"benign": 2})

    with pytest.raises(NetheedError, match=r"labels: found \{'benign': 1\}"):
        datasets._load(tmp_path, source)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NetheedError, match="linux-2023-02-20"):
        load(tmp_path)
    with pytest.raises(NetheedError, match="cicids2017"):
        load_cicids(tmp_path)


def test_labels_are_found_between_three_spaces(tmp_path):
    path = labelled_log(tmp_path, [row("C1", "Malicious", "   ")], between="   ")

    assert labels_by_uid(path) == {"C1": ("Malicious", "-")}


def test_one_uid_with_two_labels_is_refused(tmp_path):
    path = labelled_log(tmp_path, [row("C1", "Benign"), row("C1", "Malicious")])

    with pytest.raises(NetheedError, match="C1 is both"):
        labels_by_uid(path)


def test_a_row_that_stands_twice_keeps_its_label(tmp_path):
    path = labelled_log(tmp_path, [row("C1", "Benign"), row("C1", "Benign")])

    assert labels_by_uid(path) == {"C1": ("Benign", "-")}


def test_flow_rows_are_counted_by_day_and_kind(days):
    kinds: Counter[str | None] = Counter()
    for day in days:
        kinds.update(day.labels)

    assert [day.name[-2:] for day in days] == ["03", "04", "05", "06", "07"]
    assert sum(kinds.values()) == 56_277 - 8
    assert kinds == {
        "flood": 26_225,
        "scan": 14_740,
        "benign": 7_484,
        "brute_force": 6_933,
        "beacon": 736,
        None: 151,
    }


def test_flow_rows_are_possible_connections_with_uids_of_their_own(days):
    connections = [c for day in days for c in day.connections]

    assert len({c.uid for c in connections}) == len(connections)
    for c in connections:
        if c.proto != "icmp":
            assert c.orig_bytes >= 20 * c.orig_pkts
            assert c.resp_bytes >= 20 * c.resp_pkts
        if c.outcome in (Outcome.UNANSWERED, Outcome.REFUSED) and c.resp_bytes is not None:
            assert c.resp_bytes <= 60 * c.resp_pkts


def test_ip_bytes_of_a_flow_row_count_payload_and_both_headers():
    made = cicids_connection(flow_row())

    assert (made.orig_bytes, made.resp_bytes) == (100 + 320 + 200, 900 + 320 + 200)
    assert made.start == 1_499_083_200.5
    assert made.duration == 2.5


def test_a_header_count_that_wrapped_is_unwrapped():
    given = {"Total_Fwd_Packet": "2685", "Fwd_Header_Length": "20392"}

    made = cicids_connection(flow_row(**given))

    assert made.orig_bytes == 100 + (20392 + 65536) + 20 * 2685


def test_bytes_of_icmp_are_unknown_and_its_ports_are_type_and_code():
    made = cicids_connection(flow_row(Protocol="1", ICMP_Type="8", ICMP_Code="9"))

    assert (made.orig_bytes, made.resp_bytes) == (None, None)
    assert (made.orig_port, made.resp_port) == (8, 9)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({}, Outcome.COMPLETE),
        ({"Total_Bwd_packets": "0"}, Outcome.UNANSWERED),
        ({"Total_Bwd_packets": "1", "Bwd_RST_Flags": "1"}, Outcome.REFUSED),
        ({"FIN_Flag_Count": "0", "RST_Flag_Count": "1"}, Outcome.ABORTED),
        ({"FIN_Flag_Count": "1"}, Outcome.ABORTED),
        ({"RST_Flag_Count": "1"}, Outcome.COMPLETE),
        ({"FIN_Flag_Count": "0"}, Outcome.COMPLETE),
        ({"SYN_Flag_Count": "0"}, Outcome.PARTIAL),
        ({"Protocol": "17"}, Outcome.COMPLETE),
        ({"Protocol": "17", "Total_Bwd_packets": "0"}, Outcome.UNANSWERED),
    ],
)
def test_the_outcome_of_a_flow_row_is_told_from_its_flags(given, outcome):
    assert cicids_connection(flow_row(**given)).outcome is outcome


def test_logs_of_names_beside_a_recording_are_its_namings_and_part_of_its_digest(tmp_path):
    path = labelled_log(tmp_path, [row("C1", "Benign")])
    recording = Recording(name="x", family="x", connections=[], labels=[], path=path, sha256="a")
    assert with_names(recording) is recording

    path.with_name(path.name.replace("conn", "dns")).write_bytes(gzip.compress(ZEEK_DNS))
    named = with_names(recording)

    assert [(n.host, n.peer, n.name) for n in named.namings] == [
        ("10.0.0.5", "203.0.113.9", "cdn.example")
    ]
    assert named.sha256 != recording.sha256
    assert named.connections is recording.connections

    path.with_name(path.name.replace("conn", "kerberos")).write_bytes(gzip.compress(ZEEK_KERBEROS))
    acted = with_names(recording)

    assert (acted.namings, [a.kind for a in acted.acts]) == (named.namings, ["failed_logon"])
    assert acted.sha256 != named.sha256


def test_the_recordings_whose_sensor_logged_names_have_them(recordings):
    named = {name: len(with_names(r).namings) for name, r in recordings.items()}

    assert {name: count for name, count in named.items() if count} == {
        "ctu-sme-11/linux-2023-02-20": 18707,
        "ctu-sme-11/linux-2023-02-25": 9428,
        "m57/conn": 13314,
    }
