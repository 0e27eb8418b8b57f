"""Zeek's way to see packets: by hand for the rules, and beside a real Zeek's logs of captures."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sample.conn_log import Row, as_json, as_text, rows
from sample.packets import Conversation, Sent
from sample.talk import MICROS, Tcp, exchange

SHARED = Path(os.environ.get("NETHEED_SHARED", Path(__file__).parents[3] / "shared"))
START = 1_700_000_000 * MICROS


def tcp() -> Tcp:
    return Tcp(Conversation("tcp", "10.0.0.5", 40000, "203.0.113.9", 443), START, 10_000)


def udp(port: int, *seconds: float) -> Conversation:
    """Questions at so many seconds, each answered at once."""
    one = Conversation("udp", "10.0.0.5", 40000, "10.0.0.9", port)
    for second in seconds:
        exchange(one, START + round(second * MICROS), 1000, b"question", [b"answer"])
    return one


def only(conversation: Conversation) -> Row:
    (row,) = rows([conversation], seed=1)
    return row


@pytest.mark.parametrize(
    ("conversation", "state", "history"),
    [
        pytest.param(tcp().unanswered(1.0, 2.0), "S0", "S", id="unanswered"),
        pytest.param(tcp().refused(), "REJ", "Sr", id="refused"),
        pytest.param(tcp().half_open(), "RSTO", "ShR", id="half_open"),
        pytest.param(tcp().open().ask(b"a").answer(b"b").close(), "SF", "ShADadFf", id="closed"),
        pytest.param(
            tcp().open().answer(b"b").ask(b"a").close(by_originator=False),
            "SF",
            "ShAdDafF",
            id="server_speaks_and_closes_first",
        ),
        pytest.param(tcp().open().ask(b"a").reset(), "RSTO", "ShADaR", id="reset"),
        pytest.param(
            tcp().open().ask(b"a").reset(by_originator=False),
            "RSTR",
            "ShADar",
            id="reset_by_server",
        ),
        pytest.param(tcp().open().conversation, "S1", "ShA", id="still_open"),
        pytest.param(udp(123, 0), "SF", "Dd", id="udp"),
    ],
)
def test_state_and_history(conversation: Conversation, state: str, history: str) -> None:
    row = only(conversation)

    assert (row["conn_state"], row["history"]) == (state, history)


def test_the_clock_of_a_connection_stops_at_the_second_fin() -> None:
    conversation = tcp().open().ask(b"a").close()

    row = only(conversation)

    fin, ack = conversation.packets[-2:]
    assert row["duration"] == pytest.approx((fin.time - START) / MICROS, abs=1e-6)
    assert fin.time < ack.time
    assert int(row["orig_pkts"] or 0) + int(row["resp_pkts"] or 0) == len(conversation.packets)


def test_one_packet_has_no_duration_and_no_bytes() -> None:
    row = only(tcp().unanswered())

    assert row["duration"] is row["orig_bytes"] is row["resp_bytes"] is None
    assert row["orig_ip_bytes"] == 20 + 20 + 12


def test_a_minute_of_silence_ends_a_udp_connection() -> None:
    #  0 s   50 s       111 s
    #  |-----|  60 s |  |
    two = rows([udp(123, 0, 50, 111)], seed=1)

    assert [row["orig_pkts"] for row in two] == [2, 1]


def test_dns_is_looked_at_every_ten_seconds() -> None:
    #  0 s  5 s     (10: silent for 5)     (20: silent for 15)   21 s
    two = rows([udp(53, 0, 5, 21)], seed=1)

    assert [row["orig_pkts"] for row in two] == [2, 1]


def test_connections_are_written_when_zeek_lets_go_of_them() -> None:
    slow = tcp().open().wait(8).close()
    quick = Conversation("tcp", "10.0.0.5", 40001, "203.0.113.9", 443)
    Tcp(quick, START + 1000, 10_000).open().close()
    later = Conversation("udp", "10.0.0.5", 40002, "10.0.0.9", 123)
    later.packets.append(Sent(START + 300 * MICROS, True, b"late"))

    written = rows([slow, quick, later], seed=1)

    assert [row["id.orig_p"] for row in written] == [40001, 40000, 40002]


def test_text_and_json_say_the_same() -> None:
    log = rows([tcp().open().close(), udp(53, 0)], seed=1)

    text = list(as_text(log))
    lines = [json.loads(line) for line in as_json(log)]

    names = text[6].split("\t")[1:]
    assert text[0] == "#separator \\x09"
    assert text[-1].startswith("#close\t")
    for written, record in zip(text[8:-1], lines, strict=True):
        cells = dict(zip(names, written.split("\t"), strict=True))
        assert cells["uid"] == record["uid"]
        assert float(cells["ts"]) == record["ts"]
        assert cells["tunnel_parents"] == "-"
        assert "tunnel_parents" not in record


def test_json_numbers_have_no_exponent() -> None:
    one = udp(123, 0)
    one.packets = [one.packets[0], one.packets[1]._replace(time=START + 7)]

    (line,) = as_json(rows([one], seed=1))

    duration = line.partition('"duration":')[2].partition(",")[0]
    assert duration.startswith("0.00000")
    assert float(duration) == pytest.approx(7e-6, rel=0.1)


WHOLE = ("malicious-ssh-bruteforce", "test-cc-capture-2", "dnp3_test_data_part1")


@pytest.mark.parametrize("name", WHOLE)
def test_a_real_zeek_says_the_same_of_a_whole_capture(name: str) -> None:
    scapy = pytest.importorskip("scapy.all")
    captures = list((SHARED / "data" / "pcaps").glob(f"*/{name}.pcap"))
    if not captures:
        pytest.skip(f"no captures with a real Zeek's logs below {SHARED} (NETHEED_SHARED)")

    made = {place(row): row for row in rows(conversations(scapy, captures[0]), seed=1)}

    told = [row for row in zeek_json(SHARED / "zeek" / "logs" / name) if row["proto"] != "icmp"]
    # One in a hundred has a repeated segment, which this sample never has.
    alike = [row for row in told if known(made.get(place(row), {})) == known(row)]
    assert len(alike) >= 0.98 * len(told)


def place(row: dict[str, Any]) -> tuple[object, ...]:
    return row["id.orig_h"], row["id.orig_p"], row["id.resp_h"], row["id.resp_p"], row["ts"]


def known(row: dict[str, Any]) -> dict[str, Any]:
    """What both say, but for what needs a parser of the application's protocol, or a header."""
    apart = {"uid", "service", "orig_ip_bytes", "resp_ip_bytes", "tunnel_parents"}
    return {name: value for name, value in row.items() if name not in apart and value is not None}


def zeek_json(folder: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(folder / "conn.json.gz", "rt") as lines:
        yield from map(json.loads, lines)


def conversations(scapy: Any, capture: Path) -> list[Conversation]:
    """The TCP and UDP conversations of a capture, each from the one who sent first."""
    found: dict[tuple[Any, ...], Conversation] = {}
    with scapy.PcapReader(str(capture)) as reader:
        packets = list(reader)
    for packet in packets:
        if scapy.IP not in packet or not (scapy.TCP in packet or scapy.UDP in packet):
            continue
        ip, segment = packet[scapy.IP], packet[scapy.IP].payload
        proto = "tcp" if scapy.TCP in packet else "udp"
        key = (proto, ip.src, segment.sport, ip.dst, segment.dport)
        back = (proto, ip.dst, segment.dport, ip.src, segment.sport)
        one = found.get(back) or found.setdefault(key, Conversation(*key))
        header = segment.dataofs * 4 if proto == "tcp" else 8
        payload = bytes(ip.len - ip.ihl * 4 - header)
        flags = int(segment.flags) if proto == "tcp" else 0
        time = round(float(packet.time) * MICROS)
        one.packets.append(Sent(time, one.orig == ip.src, payload, flags))
    return list(found.values())
