"""Zeek beside netheed: which there is, our package in it, its WebSocket and its log."""

from collections.abc import Iterator
from typing import Final

from netheed.doctor import conn_log, door, suricata
from netheed.doctor.findings import (
    IN_THE_END,
    SHELL,
    Finding,
    Level,
    Paste,
    advice,
    missing,
    ok,
    paste,
)
from netheed.doctor.installation import Care, Installation, found
from netheed.doctor.machine import Case
from netheed.sources import LIVE_SOURCES

OLDEST: Final = (7, 1)
"""The first Zeek that the package works with."""
_TOO_OLD: Final = "older than 7.1: netheed's package needs that, netheed can follow its conn.log"
_CHECKOUT: Final = "zkg install ./netheed  # a checkout of netheed's repository"


def findings(case: Case) -> Iterator[Finding]:
    """All about the first Zeek that is found."""
    zeeks = list(found(case.machine, case.prefix))
    if not zeeks:
        yield from _none(case)
        return
    zeek, *others = zeeks
    yield _version(zeek)
    for other in others:
        yield advice(f"there is a Zeek in {other.prefix} too: --prefix chooses it")
    yield _care(zeek)
    if zeek.version is not None and zeek.version >= OLDEST:
        yield from _beside(case, zeek)
    yield from conn_log.findings(case, zeek)
    yield _native(zeek)
    if case.wants_sources:
        yield _configuration(case, zeek)


def _none(case: Case) -> Iterator[Finding]:
    """A Zeek elsewhere will do."""
    if case.prefix is not None:
        yield missing(f"no Zeek in {case.prefix}")
        return
    yield advice("no Zeek on this machine (search path, /opt/zeek, /usr/local/zeek)")
    if not case.wants_sources or suricata.is_offered(case):
        return
    tunnel = paste(SHELL, f"ssh -N -L {door.PORT}:{door.HOST}:{door.PORT} MANAGER")
    yield Finding(
        Level.ADVICE,
        "netheed may read a sensor elsewhere: a Zeek's conn.log where that is mounted or copied to,"
        " or its WebSocket through a tunnel; a Suricata's eve.json likewise (eve_file), or the"
        " Redis that it writes into (eve_redis)",
        (tunnel,),
        _settings(case, door.DEFAULT_URL, "/mnt/zeek/logs/current/conn.log"),
    )


def _version(zeek: Installation) -> Finding:
    where = f"Zeek {zeek.said} in {zeek.prefix}" if zeek.said else f"Zeek in {zeek.prefix}"
    if zeek.version is None:
        return missing(f"{where} does not say its version: can this user run it?")
    if zeek.version < OLDEST:
        return advice(f"{where} is {_TOO_OLD}")
    return ok(where)


def _care(zeek: Installation) -> Finding:
    if zeek.care is Care.ALONE:
        return ok(
            f"one Zeek that is started by other means than zeekctl: no node.cfg in {zeek.etc}"
        )
    if zeek.care is Care.SYSTEMD:
        return ok(f"run by systemd, as {zeek.etc}/zeek/zeek.conf says")
    nodes = zeek.nodes()
    if nodes is None:
        return advice(f"{zeek.etc}/node.cfg is not what zeekctl reads")
    if "manager" in nodes:
        return ok(
            f"a cluster of {len(nodes)} nodes, run by zeekctl; netheed belongs to its manager"
        )
    return ok("one Zeek, run by zeekctl")


def _beside(case: Case, zeek: Installation) -> Iterator[Finding]:
    """What the package and the WebSocket want; to read its log nothing of it is needed."""
    for finding in (*_package(zeek), *door.findings(case, zeek)):
        if finding.level is Level.MISSING and not _wants_websocket(case):
            yield advice(f"{finding.what} (not needed to read its log)")
        else:
            yield finding


def _wants_websocket(case: Case) -> bool:
    return not case.reads_something or bool(case.named("zeek_websocket", "url"))


def _package(zeek: Installation) -> Iterator[Finding]:
    """Installed, where zkg puts it or by hand, and loaded."""
    by_zkg = zeek.machine.exists(f"{zeek.site}/packages/netheed/__load__.zeek")
    by_hand = zeek.machine.exists(f"{zeek.site}/netheed/__load__.zeek")
    if not (by_zkg or by_hand):
        commands = paste(SHELL, _CHECKOUT), *_deploy(zeek)
        yield missing(f"netheed's package is not in {zeek.site}", *commands)
    else:
        yield ok(f"netheed's package is in {zeek.site}{'/packages' if by_zkg else ''}")
    if zeek.script() is None:
        yield advice(f"{zeek.local} cannot be read: it must load the package")
        return
    works = {"netheed"} if by_hand else set()
    works |= {"packages", "packages/netheed"} if by_zkg or not by_hand else set()
    loads = sorted(works & zeek.loaded())
    if not loads:
        line = "@load netheed" if by_hand and not by_zkg else "@load packages"
        yield missing(
            f"{zeek.local} does not load netheed", paste(zeek.local, line), *_deploy(zeek)
        )
    elif loads == ["packages"] and by_zkg and _is_unloaded(zeek):
        command = paste(SHELL, "zkg load netheed")
        yield missing("zkg does not load netheed with its packages", command, *_deploy(zeek))
    else:
        yield ok(f"{zeek.local} loads {loads[-1]}")


def _is_unloaded(zeek: Installation) -> bool:
    """There is a list of what `@load packages` loads, zkg's."""
    text = zeek.machine.text(f"{zeek.site}/packages/packages.zeek")
    return text is not None and "@load ./netheed" not in text


def _deploy(zeek: Installation) -> list[Paste]:
    return [paste(IN_THE_END, "zeekctl deploy")] if zeek.care is Care.ZEEKCTL else []


def _native(zeek: Installation) -> Finding:
    if zeek.machine.exists(f"{zeek.python}/broker"):
        return ok(f"Zeek's Python module broker is in {zeek.python}")
    return advice(f"no Python module broker in {zeek.python}; the WebSocket does without it")


def _configuration(case: Case, zeek: Installation) -> Finding:
    log = conn_log.place(case, zeek) or f"{zeek.prefix}/logs/current/conn.log"
    url = door.url(case, zeek) if zeek.version and zeek.version >= OLDEST else None
    what = "netheed's configuration names no source yet: this is one for this Zeek"
    return Finding(Level.ADVICE, what, (), _settings(case, url, log))


def _settings(case: Case, url: str | None, log: str) -> dict[str, list[dict[str, str]]]:
    """One source: the same connections from two would count twice."""
    state = "/var/lib/netheed" if case.settings is None else case.settings.daemon.state
    sinks = [{"type": "jsonl", "path": f"{state}/notices.jsonl"}]
    # Only what this netheed reads.
    if url is None or "zeek_websocket" not in LIVE_SOURCES:
        return {"sources": [{"type": "zeek_log", "path": log}], "sinks": sinks}
    link = {"type": "zeek_websocket", "url": url}
    return {"sources": [link], "sinks": [link, *sinks]}
