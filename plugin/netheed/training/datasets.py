"""Research recordings with labels, recounted on load.

The data is not part of netheed: it lies in a folder that the user names. What each recording holds,
and what may not be believed of it, is said in SOURCES; a count that differs, of rows, of rows that
cannot be read or of labels, stops the load.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from netheed.classes import CLASSES, LATERAL_MOVEMENT, UNKNOWN
from netheed.errors import NetheedError
from netheed.records import Act, Connection, Naming, Outcome, Tally
from netheed.sources.files import beside_of, connections_of

BENIGN: Final = "benign"
KINDS: Final = (BENIGN, *(name for name in CLASSES if name not in {UNKNOWN, LATERAL_MOVEMENT}))
"""The classes of minutes and pairs, benign first. Their order is part of a model: a new one comes
last."""
HOUR_KINDS: Final = (*KINDS, LATERAL_MOVEMENT)
"""Those of hosts' hours."""
LATERAL: Final = "lateral"
"""What lateral movement is published as where minutes and pairs have no class for it."""

LOGS_BESIDE: Final = ("dns", "ssl", "http", "smb_mapping", "dce_rpc", "kerberos", "ntlm")
"""Logs of names and acts that are read."""
Labeller = Callable[[Connection, str, str], str | None]
"""(connection, its label, its detailed label) -> one of KINDS, or None where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Connections of one capture with what they are."""

    name: str
    family: str
    """Recordings of one family share a network or a campaign: never split across train and test."""
    connections: list[Connection]
    labels: list[str | None]
    """One of KINDS each; None is unknown and never counts as benign."""
    local: tuple[str, ...] = ()
    """Local networks beyond the default."""
    sha256: str = ""
    path: Path = Path()
    attacks: list[str | None] | None = None
    """Names that the publisher gave, where they say more than `labels`."""
    namings: tuple[Naming, ...] = ()
    """What the sensor's logs of names said beside; none until `with_names`."""
    acts: tuple[Act, ...] = ()
    """What they said that hosts did; likewise."""

    @property
    def published(self) -> list[str | None]:
        """BENIGN, the name of the attack, or None for unknown; one for each connection."""
        return self.labels if self.attacks is None else self.attacks

    @property
    def over_hours(self) -> list[str | None]:
        """One of HOUR_KINDS for each connection, or None: labels with lateral movement."""
        both = zip(self.labels, self.published, strict=True)
        return [LATERAL_MOVEMENT if name == LATERAL else label for label, name in both]


def _benign_only(_: Connection, label: str, __: str) -> str | None:
    return "benign" if label == "Benign" else None


def _njrat(_: Connection, label: str, detailed: str) -> str | None:
    if label == "Malicious" and detailed == "CC":
        return "beacon"
    return "benign" if label == "Benign" else None


def _remcos(_: Connection, label: str, __: str) -> str | None:
    return {"Malicious": "beacon", "Benign": "benign"}.get(label)


def _mirai(_: Connection, label: str, detailed: str) -> str | None:
    kinds = {"DDoS": "flood", "C&C": "beacon", "PartOfAHorizontalPortScan": "scan"}
    return kinds.get(detailed, "benign" if label == "Benign" else None)


def _one_scanner(connection: Connection, _: str, __: str) -> str | None:
    """The scan itself; what came back by ICMP and what else was about is unknown."""
    ends = (connection.orig, connection.resp)
    return "scan" if ends == ("172.25.100.9", "8.8.8.8") else None


def _always(kind: str | None) -> Labeller:
    return lambda _connection, _label, _detailed: kind


@dataclass(frozen=True, slots=True)
class _Source:
    file: str
    family: str
    connections: int
    label: Labeller
    local: tuple[str, ...] = ()
    kinds: Mapping[str, int] = field(default_factory=dict)
    """Connections of each kind where a label decides; the rest is unknown."""
    bad: int = 0
    """Rows that are broken in the published file."""


