"""Suricata's flow-timeouts: how late its records are, and what netheed must wait for them."""

from collections.abc import Iterator
from typing import Final

from netheed.doctor.dumped import Dump
from netheed.doctor.eve_log import sources
from netheed.doctor.findings import Finding, advice, ok, paste
from netheed.doctor.machine import Case
from netheed.sources import LATENESS, lateness_of

USUAL: Final = {
    "tcp": {"new": 30, "established": 300, "closed": 0},
    "udp": {"new": 30, "established": 300},
    "icmp": {"new": 30, "established": 300},
}
"""Seconds after its last packet at which Suricata gives a flow up, where nothing is configured."""
ROUND: Final = 30
"""Seconds in which Suricata comes round all its flows, with room: it aims at ten."""
SOONER: Final = (
    "# in place of `flow-timeouts:`; a connection that pauses longer becomes two flows",
    "flow-timeouts:",
    "  default: {new: 15, established: 60, closed: 0, bypassed: 50}",
    "  tcp: {new: 30, established: 120, closed: 10, bypassed: 50}",
    "  udp: {new: 15, established: 60, bypassed: 50}",
    "  icmp: {new: 15, established: 60, bypassed: 50}",
)


def findings(case: Case, dump: Dump, file: str) -> Iterator[Finding]:
    """What is needed, beside what is configured."""
    values = {name: seconds(dump, name) for name in USUAL}
    needed, waited = lateness(dump), min(waits(case), default=LATENESS["eve"])
    told = ", ".join(_told(name, some) for name, some in values.items())
    if needed > waited:
        yield advice(
            f"flows are written up to {needed} s after their last packet ({told}), netheed waits"
            f" {waited:g} s: later ones are left out and counted, unless lateness is {needed} in"
            " its configuration, or Suricata's timeouts are shorter",
            paste(file, *SOONER),
        )
    else:
        yield ok(f"flows are written within {needed} s ({told}), netheed waits {waited:g} s")


def seconds(dump: Dump, protocol: str) -> dict[str, int]:
    """By the state in which a flow was left."""
    usual = USUAL[protocol]
    return {state: _number(dump, f"{protocol}.{state}", usual[state]) for state in usual}


def lateness(dump: Dump) -> int:
    """Seconds that pass at most between a flow's last packet and its record."""
    return max(max(seconds(dump, name).values()) for name in USUAL) + ROUND


def waits(case: Case) -> Iterator[float]:
    """Seconds that netheed waits for each source's records, its own or everybody's."""
    common = None if case.settings is None else case.settings.windows.lateness
    yield from (lateness_of(source, common) for source in sources(case))


def _number(dump: Dump, setting: str, usual: int) -> int:
    text = dump.get(f"flow-timeouts.{setting}")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else usual


def _told(name: str, values: dict[str, int]) -> str:
    return f"{name} {' '.join(f'{state} {value}' for state, value in values.items())}"
