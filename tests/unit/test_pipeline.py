"""The loop: every connection is scored once, in order of time; and it may be stopped anywhere."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from onnx import helper

from netheed import build
from netheed.config import Settings
from netheed.core.state import pack, unpack
from netheed.errors import StateError
from netheed.pipeline import Closing, LifeScores, Pipeline, ScoredTick, Scores
from netheed.ports import Read
from netheed.records import Connection, Notice, Tally
from netheed.sinks.formats.jsonl import encode_notice
from netheed.sinks.formats.times import iso
from netheed.sources.archive import Archive
from tests.acts import EVE_ALERT, eve_smb
from tests.connections import columns, connection, told
from tests.lines import CONN_JSON, changed
from tests.model_directory import (
    HOUR_KINDS,
    KINDS,
    hour_onnx_model,
    onnx_model,
    pair_onnx_model,
    write_model,
)
from tests.names import ZEEK_DNS
from tests.unit.core.test_compared import lacks, traffic

SAMPLE = Path(__file__).parents[2] / "sample" / "zeek" / "conn.log.gz"
STOPS = 1000


@dataclass
class ListSource:
    """Batches from lists, one origin; positions count batches."""

    batches: list[list[Connection]]
    safe: list[int] = field(default_factory=list)

    def reads(self, positions: Mapping[str, str]) -> Iterator[Read]:
        begun = int(positions.get("list", 0))
        for position, batch in enumerate(self.batches[begun:], begun + 1):
            yield Read("list", columns(batch), str(position))
        yield Read("list", columns([]), len(self.batches), last=True)

    def acknowledge(self, positions: Mapping[str, str]) -> None:
        self.safe.append(positions["list"])


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    write_model(tmp_path)
    return build.pipeline(Settings(model=str(tmp_path)), Tally())


def minutes(count: int) -> list[Connection]:
    return [connection(start=1_700_000_000.0 + 60 * n, uid=str(n)) for n in range(count)]


def said(tick: ScoredTick) -> tuple[object, ...]:
    """Everything of a tick that leaves, to the bit."""
    windows, scores = tick.windows, tick.scores
    arrays = (windows.values, scores.score, scores.p_value, scores.kinds, scores.surprise)
    arrays += (scores.pairs.score, scores.pairs.p_value, scores.pairs.kinds, scores.worst_pair)
    arrays += (scores.hours.score, scores.hours.p_value, scores.hours.kinds, scores.own_hours)
    notices = tuple(map(encode_notice, tick.notices))
    return (windows.tick.start, tuple(windows.names), *(a.tobytes() for a in arrays), notices)


@pytest.fixture
def with_pairs(tmp_path: Path) -> Pipeline:
    write_model(tmp_path, pairs=pair_onnx_model())
    return build.pipeline(Settings(model=str(tmp_path)), Tally())


def test_a_life_is_scored_together_with_the_earlier_looks_at_it(with_pairs: Pipeline) -> None:
    ticks = list(with_pairs.run(ListSource([[c] for c in minutes(40)])))

    looked = [tick for tick in ticks if len(tick.windows.lives)]
    assert len(looked) > 4
    evidence, pairs = np.nan, with_pairs.model.pairs
    for tick in looked:
        score = float(pairs.look(tick.windows.lives).score[0])
        evidence = score if np.isnan(evidence) else (evidence + score) / 2
        assert tick.scores.pairs.score.tolist() == [pytest.approx(evidence, rel=1e-4)]


def test_minutes_in_which_no_life_is_looked_at_are_judged_by_themselves(
    with_pairs: Pipeline,
) -> None:
    ticks = list(with_pairs.run(ListSource([[c] for c in minutes(40)])))

    for scores in (tick.scores for tick in ticks if not len(tick.windows.lives)):
        assert scores.worst_pair.tolist() == [-1]
        assert scores.p_value.tolist() == scores.p_values[0].tolist()


def test_what_two_sensors_tell_is_scored_once_and_counted(pipeline: Pipeline) -> None:
    both = [[one, replace(one, sensor="suricata", uid=f"s{one.uid}")] for one in minutes(9)]
    ticks = list(pipeline.run(ListSource(both)))

    assert [tick.windows.connections.tolist() for tick in ticks] == [[1]] * 9
    assert pipeline.tally.lost == {"seen_twice": 9}


@pytest.mark.parametrize("together", [1, 64])
def test_a_sensor_that_loses_packets_is_told_once_among_the_notices(
    pipeline: Pipeline, together: int
) -> None:
    pipeline.core.together = together
    loses = traffic(range(9), lacks("suricata", 2, 9, {"resp_pkts": 2}))
    told = [notice for tick in pipeline.run(ListSource([loses])) for notice in tick.notices]

    (only,) = [notice for notice in told if notice.about]
    assert (only.about, only.kind) == ("suricata", "sensor_loses_packets")
    assert only.score == pytest.approx(6 / 16)
    assert only.end - only.start == 1800.0
    assert only.remark == (
        "suricata lacks 38% of the packets that the other sensor counts in the same connections"
    )


def test_a_model_that_knows_no_pairs_says_nothing_of_them(pipeline: Pipeline) -> None:
    ticks = list(pipeline.run(ListSource([[c] for c in minutes(40)])))

    assert all(np.isnan(tick.scores.p_values[1:]).all() for tick in ticks)
    assert {window.scale for tick in ticks for window in tick.scored()} == {"minute"}


@pytest.mark.parametrize(
    ("of_pair", "of_hours", "scale", "score"),
    [
        (0.01, np.nan, "pair", 7.0),
        (0.2, 0.3, "minute", 1.0),
        (np.nan, np.nan, "minute", 1.0),
        (0.01, 0.001, "hours", 5.0),
        (np.nan, 0.001, "hours", 5.0),
    ],
)
def test_the_verdict_is_that_of_the_scale_that_finds_a_host_oddest(
    of_pair: float, of_hours: float, scale: str, score: float
) -> None:
    shares = np.full((1, len(KINDS)), 1 / len(KINDS), dtype=np.float32)
    scores = Scores(
        score=np.float32([1.0]),
        p_values=np.array([[0.1], [of_pair], [of_hours]]),
        kinds=shares,
        names=KINDS,
        surprise=np.float32([0.0]),
        pairs=LifeScores(np.float32([7.0]), np.array([of_pair]), shares, KINDS),
        worst_pair=np.array([0]),
        hours=LifeScores(np.float32([5.0]), np.array([of_hours]), shares, KINDS),
        own_hours=np.array([0]),
    )

    assert scores.by(0)[:2] == (scale, score)


def test_the_hours_of_a_host_are_scored_as_they_are(tmp_path: Path) -> None:
    write_model(tmp_path, hours=hour_onnx_model())
    pipeline = build.pipeline(Settings(model=str(tmp_path)), Tally(), together=16)

    ticks = list(pipeline.run(ListSource([[c] for c in minutes(40)])))

    looked = [tick for tick in ticks if len(tick.windows.hours)]
    assert len(looked) > 4
    for tick in looked:
        raw = pipeline.model.hours.look(tick.windows.hours)
        assert tick.scores.hours.score == pytest.approx(raw.score, rel=1e-4)
        assert tick.scores.by(0).names in {KINDS, HOUR_KINDS}
        own = tick.scores.own_hours[tick.windows.hours.host]
        assert own.tolist() == list(range(len(own)))
        expected = tick.scores.hours.p_value[own]
        assert tick.scores.p_values[2][tick.windows.hours.host].tolist() == expected.tolist()
    for tick in ticks:
        if not len(tick.windows.hours):
            assert np.isnan(tick.scores.p_values[2]).all()


def test_a_host_of_which_no_scale_says_anything_passes_as_not_odd(tmp_path: Path) -> None:
    unknown = [
        helper.make_node("Mul", ["known", "known"], ["square"]),
        helper.make_node("ReduceMean", ["square"], ["own"], axes=[1], keepdims=0),
        helper.make_node("Neg", ["own"], ["below"]),
        helper.make_node("Sqrt", ["below"], ["score"]),
    ]
    write_model(tmp_path, onnx_model(instead={"score": unknown}))
    made = build.pipeline(Settings(model=str(tmp_path)), Tally())

    ticks = list(made.run(ListSource([minutes(40)])))

    assert all(np.isnan(tick.scores.p_values).all() for tick in ticks)
    assert not any(tick.notices for tick in ticks)
    windows = [window for tick in ticks for window in tick.scored()]
    assert len(windows) == made.tally.windows > 0
    assert {(window.kind, window.scale) for window in windows} == {("benign", "minute")}


def test_every_window_is_scored_once_and_in_order(pipeline: Pipeline) -> None:
    ticks = list(pipeline.run(ListSource([[c] for c in minutes(90)])))

    starts = [tick.windows.tick.start for tick in ticks]
    assert starts == sorted(set(starts))
    assert [c.uid for tick in ticks for c in told(tick.windows.tick)] == [str(n) for n in range(90)]
    assert pipeline.tally.windows == 90


def test_windows_are_scored_while_records_still_come(pipeline: Pipeline) -> None:
    source = ListSource([[c] for c in minutes(90)])

    first = next(pipeline.run(source))

    assert first.windows.tick.start <= 1_700_000_000.0
    assert 0 < len(source.safe) < 90


def test_late_connections_are_counted(pipeline: Pipeline) -> None:
    late = connection(start=1_600_000_000.0)

    list(pipeline.run(ListSource([minutes(5), [late]])))

    assert pipeline.tally.late == 1


def test_what_the_caps_left_out_is_in_the_tally(pipeline: Pipeline) -> None:
    scan = [connection(resp=f"203.0.{n // 250}.{n % 250}", duration=0.0) for n in range(1000)]

    list(pipeline.run(ListSource([scan])))

    assert pipeline.tally.shed["novelties"] > 0
    assert pipeline.tally.shed["pairs"] == 1000 - 256


def test_a_source_hears_how_far_it_is_safe_only_when_it_is(pipeline: Pipeline) -> None:
    source, asked = ListSource([[c] for c in minutes(6)]), []

    def safe() -> bool:
        asked.append(len(asked) + 1)
        return len(asked) % 3 == 0

    list(pipeline.run(source, safe))

    assert source.safe == ["3", "6"]


def test_an_idle_origin_is_moved_by_the_clock_of_its_source(pipeline: Pipeline) -> None:
    pipeline.take(Read("live", columns(minutes(1)), 1))
    assert list(pipeline.scored()) == []

    pipeline.take(Read("live", columns([]), 1, reached=1_700_000_000.0 + 60 + 1500))

    assert len(list(pipeline.scored())) == 1


def sample_archive(tally: Tally, lines: int) -> Archive:
    words = build.words(Settings())
    return Archive(paths=[SAMPLE], words=words, tally=tally, on_bad=print, lines=lines)


@pytest.mark.slow
def test_a_thousand_stops_and_restores_change_no_bit_of_the_sample() -> None:
    whole = build.pipeline(Settings(), Tally())
    expected = [said(tick) for tick in whole.run(sample_archive(whole.tally, 8192))]

    random, stops, got = Random(13), 0, []
    running = build.pipeline(Settings(), tally := Tally())
    model = running.model
    reads = list(sample_archive(tally, 9).reads({}))
    at = sorted(random.sample(range(len(reads)), STOPS))
    for number, read in enumerate(reads):
        running.take(read)
        got.extend(map(said, running.scored()))
        if number in set(at[stops : stops + 1]):
            stops += 1
            kept = pack(running.snapshot())
            running = build.pipeline(Settings(), Tally(), model=model)
            running.restore(unpack(kept, "kept"))

    assert stops == STOPS
    assert got == expected
    assert (running.tally.windows, running.tally.notices) == (2909, 15)


def zeek_dns(folder: Path, notice: Notice, name: str) -> Path:
    """A dns.log in which the host asks for its peer, before the window of a notice."""
    log = folder / "dns.log"
    fields = {"id.orig_h": notice.host, "query": name, "answers": [notice.peer]}
    starts = (notice.start + beat for beat in (-120, -60, 1, 61))
    log.write_bytes(b"".join(changed(ZEEK_DNS, ts=ts, **fields) for ts in starts))
    return log


def of_sample(*logs: Path) -> tuple[list[tuple[object, ...]], list[Notice]]:
    """All windows and notices of the sample, with other logs beside."""
    tally = Tally()
    pipeline = build.pipeline(Settings(), tally)
    paths = [SAMPLE, *logs]
    archive = Archive(paths=paths, words=build.words(Settings()), tally=tally, on_bad=print)
    ticks = list(pipeline.run(archive))
    windows = [(tick.windows.tick.start, tick.scores.score.tobytes()) for tick in ticks]
    return windows, [notice for tick in ticks for notice in tick.notices]


@pytest.mark.slow
def test_a_log_of_names_beside_the_sample_names_a_peer_and_changes_nothing_else(
    tmp_path: Path,
) -> None:
    windows, notices = of_sample()
    first = next(notice for notice in notices if notice.peer)
    named_windows, named = of_sample(zeek_dns(tmp_path, first, "Evil\x1b[2J.Example"))

    assert named_windows == windows
    assert [replace(notice, peer_name=None) for notice in named] == notices
    names = {notice.id: notice.peer_name for notice in named if notice.peer_name}
    assert names[first.id] == "evil\x1b[2j.example"
    assert {n.peer for n in named if n.id in names} == {first.peer}
    assert b"\x1b" not in encode_notice(named[notices.index(first)])


@pytest.mark.slow
def test_alerts_beside_the_sample_are_told_and_change_nothing_else(tmp_path: Path) -> None:
    windows, notices = of_sample()
    first = next(notice for notice in notices if notice.peer)
    log = tmp_path / "eve.json"
    log.write_bytes(changed(EVE_ALERT, **ends_of(first)))
    alerted_windows, alerted = of_sample(log)

    assert alerted_windows == windows
    assert [replace(notice, alerts=()) for notice in alerted] == notices
    alerts = {notice.id: notice.alerts for notice in alerted if notice.alerts}
    assert alerts[first.id] == ("ET POLICY SMB2 NT Create AndX Request For an Executable File",)
    assert {n.host for n in alerted if n.id in alerts} == {first.host}


@pytest.mark.slow
def test_acts_beside_the_sample_leave_minutes_and_pairs_as_they_were(tmp_path: Path) -> None:
    windows, notices = of_sample()
    share = eve_smb(b'{"command":"SMB2_COMMAND_TREE_CONNECT","share":"C$"}')
    log = tmp_path / "eve.json"
    log.write_bytes(changed(share, **ends_of(next(n for n in notices if n.peer))))
    acted_windows, acted = of_sample(log)

    assert acted_windows == windows
    told = {n.id: n.score for n in notices if n.scale != "hours"}
    assert {n.id: n.score for n in acted if n.id in told} == told


def ends_of(notice: Notice) -> dict[str, object]:
    """The fields by which an EVE event is of the pair that a notice names, in its minute."""
    return {"src_ip": notice.host, "dest_ip": notice.peer, "timestamp": iso(notice.start + 1)}


def test_what_was_skipped_and_lost_is_remembered(pipeline: Pipeline) -> None:
    pipeline.tally.skip("dns", 2)
    pipeline.tally.lose("gap", 50)
    again = build.pipeline(Settings(), Tally(), model=pipeline.model)

    again.restore(unpack(pack(pipeline.snapshot()), "kept"))
    assert (again.tally.skipped, again.tally.lost) == ({"dns": 2}, {"gap": 50})


@pytest.mark.slow
def test_quiet_minutes_of_the_sample_that_pass_together_are_scored_as_one_by_one() -> None:
    def run(together: int) -> list[ScoredTick]:
        pipeline = build.pipeline(Settings(), Tally(), together=together)
        return list(pipeline.run(sample_archive(pipeline.tally, 8192)))

    one_by_one, passed = run(1), run(64)

    for one, other in zip(one_by_one, passed, strict=True):
        assert one.windows.names == other.windows.names
        assert one.windows.values.tobytes() == other.windows.values.tobytes()
        np.testing.assert_allclose(one.scores.score, other.scores.score, atol=1e-5)
        assert [n.id for n in one.notices] == [n.id for n in other.notices]


GO_ON = """
import sys
from pathlib import Path
from netheed import build
from netheed.config import Settings
from netheed.core.state import unpack
from netheed.records import Tally
from tests.unit.test_pipeline import said, sample_archive

