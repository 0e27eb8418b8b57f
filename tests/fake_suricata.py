"""A stand-in for Suricata's command socket, as strict as 7.0.10 was seen to be.

The version must come alone in one write, a command is a line, and clients are served one by one.
"""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

PIECE = 3
"""Bytes of an answer that comes in pieces."""


@dataclass
class FakeSuricata:
    """What it holds, what it was asked, and how it misbehaves."""

    sets: dict[str, set[str]] = field(default_factory=lambda: {"netheed-noticed-ip": set()})
    bits: dict[str, dict[str, int]] = field(default_factory=lambda: {"netheed": {}})
    hosts: set[str] = field(default_factory=set)
    """Those it remembers, with bits or without."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Commands with their address."""
    versions: list[bytes] = field(default_factory=list)
    pieces: bool = False
    refuses_version: bool = False
    raw: dict[str, bytes] = field(default_factory=dict)
    """Command -> what is sent instead of an answer; nothing closes the connection."""
    silent: bool = False
    """It takes commands and answers none."""

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                try:
                    self._session(client)
                except OSError:
                    continue

    def _session(self, client: socket.socket) -> None:
        version = client.recv(200)
        self.versions.append(version)
        if version != b'{"version":"0.2"}':
            return
        if self.refuses_version:
            client.sendall(b'{"message":"\\u001bno\\nsuch","return":"NOK"}\n')
            return
        self._send(client, b'{"return":"OK"}\n')
        for line in client.makefile("rb"):
            if self.silent:
                continue
            sent = self._answered(json.loads(line))
            if not sent:
                return
            self._send(client, sent)

    def _send(self, client: socket.socket, data: bytes) -> None:
        step = PIECE if self.pieces else len(data)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        for at in range(0, len(data), step):
            client.sendall(data[at : at + step])

    def _answered(self, said: dict[str, Any]) -> bytes:
        command, given = said["command"], said.get("arguments", {})
        address = given.get("datavalue", given.get("ipaddress", ""))
        self.asked.append((command, address))
        if command in self.raw:
            return self.raw[command]
        kind, _, verb = command.partition("-")
        answer = self._dataset(kind, verb, given) or self._bit(command, address, given)
        word, message = answer or ("NOK", "Unknown command")
        return json.dumps({"message": message, "return": word}).encode() + b"\n"

    def _dataset(self, kind: str, verb: str, given: dict[str, Any]) -> tuple[str, str] | None:
        if kind != "dataset":
            return None
        held = self.sets.get(given["setname"])
        if held is None or given["settype"] != "ip":
            return "NOK", "set not found or wrong type"
        return VERBS[verb](held, given.get("datavalue", ""))

    def _bit(self, command: str, address: str, given: dict[str, Any]) -> tuple[str, str] | None:
        if command not in ("add-hostbit", "remove-hostbit"):
            return None
        if given["hostbit"] not in self.bits:
            return "NOK", "hostbit not found"
        held = self.bits[given["hostbit"]]
        if command == "add-hostbit":
            self.hosts.add(address)
            held.setdefault(address, given["expire"])  # what is there keeps its end
            return "OK", "hostbit added"
        if address not in self.hosts:
            return "NOK", "host not found"
        held.pop(address, None)
        return "OK", "hostbit removed"


def _add(held: set[str], address: str) -> tuple[str, str]:
    if address in held:
        return "OK", "data already in set"
    held.add(address)
    return "OK", "data added"


def _remove(held: set[str], address: str) -> tuple[str, str]:
    if address not in held:
        return "NOK", "failed to remove data"
    held.remove(address)
    return "OK", "data removed"


def _lookup(held: set[str], address: str) -> tuple[str, str]:
    return ("OK", "item found in set") if address in held else ("NOK", "item not found in set")


def _clear(held: set[str], _: str) -> tuple[str, str]:
    held.clear()
    return "OK", "dataset cleared"


VERBS: dict[str, Callable[[set[str], str], tuple[str, str]]] = {
    "add": _add,
    "remove": _remove,
    "lookup": _lookup,
    "clear": _clear,
}


@contextmanager
def listening(path: Path, fake: FakeSuricata) -> Iterator[FakeSuricata]:
    """It listens there, and leaves its socket behind, as the engine does."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen()
        thread = Thread(target=fake.serve, args=(door,), daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            door.shutdown(socket.SHUT_RDWR)
            thread.join(10.0)
