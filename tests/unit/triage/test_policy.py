"""What becomes a notice, what not, and what it says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from netheed.classes import UNKNOWN
from netheed.core.features import Features, HostWindows
from netheed.core.vector import FEATURES
from netheed.core.windows import Windows
from netheed.model.scorer import Scorer
from netheed.pipeline import Scores
from netheed.records import Connection, Notice, Outcome
from netheed.training.datasets import KINDS
from netheed.triage.policy import Triage
from tests.connections import connection
from tests.model_directory import write_model


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
    windows = Windows(lateness=1e9)
    windows.begin("log")
    windows.add("log", connections)
    windows.finish("log")
    (tick,) = windows.closed()
    return Features().of(tick)


def scores_of(
    scorer: Scorer, windows: HostWindows, *, kind: str = "scan", p: float = 1e-4, sure: float = 0.95
) -> Scores:
    """The model's scores with a verdict of our choice, the same for all hosts."""
    scored = scorer.score(windows)
    kinds = np.full_like(scored.kinds, (1 - sure) / (len(KINDS) - 1))
    kinds[:, KINDS.index(kind)] = sure
    return replace(scored, p_value=np.full(len(windows.names), p), kinds=kinds)


def triage(scorer: Scorer, **settings: Any) -> Triage:
    return Triage(
        **{"scorer": scorer, "p_value": 1e-3, "repeat_after": 3600.0, "config": "c"} | settings
    )


def notice_of(notices: list[Notice], host: str = "10.0.0.5") -> Notice:
    (found,) = (notice for notice in notices if notice.host == host)
    return found


def test_a_window_above_the_threshold_is_silent(scorer: Scorer) -> None:
    windows = windows_of(scan())

    assert triage(scorer).notices(windows, scores_of(scorer, windows, p=0.0011)) == []


def test_a_notice_says_who_when_what_and_where_to_look(scorer: Scorer) -> None:
    windows = windows_of(scan())

    notice = notice_of(triage(scorer).notices(windows, scores_of(scorer, windows)))

    assert (notice.start, notice.end) == (1_700_000_040.0, 1_700_000_100.0)
    assert (notice.kind, notice.kind_probability) == ("scan", pytest.approx(0.95))
    assert notice.techniques == ("T1046",)
    assert notice.connections == 40
    assert len(notice.evidence) == 5
    assert {c.uid for c in notice.evidence} <= {f"S{n}" for n in range(40)}
    assert notice.peer is None


def test_the_drivers_lower_the_score_when_put_back_and_the_first_lowers_it_most(
    scorer: Scorer,
) -> None:
    windows = windows_of(scan())
    scores = scores_of(scorer, windows)

    notice = notice_of(triage(scorer).notices(windows, scores))

    effects = [driver.effect for driver in notice.drivers]
    assert effects == sorted(effects, reverse=True)
    first = list(FEATURES).index(notice.drivers[0].feature)
    changed = scores.sequences[:1].copy()
    usual = float(scorer.usual.median[first])
    unit = notice.drivers[0].unit
    changed[0, -1, first] = usual if unit in ("share", "nats") else np.log1p(usual)
    lowered = scorer.judge(changed, scores.mask[:1])[0][0]
    assert scores.score[0] - lowered == pytest.approx(effects[0], abs=1e-4)
    assert notice.drivers[0].usual_from == "model"


def test_too_little_evidence_is_no_notice_whatever_the_score(scorer: Scorer) -> None:
    windows = windows_of(scan()[:5])

    assert triage(scorer).notices(windows, scores_of(scorer, windows, p=1e-9)) == []


def test_a_repeat_within_the_hour_is_silent_and_a_rise_in_severity_is_not(scorer: Scorer) -> None:
    gate = triage(scorer)
    windows = windows_of(scan())
    first = gate.notices(windows, scores_of(scorer, windows, p=9e-4, sure=0.5))

    again = gate.notices(windows, scores_of(scorer, windows, p=9e-4, sure=0.5))
    risen = gate.notices(windows, scores_of(scorer, windows, p=1e-5, sure=0.99))

    assert [notice.severity for notice in first] == ["medium"]
    assert again == []
    assert [notice.severity for notice in risen] == ["critical"]


def test_after_the_hour_the_same_kind_is_told_again(scorer: Scorer) -> None:
    gate = triage(scorer)
    early, late = windows_of(scan()), windows_of(scan(1_700_000_040.0 + 3660))

    assert gate.notices(early, scores_of(scorer, early))
    assert gate.notices(late, scores_of(scorer, late))


def test_the_same_window_has_the_same_id_and_another_has_not(scorer: Scorer) -> None:
    early, late = windows_of(scan()), windows_of(scan(1_700_000_100.0))

    def identity(windows: HostWindows) -> str:
        return notice_of(triage(scorer).notices(windows, scores_of(scorer, windows))).id

    assert identity(early) == identity(early)
    assert identity(early) != identity(late)


def test_odd_but_of_no_known_kind_is_unknown_and_never_above_medium(scorer: Scorer) -> None:
    windows = windows_of(scan())
    windows.values[:, list(FEATURES).index("age")] = 5.0

    notice = notice_of(
        triage(scorer).notices(windows, scores_of(scorer, windows, kind="benign", p=1e-9))
    )

    assert (notice.kind, notice.techniques) == (UNKNOWN, ())
    assert notice.severity == "medium"


@pytest.mark.parametrize("name", ["sabotage", "", "benign", "\x1b[2J", "x" * 300])
def test_a_class_that_the_table_does_not_know_is_judged_as_unknown_and_keeps_its_name(
    scorer: Scorer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = windows_of(scan())
    scores = scores_of(scorer, windows, kind="scan", p=1e-9, sure=0.99)
    kinds = [name if kind == "scan" else kind for kind in scorer.manifest.kinds]
    monkeypatch.setattr(scorer, "manifest", structs.replace(scorer.manifest, kinds=kinds))

    windows.values[:, list(FEATURES).index("age")] = 0.5
    assert triage(scorer).notices(windows, scores) == []

    windows.values[:, list(FEATURES).index("age")] = 5.0
    notice = notice_of(triage(scorer).notices(windows, scores))
    assert (notice.kind, notice.kind_probability) == (name, pytest.approx(0.99))
    assert (notice.techniques, notice.severity) == ((), "medium")


def test_the_peer_of_a_guessing_is_the_busiest_destination_and_its_records_come_first(
    scorer: Scorer,
) -> None:
    guesses = [
        connection(uid=f"G{n}", start=1_700_000_041.0 + n, resp="10.0.9.9", resp_port=22)
        for n in range(20)
    ]
    windows = windows_of(scan()[:10] + guesses)

    notices = triage(scorer).notices(windows, scores_of(scorer, windows, kind="brute_force"))

    notice = notice_of(notices)
    assert notice.peer == "10.0.9.9"
    assert all(c.resp == "10.0.9.9" for c in notice.evidence)
