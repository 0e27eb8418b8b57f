"""Suricata's eve-log outputs: which of them netheed's sources read, and what they lack."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Final

from netheed.doctor.dumped import Dump, Eve
from netheed.doctor.findings import Finding, advice, missing, ok, paste
from netheed.doctor.machine import Case
from netheed.sources.eve_redis import place_of
from netheed.sources.log_names import LogNames
from netheed.tagged import type_of
from netheed.zeek.endpoint import is_loopback

FLOW: Final = "flow"
BESIDE: Final = ("alert", "dns", "tls", "http", "smb", "dcerpc", "krb5")
"""What names, acts and alerts are read from."""
DEFAULT: Final = "/var/log/suricata/eve.json"
_MODES: Final = {"lpush": "list", "publish": "channel"}
"""Suricata's second word for a mode -> its first."""


def sources(case: Case) -> list[Any]:
    """Those that read a Suricata."""
    return [source for kind in FITS for source in case.sources(kind)]


def findings(case: Case, dump: Dump, file: str) -> Iterator[Finding]:
    """About the output of each source, or the best one where there is none."""
    read: list[Eve] = []
    for source in sources(case):
        fitting = [eve for eve in dump.eves() if FITS[type_of(source)](case, source, eve)]
        read.extend(fitting)
        if not fitting:
            yield _none(case, dump, source, file)
        for eve in fitting:
            yield from _of(eve, file)
    yield from _twice(read)
    if not sources(case):
        best = chosen(dump)
        default = dump.absolute("eve.json")
        none = missing("no eve-log is enabled", paste(file, *_stanza("regular", default)))
        yield from [none] if best is None else _of(best, file)


def chosen(dump: Dump) -> Eve | None:
    """The output that a source is best made for: a file with flows."""
    order = sorted(dump.eves(), key=lambda eve: (eve.filetype != "regular", FLOW not in eve.types))
    return order[0] if order else None


def written(eve: Eve, now: float) -> str:
    """One of the files that it writes at this moment."""
    return _threads(eve, time.strftime(eve.path, time.localtime(now)), "1")


def pattern(eve: Eve) -> str:
    """All files that it writes, for the `path` of a source."""
    return _threads(eve, eve.path, "*")


def redis_address(url: str) -> str | tuple[str, int]:
    """Host and port, or the path of a socket."""
    place = place_of(url)
    return (place.host, place.port) if place.host else place.path


def _threads(eve: Eve, path: str, number: str) -> str:
    """Each thread has a file of its own, with its number before the suffix."""
    if not eve.threaded:
        return path
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}.{number}.{suffix}" if dot and "/" not in suffix else f"{path}.{number}"


def _fits_file(case: Case, source: Any, eve: Eve) -> bool:
    if eve.filetype != "regular":
        return False
    path = written(eve, case.machine.now)
    return LogNames(source.path).fits(path) or LogNames(_real(case, source.path)).fits(path)


def _fits_socket(case: Case, source: Any, eve: Eve) -> bool:
    return eve.filetype == "unix_stream" and _real(case, eve.path) == _real(case, source.path)


def _fits_redis(_: Case, source: Any, eve: Eve) -> bool:
    is_mode = _MODES.get(eve.mode, eve.mode) == _MODES.get(source.mode, source.mode)
    return is_mode and eve.key == source.key and _is_redis(eve, source.url)


FITS: Final[dict[str, Callable[[Case, Any, Eve], bool]]] = {
    "eve_file": _fits_file,
    "eve_socket": _fits_socket,
    "eve_redis": _fits_redis,
}
"""The `type` of a source, and whether it reads an output."""


def _real(case: Case, path: str) -> str:
    """Equal for /var/run and /run."""
    return str(case.machine.at(path).resolve())


def _is_redis(eve: Eve, url: str) -> bool:
    address = redis_address(url)
    if eve.filetype != "redis" or isinstance(address, str):
        return eve.filetype == "redis" and eve.host == address
    host, port = address
    return str(port) == eve.port and (
        host == eve.host or (is_loopback(host) and is_loopback(eve.host))
    )


def _none(case: Case, dump: Dump, source: Any, file: str) -> Finding:
    """Where one only nearly fits, that is said."""
    kind = type_of(source)
    for eve in dump.eves():
        told = _nearly(case, source, eve)
        if told:
            return missing(told, *_path(case, kind, eve))
    there = ", ".join(eve.is_written_for for eve in dump.eves()) or "none is enabled"
    return missing(
        f"no eve-log writes what the {kind} source reads, {_read(source)} (there is: {there})",
        paste(file, *_wanted(source)),
    )


