"""Suricata's command socket, by which netheed fills a dataset."""

import os
import stat
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

import msgspec

from netheed.doctor.dumped import TRUE, Dump
from netheed.doctor.findings import SHELL, Finding, advice, missing, ok, paste
from netheed.doctor.machine import Case

FOLDER: Final = "/var/run/suricata"
NAME: Final = "suricata-command.socket"
DEBIAN: Final = f"/var/run/{NAME}"
HELLO: Final = b'{"version":"0.2"}'
"""Suricata takes it in one piece, and waits for it."""


def place(dump: Dump) -> str:
    """Where it is; a path that is not absolute is below Suricata's own folder."""
    return str(PurePosixPath(FOLDER) / dump.get("unix-command.filename", NAME))


def is_enabled(dump: Dump) -> bool:
    """`auto` is yes beside an interface."""
    return dump.get("unix-command.enabled").lower() in {*TRUE, "auto"}


def findings(case: Case, dump: Dump, file: str) -> Iterator[Finding]:
    """Only a suricata_dataset sink needs it."""
    wanted = case.named("suricata_dataset", "socket")
    if not is_enabled(dump):
        yield _off(file, wanted)
        return
    if not wanted:
        yield ok(f"its command socket is {place(dump)}; only a suricata_dataset sink uses it")
    for path in wanted:
        if case.machine.at(path).resolve() != case.machine.at(place(dump)).resolve():
            yield missing(
                f"the suricata_dataset sink names {path}, Suricata's command socket is"
                f" {place(dump)}",
                paste(case.file, f'    socket: "{place(dump)}"  # of the suricata_dataset sink'),
            )
        else:
            yield _usable(case, path)


def _off(file: str, wanted: list[str]) -> Finding:
    if not wanted:
        return ok("its command socket is off; only a suricata_dataset sink needs it")
    line = f"unix-command: {{enabled: yes, filename: {wanted[0]}}}"
    note = "# in place of `unix-command:`"
    return missing("the suricata_dataset sink needs unix-command", paste(file, note, line))


def _usable(case: Case, path: str) -> Finding:
    try:
        status = case.machine.at(path).stat()
    except PermissionError:
        return missing(f"{path}: this user may not look there")
    except (OSError, ValueError):
        return missing(f"{path} is not there: is Suricata running?")
    if not stat.S_ISSOCK(status.st_mode):
        return missing(f"{path} is no socket")
    if not os.access(case.machine.at(path), os.R_OK | os.W_OK):
        return missing(f"this user may not use {path}", paste(SHELL, *_rights(path, status.st_gid)))
    return _answering(case, path)


def _rights(path: str, group: int) -> tuple[str, ...]:
    """Suricata makes it anew, for its own user and group, at each start."""
    if group == 0:
        return (
            "# let Suricata run as a group of its own: run-as in suricata.yaml; until then",
            f'sudo setfacl -m "u:$(id -un):rw" {path}',
        )
    return (f'sudo usermod -a -G "$(stat -c %G {path})" "$(id -un)"',)


def _answering(case: Case, path: str) -> Finding:
    answer = case.machine.asks(str(case.machine.at(path)), HELLO)
    if answer is None:
        return missing(f"nobody answers at {path}: is Suricata running?")
    try:
        said = msgspec.json.decode(answer, type=dict[str, object])
    except (msgspec.DecodeError, ValueError):
        said = {}
    if said.get("return") == "OK":
        return ok(f"Suricata answers at {path}")
    return advice(f"what answers at {path} does not speak as Suricata does")