pipeline = build.pipeline(Settings(), tally := Tally())
pipeline.restore(unpack(Path(sys.argv[1]).read_bytes(), sys.argv[1]))
for tick in pipeline.run(sample_archive(tally, 500)):
    sys.stdout.write(repr(said(tick)) + "\\n")
sys.stdout.write(repr(tally) + "\\n")
"""


@pytest.mark.slow
@pytest.mark.parametrize("stop", [1, 7, 15])
def test_another_process_goes_on_where_this_one_stopped(tmp_path: Path, stop: int) -> None:
    whole = build.pipeline(Settings(), Tally())
    expected = [repr(said(tick)) for tick in whole.run(sample_archive(whole.tally, 8192))]
    first = build.pipeline(Settings(), tally := Tally())
    got = []
    for read in islice(sample_archive(tally, 500).reads({}), stop):
        first.take(read)
        got.extend(repr(said(tick)) for tick in first.scored())
    (tmp_path / "state").write_bytes(pack(first.snapshot()))

    done = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-c", GO_ON, str(tmp_path / "state")],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip

    *later, counted = done.stdout.splitlines()
    assert [*got, *later] == expected
    assert counted == repr(whole.tally)


def test_of_the_state_of_another_model_all_is_taken_up_but_its_evidence(
    with_pairs: Pipeline, tmp_path: Path
) -> None:
    list(with_pairs.run(ListSource([minutes(40)])))
    state = with_pairs.snapshot()
    evidence = "core/features/lives/evidence"
    assert np.isfinite(state[evidence]).any()
    other = build.pipeline(Settings(model=str(tmp_path)), Tally())

    other.restore(state | {"model": np.array("another")})

    taken = other.snapshot()
    assert np.isnan(taken.pop(evidence)).all()
    assert taken["model"] == state["model"]
    for name, array in taken.items():
        np.testing.assert_array_equal(array, state[name], err_msg=name)


@pytest.mark.parametrize(
    "name", ["core/windows/open/start", "core/features/pairs/pairs/keys", "tally"]
)
def test_a_state_that_lacks_something_is_refused(pipeline: Pipeline, name: str) -> None:
    state = pipeline.snapshot()
    del state[name]

    with pytest.raises(StateError, match="damaged"):
        pipeline.restore(state)


def beside(folder: Path) -> list[Path]:
    """Three files that overlap in time, one with a gap of hours, and lines that are no records."""
    hours = {"a": range(300), "b": range(100, 200), "c": range(150, 800, 13)}
    for name, minutes_of in hours.items():
        lines = [changed(CONN_JSON, ts=1e9 + 60.0 * n, uid=f"{name}{n}") for n in minutes_of]
        lines[len(lines) // 2 : len(lines) // 2] = [b"broken\n"]
        (folder / name).write_bytes(b"".join(lines))
    return [folder / name for name in hours]


SAME_FOLDER = [HealthCheck.function_scoped_fixture]


@settings(max_examples=6, deadline=None, suppress_health_check=SAME_FOLDER)
@given(st.lists(st.integers(1, 60), max_size=6), st.integers(1, 50))
@example(stops=[23], lines=10)  # would stop where a file begins, before its lines are taken
def test_files_side_by_side_go_on_from_any_settled_stop(
    pipeline: Pipeline, tmp_path: Path, stops: list[int], lines: int
) -> None:
    paths = beside(tmp_path)
    local = Settings(model=str(tmp_path))

    def archive(tally: Tally) -> Archive:
        words = build.words(local)
        return Archive(paths=paths, words=words, tally=tally, on_bad=lambda _: None, lines=lines)

    whole = build.pipeline(local, Tally(), model=pipeline.model)
    expected = [said(tick) for tick in whole.run(archive(whole.tally))]
    running = build.pipeline(local, Tally(), model=pipeline.model)
    got: list[object] = []
    for stop in stops:
        reads = archive(running.tally).reads(running.positions)
        for number, read in enumerate(reads, 1):
            running.take(read)
            got.extend(map(said, running.scored()))
            if number >= stop and read.settled:
                break
        kept = pack(running.snapshot())
        running = build.pipeline(local, Tally(), model=pipeline.model)
        running.restore(unpack(kept, "kept"))
    got.extend(map(said, running.run(archive(running.tally))))

    assert got == expected
    assert running.tally == whole.tally


def test_what_a_closing_takes_is_learned_from_small_and_from_large_ones() -> None:
    closing = Closing()
    for _ in range(12):
        closing.learn(1_000, 0.054)
        closing.learn(500_000, 5.05)

    assert closing.seconds(0) == pytest.approx(0.05, rel=0.2)
    assert closing.seconds(300_000) == pytest.approx(3.05, rel=0.05)
