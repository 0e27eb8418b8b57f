"""A million lines of flow records for the benchmark, in EVE and in Zeek's JSON.

Made like the input behind the design's figures: 5,000 local hosts whose activity follows a Zipf
law, 3,000 connections per second of event time, fields and line lengths as Suricata 7 and Zeek 8
write them. It is for speed only; nothing in it is an attack.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

HOSTS = 5_000
RATE = 3_000
BEGIN = 1_700_000_000.0
SERVICES = (("tls", "ssl", 443, "TCP"), ("dns", "dns", 53, "UDP"), ("http", "http", 80, "TCP"))


def write(folder: Path, lines: int, seed: int = 7) -> tuple[Path, Path]:
    """Write eve.json and conn.json with the same connections; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    eve, conn = folder / f"eve-{lines}.json", folder / f"conn-{lines}.json"
    if not (eve.exists() and conn.exists()):
        with eve.open("w") as eve_file, conn.open("w") as conn_file:
            for flow in _flows(lines, seed):
                eve_file.write(json.dumps(_eve(flow), separators=(",", ":")) + "\n")
                conn_file.write(json.dumps(_zeek(flow), separators=(",", ":")) + "\n")
    return eve, conn


def _flows(lines: int, seed: int) -> Iterator[dict[str, float]]:
    rng = np.random.default_rng(seed)
    ranks = np.arange(1, HOSTS + 1) ** -0.8
    hosts = rng.choice(HOSTS, lines, p=ranks / ranks.sum())
    peers = np.minimum(rng.zipf(1.4, lines), 40_000)
    service = rng.choice(3, lines, p=(0.5, 0.35, 0.15))
    sent = rng.lognormal(6.5, 1.2, lines).astype(np.int64) + 60
    received = rng.lognormal(7.5, 1.8, lines).astype(np.int64) + 60
    duration = rng.exponential(0.8, lines)
    for number in range(lines):
        yield {
            "number": number,
            "start": BEGIN + number / RATE,
            "duration": float(duration[number]),
            "host": int(hosts[number]),
            "peer": int(peers[number]),
            "service": int(service[number]),
            "port": 32768 + number % 28000,
            "sent": int(sent[number]),
            "received": int(received[number]),
            "sent_pkts": int(sent[number]) // 600 + 2,
            "received_pkts": int(received[number]) // 900 + 2,
        }


def _host(number: float) -> str:
    return f"10.{int(number) // 62500}.{int(number) // 250 % 250}.{int(number) % 250 + 1}"


def _peer(number: float) -> str:
    return f"198.{18 + int(number) // 62500}.{int(number) // 250 % 250}.{int(number) % 250 + 1}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")


def _eve(flow: dict[str, float]) -> dict[str, object]:
    app, _, port, proto = SERVICES[int(flow["service"])]
    end = flow["start"] + flow["duration"]
    record: dict[str, object] = {
        "timestamp": _time(end),
        "flow_id": int(1_000_000_000_000_000 + flow["number"]),
        "in_iface": "eth0",
        "event_type": "flow",
        "src_ip": _host(flow["host"]),
        "src_port": flow["port"],
        "dest_ip": _peer(flow["peer"]),
        "dest_port": port,
        "proto": proto,
        "app_proto": app,
        "flow": {
            "pkts_toserver": flow["sent_pkts"],
            "pkts_toclient": flow["received_pkts"],
            "bytes_toserver": flow["sent"] + 14 * flow["sent_pkts"],
            "bytes_toclient": flow["received"] + 14 * flow["received_pkts"],
            "start": _time(flow["start"]),
            "end": _time(end),
            "age": int(flow["duration"]),
            "state": "closed" if proto == "TCP" else "established",
            "reason": "timeout",
            "alerted": False,
        },
        "community_id": "1:wdc+jXNAn3Ap2cp33lxK1pgbevM=",
    }
    if proto == "TCP":
        record["tcp"] = {
            "tcp_flags": "1b",
            "tcp_flags_ts": "1b",
            "tcp_flags_tc": "1b",
            "syn": True,
            "fin": True,
            "psh": True,
            "ack": True,
            "state": "closed",
            "ts_max_regions": 1,
            "tc_max_regions": 1,
        }
    return record


def _zeek(flow: dict[str, float]) -> dict[str, object]:
    _, service, port, proto = SERVICES[int(flow["service"])]
    return {
        "ts": round(flow["start"], 6),
        "uid": f"C{int(flow['number']):017d}",
        "id.orig_h": _host(flow["host"]),
        "id.orig_p": flow["port"],
        "id.resp_h": _peer(flow["peer"]),
        "id.resp_p": port,
        "proto": proto.lower(),
        "service": service,
        "duration": round(flow["duration"], 6),
        "orig_bytes": max(0, int(flow["sent"]) - 40 * int(flow["sent_pkts"])),
        "resp_bytes": max(0, int(flow["received"]) - 40 * int(flow["received_pkts"])),
        "conn_state": "SF",
        "local_orig": True,
        "local_resp": False,
        "missed_bytes": 0,
        "history": "ShADadFf" if proto == "TCP" else "Dd",
        "orig_pkts": flow["sent_pkts"],
        "orig_ip_bytes": flow["sent"],
        "resp_pkts": flow["received_pkts"],
        "resp_ip_bytes": flow["received"],
        "ip_proto": 6 if proto == "TCP" else 17,
    }
