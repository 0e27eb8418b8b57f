"""Machines with a Suricata, and configurations of netheed that read one."""

import os
from pathlib import Path
from typing import Any

from netheed.config import Settings, WindowSettings
from netheed.doctor.dumped import Dump, parsed
from tests.installed_zeek import NOW, Pretended

PROGRAM = "/usr/bin/suricata"
YAML = "/etc/suricata/suricata.yaml"
EVE = "/var/log/suricata/eve.json"
TYPES = ("flow", "alert", "dns", "tls", "http", "smb", "dcerpc", "krb5")
RECORD = b'{"timestamp":"2023-11-14T22:13:28.000000+0000","event_type":"flow"}\n'
"""Two seconds before NOW."""


def configured(*sources: Any, sinks: tuple[Any, ...] = (), lateness: float | None = None) -> Any:
    windows = WindowSettings(lateness=lateness)
    return Settings(sources=sources, sinks=sinks, windows=windows)


def printed(tree: dict[str, Any]) -> str:
    """A configuration as `--dump-config` prints it."""
    return "".join(f"{path} = {value}\n" for path, value in _lines("", tree))


def _lines(path: str, node: Any) -> Any:
    if isinstance(node, dict):
        if path:
            yield path, "(null)"
        for key, value in node.items():
            yield from _lines(f"{path}.{key}".lstrip("."), value)
    elif isinstance(node, list):
        yield path, "(null)"
        for at, item in enumerate(node):
            name, inner = next(iter(item.items())) if isinstance(item, dict) else (item, None)
            yield f"{path}.{at}", name
            if inner is not None:
                yield from _lines(f"{path}.{at}.{name}", inner)
    else:
        yield path, node


def eve_log(**changed: Any) -> dict[str, Any]:
    """An output in order, but for what is changed."""
    usual = {"enabled": "yes", "filename": "eve.json", "community-id": "true", "types": [*TYPES]}
    named = {key.replace("_", "-"): value for key, value in changed.items()}
    return {"eve-log": usual | named}


def good(*outputs: dict[str, Any], **nodes: Any) -> str:
    """A Suricata in order, but for what is changed."""
    sooner = {"new": 30, "established": 120, "closed": 10}
    tree = {
        "outputs": list(outputs) or [eve_log()],
        "flow-timeouts": dict.fromkeys(("tcp", "udp", "icmp"), sooner),
        "unix-command": {"enabled": "yes", "filename": "/var/run/suricata-command.socket"},
    }
    return printed(tree | {key.replace("_", "-"): value for key, value in nodes.items()})


def dump(*outputs: dict[str, Any], **nodes: Any) -> Dump:
    return parsed(good(*outputs, **nodes))


def install(here: Pretended, said: str | None = None, *, version: str = "7.0.10") -> None:
    here.write(PROGRAM, mode=0o755)
    here.says[f"{PROGRAM} -V"] = f"This is Suricata version {version} RELEASE\n"
    here.says[f"{PROGRAM} --dump-config"] = good() if said is None else said


def write_eve(
    here: Pretended, path: str = EVE, text: bytes = RECORD, *, written: float = NOW
) -> Path:
    place = here.write(path, text)
    os.utime(place, (written, written))
    return place