_CTU: Final = "ctu-sme-11/linux-2023-02"
SOURCES: Final = (
    # CTU-SME-11: one Linux host a day; "Unknown" stays unknown. Remcos ran in the same network.
    # The first row of the 25th stands there twice.
    _Source(
        f"{_CTU}-20.conn.log.labeled.gz", "ctu-sme", 8084, _benign_only, kinds={"benign": 7713}
    ),
    _Source(
        f"{_CTU}-25.conn.log.labeled.gz", "ctu-sme", 3445, _benign_only, kinds={"benign": 3443}
    ),
    _Source(
        "remcos/conn.log.labeled.gz", "ctu-sme", 766, _remcos, kinds={"beacon": 719, "benign": 44}
    ),
    # IoT-23: one infected camera; the benign ones are a lamp, a speaker and a door lock. One
    # family: b1 and b3a share a link-local address, and the camera has the gateway of b3.
    _Source(
        "iot23/34-1-mirai.conn.log.labeled.gz",
        "iot23",
        23145,
        _mirai,
        kinds={"benign": 1923, "scan": 122, "beacon": 6706, "flood": 14394},
    ),
    # b1 is two days, 41 days apart.
    _Source("iot23/benign-b1.conn.log.gz", "iot23", 1209, _always("benign")),
    _Source("iot23/benign-b2.conn.log.gz", "iot23", 1357, _always("benign")),
    _Source("iot23/benign-b3a.conn.log.gz", "iot23", 130, _always("benign")),
    _Source("iot23/benign-b3b.conn.log.gz", "iot23", 52, _always("benign")),
    _Source("iot23/benign-b3c.conn.log.gz", "iot23", 25, _always("benign")),
    _Source("iot23/benign-b3d.conn.log.gz", "iot23", 49, _always("benign")),
    _Source("iot23/benign-b3e.conn.log.gz", "iot23", 53, _always("benign")),
    _Source("iot23/benign-b3f.conn.log.gz", "iot23", 52, _always("benign")),
    # M57-Patents: an office of four PCs, unlabelled and mostly benign; taken as benign.
    _Source("m57/conn.log.gz", "m57", 8505, _always("benign")),
    # One host each on a public address; only that host is local, its neighbours are seen through it
    # alone. "Malicious" there is every inbound connection, so it is unknown.
    _Source(
        "stratosphere/008.conn.log.labeled.gz",
        "stratosphere",
        5663,
        _benign_only,
        ("147.32.81.167/32",),
        {"benign": 1402},
    ),
    _Source(
        "stratosphere/010.conn.log.labeled.gz",
        "stratosphere",
        5347,
        _benign_only,
        ("147.32.83.234/32",),
        {"benign": 1937},
    ),
    _Source(
        "stratosphere/011.conn.log.labeled.gz",
        "stratosphere",
        9048,
        _benign_only,
        ("147.32.83.165/32",),
        {"benign": 4771},
    ),
    _Source(
        "stratosphere/001-njrat.labeled-conn.log.gz",
        "njrat",
        992,
        _njrat,
        kinds={"beacon": 244, "benign": 9},
    ),
    _Source("stratosphere/002-nmap.conn.json.gz", "nmap", 4504, _always("scan")),
    # A sensor that saw one direction only, benign; a scan by one host; the rest has no labels.
    _Source("odd/one-sided-2025.conn.json.gz", "one-sided", 3462, _always("benign")),
    _Source("odd/l2-addr.conn.json.gz", "l2-addr", 4190, _one_scanner, kinds={"scan": 4182}),
    _Source("odd/maccdc-headerless.conn.log.gz", "maccdc", 22694, _always(None)),
    _Source("odd/header-without-hash.conn.log.gz", "ics-lab", 1238, _always(None)),
    _Source("odd/nul-bytes.conn.json.gz", "ics-lab", 56, _always(None), bad=5),
    _Source("odd/vm-lab.conn.log.gz", "vm-lab", 808, _always(None), bad=1),
)


def load(root: Path) -> list[Recording]:
    """All recordings below `root`/zeek. Raises NetheedError for a missing file or a wrong count."""
    return [_load(root / "zeek", source) for source in SOURCES]


def _load(folder: Path, source: _Source) -> Recording:
    path, tally = folder / source.file, Tally()
    connections = list(connections_of(path, tally, lambda _: None))
    _expect(path, "connections", len(connections), source.connections)
    _expect(path, "broken rows", tally.bad, source.bad)
    labels = _labels(path, source, connections)
    return Recording(
        name=source.file.split(".")[0],
        family=source.family,
        connections=connections,
        labels=labels,
        local=source.local,
        sha256=sha256(path.read_bytes()).hexdigest(),
        path=path,
    )


