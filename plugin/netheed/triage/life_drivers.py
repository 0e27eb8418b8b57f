"""Why a life is odd: what of it takes most of the score away when it is as usual."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.life_vector import CONTEXT, plain
from netheed.core.vector import Ranges
from netheed.model.life import PAIR_LIFE, Life
from netheed.ports import LifeLooks, LifeModel
from netheed.records import Driver

MOST: Final = 5
UNTOLD: Final = frozenset(
    name for name in CONTEXT if name.startswith("service_") or name in {"tcp", "udp"}
) | {"gap_known", "host_age", "host_names", "age", "earlier", "acts_logged"}
"""What the evidence shows anyhow, or what says when a life is odd and never why."""

Columns = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Variants:
    """One life, several times."""

    steps: NDArray[np.float32]
    there: NDArray[np.bool_]
    context: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.context)


def life_drivers(model: LifeModel, life: Life, lives: LifeLooks, at: int) -> tuple[Driver, ...]:
    """By occlusion (Zeiler and Fergus 2014), as for a host's minute.

    One thing at a time is put to its usual value, of steps in all of them, and the life is scored
    again. What is inside its usual range is no reason while something outside it is.
    """
    life = life.reading(len(model.usual_context.median))
    features = [*life.steps.items(), *life.context.items()]
    score = model.look(_variants(model, lives, at)).score
    effects = score[0] - score[1:]
    values = np.concatenate((_shown(life, lives, at), lives.context[at, : len(life.context)]))
    usual = _usual(model)
    told = np.array([name not in UNTOLD for name, _ in features]) & (effects > 0)
    outside = told & ((values < usual.low) | (values > usual.high))
    chosen = outside if outside.any() else told
    order = [int(f) for f in np.argsort(-effects, kind="stable") if chosen[f]][:MOST]
    shown, low, high = (_plain(life, columns) for columns in (values, usual.low, usual.high))
    return tuple(
        Driver(
            feature=features[f][0],
            unit=features[f][1].unit,
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


def _shown(life: Life, lives: LifeLooks, at: int) -> Columns:
    """What the steps are said to be: of connections their mean, of hours the highest."""
    steps = lives.steps[at][lives.there[at]]
    shown: Columns = steps.mean(axis=0) if life.part == PAIR_LIFE.part else steps.max(axis=0)
    return shown


def _usual(model: LifeModel) -> Ranges:
    """Of the columns of a step, then of those beside."""
    steps, context = model.usual_steps, model.usual_context
    parts = ("low", "median", "high")
    return Ranges(*(np.concatenate((getattr(steps, p), getattr(context, p))) for p in parts))


def _variants(model: LifeModel, lives: LifeLooks, at: int) -> _Variants:
    """The life as it is, then with each thing as usual."""
    columns, beside = lives.steps.shape[2], len(model.usual_context.median)
    size = 1 + columns + beside
    steps = np.repeat(lives.steps[at : at + 1], size, axis=0)
    context = np.repeat(lives.context[at : at + 1], size, axis=0)
    there = np.repeat(lives.there[at : at + 1], size, axis=0)
    for number in range(columns):
        steps[1 + number, :, number] = model.usual_steps.median[number] * there[0]
    each = np.arange(beside)
    context[1 + columns + each, each] = model.usual_context.median
    return _Variants(steps, there, context)


def _plain(life: Life, columns: Columns) -> Columns:
    steps, beside = columns[: len(life.steps)], columns[len(life.steps) :]
    return np.concatenate((plain(steps, life.steps), plain(beside, life.context)))
