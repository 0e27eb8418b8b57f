"""Settings by Bayesian optimisation, inside the training part.

The tree-structured Parzen estimator of Bergstra et al. (NeurIPS 2011), as optuna has it.
"""

from collections.abc import Callable, Mapping
from typing import Final

import optuna
from msgspec import Struct

from netheed.training.examples import Examples
from netheed.training.measures import Tested, mean_average_precision
from netheed.training.methods import Method, Settings, Span
from netheed.training.splits import inner

WINDOWS: Final = 8_000
"""Of the training part, that trials learn from and choose by."""
RANDOM: Final = 2
"""Trials after the first before the estimator leads."""


class Trial(Struct, frozen=True):
    """One of a search."""

    settings: dict[str, float]
    value: float
    """Mean average precision over the attacks."""


class Searched(Struct, frozen=True):
    """What a search chose, and every trial's history."""

    settings: dict[str, float]
    trials: list[Trial]


def search(
    method: Method,
    train: Examples,
    *,
    trials: int,
    windows: int = WINDOWS,
    told: Callable[[str], None] = lambda _: None,
) -> Searched:
    """The best settings by mean average precision over the attacks, and every trial's history.

    Deterministic. The part that judges a trial was not learned from in it, and no test window
    stands in either.
    """
    if not method.spans:
        return Searched({}, [])
    learned, judged = inner(train.fewer(windows, 0), 0)
    history: list[Trial] = []

    def value(trial: optuna.Trial) -> float:
        settings = _drawn(trial, method.spans) if trial.number else {}
        score = _worth(method, settings, learned, judged)
        history.append(Trial(dict(settings), round(score, 5)))
        told(f"{method.name}: trial {trial.number + 1} of {trials}: {score:.4f}")
        return score

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(n_startup_trials=RANDOM + 1, seed=0)
    optuna.create_study(direction="maximize", sampler=sampler).optimize(value, n_trials=trials)
    return Searched(max(history, key=lambda trial: trial.value).settings, history)


def _drawn(trial: optuna.Trial, spans: Mapping[str, Span]) -> Settings:
    drawn: dict[str, float] = {}
    for name, span in spans.items():
        if span.whole:
            drawn[name] = trial.suggest_int(name, int(span.low), int(span.high), log=span.log)
        else:
            drawn[name] = trial.suggest_float(name, span.low, span.high, log=span.log)
    return drawn


def _worth(method: Method, settings: Settings, learned: Examples, judged: Examples) -> float:
    verdicts = method.fit(learned, settings, 0)(judged)
    tested = Tested.of(judged, verdicts.score, judged.label)
    worth = mean_average_precision(tested)
    return worth if worth == worth else 0.0  # noqa: PLR0124  NaN without attacks
