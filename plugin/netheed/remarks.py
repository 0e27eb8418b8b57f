"""What netheed says of a sensor or of itself, as a notice that every sink takes.

Such a notice has no host: where a form needs an address, NOBODY stands there. What it says in
words is its `remark`, what was measured its `score`; it comes from no model and has no p-value.
"""

from hashlib import blake2b
from math import nan
from typing import Final

from netheed.classes import REMARKS
from netheed.core.compared import Disagreement
from netheed.records import Notice

NOBODY: Final = "0.0.0.0"  # noqa: S104 - no address to listen on
"""The address of no host."""


def remark(
    kind: str, about: str, words: str, *, span: tuple[float, float], value: float, config: str
) -> Notice:
    """A notice of one of the kinds of REMARKS; `about` is who is spoken of.

    `span` is since when the state lasts and when it was found, in event time. By the latter, kind,
    `about` and words a repeat is recognised, so it is to be made once of a lasting state. `value`
    is the measure. Raises KeyError for another kind.
    """
    start, end = span
    return Notice(
        id=blake2b(f"{kind} {about} {end:.6f} {words}".encode(), digest_size=10).hexdigest(),
        host=NOBODY,
        about=about,
        remark=words,
        peer=None,
        start=start,
        end=end,
        connections=0,
        score=value,
        p_value=nan,
        severity=REMARKS[kind].severity,
        kind=kind,
        kind_probability=nan,
        scale="operation",
        techniques=(),
        drivers=(),
        evidence=(),
        model="",
        config=config,
    )


NETHEED: Final = "netheed"
"""Who is spoken of where it is netheed itself."""


def of_overload(lag: float, closing: float, *, span: tuple[float, float], config: str) -> Notice:
    """That connections are sampled from now on, and what was measured, in seconds."""
    words = (
        f"more comes than can be taken in (what has come waits {lag:.1f} s, the next window takes"
        f" {closing:.1f} s): a sample of the connections is, and counts for all of them"
    )
    return remark("overload", NETHEED, words, span=span, value=max(lag, closing), config=config)


def of_recovery(left_out: int, *, span: tuple[float, float], config: str) -> Notice:
    """That all connections are taken in again, and how many were left out in between."""
    words = f"all connections are taken in again, {left_out:,d} were left out"
    value = float(left_out)
    return remark("overload_over", NETHEED, words, span=span, value=value, config=config)


_WORDS: Final = {
    "silent": "{sensor} has told nothing, the other sensor {value:,.0f} connections in ten minutes",
    "one_way": "{sensor} sees one direction only of {value:.0%} of its connections, the other"
    " sensor both",
    "loses_packets": "{sensor} lacks {value:.0%} of the packets that the other sensor counts in the"
    " same connections",
    "misses_connections": "{sensor} does not tell {value:.0%} of the connections that the other"
    " sensor tells",
}
"""Measure -> what is said of it."""


def of_disagreement(found: Disagreement, config: str) -> Notice:
    """What one sensor is found to lack by another one, or that it lacks it no more."""
    said = _WORDS[found.measure].format(sensor=found.sensor, value=found.value)
    kind = f"sensor_{found.measure}"
    words = said if found.lasting else f"no more: {REMARKS[kind].words}, {found.sensor}"
    return remark(
        kind if found.lasting else "sensors_agree",
        found.sensor,
        words,
        span=(found.since, found.found),
        value=found.value,
        config=config,
    )
