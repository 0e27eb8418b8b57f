"""A Zeek on this machine: where its parts are, how it is run and what its files say."""

import re
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from netheed.doctor.machine import Machine

PREFIXES: Final = ("/opt/zeek", "/usr/local/zeek")
"""Where packages and `make install` put it, beside the search path."""
Version = tuple[int, int]


class Care(StrEnum):
    """Who starts it."""

    ZEEKCTL = "zeekctl"
    SYSTEMD = "systemd"
    ALONE = "no zeekctl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Paths without the machine's root."""

    machine: Machine
    prefix: str
    said: str
    """Its version in words."""
    version: Version | None
    site: str
    python: str

    @property
    def local(self) -> str:
        """The site's script."""
        return f"{self.site}/local.zeek"

    @property
    def etc(self) -> str:
        """Where zeekctl's files are; distributions that install into /usr have them in /etc."""
        return "/etc/zeek" if self.prefix == "/usr" else f"{self.prefix}/etc"

    @property
    def care(self) -> Care:
        """By the files that the one or the other is configured with."""
        if self.machine.exists(f"{self.etc}/node.cfg"):
            return Care.ZEEKCTL
        if self.machine.exists(f"{self.etc}/zeek/zeek.conf"):
            return Care.SYSTEMD
        return Care.ALONE

    def script(self) -> str | None:
        """local.zeek without its comments; None where it cannot be read."""
        text = self.machine.text(self.local)
        return None if text is None else re.sub(r"#[^\n]*", "", text)

    def loaded(self) -> set[str]:
        """What local.zeek loads, by the names that it uses."""
        names = re.findall(r"^[ \t]*@load[ \t]+(\S+)", self.script() or "", re.MULTILINE)
        return {name.removeprefix("./").rstrip("/").removesuffix(".zeek") for name in names}

    def redefined(self, name: str) -> str | None:
        """What local.zeek makes of an option, in Zeek's words."""
        pattern = rf"^[ \t]*redef[ \t]+{re.escape(name)}[ \t]*=([^;\n]*);"
        found = re.findall(pattern, self.script() or "", re.MULTILINE)
        return str(found[-1]).strip() if found else None

    def control(self, key: str) -> str | None:
        """A setting of zeekctl.cfg, whose keys have no case."""
        text = self.machine.text(f"{self.etc}/zeekctl.cfg") or ""
        pattern = rf"^[ \t]*{re.escape(key)}[ \t]*=[ \t]*(\S.*?)[ \t]*$"
        found = re.findall(pattern, text, re.MULTILINE | re.IGNORECASE)
        return str(found[-1]) if found else None

    def nodes(self) -> list[str] | None:
        """The types of zeekctl's nodes; None where its file is none."""
        ini = ConfigParser(interpolation=None, strict=False)
        try:
            ini.read_string(self.machine.text(f"{self.etc}/node.cfg") or "")
        except IniError:
            return None
        return [ini.get(node, "type", fallback="?") for node in ini.sections()]


def found(machine: Machine, prefix: str | None) -> Iterator[Installation]:
    """Every Zeek that is where one looks, or the one below a prefix."""
    if prefix is not None:
        alone = Machine(now=machine.now, root=machine.root, run=machine.run)
        programs = alone.programs("zeek", [f"{prefix}/bin"])
    else:
        programs = machine.programs("zeek", [f"{place}/bin" for place in PREFIXES])
    for program in programs:
        yield _installation(machine, program)


def _installation(machine: Machine, program: str) -> Installation:
    prefix = program.removesuffix("/zeek").removesuffix("/bin")
    said = (machine.run([program, "--version"]) or "").strip()
    numbers = re.search(r"(\d{1,4})\.(\d{1,4})\S{0,40}", said)
    return Installation(
        machine=machine,
        prefix=prefix,
        said=numbers.group() if numbers else said,
        version=(int(numbers[1]), int(numbers[2])) if numbers else None,
        site=_told(machine, prefix, "--site_dir", "share/zeek/site"),
        python=_told(machine, prefix, "--python_dir", "lib/zeek/python"),
    )


def _told(machine: Machine, prefix: str, option: str, usual: str) -> str:
    """A folder, as zeek-config says it, or the usual one."""
    program = f"{prefix}/bin/zeek-config"
    said = machine.run([program, option]) if machine.exists(program) else None
    path = (said or "").strip()
    return path if path.startswith("/") and "\n" not in path else f"{prefix}/{usual}"