def _labels(path: Path, source: _Source, connections: list[Connection]) -> list[str | None]:
    said = labels_by_uid(path)
    if said and (missing := {c.uid for c in connections} - said.keys()):
        raise NetheedError(f"{path}: no label for {len(missing)} uids, such as {min(missing)}")
    labels = [source.label(c, *said.get(c.uid, ("", ""))) for c in connections]
    if source.kinds:
        found = Counter(label for label in labels if label)
        _expect(path, "labels", dict(found), dict(source.kinds))
    return labels


def _expect(path: Path, what: str, found: object, expected: object) -> None:
    if found != expected:
        raise NetheedError(f"{path}: {what}: found {found}, expected {expected}")


def labels_by_uid(path: Path) -> dict[str, tuple[str, str]]:
    """Uid -> (label, detailed label) of a labelled Zeek log; empty for any other file.

    IoT-23 parts its last three columns with three spaces instead of tabs, in the header too.
    Raises NetheedError when one uid has two labels.
    """
    found: dict[str, tuple[str, str]] = {}
    fields: list[str] = []
    with gzip.open(path, "rt", errors="replace") as file:
        for line in file:
            parts = line.rstrip("\r\n").replace("   ", "\t").split("\t")
            if parts[0] == "#fields":
                fields = parts[1:]
            elif "label" in fields and not line.startswith("#"):
                values = dict(zip(fields, parts, strict=False))
                detailed = values.get("detailed-label", values.get("detailedlabel", ""))
                uid, said = values.get("uid", ""), (values.get("label", ""), detailed)
                if found.setdefault(uid, said) != said:
                    raise NetheedError(f"{path}: {uid} is both {found[uid]} and {said}")
    return found


def with_names(recording: Recording) -> Recording:
    """The same with what stands in logs of names and acts beside its file; as it is without any."""
    path = recording.path
    if "conn" not in path.name:
        return recording
    others = [path.with_name(path.name.replace("conn", log)) for log in LOGS_BESIDE]
    logs = [other for other in others if other.is_file()]
    if not logs:
        return recording
    said = [beside_of(log, Tally(), lambda _: None) for log in logs]
    told = "".join(sha256(log.read_bytes()).hexdigest() for log in logs)
    return replace(
        recording,
        namings=tuple(naming for each in said for naming in each.namings),
        acts=tuple(act for each in said for act in each.acts),
        sha256=sha256((recording.sha256 + told).encode()).hexdigest(),
    )


_CICIDS_FILE: Final = "cicids2017/cicids2017_improved_union.csv.gz"
CICIDS_LABELS: Final[Mapping[str, tuple[str | None, int]]] = {
    "BENIGN": ("benign", 7492),
    "Portscan": ("scan", 7411),
    "Infiltration - Portscan": ("scan", 7329),
    "FTP-Patator": ("brute_force", 3972),
    "SSH-Patator": ("brute_force", 2961),
    "DoS Hulk": ("flood", 7415),
    "DDoS": ("flood", 7362),
    "DoS GoldenEye": ("flood", 5849),
    "DoS Slowloris": ("flood", 3859),
    "DoS Slowhttptest": ("flood", 1740),
    "Botnet": ("beacon", 736),
    "Web Attack - Brute Force": (None, 73),
    "Infiltration": (None, 36),
    "Web Attack - XSS": (None, 18),
    "Web Attack - SQL Injection": (None, 13),
    "Heartbleed": (None, 11),
}
"""Label -> (kind, rows expected). Slowloris and Slowhttptest hold few connections open for long: of
one family with the floods, but not fast."""
_PROTOCOLS: Final = {"1": "icmp", "6": "tcp", "17": "udp"}
_LEAST_HEADER: Final = {"6": 20, "17": 8}


