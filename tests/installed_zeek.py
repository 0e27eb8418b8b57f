"""Machines with and without a Zeek, below a folder."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import Struct

from netheed.config import Settings
from netheed.doctor.findings import Finding, Level
from netheed.doctor.machine import Address, Case, Machine
from netheed.sources.zeek_log import ZeekLogSettings
from tests.lines import CONN_JSON

NOW = 1_700_000_010.0
"""Nine seconds after the connection of tests.lines has ended."""
URL = "ws://127.0.0.1:27759/v1/messages/json"


@dataclass
class Pretended:
    """A machine whose programs say and whose ports answer what they are told to."""

    root: Path
    prefix: str = "/opt/zeek"
    says: dict[str, str | None] = field(default_factory=dict)
    open: set[tuple[str, int]] = field(default_factory=set)
    answers: dict[Address, bytes] = field(default_factory=dict)
    ran: list[list[str]] = field(default_factory=list)

    def write(self, path: str, text: str | bytes = "", mode: int = 0o644) -> Path:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        place.chmod(mode)
        return place

    def install(
        self, version: str, *, local: str = "@load packages\n", package: bool = True
    ) -> None:
        self.write(f"{self.prefix}/bin/zeek", mode=0o755)
        self.says[f"{self.prefix}/bin/zeek --version"] = (
            f"{self.prefix}/bin/zeek version {version}\n"
        )
        self.write(f"{self.site}/local.zeek", local)
        if package:
            self.write(f"{self.site}/packages/netheed/__load__.zeek")

    @property
    def site(self) -> str:
        return f"{self.prefix}/share/zeek/site"

    def nodes(self, *types: str) -> None:
        text = "".join(f"[node-{n}]\ntype={kind}\nhost=h\n" for n, kind in enumerate(types))
        self.write(f"{self.prefix}/etc/node.cfg", text)

    def listen(self, host: str = "127.0.0.1", port: int = 27759) -> None:
        self.open.add((host, port))

    def log(self, text: bytes = CONN_JSON, *, written: float = NOW) -> Path:
        place = self.write(f"{self.prefix}/logs/current/conn.log", text)
        os.utime(place, (written, written))
        return place

    def machine(self) -> Machine:
        return Machine(
            now=NOW,
            search=("/usr/bin",),
            root=self.root,
            run=self._run,
            connects=lambda host, port: (host, port) in self.open,
            asks=lambda address, _: self.answers.get(address),
        )

    def case(self, **fields: Any) -> Case:
        return Case(machine=self.machine(), **fields)

    def _run(self, command: Sequence[str]) -> str | None:
        self.ran.append(list(command))
        return self.says.get(" ".join(command))


def reading(path: str) -> Settings:
    """A configuration of one log."""
    return Settings(sources=(ZeekLogSettings(path=path),))


class Connected(Struct, tag_field="type", tag="zeek_websocket"):
    """What a configuration of a WebSocket has, whether or not this netheed has one."""

    url: str


def connecting(*urls: str) -> Settings:
    """A configuration of sources with these."""
    return Settings(sources=tuple(Connected(url) for url in urls))  # type: ignore[misc]


def that_say(findings: Sequence[Finding], word: str) -> list[Finding]:
    return [one for one in findings if word in one.what]


def missing(findings: Sequence[Finding]) -> list[str]:
    return [one.what for one in findings if one.level is Level.MISSING]


def pasted(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(file, line) for one in findings for file, lines in one.pastes for line in lines]
