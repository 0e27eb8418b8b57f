"""Noticed hosts to a running Suricata, for a while each.

    notice -> until when, in the ledger (durable) -> what Suricata was told, made the same

What Suricata holds is compared with the ledger at every turn, with notices or without: so an end
that has come, a notice seen again and an engine that was started anew are one and the same thing.

Events of the log: `verdict_refused` (where, notice, reason), `host_displaced` (where, host, count),
`suricata_told` (where, hosts).
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, get_args

from netheed.core.networks import parsed
from netheed.errors import NetheedError
from netheed.logs import info, warn
from netheed.ports import Problem
from netheed.records import Notice, Severity
from netheed.sinks.ledger import Ledger
from netheed.sinks.suricata_dataset import Network, SuricataDatasetSettings, Who, networks
from netheed.suricata.command import PATIENCE, Life, Session, life, session
from netheed.suricata.holds import Dataset, Hold, HostBit
from netheed.zeek.door import Lines
from netheed.zeek.frames import shown

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
_EVERYBODY: Final = "255.255.255.255"


@dataclass(slots=True, kw_only=True)
class NoticedHosts:
    """A sink; what it does without notices is `tend`."""

    socket: str
    kept: Hold
    ledger: Ledger
    clock: Callable[[], float]
    """Seconds since the epoch, by the machine's date."""
    hold: float = 3600.0
    """Seconds."""
    most: int = 1000
    severity: Severity = "high"
    who: Who = "host"
    never: Sequence[Network] = ()
    """Whose addresses are never held, also where the ledger has them."""
    patience: float = PATIENCE
    """Seconds for each answer."""
    tell: Callable[..., Any] = warn
    """Takes an event and its fields."""
    displaced: int = 0
    """Addresses that went because of `most`."""
    _until: dict[str, float] | None = None
    """What the ledger says; None before it was read."""
    _told: dict[str, float] = field(default_factory=dict)
    """What this life of Suricata was told."""
    _life: Life | None = None
    """None where it is not known what Suricata holds."""

    def write(self, notices: Sequence[Notice], /) -> None:
        """Returns when Suricata holds them. Raises NetheedError where it does not say so."""
        found = {address: None for notice in notices for address in self._addresses(notice)}
        if found:
            self._hold(list(found))
            self.tend()

    def tend(self) -> None:
        """Make Suricata hold what the ledger says now. Raises NetheedError where that fails."""
        now = self.clock()
        self._until = {at: end for at, end in self._known().items() if end > now}
        alive = life(self.socket)
        if alive == self._life and not self._gone() and not self._new():
            return
        try:
            with session(self.socket, self.patience) as ask:
                self._make_same(ask, alive, now)
        except NetheedError:
            self._life = None
            raise

    def problems(self) -> Iterator[Problem]:
        """Whether the ledger can be written, and Suricata answers and knows what to hold."""
        if reason := self.ledger.problem():
            yield Problem("ledger", reason)
        try:
            with session(self.socket, self.patience) as ask:
                found = self.kept.problem(ask)
        except NetheedError as error:
            found = Problem("socket", str(error))
        if found:
            yield found

    def close(self) -> None:
        """Nobody is held while no netheed runs to let go of them; the ledger knows them still."""
        if self._life is None:
            return
        with suppress(NetheedError), session(self.socket, self.patience) as ask:
            self.kept.clear(ask)
        self._life = None

    def _known(self) -> dict[str, float]:
        """The ledger. A date that was wrong once holds nobody longer than another."""
        if self._until is None:
            last = self.clock() + self.hold
            held = self.ledger.read().items()
            self._until = {at: min(end, last) for at, end in held if self._may_be_held(at)}
        return self._until

    def _may_be_held(self, address: str) -> bool:
        return not any(ip_address(address) in network for network in self.never)

    def _hold(self, addresses: Sequence[str]) -> None:
        """On disk before Suricata hears of it."""
        now = self.clock()
        until = {at: end for at, end in self._known().items() if end > now}
        until |= dict.fromkeys(addresses, now + self.hold)
        kept = dict(sorted(until.items(), key=lambda item: -item[1])[: self.most])
        self.ledger.write(kept)
        for address in sorted(until.keys() - kept.keys()):
            self._displace(address)
        self._until = kept

    def _displace(self, address: str) -> None:
        self.displaced += 1
        if self.displaced & (self.displaced - 1) == 0:
            self.tell("host_displaced", where=self.socket, host=address, count=self.displaced)

    def _make_same(self, ask: Session, alive: Life, now: float) -> None:
        is_another = alive != self._life
        if is_another:
            self.kept.clear(ask)
            self._told = {}
        for address in self._gone():
            self.kept.take(ask, address)
            del self._told[address]
        for address, end in self._new().items():
            self.kept.put(ask, address, end - now)
            self._told[address] = end
        self._life = alive
        if is_another:
            info("suricata_told", where=self.socket, hosts=len(self._told))

    def _gone(self) -> list[str]:
        return [address for address in self._told if address not in self._known()]

    def _new(self) -> Mapping[str, float]:
        """What is to be told; a later end too where it is Suricata who watches it."""
        return {
            address: end
            for address, end in self._known().items()
            if address not in self._told
            or (self.kept.ends_by_itself and end != self._told[address])
        }

    def _addresses(self, notice: Notice) -> Iterator[str]:
        is_least = SEVERITIES.index(notice.severity) >= SEVERITIES.index(self.severity)
        if notice.remark is not None or not is_least:
            return
        both = {"host": notice.host, "peer": notice.peer}
        for text in both.values() if self.who == "both" else [both[self.who]]:
            try:
                if text is not None and self._may_be_held(address := _of_a_host(text)):
                    yield address
            except ValueError as error:
                where, reason = self.socket, shown(str(error))
                self.tell("verdict_refused", where=where, notice=shown(notice.id), reason=reason)


def _of_a_host(text: str) -> str:
    """Canonical. Raises ValueError where it is none, or everybody's: nobody drops that by us."""
    address = parsed(text)
    if address.is_multicast or address.is_unspecified or address.is_loopback:
        raise ValueError(f"{address} is no host's")
    if str(address) == _EVERYBODY:
        raise ValueError(f"{address} is everybody's")
    return str(address)


def sink(settings: SuricataDatasetSettings, _: Lines) -> NoticedHosts:
    """See sinks.LIVE_SINKS."""
    return NoticedHosts(
        socket=settings.socket,
        kept=Dataset(settings.set) if settings.by == "dataset" else HostBit(),
        ledger=Ledger(Path(settings.ledger)),
        clock=time.time,  # noqa: TID251 - what is held ends by the date, netheed running or not
        hold=settings.hold,
        most=settings.most,
        severity=settings.severity,
        who=settings.who,
        never=networks(settings.never),
    )
