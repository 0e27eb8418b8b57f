"""What `suricata --dump-config` says: a setting a line, by its path, as Suricata has read it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

TRUE: Final = frozenset(("1", "yes", "true", "on"))
"""Suricata's own words; all others are no."""
LOGS: Final = "/var/log/suricata"
_EMPTY: Final = "(null)"
_INCLUDED: Final = re.compile(r"Including configuration file (.+)\.$")
_REDEFINED: Final = re.compile(r"Configuration node '(.+)' redefined\.$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Eve:
    """An eve-log output that is enabled; the defaults are Suricata's."""

    place: str
    """Its path in the configuration, `outputs.1.eve-log`."""
    filetype: str
    path: str
    """File or socket, absolute; empty for redis."""
    types: frozenset[str]
    community_id: bool
    seed: str
    threaded: bool
    rotates: str
    """`rotate-interval`; empty: it does not by itself."""
    host: str
    port: str
    mode: str
    key: str

    @property
    def is_written_for(self) -> str:
        """What it is called in a sentence."""
        redis = f"list {self.key} of the Redis at {self.host} port {self.port}"
        return f"the eve-log for {redis if self.filetype == 'redis' else self.path}"


@dataclass(frozen=True, slots=True)
class Dump:
    """Settings by path; a node without a value of its own is empty."""

    values: Mapping[str, str]
    included: tuple[str, ...] = ()
    """Files, in the words of the configuration."""
    redefined: tuple[str, ...] = ()
    """Nodes that stand twice: the last one has replaced the first with all that was in it."""

    def get(self, path: str, otherwise: str = "") -> str:
        """A setting."""
        return self.values.get(path) or otherwise

    def on(self, path: str) -> bool:
        """Whether it says yes."""
        return self.get(path).lower() in TRUE

    def items(self, path: str) -> Iterator[str]:
        """The values of a list, in its order."""
        at = 0
        while (item := self.values.get(f"{path}.{at}")) is not None:
            yield item
            at += 1

    def eves(self) -> list[Eve]:
        """Those that write something."""
        places = (
            f"outputs.{at}.eve-log"
            for at, kind in enumerate(self.items("outputs"))
            if kind == "eve-log"
        )
        return [self._eve(place) for place in places if self.on(f"{place}.enabled")]

    def absolute(self, path: str) -> str:
        """A file of an output; `-l` of the command line is not known here."""
        folder = self.get("default-log-dir", LOGS).rstrip("/")
        return path if path.startswith("/") else f"{folder}/{path}"

    def _eve(self, place: str) -> Eve:
        filetype = self.get(f"{place}.filetype", "regular")
        path = self.absolute(self.get(f"{place}.filename", "eve.json"))
        return Eve(
            place=place,
            filetype=filetype,
            path="" if filetype == "redis" else path,
            types=frozenset(self._types(f"{place}.types")),
            community_id=self.on(f"{place}.community-id"),
            seed=self.get(f"{place}.community-id-seed", "0"),
            threaded=self.on(f"{place}.threaded"),
            rotates=self.get(f"{place}.rotate-interval"),
            host=self.get(f"{place}.redis.server", "127.0.0.1"),
            port=self.get(f"{place}.redis.port", "6379"),
            mode=self.get(f"{place}.redis.mode", "list"),
            key=self.get(f"{place}.redis.key", "suricata"),
        )

    def _types(self, place: str) -> Iterator[str]:
        """Those that are not switched off by an `enabled` of their own."""
        for at, kind in enumerate(self.items(place)):
            switch = f"{place}.{at}.{kind}.enabled"
            if switch not in self.values or self.on(switch):
                yield kind


def parsed(text: str) -> Dump:
    """What was printed, with what the loader tells of includes before it."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        path, is_setting, value = line.partition(" = ")
        if is_setting:
            values[path] = "" if value == _EMPTY else value
    return Dump(values, _told(_INCLUDED, text), _told(_REDEFINED, text))


def _told(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = (pattern.search(line) for line in text.splitlines() if " = " not in line)
    return tuple(dict.fromkeys(one[1] for one in found if one))
