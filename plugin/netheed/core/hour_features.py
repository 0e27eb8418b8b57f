"""A host's window and hours -> what the hours' model reads, for training and serving alike."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.hour_vector import ACTS, AROUND, HOURS, HourLooks
from netheed.core.hours import Looks
from netheed.core.life_vector import scaled
from netheed.core.lives import HOUR, hour_of
from netheed.core.rows import HostRows
from netheed.core.segments import Floats, Ints
from netheed.core.services import IS_ADMINISTRATION
from netheed.records import Outcome

_FAILED: Final = (Outcome.UNANSWERED, Outcome.REFUSED)


def inside_features(rows: HostRows) -> dict[str, Floats]:
    """What a window says of its connections with inside peers."""
    ids, size = rows.by_host.ids, rows.by_host.size
    inside = np.flatnonzero(rows.out & rows.inside)
    remote = inside[IS_ADMINISTRATION[rows.port[inside]]]
    failed = remote[np.isin(rows.outcome[remote], _FAILED)]
    counted = {"inside_out": inside, "remote_out": remote, "failed_remote": failed}
    weights = rows.weights
    sent = np.nan_to_num(rows.sent[remote]) * weights[remote]
    result = {name: _sum(ids[at], weights[at], size) for name, at in counted.items()}
    return result | {"remote_sent": _sum(ids[remote], sent, size)}


def pair_features(rows: HostRows, first_row: Ints) -> dict[str, Floats]:
    """How many pairs began with inside peers; a host-row of each pair that began with any."""
    inside = first_row[rows.inside[first_row]]
    remote = inside[IS_ADMINISTRATION[rows.port[inside]]]
    return {"new_inside": _count(rows, inside), "new_remote": _count(rows, remote)}


def added(columns: Mapping[str, Floats]) -> NDArray[np.float32]:
    """What each window adds to its hour, (windows, len(HOURS)), from all that is known of it."""
    peers = columns["peers_out"]
    known = {"minutes": np.ones_like(peers), "since": np.zeros_like(peers), "peers": peers}
    values = np.empty((len(peers), len(HOURS)), dtype=np.float32)
    for at, name in enumerate(HOURS):
        values[:, at] = known[name] if name in known else columns[name]
    return values


def hour_looks(looks: Looks, ends: Floats) -> HourLooks:
    """The looks as the model reads them; `ends` are of all windows, in seconds.

    What acts say is left 0: see `with_acts`.
    """
    now, hours = ends[looks.windows], looks.hours.astype(np.float64)
    most = np.maximum(hour_of(now) - hour_of(looks.first) + 1.0, 1.0)
    columns = {
        "age": np.maximum(now - looks.first, 0.0) / HOUR,
        "hours": hours,
        "persistence": np.clip(hours / most, 0.0, 1.0),
        "earlier": looks.there[:, :-1].sum(axis=1).astype(np.float64),
        "usual_new_remote": _usual(looks, "new_remote"),
        "usual_peers": _usual(looks, "peers"),
        "usual_sent": _usual(looks, "external_sent"),
        "others_new_remote": looks.others.astype(np.float64),
        **dict.fromkeys(ACTS, np.zeros(len(looks))),
    }
    context = scaled(np.stack([columns[name] for name in AROUND], axis=1), AROUND)
    return HourLooks(looks.windows, looks.steps, looks.there, context)


def _sum(ids: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(ids, values, size).astype(np.float64)


def _count(rows: HostRows, some: Ints) -> Floats:
    """Of some host-rows those of each window."""
    counts = np.bincount(rows.by_host.ids[some], minlength=rows.by_host.size)
    return counts.astype(np.float64)


def _usual(looks: Looks, name: str) -> Floats:
    """The average of the hours before the running one; 0 where there is none."""
    earlier = looks.there[:, :-1]
    values = looks.steps[:, :-1, list(HOURS).index(name)].astype(np.float64)
    total = np.where(earlier, values, 0.0).sum(axis=1)
    usual: Floats = np.expm1(total / np.maximum(earlier.sum(axis=1), 1))
    return usual
