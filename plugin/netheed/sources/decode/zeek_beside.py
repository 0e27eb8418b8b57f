"""Zeek's logs beside conn.log that are read: which log a record is of, and what it says."""

from collections.abc import Mapping
from typing import Any, Final

from netheed.sources.decode import zeek_acts, zeek_names
from netheed.sources.decode.acting import Acted
from netheed.sources.decode.naming import Named

LOGS: Final = frozenset((*zeek_names.LOGS, *zeek_acts.LOGS))
WANTED: Final = zeek_names.WANTED | zeek_acts.WANTED
"""The fields that are read of any of them."""
_MARKS: Final = {**zeek_names.MARKS, **zeek_acts.MARKS}


def log_of(fields: Mapping[str, Any]) -> str | None:
    """The log of a record that does not say it."""
    return next((log for log, marks in _MARKS.items() if fields.keys() & marks), None)


def said(log: str, fields: Mapping[str, Any]) -> Named | Acted:
    """What a record of a log says.

    Raises Skipped for a log or a record that says nothing of use, ValueError or
    msgspec.ValidationError for one that cannot be read.
    """
    if log in zeek_acts.LOGS:
        return zeek_acts.acted(log, fields)
    return zeek_names.named(log, fields)
