"""Zeek's WebSocket: where it should be, whether somebody listens, what opens it."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from netheed.doctor.findings import IN_THE_END, Finding, Paste, advice, missing, ok, paste
from netheed.doctor.installation import Care, Installation
from netheed.doctor.machine import Case

HOST: Final = "127.0.0.1"
PORT: Final = 27759
DEFAULT_URL: Final = f"ws://{HOST}:{PORT}/v1/messages/json"
_PORTS: Final = {"ws": 80, "wss": 443}
_EVERYWHERE: Final = {"0.0.0.0": HOST, "[::]": "[::1]", "::": "[::1]"}  # noqa: S104 - looked for
_BACKEND: Final = "zeek -i eth0 local frameworks/cluster/websocket/server"
_NO_TLS: Final = "redef Broker::disable_ssl = T;"


def url(case: Case, zeek: Installation | None) -> str:
    """Where netheed connects to: as configured, as local.zeek says, or as everybody does."""
    configured = case.named("zeek_websocket", "url")
    if configured or zeek is None:
        return configured[0] if configured else DEFAULT_URL
    host, port = _listening(zeek)
    return f"ws://{_EVERYWHERE.get(host, host)}:{port}/v1/messages/json"


def findings(case: Case, zeek: Installation) -> Iterator[Finding]:
    """Of a Zeek that the package works with."""
    yield from _exposed(zeek)
    yield from _elsewhere(zeek)
    yield from _tls(case, zeek)
    for there in case.named("zeek_websocket", "url") or [url(case, zeek)]:
        yield _answer(case, zeek, there)


def _listening(zeek: Installation) -> tuple[str, int]:
    """Address and port that the package asks for; an IPv6 address in brackets."""
    host = zeek.redefined("Netheed::listen_addr") or HOST
    port = re.fullmatch(r"(\d{1,5})/tcp", zeek.redefined("Netheed::listen_port") or "")
    if not re.fullmatch(r"[0-9.]{7,15}|\[[0-9a-fA-F:.]{2,45}\]", host):
        host = HOST
    return host, int(port[1]) if port else PORT


def _exposed(zeek: Installation) -> Iterator[Finding]:
    host, _ = _listening(zeek)
    if not host.startswith("127.") and host != "[::1]":
        yield advice(
            f"Zeek listens on {host} without a password: whoever reaches it may publish events"
        )


def _elsewhere(zeek: Installation) -> Iterator[Finding]:
    """By zeekctl the manager listens by itself from 8.1 on: both must say the same."""
    if not _zeekctl_listens(zeek) or zeek.redefined("Netheed::listen_websocket") == "F":
        return
    host = zeek.control("WebSocketHost") or HOST
    port = zeek.control("WebSocketPort") or str(PORT)
    shown = f"[{host}]" if ":" in host else host
    if (shown, port) == tuple(map(str, _listening(zeek))) or not _plain(host, port):
        return
    lines = (f"redef Netheed::listen_addr = {shown};", f"redef Netheed::listen_port = {port}/tcp;")
    yield advice(
        f"zeekctl.cfg lets Zeek listen on {host} port {port}, the package asks for another place",
        paste(zeek.local, *lines),
    )


def _zeekctl_listens(zeek: Installation) -> bool:
    """Before 8.1 only where it is told to."""
    asked = (zeek.control("UseWebSocket") or "").lower() in {"1", "true"}
    return zeek.care is Care.ZEEKCTL and (asked or (zeek.version or (0, 0)) >= (8, 1))


def _plain(host: str, port: str) -> bool:
    """What may be written into a script."""
    is_port = re.fullmatch(r"[0-9]{1,5}", port) and int(port) < 1 << 16
    return bool(is_port and re.fullmatch(r"[0-9a-fA-F.:]+", host))


def _tls(case: Case, zeek: Installation) -> Iterator[Finding]:
    """7.1 has Broker's server only, which wants TLS unless it is told not to."""
    if zeek.version != (7, 1) or url(case, zeek).startswith("wss:"):
        return
    if zeek.redefined("Broker::disable_ssl") == "T":
        yield ok("Broker's WebSocket speaks without TLS")
        return
    yield missing(
        "Zeek 7.1 listens with TLS: use a wss:// url, or do without TLS, between Zeek's nodes too",
        paste(zeek.local, _NO_TLS),
    )


def _answer(case: Case, zeek: Installation, there: str) -> Finding:
    try:
        parts = urlsplit(there)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, PORT)
    except ValueError:
        return missing(f"{there} is no address")
    if case.machine.connects(host, port):
        return ok(f"something listens on {host} port {port}")
    if zeek.care is Care.ALONE and (zeek.version or (0, 0)) >= (8, 1):
        return missing(
            f"nothing listens on {host} port {port}: without zeekctl, Zeek from 8.1 on has no"
            " cluster backend; name one on its command line",
            paste("the command line of Zeek", _BACKEND),
        )
    return missing(f"nothing listens on {host} port {port}: is Zeek running?", *_start(zeek))


def _start(zeek: Installation) -> list[Paste]:
    return [paste(IN_THE_END, "zeekctl deploy")] if zeek.care is Care.ZEEKCTL else []