def _twice(read: list[Eve]) -> Iterator[Finding]:
    """Of one Suricata each flow is in every one of its outputs."""
    flows = [eve.is_written_for for eve in read if FLOW in eve.types]
    if len(flows) > 1:
        yield missing(
            f"its flows are read {len(flows)} times, from {' and '.join(flows)}: each connection"
            " would count as often; let netheed read one of them"
        )


def _nearly(case: Case, source: Any, eve: Eve) -> str | None:
    kind = type_of(source)
    if kind == "eve_file" and _fits_file(case, source, replace(eve, threaded=False)):
        name = PurePath(written(eve, case.machine.now)).name
        return f"with `threaded: true` each thread writes a file like {name}, which is not read"
    if kind == "eve_redis" and _is_redis(eve, source.url):
        return (
            f"{eve.is_written_for} is filled by mode {eve.mode}, the eve_redis source reads"
            f" {source.key} by mode {source.mode}"
        )
    if kind == "eve_socket" and eve.filetype == "unix_dgram" and eve.path == source.path:
        return f"{eve.is_written_for} is a unix_dgram: netheed reads `filetype: unix_stream`"
    return None


def _path(case: Case, kind: str, eve: Eve) -> list[Any]:
    line = f'    path: "{pattern(eve)}"  # of the eve_file source'
    return [paste(case.file, line)] if kind == "eve_file" else []


def _read(source: Any) -> str:
    return f"{source.key} at a Redis" if type_of(source) == "eve_redis" else str(source.path)


def _wanted(source: Any) -> tuple[str, ...]:
    """The stanza of an output that a source reads."""
    kind = type_of(source)
    if kind == "eve_redis":
        return _redis_stanza(source)
    plain = source.path if not re.search(r"[*?\[]", source.path) else DEFAULT
    return _stanza("unix_stream" if kind == "eve_socket" else "regular", plain)


def _redis_stanza(source: Any) -> tuple[str, ...]:
    address = redis_address(source.url)
    host, port = (address, 0) if isinstance(address, str) else address
    redis = f"{{server: {host}, port: {port}, mode: {source.mode}, key: {source.key}}}"
    named = _stanza("redis", "")
    return tuple(f"      redis: {redis}" if "filename" in line else line for line in named)


def _stanza(filetype: str, path: str) -> tuple[str, ...]:
    return (
        "# one more item of `outputs:`",
        "  - eve-log:",
        "      enabled: yes",
        f"      filetype: {filetype}",
        f"      filename: {path}",
        "      community-id: true",
        f"      types: [{', '.join((FLOW, *BESIDE))}]",
    )


def _of(eve: Eve, file: str) -> Iterator[Finding]:
    where = eve.is_written_for
    if FLOW in eve.types:
        yield ok(f"{where} has flows, as {eve.filetype}")
    else:
        yield missing(f"{where} has no flows", paste(file, *_types(eve, [FLOW])))
    lacking = [kind for kind in BESIDE if kind not in eve.types]
    if lacking:
        yield advice(
            f"{where} lacks {', '.join(lacking)}: names, acts and alerts are read from them",
            paste(file, *_types(eve, lacking)),
        )
    yield _community_id(eve, file)
    yield from _rotation(eve)


def _types(eve: Eve, kinds: list[str]) -> list[str]:
    lines = (f"        - {kind}" for kind in kinds)
    return [f"# under `types:` of {eve.is_written_for}", *lines]


def _community_id(eve: Eve, file: str) -> Finding:
    where = eve.is_written_for
    if not eve.community_id:
        place = f"# in {where}, in place of its `community-id`"
        return advice(
            f"{where} has no community ids, by which a notice is found in Zeek's logs too",
            paste(file, place, "      community-id: true"),
        )
    if eve.seed != "0":
        return advice(f"{where} has community ids of seed {eve.seed}: Zeek's must be the same")
    return ok(f"{where} has community ids of seed 0")


def _rotation(eve: Eve) -> Iterator[Finding]:
    if not eve.rotates or eve.filetype != "regular":
        return
    if "%" in eve.path:
        yield ok(f"{eve.is_written_for} is a new file every {eve.rotates}")
    else:
        yield advice(
            f"{eve.is_written_for} has a rotate-interval ({eve.rotates}) and no time in its name:"
            " it is opened again, and grows on"
        )