def load_cicids(root: Path) -> list[Recording]:
    """CICIDS2017 with the labels of Liu, Engelen et al. (IEEE CNS 2022), one Recording a day.

    A **sample by class**, sparse in time: rates, fan-out and the share of attacks are not those of
    the network, and nearly all attacks come from 172.16.0.1. All days are one network, so one
    family. Times are UTC (the working day of Fredericton, UTC-3, runs from 12 to 20 h). Eight rows
    of protocol 0 are ARP frames that the flow meter took for IPv4; they are left out.

    Raises NetheedError for a missing file or a wrong count.
    """
    path = root / _CICIDS_FILE
    try:
        with gzip.open(path, "rt", newline="") as file:
            rows = list(csv.DictReader(file))
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise NetheedError(f"{path}: {error.strerror or error}") from None
    expected = {label: count for label, (_, count) in CICIDS_LABELS.items()}
    _expect(path, "labels", dict(Counter(row["Label"] for row in rows)), expected)
    return [_day(path, digest, day, part) for day, part in _days(rows)]


def _days(rows: list[dict[str, str]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    usable = [row for row in rows if row["Protocol"] in _PROTOCOLS]
    usable.sort(key=lambda row: row["Timestamp"])
    for day in sorted({row["Timestamp"][:10] for row in usable}):
        yield day, [row for row in usable if row["Timestamp"].startswith(day)]


def _day(path: Path, digest: str, day: str, rows: list[dict[str, str]]) -> Recording:
    return Recording(
        name=f"cicids2017/{day}",
        family="cicids2017",
        connections=[cicids_connection(row) for row in rows],
        labels=[CICIDS_LABELS[row["Label"]][0] for row in rows],
        attacks=[BENIGN if row["Label"] == "BENIGN" else row["Label"] for row in rows],
        sha256=digest,
        path=path,
    )


def cicids_connection(row: Mapping[str, str]) -> Connection:
    """One row of the flow meter as a connection, without a service, which it does not know.

    It counts payload and the headers of TCP or UDP; 20 bytes a packet stand for the IPv4 header
    (no options). Its header counts wrap at 16 bits: the least is taken that gives every packet a
    whole header. Of ICMP it counts no bytes: they stay unknown. Ids repeat from day to day.
    """
    proto = _PROTOCOLS[row["Protocol"]]
    start = datetime.fromisoformat(row["Timestamp"]).replace(tzinfo=UTC)
    out, back = int(row["Total Fwd Packet"]), int(row["Total Bwd packets"])
    icmp = proto == "icmp"
    return Connection(
        uid=f"{row['Timestamp'][:10]}/{row['id']}",
        sensor="zeek",
        start=start.timestamp(),
        duration=int(row["Flow Duration"]) / 1e6 if out + back > 1 else None,
        orig=row["Src IP"],
        orig_port=int(row["ICMP Type" if icmp else "Src Port"]),
        resp=row["Dst IP"],
        resp_port=int(row["ICMP Code" if icmp else "Dst Port"]),
        proto=proto,
        service=None,
        outcome=_tcp_outcome(row, out, back) if proto == "tcp" else _answered(back),
        orig_bytes=None if icmp else _ip_bytes(row, "Fwd", "Fwd Packet", out),
        resp_bytes=None if icmp else _ip_bytes(row, "Bwd", "Bwd Packet", back),
        orig_pkts=out,
        resp_pkts=back,
    )


def _ip_bytes(row: Mapping[str, str], side: str, packets: str, count: int) -> int:
    headers = int(row[f"{side} Header Length"])
    least = count * _LEAST_HEADER[row["Protocol"]]
    while headers < least:
        headers += 1 << 16
    return int(row[f"Total Length of {packets}"]) + headers + 20 * count


def _answered(back: int) -> Outcome:
    return Outcome.COMPLETE if back else Outcome.UNANSWERED


def _tcp_outcome(row: Mapping[str, str], out: int, back: int) -> Outcome:
    """From counts of flags; the meter cuts a connection after 120 s, so many parts lack a SYN."""
    if not int(row["SYN Flag Count"]) or not out:
        return Outcome.PARTIAL
    if not back:
        return Outcome.UNANSWERED
    if int(row["Bwd RST Flags"]) == back:
        return Outcome.REFUSED
    closed = int(row["FIN Flag Count"])
    if closed >= 2:
        return Outcome.COMPLETE
    return Outcome.ABORTED if closed or int(row["RST Flag Count"]) else Outcome.COMPLETE
