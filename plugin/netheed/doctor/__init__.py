"""Looks at the sensors on this machine: what is missing beside them, and the lines to paste."""

from collections.abc import Callable, Iterable
from typing import Final

from netheed.doctor import own, suricata, zeek
from netheed.doctor.findings import Finding
from netheed.doctor.machine import Case

DOCTORS: Final[dict[str, Callable[[Case], Iterable[Finding]]]] = {
    "zeek": zeek.findings,
    "suricata": suricata.findings,
    "netheed": own.findings,
}
"""What is looked at, in this order; the name is the heading. What no doctor finds in its place is
no fault of the others: a machine without its sensor is told, and nothing of it is missing."""


def examine(case: Case) -> dict[str, list[Finding]]:
    """What every doctor found."""
    return {name: list(findings(case)) for name, findings in DOCTORS.items()}
