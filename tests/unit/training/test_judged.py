"""What is kept of a recording is what the pipeline said, and enough to say it otherwise."""

from dataclasses import replace
from pathlib import Path

import pytest

from netheed.build import SHIPPED
from netheed.core.networks import AddressWords
from netheed.model.scorer import Scorer
from netheed.training.judged import DEFAULT, Judged, Replay, Window, choices, judged, noticed
from netheed.training.trials import Pair
from tests.acts import act
from tests.model_directory import hour_onnx_model, pair_onnx_model, write_model
from tests.unit.training.made import C2, HOST, calls, recording, scan


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(SHIPPED)


@pytest.fixture(scope="module")
def scanned(scorer: Scorer) -> Judged:
    return judged(recording("scanned", "iot23", scan(), "scan"), scorer)


def window(end: float, p_value: float = 1e-3, **given: object) -> Window:
    fields = {
        "host": HOST, "start": end - 60, "end": end, "score": 1.0, "p_value": p_value,
        "kind": "scan", "severity": 1, "evidence": True, "peer": None, "scale": "minute",
    }  # fmt: skip
    return Window(**fields | given)  # type: ignore[arg-type]


def test_a_scan_is_noticed_with_every_window_beside(scanned: Judged):
    assert [(notice.host, notice.kind) for notice in scanned.notices] == [(HOST, "scan")]
    assert {each.host for each in scanned.windows} >= {HOST, "192.168.1.6"}
    assert scanned.model == Scorer(SHIPPED).manifest.id


def test_at_the_default_p_value_the_same_windows_are_told_as_by_triage(scanned: Judged):
    again = noticed(scanned.windows, DEFAULT.p_value)

    told = [(n.host, n.kind, n.end, n.p_value) for n in scanned.notices]
    assert told
    assert [(w.host, w.kind, w.end, w.p_value) for w in again] == told


def test_a_higher_p_value_tells_more():
    windows = [window(60.0, 0.01), window(7200.0, 1e-4)]

    assert noticed(windows, 1e-3) == windows[1:]
    assert noticed(windows, 0.01) == windows


def test_windows_without_evidence_and_repeats_within_the_hour_are_not_told():
    windows = [window(60.0, evidence=False), window(120.0), window(3660.0), window(3720.0)]

    assert [each.end for each in noticed(windows, 1e-3)] == [120.0, 3720.0]


def test_a_repeat_of_higher_severity_is_told():
    windows = [window(60.0, severity=1), window(120.0, severity=2), window(180.0, severity=2)]

    assert [each.end for each in noticed(windows, 1e-3)] == [60.0, 120.0]


def test_every_pair_is_ranked_as_the_list_of_beacons_ranks_it(tmp_path: Path):
    write_model(tmp_path, pairs=pair_onnx_model())
    found = judged(recording("called", "iot23", calls(), "beacon"), Scorer(tmp_path))

    scores = dict(found.pairs)
    assert Pair(HOST, C2, 8080, "tcp") in scores
    assert list(scores.values()) == sorted(scores.values(), reverse=True)


def test_a_window_names_the_peer_that_its_notice_would_name(scorer: Scorer):
    found = judged(recording("called", "iot23", calls(), "beacon"), scorer)

    assert C2 in {each.peer for each in found.windows if each.evidence and each.host == HOST}


def test_what_two_scales_find_of_one_peer_is_told_once():
    windows = [window(60.0, peer=C2), window(120.0, peer=C2, kind="beacon", scale="pair")]

    assert [each.end for each in noticed(windows, 1e-3)] == [60.0]


def test_each_choice_of_some_of_the_scales_is_told_beside() -> None:
    assert choices() == ("minute", "pair", "hours", "minute+pair", "minute+hours", "pair+hours")


def test_without_its_scale_nothing_is_noticed(scanned: Judged) -> None:
    told = {name: [n.kind for n in notices] for name, notices in scanned.some.items()}

    assert told == {name: ["scan"] if "minute" in name else [] for name in choices()}


def test_what_a_scale_says_alone_is_what_a_model_without_the_others_says(tmp_path: Path) -> None:
    write_model(tmp_path / "all", pairs=pair_onnx_model(), hours=hour_onnx_model())
    write_model(tmp_path / "minute")
    called = recording("called", "iot23", calls(), "beacon")

    both = [judged(called, Scorer(tmp_path / name)) for name in ("all", "minute")]

    assert both[0].some["minute"] == both[1].notices


def test_a_replay_gives_names_and_acts_before_the_connections() -> None:
    made = replace(recording("scanned", "iot23", scan(), "scan"), acts=(act(), act(kind="alert")))

    first, *others = Replay(made, AddressWords()).reads({})

    assert (len(first.acts), len(first.batch)) == (2, 0)
    assert sum(len(read.batch) for read in others) == len(made.connections)
