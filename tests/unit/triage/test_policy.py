"""What becomes a notice, what not, and what it says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netheed.classes import UNKNOWN
from netheed.core.features import HostWindows
from netheed.core.names import Names
from netheed.core.sequences import Sequences
from netheed.core.vector import FEATURES
from netheed.model.scorer import Scorer
from netheed.pipeline import Scores
from netheed.records import Connection, Notice, Outcome
from netheed.training.datasets import KINDS
from netheed.triage.drivers import Drivers
from netheed.triage.policy import Triage
from tests.connections import connection, host_windows
from tests.model_directory import write_model
from tests.names import named, naming


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    return Scorer(folder)


def scan(start: float = 1_700_000_040.0) -> list[Connection]:
    return [
        connection(
            uid=f"S{n}",
            start=start + n / 10,
            duration=None,
            resp=f"10.0.1.{n + 1}",
            resp_port=22,
            outcome=Outcome.UNANSWERED,
        )
        for n in range(40)
    ]


def windows_of(connections: list[Connection]) -> HostWindows:
    (windows,) = host_windows(connections)
    return windows


def scores_of(
    scorer: Scorer, windows: HostWindows, *, kind: str = "scan", p: float = 1e-4, sure: float = 0.95
) -> Scores:
    """The model's scores with a verdict of our choice, the same for all hosts."""
    hosts = len(windows.names)
    kinds = np.full((hosts, len(KINDS)), (1 - sure) / (len(KINDS) - 1), dtype=np.float32)
    kinds[:, KINDS.index(kind)] = sure
    return Scores(
        score=np.ones(hosts, dtype=np.float32),
        p_value=np.full(hosts, p),
        kinds=kinds,
        names=scorer.kinds,
        surprise=np.zeros(hosts, dtype=np.float32),
    )


def triage(scorer: Scorer, windows: HostWindows | None = None, **settings: Any) -> Triage:
    """With the sequences of some windows, which drivers are found in."""
    sequences = Sequences(width=len(FEATURES), length=scorer.manifest.sequence_length)
    if windows is not None:
        sequences.push(windows.rows.hosts, windows.vectors, windows.tick.end)
    fields = {
        "drivers": Drivers(model=scorer, usual=scorer.usual, sequences=sequences),
        "model": scorer.manifest.id,
        "p_value": 1e-3,
        "repeat_after": 3600.0,
        "config": "c",
    }
    return Triage(**fields | settings)


def notice_of(notices: list[Notice], host: str = "10.0.0.5") -> Notice:
    (found,) = (notice for notice in notices if notice.host == host)
    return found


def test_a_window_above_the_threshold_is_silent(scorer: Scorer) -> None:
    windows = windows_of(scan())

    assert triage(scorer, windows).notices(windows, scores_of(scorer, windows, p=0.0011)) == []


def test_a_notice_says_who_when_what_and_where_to_look(scorer: Scorer) -> None:
    windows = windows_of(scan())

    notice = notice_of(triage(scorer, windows).notices(windows, scores_of(scorer, windows)))

    assert (notice.start, notice.end) == (1_700_000_040.0, 1_700_000_100.0)
    assert (notice.kind, notice.kind_probability) == ("scan", pytest.approx(0.95))
    assert notice.techniques == ("T1046",)
    assert notice.connections == 40
    assert len(notice.evidence) == 5
    assert {c.uid for c in notice.evidence} <= {f"S{n}" for n in range(40)}
    assert notice.peer is None


def test_too_little_evidence_is_no_notice_whatever_the_score(scorer: Scorer) -> None:
    windows = windows_of(scan()[:5])

    assert triage(scorer, windows).notices(windows, scores_of(scorer, windows, p=1e-9)) == []


def test_a_repeat_within_the_hour_is_silent_and_a_rise_in_severity_is_not(scorer: Scorer) -> None:
    windows = windows_of(scan())
    gate = triage(scorer, windows)
    first = gate.notices(windows, scores_of(scorer, windows, p=9e-4, sure=0.5))

    again = gate.notices(windows, scores_of(scorer, windows, p=9e-4, sure=0.5))
    risen = gate.notices(windows, scores_of(scorer, windows, p=1e-5, sure=0.99))

    assert [notice.severity for notice in first] == ["medium"]
    assert again == []
    assert [notice.severity for notice in risen] == ["critical"]


