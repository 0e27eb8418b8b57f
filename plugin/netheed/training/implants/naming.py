"""What a sensor's logs of names say of an implant: whom it asked for, and as what it showed itself.

Some call an address that nobody asked for, some a name: two words, random characters, or one that
the site knows already. What is shown is either new or what others of the site show too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from numpy.random import Generator

from netheed.core.namings import FACTS
from netheed.records import Connection, Naming, Outcome
from netheed.training.implants.ranges import Bands, Ranges, drawn, drawn_count
from netheed.training.simulate_network import one_of

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
KNOWN: Final = 0.15
"""Share of the names that the site knows already: a service that others use too."""
USUAL: Final = 0.5
"""Share of the marks that others of the site show too."""
RESOLVED: Final[Bands] = ((60, 300), (1200, 3600))
"""Seconds for which an answer of DNS is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """How an implant looks to whoever reads names."""

    name: str | None
    """None for one that calls an address."""
    marks: dict[str, str]
    """Of FACTS, those that the sensor logs."""
    resolved: float
    """Seconds for which it does not ask again."""


def namings_of(
    known: Sequence[Naming], laid: Sequence[Connection], ranges: Ranges, rng: Generator
) -> list[Naming]:
    """What a sensor that said `known` would have said of these connections to one server."""
    face = _drawn(known, ranges, rng)
    return [*_asked(face, laid, rng), *_spoken(face, laid)]


def _drawn(known: Sequence[Naming], ranges: Ranges, rng: Generator) -> Face:
    name = None if rng.random() < ranges.bare else _name(known, ranges, rng)
    said = {fact: Counter(getattr(n, fact) for n in known) for fact in FACTS}
    marks = {
        fact: _usual(counts, rng) if rng.random() < USUAL else _made_up(rng, 32)
        for fact, counts in said.items()
        if set(counts) - {None}
    }
    return Face(name=name, marks=marks, resolved=drawn(rng, RESOLVED))


def _usual(counts: Counter[str | None], rng: Generator) -> str:
    """One of the three that most show."""
    return one_of(rng, [text for text, _ in counts.most_common(4) if text][:3])


def _name(known: Sequence[Naming], ranges: Ranges, rng: Generator) -> str:
    if rng.random() < KNOWN:
        return one_of(rng, sorted({naming.name for naming in known if naming.name}))
    if rng.random() < 0.5:
        return f"{one_of(rng, ranges.words)}{one_of(rng, ranges.words)}.{one_of(rng, ranges.ends)}"
    label = _made_up(rng, drawn_count(rng, ranges.label))
    return f"{label}.{one_of(rng, ranges.ends)}"


def _made_up(rng: Generator, characters: int) -> str:
    return "".join(LETTERS[at] for at in rng.integers(0, len(LETTERS), characters))


def _asked(face: Face, laid: Sequence[Connection], rng: Generator) -> Iterator[Naming]:
    """Answers of DNS, whenever the one before is too old."""
    until = 0.0
    for call in sorted(laid, key=lambda call: call.start):
        if face.name and call.start >= until:
            until = call.start + face.resolved
            at = call.start - float(rng.uniform(0.002, 0.1))
            yield Naming(
                time=at, host=call.orig, peer=call.resp, port=None, kind="dns", name=face.name
            )


def _spoken(face: Face, laid: Sequence[Connection]) -> Iterator[Naming]:
    """What was said to the server itself, where the sensor reads the protocol."""
    for call in laid:
        shown = {fact: face.marks.get(fact) for fact in _FACTS.get(call.service or "", ())}
        if call.outcome == Outcome.COMPLETE and (face.name or any(shown.values())) and shown:
            yield Naming(
                time=call.start,
                host=call.orig,
                peer=call.resp,
                port=call.resp_port,
                kind="sni" if call.service == "ssl" else "http_host",
                name=face.name,
                **shown,
            )


_FACTS: Final = {"ssl": ("ja3", "ja4", "issuer"), "http": ("agent",)}
"""Service -> what its log tells."""
