"""Trials choose settings by windows that they did not learn from."""

from dataclasses import replace

import numpy as np
import pytest

from netheed.training.examples import Examples
from netheed.training.methods import Judge, Method, Settings, Span, Verdicts
from netheed.training.search import Searched, search
from tests.unit.training.baselines.planted import planted, quiet

SPANS = {"aim": Span(0.1, 1.0, log=True), "count": Span(2, 5, whole=True)}


class Archer:
    """The nearer its `aim` is to 0.7, the less noise is in its score; remembers its windows."""

    def __init__(self) -> None:
        self.fitted: list[Examples] = []
        self.judged: list[Examples] = []

    def fit(self, train: Examples, settings: Settings, seed: int) -> Judge:
        self.fitted.append(train)
        away = abs(settings.get("aim", 0.0) - 0.7)

        def judged(examples: Examples) -> Verdicts:
            self.judged.append(examples)
            noise = np.random.default_rng(seed).normal(0, 20 * away, len(examples.label))
            return Verdicts(score=(examples.attacked + noise).astype(np.float32))

        return judged


def method(archer: Archer, spans: dict[str, Span] = SPANS) -> Method:
    return Method(name="archer", supervised=True, fit=archer.fit, spans=spans)


def windows() -> Examples:
    """Every window can be told by its end; the attacks have the names that tests ask for."""
    made = planted()
    attack = np.where(made.label == 1, "scan", np.where(made.label > 0, "flood", "benign"))
    return replace(made, attack=attack, end=made.end + made.track * 86_400.0)


def ends(examples: Examples) -> set[float]:
    return set(examples.end.tolist())


def test_every_trial_is_told_of_and_the_first_has_the_methods_own_defaults():
    told: list[str] = []

    history = search(method(Archer()), windows(), trials=4, told=told.append).trials

    assert history[0].settings == {}
    assert [set(trial.settings) for trial in history[1:]] == [set(SPANS)] * 3
    assert [line.rpartition(":")[0] for line in told] == [
        f"archer: trial {number} of 4" for number in (1, 2, 3, 4)
    ]


def test_the_settings_of_the_best_trial_are_chosen():
    found = search(method(Archer()), windows(), trials=6)

    best = max(found.trials, key=lambda trial: trial.value)
    assert found.settings == best.settings
    assert best.value > found.trials[0].value


def test_defaults_that_nothing_beats_are_kept():
    found = search(method(Archer(), {"aim": Span(5.0, 9.0)}), windows(), trials=4)

    assert found.settings == {}
    assert found.trials[0].value > max(trial.value for trial in found.trials[1:])


def test_drawn_settings_stay_inside_their_spans():
    found = search(method(Archer()), windows(), trials=8)

    drawn = [trial.settings for trial in found.trials[1:]]
    assert all(0.1 <= each["aim"] <= 1.0 and 2 <= each["count"] <= 5 for each in drawn)
    assert all(isinstance(each["count"], int) for each in drawn)
    assert len({each["aim"] for each in drawn}) == 7


def test_the_same_windows_give_the_same_search():
    first, again = (search(method(Archer()), windows(), trials=5) for _ in range(2))

    assert first == again


def test_a_trial_is_judged_by_training_windows_that_it_did_not_learn_from():
    archer, train = Archer(), windows()

    search(method(archer), train, trials=2)

    for learned, judged in zip(archer.fitted, archer.judged, strict=True):
        assert not ends(learned) & ends(judged)
        assert ends(learned) | ends(judged) == ends(train)
        assert learned.attacked.any()
        assert judged.attacked.any()


def test_trials_see_no_more_windows_than_they_may():
    archer, track = Archer(), 30

    search(method(archer), windows(), trials=1, windows=200)

    assert len(archer.fitted[0].label) + len(archer.judged[0].label) <= 200 + 2 * track


def test_nothing_is_tried_where_nothing_can_be_chosen():
    archer = Archer()

    assert search(method(archer, {}), windows(), trials=3) == Searched({}, [])
    assert archer.fitted == []


def test_trials_without_an_attack_are_worth_nothing():
    history = search(method(Archer()), quiet(8, 30, seed=0), trials=2).trials

    assert [trial.value for trial in history] == pytest.approx([0.0, 0.0])
