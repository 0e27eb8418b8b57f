"""Research recordings with labels, recounted on load.

The data is not part of netheed: it lies in a folder that the user names. What each recording holds,
and what may not be believed of it, is said in SOURCES; a count that differs stops the load.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from netheed.errors import NetheedError
from netheed.records import Connection, Tally
from netheed.sources.files import read_file

KINDS: Final = (
    "benign",
    "scan",
    "brute_force",
    "dns_tunnel",
    "beacon",
    "exfiltration",
    "flood",
)
"""The model's classes, benign first."""

Labeller = Callable[[str, str], str | None]
"""(label, detailed label) of a record -> one of KINDS, or None where it is not known."""


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


def _benign_only(label: str, _: str) -> str | None:
    return "benign" if label == "Benign" else None


def _njrat(label: str, detailed: str) -> str | None:
    if label == "Malicious" and detailed == "CC":
        return "beacon"
    return "benign" if label == "Benign" else None


def _remcos(label: str, _: str) -> str | None:
    return {"Malicious": "beacon", "Benign": "benign"}.get(label)


def _mirai(label: str, detailed: str) -> str | None:
    kinds = {"DDoS": "flood", "C&C": "beacon", "PartOfAHorizontalPortScan": "scan"}
    return kinds.get(detailed, "benign" if label == "Benign" else None)


def _always(kind: str | None) -> Labeller:
    return lambda _label, _detailed: kind


@dataclass(frozen=True, slots=True)
class _Source:
    file: str
    family: str
    connections: int
    label: Labeller
    local: tuple[str, ...] = ()


_CTU: Final = "ctu-sme-11/linux-2023-02"
_UNIVERSITY: Final = ("147.32.0.0/16",)
SOURCES: Final = (
    # CTU-SME-11: one Linux host a day; "Unknown" stays unknown. Remcos ran in the same network.
    _Source(f"{_CTU}-20.conn.log.labeled.gz", "ctu-sme", 8084, _benign_only),
    _Source(f"{_CTU}-25.conn.log.labeled.gz", "ctu-sme", 3445, _benign_only),
    _Source("remcos/conn.log.labeled.gz", "ctu-sme", 766, _remcos),
    # IoT-23: one infected camera; the benign ones are a lamp, a speaker and a door lock.
    _Source("iot23/34-1-mirai.conn.log.labeled.gz", "iot23-mirai", 23145, _mirai),
    _Source("iot23/benign-b1.conn.log.gz", "iot23-benign", 1209, _always("benign")),
    _Source("iot23/benign-b2.conn.log.gz", "iot23-benign", 1357, _always("benign")),
    _Source("iot23/benign-b3a.conn.log.gz", "iot23-benign", 130, _always("benign")),
    _Source("iot23/benign-b3b.conn.log.gz", "iot23-benign", 52, _always("benign")),
    _Source("iot23/benign-b3c.conn.log.gz", "iot23-benign", 25, _always("benign")),
    _Source("iot23/benign-b3d.conn.log.gz", "iot23-benign", 49, _always("benign")),
    _Source("iot23/benign-b3e.conn.log.gz", "iot23-benign", 53, _always("benign")),
    _Source("iot23/benign-b3f.conn.log.gz", "iot23-benign", 52, _always("benign")),
    # M57-Patents: an office of four PCs, unlabelled and mostly benign; taken as benign.
    _Source("m57/conn.log.gz", "m57", 8505, _always("benign")),
    # Hosts on public addresses: "Malicious" there is every inbound connection, so it is unknown.
    _Source(
        "stratosphere/008.conn.log.labeled.gz", "stratosphere", 5663, _benign_only, _UNIVERSITY
    ),
    _Source(
        "stratosphere/010.conn.log.labeled.gz", "stratosphere", 5347, _benign_only, _UNIVERSITY
    ),
    _Source(
        "stratosphere/011.conn.log.labeled.gz", "stratosphere", 9048, _benign_only, _UNIVERSITY
    ),
    _Source("stratosphere/001-njrat.labeled-conn.log.gz", "njrat", 992, _njrat),
    _Source("stratosphere/002-nmap.conn.json.gz", "nmap", 4504, _always("scan")),
    # A sensor that saw one direction only, benign; a scan by one host; the rest has no labels.
    _Source("odd/one-sided-2025.conn.json.gz", "one-sided", 3462, _always("benign")),
    _Source("odd/l2-addr.conn.json.gz", "l2-addr", 4190, _always("scan")),
    _Source("odd/maccdc-headerless.conn.log.gz", "maccdc", 22694, _always(None)),
    _Source("odd/header-without-hash.conn.log.gz", "ics-lab", 1238, _always(None)),
    _Source("odd/nul-bytes.conn.json.gz", "ics-lab", 56, _always(None)),
    _Source("odd/vm-lab.conn.log.gz", "vm-lab", 808, _always(None)),
)


def load(root: Path) -> list[Recording]:
    """All recordings below `root`/zeek. Raises NetheedError for a missing file or a wrong count."""
    return [_load(root / "zeek", source) for source in SOURCES]


def _load(folder: Path, source: _Source) -> Recording:
    path = folder / source.file
    connections = [c for part in read_file(path, Tally(), lambda _: None) for c in part]
    if len(connections) != source.connections:
        raise NetheedError(f"{path}: {len(connections)} connections, expected {source.connections}")
    said = labels_by_uid(path)
    labels = [source.label(*said.get(c.uid, ("", ""))) for c in connections]
    return Recording(
        name=source.file.split(".")[0],
        family=source.family,
        connections=connections,
        labels=labels,
        local=source.local,
        sha256=sha256(path.read_bytes()).hexdigest(),
        path=path,
    )


def labels_by_uid(path: Path) -> dict[str, tuple[str, str]]:
    """Uid -> (label, detailed label) of a labelled Zeek log; empty for any other file.

    IoT-23 parts its last three columns with three spaces instead of tabs, in the header too.
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
                found[values.get("uid", "")] = (values.get("label", ""), detailed)
    return found
