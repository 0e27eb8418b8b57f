"""Every record of the research recordings is read, and what is no connection is counted."""

from pathlib import Path

import pytest

from netheed.errors import BadRecordError
from netheed.records import Tally
from netheed.sources.files import connections_of

ZEEK = {
    "ctu-sme-11/linux-2023-02-20.conn.log.labeled.gz": (8084, 0),
    "ctu-sme-11/linux-2023-02-25.conn.log.labeled.gz": (3445, 0),
    # The description counts 5,664 with one broken; 5,663 rows stand there and all can be read.
    "stratosphere/008.conn.log.labeled.gz": (5663, 0),
    "stratosphere/010.conn.log.labeled.gz": (5347, 0),
    "stratosphere/011.conn.log.labeled.gz": (9048, 0),
    "stratosphere/001-njrat.labeled-conn.log.gz": (992, 0),
    "stratosphere/002-nmap.conn.json.gz": (4504, 0),
    "iot23/34-1-mirai.conn.log.labeled.gz": (23_145, 0),
    "m57/conn.log.gz": (8505, 0),
    "remcos/conn.log.labeled.gz": (766, 0),
    "odd/maccdc-headerless.conn.log.gz": (22_694, 0),
    "odd/header-without-hash.conn.log.gz": (1238, 0),
    "odd/nul-bytes.conn.json.gz": (56, 5),
    "odd/one-sided-2025.conn.json.gz": (3462, 0),
    "odd/l2-addr.conn.json.gz": (4190, 0),
    "odd/vm-lab.conn.log.gz": (808, 1),
}
"""File -> (connections, bad lines)."""

EVE = {
    "slips-test6": (3512, 372, 745, 371),
    "ctu-sme-test7": (333, 28, 0, 42),
    "malware-exercise": (826, 418, 121, 960),
    "one-host-scan": (0, 0, 437, 0),
}
"""File -> (flow records, records of names, of acts, other records)."""

NAMES = {"dns": 7685, "http": 811, "ssl": 2072}
"""Zeek's log of names -> records that name a peer; the others are queries without an answer, and
connections by address."""


def read(path: Path) -> tuple[Tally, list[BadRecordError]]:
    tally, bad = Tally(), []
    found = len(list(connections_of(path, tally, bad.append)))
    assert found == tally.connections
    return tally, bad


@pytest.mark.parametrize("name", ZEEK)
def test_every_zeek_record_is_read(shared: Path, name: str) -> None:
    tally, bad = read(shared / "data" / "zeek" / name)

    assert (tally.connections, tally.bad) == ZEEK[name]
    assert len(bad) == tally.bad


def test_the_benign_things_add_up(shared: Path) -> None:
    files = sorted((shared / "data" / "zeek" / "iot23").glob("benign-*"))

    assert sum(read(path)[0].connections for path in files) == 2927


@pytest.mark.parametrize("name", EVE)
def test_every_flow_of_suricata_is_read_and_the_rest_counted(shared: Path, name: str) -> None:
    tally, bad = read(shared / "data" / "eve" / f"{name}.eve.json.gz")

    assert bad == []
    skipped = sum(tally.skipped.values())
    assert (tally.connections, tally.named, tally.acted, skipped) == EVE[name]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_read_of_their_logs_and_the_rest_is_counted(shared: Path, name: str) -> None:
    folder = shared / "data" / "zeek" / "ctu-sme-11"

    tally, bad = read(folder / f"linux-2023-02-20.{name}.log.labeled.gz")

    assert (tally.connections, tally.named, bad) == (0, NAMES[name], [])
    assert list(tally.skipped) == [name]


def test_other_logs_are_passed_over_by_their_path(shared: Path) -> None:
    tally, bad = read(shared / "data" / "zeek" / "m57" / "dhcp.log.gz")

    assert (tally.connections, tally.named, bad) == (0, 0, [])
    assert tally.skipped == {"dhcp": 201}
