"""Why a pair's life is odd: what of it takes most of the score away when it is as usual."""

from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.life_vector import CALLS, CONTEXT, PairLooks, plain
from netheed.core.vector import Ranges
from netheed.ports import PairModel
from netheed.records import Driver

MOST: Final = 5
UNTOLD: Final = frozenset(
    name for name in CONTEXT if name.startswith("service_") or name in {"tcp", "udp"}
) | {"gap_known", "host_age", "host_names"}
"""What the evidence shows anyhow, or what says when a pair is odd and never why."""

Columns = NDArray[np.float32]


def pair_drivers(model: PairModel, lives: PairLooks, at: int) -> tuple[Driver, ...]:
    """By occlusion (Zeiler and Fergus 2014), as for a host's minute.

    One thing at a time is put to its usual value, of connections in all of them, and the life is
    scored again. What is inside its usual range is no reason while something outside it is.
    """
    known = len(model.usual_context.median)
    features = {**CALLS, **dict(islice(CONTEXT.items(), known))}
    score = model.look(_variants(model, lives, at)).score
    effects = score[0] - score[1:]
    calls = lives.calls[at][lives.there[at]].mean(axis=0)
    values = np.concatenate((calls, lives.context[at, :known]))
    usual = Ranges(
        *(
            np.concatenate((getattr(model.usual_calls, part), getattr(model.usual_context, part)))
            for part in ("low", "median", "high")
        )
    )
    told = np.array([name not in UNTOLD for name in features]) & (effects > 0)
    outside = told & ((values < usual.low) | (values > usual.high))
    chosen = outside if outside.any() else told
    order = [int(f) for f in np.argsort(-effects, kind="stable") if chosen[f]][:MOST]
    shown, low, high = (plain(columns, features) for columns in (values, usual.low, usual.high))
    names, units = list(features), [feature.unit for feature in features.values()]
    return tuple(
        Driver(
            feature=names[f],
            unit=units[f],
            value=float(shown[f]),
            usual_low=float(low[f]),
            usual_high=float(high[f]),
            usual_from="model",
            peers_low=None,
            peers_high=None,
            effect=float(effects[f]),
        )
        for f in order
    )


def _variants(model: PairModel, lives: PairLooks, at: int) -> PairLooks:
    """The life as it is, then with each thing as usual."""
    known = len(model.usual_context.median)
    size = 1 + len(CALLS) + known
    calls = np.repeat(lives.calls[at : at + 1], size, axis=0)
    context = np.repeat(lives.context[at : at + 1], size, axis=0)
    there = np.repeat(lives.there[at : at + 1], size, axis=0)
    for number in range(len(CALLS)):
        calls[1 + number, :, number] = model.usual_calls.median[number] * there[0]
    first = 1 + len(CALLS)
    each = np.arange(known)
    context[first + each, each] = model.usual_context.median
    nobody = np.zeros(size, dtype=np.int64)
    return PairLooks(nobody, nobody, nobody.astype(np.uint64), calls, there, context)
