"""netheed itself: its configuration, what it must write, and the Python it runs in."""

import os
import platform
import shlex
from collections.abc import Iterator

from netheed.doctor.findings import SHELL, Finding, Paste, missing, ok, paste
from netheed.doctor.machine import Case


def findings(case: Case) -> Iterator[Finding]:
    """What `netheed run` wants, whatever the sensor."""
    yield ok(f"Python {platform.python_version()}")
    if case.unread:
        yield missing(f"the configuration cannot be used: {case.unread}")
    elif case.settings is None:
        yield missing(f"no configuration: {case.file} is not there")
    elif not case.settings.sources:
        yield missing(f"{case.file} names no source")
    else:
        yield ok(f"{case.file} and its model can be used")
    for where, reason in case.problems:
        yield missing(f"{where}: {reason}", *_help(where, case))
    if case.unread:
        return
    if all(where != "daemon.state" for where, _ in case.problems):
        yield ok(f"{_state(case)}, for the state, can be written")


def _help(where: str, case: Case) -> list[Paste]:
    if where != "daemon.state" or os.path.isfile(_state(case)):  # noqa: PTH113 - never raises
        return []
    return [paste(SHELL, f'sudo install -d -m 0750 -o "$(id -un)" {shlex.quote(_state(case))}')]


def _state(case: Case) -> str:
    return "/var/lib/netheed" if case.settings is None else case.settings.daemon.state
