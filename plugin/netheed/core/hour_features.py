"""A host's window and hours -> what the hours' model reads, for training and serving alike."""

from collections.abc import Mapping

import numpy as np

from netheed.core.hour_vector import AROUND, HOURS, HourLooks
from netheed.core.hours import Looks
from netheed.core.life_vector import scaled
from netheed.core.lives import HOUR, hour_of
from netheed.core.rows import HostRows
from netheed.core.segments import Floats, Ints
from netheed.core.services import IS_ADMINISTRATION
from netheed.records import Outcome


def inside_features(rows: HostRows) -> dict[str, Floats]:
    """What a window says of its connections with inside peers."""
    by_host = rows.by_host
    inside = rows.out & rows.inside
    remote = inside & IS_ADMINISTRATION[rows.port]
    failed = (rows.outcome == Outcome.UNANSWERED) | (rows.outcome == Outcome.REFUSED)
    return {
        "inside_out": by_host.count(inside),
        "remote_out": by_host.count(remote),
        "failed_remote": by_host.count(remote & failed),
        "remote_sent": by_host.sum(np.where(remote, np.nan_to_num(rows.sent), 0.0)),
    }


def pair_features(rows: HostRows, first_row: Ints) -> dict[str, Floats]:
    """How many pairs began with inside peers; a host-row of each pair that began with any."""
    inside = first_row[rows.inside[first_row]]
    remote = inside[IS_ADMINISTRATION[rows.port[inside]]]
    ids, size = rows.by_host.ids, rows.by_host.size
    return {
        "new_inside": np.bincount(ids[inside], minlength=size).astype(np.float64),
        "new_remote": np.bincount(ids[remote], minlength=size).astype(np.float64),
    }


def added(columns: Mapping[str, Floats]) -> Floats:
    """What each window adds to its hour, (windows, len(HOURS)), from all that is known of it."""
    size = len(columns["peers_out"])
    own = {"minutes": np.ones(size), "since": np.zeros(size), "peers": columns["peers_out"]}
    return np.stack([own[name] if name in own else columns[name] for name in HOURS], axis=1)


def hour_looks(looks: Looks, ends: Floats) -> HourLooks:
    """The looks as the model reads them; `ends` are of all windows, in seconds."""
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
    }
    context = scaled(np.stack([columns[name] for name in AROUND], axis=1), AROUND)
    return HourLooks(looks.windows, looks.steps, looks.there, context)


def _usual(looks: Looks, name: str) -> Floats:
    """The average of the hours before the running one; 0 where there is none."""
    earlier = looks.there[:, :-1]
    values = looks.steps[:, :-1, list(HOURS).index(name)].astype(np.float64)
    total = np.where(earlier, values, 0.0).sum(axis=1)
    usual: Floats = np.expm1(total / np.maximum(earlier.sum(axis=1), 1))
    return usual