def test_after_the_hour_the_same_kind_is_told_again(scorer: Scorer) -> None:
    early, late = windows_of(scan()), windows_of(scan(1_700_000_040.0 + 3660))
    gate = triage(scorer, early)

    assert gate.notices(early, scores_of(scorer, early))
    assert gate.notices(late, scores_of(scorer, late))


def test_the_same_window_has_the_same_id_and_another_has_not(scorer: Scorer) -> None:
    early, late = windows_of(scan()), windows_of(scan(1_700_000_100.0))

    def identity(windows: HostWindows) -> str:
        return notice_of(triage(scorer, windows).notices(windows, scores_of(scorer, windows))).id

    assert identity(early) == identity(early)
    assert identity(early) != identity(late)


def test_odd_but_of_no_known_kind_is_unknown_and_never_above_medium(scorer: Scorer) -> None:
    windows = windows_of(scan())
    windows.values[:, list(FEATURES).index("age")] = 5.0

    notice = notice_of(
        triage(scorer, windows).notices(windows, scores_of(scorer, windows, kind="benign", p=1e-9))
    )

    assert (notice.kind, notice.techniques) == (UNKNOWN, ())
    assert notice.severity == "medium"


@pytest.mark.parametrize("name", ["sabotage", "", "benign", "\x1b[2J", "x" * 300])
def test_a_class_that_the_table_does_not_know_is_judged_as_unknown_and_keeps_its_name(
    scorer: Scorer, name: str
) -> None:
    windows = windows_of(scan())
    scores = scores_of(scorer, windows, kind="scan", p=1e-9, sure=0.99)
    scores = replace(scores, names=tuple(name if k == "scan" else k for k in scores.names))

    windows.values[:, list(FEATURES).index("age")] = 0.5
    assert triage(scorer, windows).notices(windows, scores) == []

    windows.values[:, list(FEATURES).index("age")] = 5.0
    notice = notice_of(triage(scorer, windows).notices(windows, scores))
    assert (notice.kind, notice.kind_probability) == (name, pytest.approx(0.99))
    assert (notice.techniques, notice.severity) == ((), "medium")


def test_the_memory_of_repeats_is_emptied_of_what_repeats_nothing_any_more(scorer: Scorer) -> None:
    first = windows_of(scan())
    gate = triage(scorer, first, repeat_after=60.0)
    for minute in range(30):
        windows = windows_of(scan(1_700_000_040.0 + 600 * minute))
        names = [f"10.0.{minute}.5" if name == "10.0.0.5" else name for name in windows.names]
        windows.names[:] = names
        assert gate.notices(windows, scores_of(scorer, windows))

    assert len(gate.snapshot()["ends"]) <= 2


def test_a_restored_gate_knows_what_it_has_told(scorer: Scorer) -> None:
    windows = windows_of(scan())
    told, fresh = triage(scorer, windows), triage(scorer, windows)
    assert told.notices(windows, scores_of(scorer, windows))

    fresh.restore(told.snapshot())

    assert fresh.notices(windows, scores_of(scorer, windows)) == []


def test_the_same_address_at_another_site_is_another_host(scorer: Scorer) -> None:
    windows = windows_of(scan())
    gate = triage(scorer, windows)
    plain = notice_of(gate.notices(windows, scores_of(scorer, windows)))

    windows.sites[:] = ["berlin"] * len(windows.sites)
    there = notice_of(gate.notices(windows, scores_of(scorer, windows)))

    assert (plain.site, there.site) == (None, "berlin")
    assert plain.id != there.id


def test_the_peer_is_called_what_the_host_calls_it(scorer: Scorer) -> None:
    tries = [connection(start=1_700_000_040.0 + n, resp_port=22, service="ssh") for n in range(30)]
    windows = windows_of(tries)
    names = Names()
    names.take(named(naming()))
    names.learn(windows.tick.end)

    def name(**given: Any) -> str | None:
        gate = triage(scorer, windows, **given)
        scores = scores_of(scorer, windows, kind="brute_force")
        return notice_of(gate.notices(windows, scores)).peer_name

    assert name(names=names) == "cdn.example"
    assert name() is None
