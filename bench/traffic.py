"""Flow records for the benchmark, in EVE and in Zeek's JSON and TSV.

Made like the input behind the design's figures: local hosts whose activity follows a Zipf law,
evenly many connections a second of event time, fields and line lengths as Suricata 7 and Zeek 8
write them. It is for speed only; nothing in it is an attack.
"""

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

BEGIN: Final = 1_700_000_040.0
"""A whole minute, so that windows are not torn at the beginning."""
DRAWN_AT_ONCE: Final = 1_000_000
"""Connections; more would need gigabytes before the first line is written."""
PEERS: Final = 40_000
"""That all hosts share."""
SERVICES: Final = (
    ("tls", "ssl", 443, "TCP"),
    ("dns", "dns", 53, "UDP"),
    ("http", "http", 80, "TCP"),
)

Flow = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a network does; equal settings give equal files."""

    lines: int
    hosts: int = 5_000
    rate: float = 3_000.0
    """Connections a second of event time."""
    peers: int | None = None
    """Peers of each host, all alike; None is a Zipf law over 40,000 that all hosts share."""
    exponent: float = 0.8
    """Of the hosts' activity by rank; with 0 all are alike."""
    seed: int = 7

    @property
    def seconds(self) -> float:
        """Event time from the first to the last connection."""
        return self.lines / self.rate


def write(folder: Path, traffic: Traffic, form: str) -> Path:
    """The file of this traffic in one of FORMS, written where it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    name = blake2b(repr((VERSION, astuple(traffic))).encode(), digest_size=6).hexdigest()
    path = folder / f"{form}-{traffic.lines}-{name}.log"
    if not path.exists():
        begun = path.with_suffix(".part")
        with begun.open("wb") as file:
            header, line = FORMS[form]
            file.write(header)
            file.writelines(line(flow) + b"\n" for flow in flows(traffic))
        begun.rename(path)
    return path


def flows(traffic: Traffic) -> Iterator[Flow]:
    """All connections in the order of their starts."""
    rng = np.random.default_rng(traffic.seed)
    for first in range(0, traffic.lines, DRAWN_AT_ONCE):
        drawn = _drawn(traffic, min(DRAWN_AT_ONCE, traffic.lines - first), rng)
        for at, row in enumerate(zip(*drawn.values(), strict=True)):
            flow = dict(zip(drawn, row, strict=True))
            number = first + at
            yield flow | {
                "number": number,
                "start": BEGIN + number / traffic.rate,
                "port": 32768 + number % 28000,
                "sent_pkts": flow["sent"] // 600 + 2,
                "received_pkts": flow["received"] // 900 + 2,
            }


def _drawn(traffic: Traffic, lines: int, rng: np.random.Generator) -> dict[str, list[float]]:
    ranks = np.arange(1, traffic.hosts + 1) ** -traffic.exponent
    hosts = rng.choice(traffic.hosts, lines, p=ranks / ranks.sum())
    if traffic.peers is None:
        peers = np.minimum(rng.zipf(1.4, lines), PEERS)
    else:
        peers = (hosts * 7_919 + rng.integers(traffic.peers, size=lines)) % 4_000_000
    return {
        "host": hosts.tolist(),
        "peer": peers.tolist(),
        "service": rng.choice(3, lines, p=(0.5, 0.35, 0.15)).tolist(),
        "sent": (rng.lognormal(6.5, 1.2, lines).astype(np.int64) + 60).tolist(),
        "received": (rng.lognormal(7.5, 1.8, lines).astype(np.int64) + 60).tolist(),
        "duration": rng.exponential(0.8, lines).tolist(),
    }


def host_address(number: float) -> str:
    """Of a local host."""
    return f"10.{int(number) // 62500}.{int(number) // 250 % 250}.{int(number) % 250 + 1}"


def peer_address(number: float) -> str:
    """Of a peer outside."""
    return f"198.{18 + int(number) // 62500}.{int(number) // 250 % 250}.{int(number) % 250 + 1}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")[:-6] + "+0000"


def _eve(flow: Flow) -> bytes:
    app, _, port, proto = SERVICES[int(flow["service"])]
    end = flow["start"] + flow["duration"]
    record: dict[str, object] = {
        "timestamp": _time(end),
        "flow_id": int(1_000_000_000_000_000 + flow["number"]),
        "in_iface": "eth0",
        "event_type": "flow",
        "src_ip": host_address(flow["host"]),
        "src_port": flow["port"],
        "dest_ip": peer_address(flow["peer"]),
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
    return msgspec.json.encode(record)


def _zeek(flow: Flow) -> dict[str, object]:
    _, service, port, proto = SERVICES[int(flow["service"])]
    return {
        "ts": round(flow["start"], 6),
        "uid": f"C{int(flow['number']):017d}",
        "id.orig_h": host_address(flow["host"]),
        "id.orig_p": flow["port"],
        "id.resp_h": peer_address(flow["peer"]),
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


def _zeek_json(flow: Flow) -> bytes:
    return msgspec.json.encode(_zeek(flow))


def _zeek_tsv(flow: Flow) -> bytes:
    values = _zeek(flow) | {"ts": f"{flow['start']:.6f}", "local_orig": "T", "local_resp": "F"}
    return "\t".join(map(str, values.values())).encode()


def _zeek_conn(flow: Flow) -> bytes:
    """As Zeek's script publishes it: the values of a record by their places."""
    zeek, proto = _zeek(flow), SERVICES[int(flow["service"])][3].lower()
    told = (
        ("real", "ts"),
        ("string", "uid"),
        ("address", "id.orig_h"),
        ("port", "id.orig_p"),
        ("address", "id.resp_h"),
        ("port", "id.resp_p"),
        ("string", "service"),
        ("real", "duration"),
        ("count", "orig_bytes"),
        ("count", "resp_bytes"),
        ("string", "conn_state"),
        ("boolean", "local_orig"),
        ("boolean", "local_resp"),
        ("string", "history"),
        ("count", "orig_pkts"),
        ("count", "orig_ip_bytes"),
        ("count", "resp_pkts"),
        ("count", "resp_ip_bytes"),
    )
    values = [
        {"@data-type": kind, "data": f"{zeek[name]}/{proto}" if kind == "port" else zeek[name]}
        for kind, name in told
    ]
    values.append({"@data-type": "string", "data": "1:wdc+jXNAn3Ap2cp33lxK1pgbevM="})
    return msgspec.json.encode({"@data-type": "vector", "data": values})


_TSV_HEADER: Final = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    "#fields\t" + "\t".join(_zeek(next(flows(Traffic(lines=1))))) + "\n"
).encode()

FORMS: Final[dict[str, tuple[bytes, Callable[[Flow], bytes]]]] = {
    "eve": (b"", _eve),
    "zeek_json": (b"", _zeek_json),
    "zeek_tsv": (_TSV_HEADER, _zeek_tsv),
    "zeek_conn": (b"", _zeek_conn),
}
"""What a file begins with, and a line of it; the names are those of the decoders' table."""
VERSION: Final = 2
"""Raise it when other lines are written, so that older files are not taken for them."""
