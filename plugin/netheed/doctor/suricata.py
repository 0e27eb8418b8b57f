"""Suricata beside netheed: which there is, what it writes where, and how late."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from netheed.doctor import (
    command_socket,
    eve_log,
    eve_written,
    flow_timeouts,
    installation,
    reached,
)
from netheed.doctor.dumped import Dump, parsed
from netheed.doctor.findings import Finding, Level, advice, missing, ok
from netheed.doctor.machine import Case
from netheed.sources import LIVE_SOURCES

OLDEST: Final = 7
NEWEST: Final = 8
"""Major versions whose records netheed's were compared with."""
FILE: Final = "/etc/suricata/suricata.yaml"
FOLDERS: Final = ("/usr/bin", "/usr/local/bin", "/opt/suricata/bin")
"""Where it is, beside the search path."""
DROPPED: Final = ("outputs", "datasets", "flow-timeouts")
"""Nodes of which an include leaves nothing."""


def findings(case: Case) -> Iterator[Finding]:
    """All about the first Suricata that is found. What no source reads is not missing."""
    needed = bool(eve_log.sources(case) or case.sinks("suricata_dataset"))
    for finding in _findings(case):
        if finding.level is Level.MISSING and case.reads_something and not needed:
            yield replace(finding, level=Level.ADVICE, what=f"{finding.what} (no source reads it)")
        else:
            yield finding


def is_offered(case: Case) -> bool:
    """Whether there is one here that this netheed can read."""
    return "eve_file" in LIVE_SOURCES and bool(case.machine.programs("suricata", FOLDERS))


def _findings(case: Case) -> Iterator[Finding]:
    programs = case.machine.programs("suricata", FOLDERS)
    if not programs:
        yield from _none(case)
        return
    program, *others = programs
    yield _version(case, program)
    for other in others:
        yield advice(f"there is a Suricata at {other} too: the search path chooses")
    dump = _dump(case, program)
    if dump is None:
        yield missing(_unread(case, program))
        yield from _met(case, None)
        return
    file = case.suricata_yaml or FILE
    yield from _replaced(dump, file)
    yield from eve_log.findings(case, dump, file)
    yield from flow_timeouts.findings(case, dump, file)
    yield from command_socket.findings(case, dump, file)
    yield from _met(case, dump)
    if case.wants_sources:
        yield from _configuration(case, dump)


def _none(case: Case) -> Iterator[Finding]:
    """A Suricata elsewhere will do."""
    yield advice(f"no suricata on this machine (search path, {', '.join(FOLDERS)})")
    yield from _met(case, None)


def _met(case: Case, dump: Dump | None) -> Iterator[Finding]:
    yield from eve_written.findings(case, dump)
    yield from reached.findings(case, dump)


def _version(case: Case, program: str) -> Finding:
    said = (case.machine.run([program, "-V"]) or "").strip()
    numbers = re.search(r"version (\d{1,4})\.\d{1,4}\S{0,40}", said)
    if numbers is None:
        return missing(f"{program} does not say its version: can this user run it?")
    where = f"Suricata {numbers.group().removeprefix('version ')} at {program}"
    major = int(numbers[1])
    if major < OLDEST:
        return missing(f"{where} is older than {OLDEST}, the first that netheed reads")
    if major > NEWEST:
        return advice(f"{where} is newer than {NEWEST}, the last that netheed was compared with")
    return ok(where)


def _dump(case: Case, program: str) -> Dump | None:
    chosen = ["-c", case.suricata_yaml] if case.suricata_yaml else []
    said = case.machine.run([program, "--dump-config", *chosen])
    return None if said is None else parsed(said)


def _unread(case: Case, program: str) -> str:
    chosen = f" -c {case.suricata_yaml}" if case.suricata_yaml else ""
    return (
        f"{program} --dump-config{chosen} fails: can this user read {case.suricata_yaml or FILE}"
        " and what it includes?"
    )


def _replaced(dump: Dump, file: str) -> Iterator[Finding]:
    """An include is no addition."""
    for node in dump.redefined:
        if node in DROPPED:
            files = f", and includes {', '.join(dump.included)}" if dump.included else ""
            yield advice(
                f"{file} has `{node}:` twice{files}: Suricata keeps the last and drops all of the"
                " first; put both into one"
            )
    if dump.included and "outputs" not in dump.redefined:
        yield ok(f"{', '.join(dump.included)} is included, and replaces no outputs")


def _configuration(case: Case, dump: Dump) -> Iterator[Finding]:
    """One source: the same connections from two sensors would count twice."""
    best = eve_log.chosen(dump)
    if best is None or best.filetype != "regular" or "eve_file" not in LIVE_SOURCES:
        return
    if next(installation.found(case.machine, case.prefix), None) is not None:
        yield advice("a Zeek is here too: where both see the same traffic, read only one of them")
        return
    source = {"type": "eve_file", "path": eve_log.pattern(best)}
    state = "/var/lib/netheed" if case.settings is None else case.settings.daemon.state
    sinks = [{"type": "jsonl", "path": f"{state}/notices.jsonl"}]
    what = "netheed's configuration names no source yet: this is one for this Suricata"
    yield Finding(Level.ADVICE, what, (), {"sources": [source], "sinks": sinks})
