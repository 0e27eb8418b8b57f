"""A pair's life -> what the pair's model reads, for training and serving alike."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.life_vector import CONTEXT, NAMED, SERVICES, PairLooks, scaled
from netheed.core.lives import HOUR, Looks, hour_of
from netheed.core.pairs import PairView
from netheed.core.rows import HostRows
from netheed.core.segments import Floats, Ints, Words
from netheed.core.services import OTHER, SERVICE_RANK
from netheed.records import Outcome

_FAILED: Final = (Outcome.UNANSWERED, Outcome.REFUSED)
_CUT: Final = (Outcome.ABORTED, Outcome.PARTIAL)


def pair_looks(
    looks: Looks,
    keys: Words,
    view: PairView,
    rows: HostRows,
    row: Ints,
    beside: dict[str, Floats],
) -> PairLooks:
    """The looks, by their hosts' windows.

    `keys` of the pairs, `view`, `row` (a host-row) and `beside` (columns of CONTEXT that need other
    memories) are of all visits. What names say is left 0: see `with_names`.
    """
    at = looks.visits
    host = rows.by_host.ids[row[at]]
    order = np.argsort(host, kind="stable")
    looks = replace(looks, **{name: getattr(looks, name)[order] for name in _OF_A_LOOK})
    at = looks.visits
    columns = _lived(looks, beside["now"][at]) | _of_view(view, at) | _of_row(rows, row[at])
    columns |= {name: beside[name][at] for name in _BESIDE}
    columns["longest"] = _longest(looks)
    columns |= dict.fromkeys(NAMED, np.zeros(len(at)))
    columns["peer_age"] = np.maximum(columns["host_age"] - columns["span"], 0.0)
    return PairLooks(
        host=host[order],
        row=row[at],
        key=keys[at],
        calls=_calls(looks),
        there=looks.there,
        context=scaled(np.stack([columns[name] for name in CONTEXT], axis=1), CONTEXT),
    )


_BESIDE: Final = ("peer_hosts", "port_hosts", "host_age", "host_pairs", "host_connections")
_OF_A_LOOK: Final = ("visits", "calls", "there", "first", "hours")


def _calls(looks: Looks) -> NDArray[np.float32]:
    calls, there = looks.calls, looks.there
    known = ~np.isnan(calls["gap"]) & there
    outcome = calls["outcome"]
    columns = (
        calls["gap"],
        known,
        calls["sent"],
        calls["received"],
        calls["duration"],
        np.isin(outcome, _FAILED),
        np.isin(outcome, _CUT),
    )
    stacked = np.stack([column.astype(np.float32) for column in columns], axis=2)
    result: NDArray[np.float32] = np.where(there[..., None], np.nan_to_num(stacked), 0.0)
    return result.astype(np.float32)


def _longest(looks: Looks) -> Floats:
    """Seconds; 0 where nobody knows."""
    known = np.where(looks.there, np.nan_to_num(looks.calls["duration"]), 0.0)
    longest: Floats = np.expm1(known.max(axis=1, initial=0.0).astype(np.float64))
    return longest


def _lived(looks: Looks, now: Floats) -> dict[str, Floats]:
    hours, most = looks.hours.astype(np.float64), hour_of(now) - np.floor(looks.first / HOUR) + 1.0
    return {
        "span": np.maximum(now - looks.first, 0.0) / HOUR,
        "hours": hours,
        "persistence": np.clip(hours / np.maximum(most, 1.0), 0.0, 1.0),
    }


def _of_view(view: PairView, at: Ints) -> dict[str, Floats]:
    sent, received = view.sent[at], view.received[at]
    both = sent + received
    return {
        "connections": view.connections[at].astype(np.float64),
        "period": view.period[at],
        "regularity": view.regularity[at],
        "beats": view.beats[at],
        "size_spread": view.size_spread[at],
        "tries": view.tries[at],
        "sent_long": sent,
        "received_long": received,
        "sent_share": np.divide(sent, both, out=np.zeros(len(at)), where=both > 0),
    }


def _of_row(rows: HostRows, row: Ints) -> dict[str, Floats]:
    port, service, proto = rows.port[row], rows.service[row], rows.proto[row]
    group = np.minimum(service, OTHER)
    flags = {f"service_{name}": group == number for number, name in enumerate(SERVICES)}
    flags |= {
        "external": rows.external[row],
        "tcp": proto == 0,
        "udp": proto == 1,
        "known_port": SERVICE_RANK[port] > 0,
        "high_port": port >= 49152,
    }
    return {name: flag.astype(np.float64) for name, flag in flags.items()}
