"""How Suricata holds addresses that rules ask for: a dataset, or bits of hosts.

A dataset knows no time and is saved when the engine ends; a bit has its own end and is lost then.
"""

import math
from dataclasses import dataclass
from typing import Final, Protocol

from netheed.errors import NetheedError
from netheed.ports import Problem
from netheed.suricata.command import Answer, Session

BIT: Final = "netheed"
"""The name that the rules ask for."""
NOBODY: Final = "0.0.0.0"  # noqa: S104 - asked for, never held
_RULES: Final = "no rule that is loaded asks for it"


class Hold(Protocol):
    """Each raises NetheedError where Suricata does not do it."""

    @property
    def ends_by_itself(self) -> bool:
        """Whether Suricata knows until when."""
        ...

    def clear(self, ask: Session) -> None:
        """Let go of every address, where they would stay."""
        ...

    def put(self, ask: Session, address: str, seconds: float) -> None:
        """Hold one for so long, from now on, whether it is held or not."""
        ...

    def take(self, ask: Session, address: str) -> None:
        """Let go of one, whether it is held or not."""
        ...

    def problem(self, ask: Session) -> Problem | None:
        """Why it would not work; nothing is changed."""
        ...


@dataclass(frozen=True, slots=True)
class Dataset:
    """A set of type ip."""

    name: str
    ends_by_itself: bool = False

    def clear(self, ask: Session) -> None:
        """See Hold."""
        _done(ask, self.name, ask("dataset-clear", setname=self.name, settype="ip"))

    def put(self, ask: Session, address: str, seconds: float) -> None:
        """See Hold; the seconds are the caller's to count."""
        del seconds
        _done(ask, self.name, self._of(ask, "dataset-add", address))

    def take(self, ask: Session, address: str) -> None:
        """See Hold."""
        answer = self._of(ask, "dataset-remove", address)
        _done(ask, self.name, answer, or_else="failed to remove data")

    def problem(self, ask: Session) -> Problem | None:
        """See Hold."""
        answer = self._of(ask, "dataset-lookup", NOBODY)
        if answer.is_ok or answer.message == "item not found in set":
            return None
        return Problem("set", f"{self.name}: {answer.words}; {_RULES}")

    def _of(self, ask: Session, command: str, address: str) -> Answer:
        return ask(command, setname=self.name, settype="ip", datavalue=address)


@dataclass(frozen=True, slots=True)
class HostBit:
    """A bit that the engine keeps beside what it knows of a host."""

    name: str = BIT
    ends_by_itself: bool = True

    def clear(self, ask: Session) -> None:
        """Nothing: bits end by themselves, and another engine has none."""

    def put(self, ask: Session, address: str, seconds: float) -> None:
        """See Hold. A bit that is there keeps its end, so it is taken first."""
        self.take(ask, address)
        expire = max(1, math.ceil(seconds))
        answer = ask("add-hostbit", ipaddress=address, hostbit=self.name, expire=expire)
        _done(ask, self.name, answer)

    def take(self, ask: Session, address: str) -> None:
        """See Hold."""
        answer = ask("remove-hostbit", ipaddress=address, hostbit=self.name)
        _done(ask, self.name, answer, or_else="host not found")

    def problem(self, ask: Session) -> Problem | None:
        """See Hold."""
        try:
            self.take(ask, NOBODY)
        except NetheedError as error:
            return Problem("by", f"{error}; {_RULES}")
        return None


def _done(ask: Session, name: str, answer: Answer, or_else: str = "") -> None:
    """Raises NetheedError where it was not, and not for that other reason."""
    if not answer.is_ok and answer.message != (or_else or None):
        raise NetheedError(f"{ask.path}: {name}: {answer.words}")
