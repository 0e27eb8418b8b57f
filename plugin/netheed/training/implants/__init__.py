"""Implants and lateral movement, simulated by behaviour over hosts that were really recorded.

For learning with LEARNED and for judging with JUDGED, whose ranges do not overlap. A host of the
recording gets an implant somewhen after it was first seen; the implant is there only while the host
is, and whatever the host does itself stays as it was recorded. What is laid never happened.

Nothing but behaviour tells what was laid: it has ports that others use too, a stranger's address
out of the range of all simulated strangers, and the hours of the recording.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, NamedTuple

from msgspec import structs
from numpy.random import Generator

from netheed.records import Connection
from netheed.training.datasets import Recording
from netheed.training.implants import call_backs
from netheed.training.implants.doing import acts_of
from netheed.training.implants.lateral import lateral
from netheed.training.implants.naming import namings_of
from netheed.training.implants.ranges import JUDGED, LEARNED, Ranges
from netheed.training.implants.stage import FEWEST, Ends, NoRoomError, Stage, staged
from netheed.training.overlay import Episode, lay
from netheed.training.wire import Wire

__all__ = [
    "BEHAVIOURS",
    "JUDGED",
    "LEARNED",
    "Behaviour",
    "Implant",
    "NoRoomError",
    "Ranges",
    "implanted",
]


class Behaviour(NamedTuple):
    """What an implant does, and what that is."""

    lay: Callable[[Stage], Ends]
    kind: str | None = "beacon"
    fewest: int = FEWEST
    """Connections that it must come to."""


BEHAVIOURS: Final[dict[str, Behaviour]] = {
    "sleeps": Behaviour(call_backs.sleeps),
    "fixed_sizes": Behaviour(call_backs.fixed_sizes),
    "varying_sizes": Behaviour(call_backs.varying_sizes),
    "polls": Behaviour(call_backs.polls),
    "holds_open": Behaviour(call_backs.holds_open, fewest=1),
    "fails": Behaviour(call_backs.fails),
    "dns": Behaviour(call_backs.dns, kind="dns_tunnel"),
    "doh": Behaviour(call_backs.doh),
    "office_hours": Behaviour(partial(call_backs.within_hours, hours=9, busiest=True)),
    "nights": Behaviour(partial(call_backs.within_hours, hours=8, busiest=False)),
    "lateral": Behaviour(lateral, kind=None, fewest=2),
}
"""Name -> behaviour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Implant:
    """What was laid."""

    behaviour: str
    """One of BEHAVIOURS."""
    kind: str | None
    """One of KINDS; None where the model has no class for it: unknown, and never benign."""
    host: str
    peer: str | None
    port: int
    proto: str
    begin: float
    """First call, seconds since the epoch."""
    calls: int
    """Connections; some behaviours make several a call."""


def implanted(
    base: Recording, behaviour: str, ranges: Ranges, rng: Generator
) -> tuple[Recording, Implant]:
    """`base` with one implant, in order of time, of the same family, and what was laid.

    The label of what was laid is its kind, its published name the behaviour. `base` is of a sensor
    that saw both directions, each packet once. Raises NoRoomError where the recording gives the
    behaviour no time or no peers; another seed may find another host.
    Different ranges with one seed may have the host and the strangers in common.
    """
    act = BEHAVIOURS[behaviour]
    stage = staged(base, ranges, Wire(rng=rng))
    ends = act.lay(stage)
    laid = stage.wire.connections
    if len(laid) < act.fewest:
        raise NoRoomError(f"{base.name}: {len(laid)} calls of {stage.host}, too few: {behaviour}")
    implant = Implant(
        behaviour=behaviour,
        kind=act.kind,
        host=stage.host,
        **ends._asdict(),
        begin=min(c.start for c in laid),
        calls=len(laid),
    )
    made = _laid(base, implant, laid)
    if base.namings and implant.peer:
        said = namings_of(base.namings, laid, ranges, rng)
        made = replace(made, namings=(*base.namings, *said))
    if base.namings and act.lay is lateral:
        made = replace(made, acts=(*base.acts, *acts_of(laid, rng)))
    return made, implant


def _laid(base: Recording, implant: Implant, laid: list[Connection]) -> Recording:
    if not any(c.service for c in base.connections):
        # That sensor knows no services: one would tell what was laid.
        laid = [structs.replace(c, service=None) for c in laid]
    episode = Episode(
        host=implant.host,
        kind=implant.kind or implant.behaviour,
        recording=Recording(
            name=base.name,
            family=base.family,
            connections=laid,
            labels=[implant.kind] * len(laid),
        ),
    )
    made = lay(base, episode, host=implant.host, at=implant.begin)
    said = dict(zip((c.uid for c in base.connections), base.published, strict=True))
    names = [said.get(c.uid, implant.behaviour) for c in made.connections]
    return replace(made, attacks=names)
