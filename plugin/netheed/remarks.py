"""What netheed says of a sensor or of itself, as a notice that every sink takes.

Such a notice has no host: where a form needs an address, NOBODY stands there. What it says in
words is its `remark`, what was measured its `score`; it comes from no model and has no p-value.
"""

from hashlib import blake2b
from math import nan
from typing import Final

from netheed.classes import REMARKS
from netheed.records import Notice

NOBODY: Final = "0.0.0.0"  # noqa: S104 - no address to listen on
"""The address of no host."""


def remark(
    kind: str, about: str, words: str, *, span: tuple[float, float], value: float, config: str
) -> Notice:
    """A notice of one of the kinds of REMARKS; `about` is who is spoken of.

    `span` is since when the state lasts and when it was found, in event time: by kind, `about` and
    the latter a repeat is recognised, so it is to be made once of a lasting state. `value` is the
    measure. Raises KeyError for another kind.
    """
    start, end = span
    return Notice(
        id=blake2b(f"{kind} {about} {end:.6f}".encode(), digest_size=10).hexdigest(),
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
