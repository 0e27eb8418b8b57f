"""Lines that are in order and no connection."""

from typing import Final

from netheed.records import Tally

KINDS: Final = 64
"""Distinct kinds counted by name; the input decides what they are called."""


class Skipped(Exception):  # noqa: N818 - not an error: it says that the record is not for us
    """Its one argument is the kind of the record."""


class Header(Exception):  # noqa: N818 - no error either
    """The line belongs to the format of its file and is no record."""


def count(tally: Tally, kind: str) -> None:
    """Count a skipped record under its kind, or under `other` where that is no plain short word."""
    plain = len(kind) <= 32 and kind.replace("_", "").replace("-", "").isalnum() and kind.isascii()
    known = kind in tally.skipped or len(tally.skipped) < KINDS
    tally.skip(kind if plain and known else "other")
