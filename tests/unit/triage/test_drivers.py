"""Reasons that are checked on the model itself."""

import numpy as np
import pytest

from netheed.core.sequences import Sequences
from netheed.core.vector import FEATURES, FEWEST
from netheed.model.scorer import Scorer
from netheed.triage.drivers import Drivers
from tests.connections import connection, host_windows
from tests.model_directory import write_model


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    return Scorer(folder)


def drivers_after(scorer: Scorer, minutes: int) -> tuple[Drivers, list]:
    """The drivers of a host that says the same each minute, and its windows."""
    sequences = Sequences(width=len(FEATURES), length=scorer.manifest.sequence_length)
    connections = [connection(start=1_700_000_000.0 + 60 * n) for n in range(minutes - 1)]
    last = [connection(start=1_700_000_000.0 + 60 * (minutes - 1)) for _ in range(40)]
    seen = host_windows([*connections, *last])
    for windows in seen:
        sequences.push(windows.rows.hosts, windows.vectors, windows.tick.end)
    return Drivers(model=scorer, usual=scorer.usual, sequences=sequences), seen


def test_the_drivers_lower_the_score_when_put_back_and_the_first_lowers_it_most(
    scorer: Scorer,
) -> None:
    drivers, (windows,) = drivers_after(scorer, 1)

    found = drivers.of(windows, 0)

    effects = [driver.effect for driver in found]
    assert effects == sorted(effects, reverse=True)
    first = list(FEATURES).index(found[0].feature)
    sequence, mask = drivers.sequences.read(windows.rows.hosts[:1])
    before = scorer.score(sequence, mask).score[0]
    sequence[0, -1, first] = scorer.usual.median[first]
    assert before - scorer.score(sequence, mask).score[0] == pytest.approx(effects[0], abs=1e-4)
    assert found[0].usual_from == "model"


def test_a_feature_outside_the_hosts_own_range_is_told_with_that_range(scorer: Scorer) -> None:
    drivers, seen = drivers_after(scorer, FEWEST + 1)

    own = {d.feature: d for d in drivers.of(seen[-1], 0) if d.usual_from == "host"}

    # It had one connection in each minute until the last, which has forty.
    told = own.keys() & {"connections_out", "busiest_destination", "peak_second", "bytes_sent"}
    assert told
    name = min(told)
    assert own[name].usual_high < own[name].value
    assert own[name].usual_low == pytest.approx(own[name].usual_high, rel=0.01)


def test_without_other_hosts_nothing_is_said_of_peers(scorer: Scorer) -> None:
    drivers, (windows,) = drivers_after(scorer, 1)

    assert {driver.peers_low for driver in drivers.of(windows, 0)} == {None}


def test_what_is_told_is_in_the_features_own_unit(scorer: Scorer) -> None:
    drivers, (windows,) = drivers_after(scorer, 1)

    for driver in drivers.of(windows, 0):
        at = list(FEATURES).index(driver.feature)
        assert driver.value == pytest.approx(float(windows.values[0, at]))
        low = scorer.manifest.features[at].low
        assert driver.usual_low == pytest.approx(low, rel=1e-4, abs=1e-4)
        assert np.isfinite(driver.effect)
