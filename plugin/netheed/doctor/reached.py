"""Where Suricata and netheed meet: netheed's socket, and Redis."""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, Final

from netheed.doctor.dumped import Dump
from netheed.doctor.eve_log import redis_address
from netheed.doctor.findings import SHELL, Finding, advice, missing, ok, paste
from netheed.doctor.machine import Case, Machine

PING: Final = b"PING\r\n"


def findings(case: Case, dump: Dump | None) -> Iterator[Finding]:
    """About what is configured only."""
    for source in case.sources("eve_socket"):
        yield _socket(case, dump or Dump({}), source)
    for source in case.sources("eve_redis"):
        yield _redis(case, source)
        if source.place.database:
            yield missing(
                "Suricata writes to database 0 of a Redis; the eve_redis source reads another"
            )


def _socket(case: Case, dump: Dump, source: Any) -> Finding:
    try:
        mode = case.machine.at(source.path).stat().st_mode
    except PermissionError:
        return advice(f"{source.path}: this user may not look there")
    except (OSError, ValueError):
        return advice(f"{source.path} is not there: netheed makes it when it runs")
    if not stat.S_ISSOCK(mode):
        return missing(f"{source.path} is no socket")
    return _allowed(case, source.path, dump.get("run-as.user", "root"), dump.get("run-as.group"))


def _allowed(case: Case, path: str, user: str, group: str) -> Finding:
    try:
        barrier = barred(case.machine, path, user, group)
    except KeyError:
        return advice(f"{path} is there; Suricata's user {user} is not known on this machine")
    if barrier is None:
        return ok(f"{path} is there, and {user} may write to it")
    what = f"Suricata runs as {user}, which may not use {barrier}"
    if barrier == path:
        line = f"    group: {group or user}  # of the eve_socket source"
        return missing(what, paste(case.file, line))
    return missing(what, paste(SHELL, f"sudo setfacl -m u:{user}:x {barrier}"))


def barred(machine: Machine, path: str, user: str, group: str = "") -> str | None:
    """The first folder that a user may not go through, or the socket that it may not write to.

    Raises KeyError where the user or its group is not known.
    """
    entry = pwd.getpwnam(user)
    if entry.pw_uid == 0:
        return None
    own = grp.getgrnam(group).gr_gid if group else entry.pw_gid
    groups = frozenset((own, *os.getgrouplist(user, own)))
    for folder in reversed(PurePath(path).parents):
        if not _has(machine, str(folder), stat.S_IXOTH, entry.pw_uid, groups):
            return str(folder)
    return None if _has(machine, path, stat.S_IWOTH, entry.pw_uid, groups) else path


def _has(machine: Machine, path: str, right: int, uid: int, groups: frozenset[int]) -> bool:
    """By the one class of the three that counts; access control lists are not looked at."""
    try:
        status = machine.at(path).stat()
    except OSError:
        return False
    if status.st_uid == uid:
        return bool(status.st_mode & (right << 6))
    if status.st_gid in groups:
        return bool(status.st_mode & (right << 3))
    return bool(status.st_mode & right)


def _redis(case: Case, source: Any) -> Finding:
    address = redis_address(source.url)
    where = address if isinstance(address, str) else f"{address[0]} port {address[1]}"
    if source.place.is_tls:
        return advice(f"the Redis at {where} speaks TLS and is not asked")
    answer = case.machine.asks(address, PING)
    if answer is None:
        return missing(f"no Redis answers at {where}")
    if answer.startswith((b"+PONG", b"-NOAUTH")):
        return ok(f"a Redis answers at {where}")
    return missing(f"what answers at {where} is no Redis: {answer[:80].decode('utf-8', 'replace')}")
