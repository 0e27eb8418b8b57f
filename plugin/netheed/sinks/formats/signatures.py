"""One fixed signature for each kind, in the range of signature ids for local use."""

from typing import Final, NamedTuple

from netheed.classes import REMARKS, attack_class


class Signature(NamedTuple):
    """What EVE's alert object and a SIEM's rule name."""

    sid: int
    text: str


GID: Final = 1
REVISION: Final = 1
CATEGORY: Final = "Machine-learning network anomaly"
OPERATION: Final = "Sensor operation"
"""The category of a remark."""


def signature(kind: str) -> Signature:
    """The signature of a kind; kinds of models to come share that of `unknown`."""
    found = REMARKS.get(kind) or attack_class(kind)
    return Signature(found.sid, found.signature)


def category(kind: str) -> str:
    """What the signature is one of."""
    return OPERATION if kind in REMARKS else CATEGORY
