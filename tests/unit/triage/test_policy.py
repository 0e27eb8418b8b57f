"""What becomes a notice, what not, and what it says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netheed.classes import UNKNOWN
from netheed.core.acted import with_acts
from netheed.core.acts import Acts
from netheed.core.features import HostWindows
from netheed.core.hour_vector import AROUND, HOURS
from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.named import with_names
from netheed.core.names import Names
from netheed.core.sequences import Sequences
from netheed.core.vector import FEATURES
from netheed.model.scorer import Scorer
from netheed.pipeline import LifeScores, Scores
from netheed.records import Connection, Notice, Outcome
from netheed.scales import least
from netheed.training.datasets import HOUR_KINDS, KINDS
from netheed.triage.drivers import Drivers
from netheed.triage.policy import Triage
from netheed.triage.repeats import Repeats
from tests.acts import act, acted
from tests.connections import connection, host_windows
from tests.model_directory import hour_onnx_model, pair_onnx_model, write_model
from tests.names import named, naming

START, HOST = 1_700_000_040.0, "10.0.0.5"


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder, pairs=pair_onnx_model())
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


def beacon(beats: int) -> HostWindows:
    """The minute of its last beat, in which the host also has many connections to others."""
    start = 1_700_000_040.0
    last = start + 120 * (beats - 1)
    calls = [connection(uid=f"B{n}", start=start + 120 * n) for n in range(beats)]
    others = [connection(uid=f"O{n}", start=last, resp=f"198.51.100.{n + 1}") for n in range(30)]
    return host_windows([*calls, *others])[-1]


def guesses() -> HostWindows:
    """Thirty connections of one pair in a minute."""
    tries = [connection(start=1_700_000_040.0 + n, resp_port=22, service="ssh") for n in range(30)]
    return windows_of(tries)


def kinds_of(rows: int, kind: str, sure: float) -> np.ndarray:
    kinds = np.full((rows, len(KINDS)), (1 - sure) / (len(KINDS) - 1), dtype=np.float32)
    kinds[:, KINDS.index(kind)] = sure
    return kinds


def scores_of(
    scorer: Scorer, windows: HostWindows, *, kind: str = "scan", p: float = 1e-4, sure: float = 0.95
) -> Scores:
    """The model's scores with a verdict of our choice on the minute, the same for all hosts."""
    hosts = len(windows.names)
    return Scores(
        score=np.ones(hosts, dtype=np.float32),
        p_values=np.stack((np.full(hosts, p), *np.full((2, hosts), np.nan))),
        kinds=kinds_of(hosts, kind, sure),
        names=scorer.kinds,
        surprise=np.zeros(hosts, dtype=np.float32),
        pairs=LifeScores.unknown(len(windows.lives), scorer.kinds),
        worst_pair=np.full(hosts, -1),
        hours=LifeScores.unknown(len(windows.hours), scorer.kinds),
        own_hours=np.full(hosts, -1),
    )


def pair_scores_of(
    scorer: Scorer, windows: HostWindows, *, kind: str = "beacon", p: float = 1e-5
) -> Scores:
    """Likewise with usual minutes, and a verdict of our choice on all pairs."""
    minute, lives = scores_of(scorer, windows, kind="benign", p=0.5), len(windows.lives)
    pairs = LifeScores(
        score=np.full(lives, 7.0, dtype=np.float32),
        p_value=np.full(lives, p),
        kinds=kinds_of(lives, kind, 0.95),
        names=scorer.kinds,
    )
    of_pairs, worst = least(pairs.p_value, windows.lives.host, len(windows.names))
    p_values = np.stack((minute.p_values[0], of_pairs, minute.p_values[2]))
    return replace(minute, p_values=p_values, pairs=pairs, worst_pair=worst)


def triage(scorer: Scorer, windows: HostWindows | None = None, **settings: Any) -> Triage:
    """With the sequences of some windows, which drivers are found in."""
    sequences = Sequences(width=len(FEATURES), length=scorer.manifest.sequence_length)
    if windows is not None:
        sequences.push(windows.rows.hosts, windows.vectors, windows.tick.end)
    fields: dict[str, Any] = {
        "drivers": Drivers(model=scorer, usual=scorer.usual, sequences=sequences),
        "model": scorer.manifest.id,
        "p_value": 1e-3,
        "repeats": Repeats(after=3600.0, pair_after=86_400.0),
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
    gate = triage(scorer, first, repeats=Repeats(after=60.0, pair_after=60.0))
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


def test_a_notice_by_the_life_of_a_pair_names_its_peer_and_says_so(scorer: Scorer) -> None:
    windows = beacon(6)

    notice = notice_of(triage(scorer, windows).notices(windows, pair_scores_of(scorer, windows)))

    assert (notice.scale, notice.peer) == ("pair", "203.0.113.9")
    assert (notice.kind, notice.kind_probability) == ("beacon", pytest.approx(0.95))
    assert notice.score == 7.0
    assert notice.evidence[0].uid == "B5"


def test_a_notice_by_the_minute_says_so(scorer: Scorer) -> None:
    windows = windows_of(scan())

    notice = notice_of(triage(scorer, windows).notices(windows, scores_of(scorer, windows)))

    assert (notice.scale, notice.score) == ("minute", 1.0)


def test_the_reasons_are_those_of_the_scale_that_found_it(scorer: Scorer) -> None:
    windows = beacon(6)
    gate = triage(scorer, windows)

    notice = notice_of(gate.notices(windows, pair_scores_of(scorer, windows)))

    assert notice.drivers
    assert notice.drivers == gate.drivers.of_pair(windows, 0)
    assert {driver.feature for driver in notice.drivers} <= {*CALLS, *CONTEXT}


@pytest.mark.parametrize(("beats", "told"), [(4, 0), (6, 1)])
def test_too_few_connections_of_a_pair_are_no_notice_whatever_the_score(
    scorer: Scorer, beats: int, told: int
) -> None:
    windows = beacon(beats)
    scores = pair_scores_of(scorer, windows, p=1e-9)

    assert len(windows.lives) == 1
    assert len(triage(scorer, windows).notices(windows, scores)) == told


def test_what_a_minute_and_a_pair_find_of_one_peer_is_one_notice(scorer: Scorer) -> None:
    windows = guesses()
    gate = triage(scorer, windows)
    first = gate.notices(windows, scores_of(scorer, windows, kind="brute_force", p=1e-9))

    again = gate.notices(windows, pair_scores_of(scorer, windows, kind="beacon"))

    assert [(notice.kind, notice.peer) for notice in first] == [("brute_force", "203.0.113.9")]
    assert again == []


def test_a_peer_that_a_pair_tells_is_news_though_its_kind_was_told_of_the_host(
    scorer: Scorer,
) -> None:
    early, late = windows_of(scan()), beacon(6)
    gate = triage(scorer, early)
    gate.notices(early, scores_of(scorer, early, kind="scan", p=1e-9))

    again = gate.notices(late, pair_scores_of(scorer, late, kind="scan"))

    assert [(notice.kind, notice.peer) for notice in again] == [("scan", "203.0.113.9")]


def test_a_minute_with_too_little_in_it_does_not_hide_what_a_pair_has_found(scorer: Scorer) -> None:
    windows = beacon(6)
    scores = pair_scores_of(scorer, windows)
    hosts = len(windows.names)
    p_values = np.stack((np.full(hosts, 1e-9), *scores.p_values[1:]))
    both = replace(scores, p_values=p_values, kinds=kinds_of(hosts, "dns_tunnel", 0.95))

    (notice,) = triage(scorer, windows).notices(windows, both)

    assert (notice.scale, notice.kind) == ("pair", "beacon")


def test_a_pair_that_was_told_does_not_hide_another_pair_of_its_host(scorer: Scorer) -> None:
    peers = ("203.0.113.9", "203.0.113.10")
    start = 1_700_000_040.0
    calls = [
        connection(uid=f"{p}{n}", start=start + 120 * n, resp=p) for n in range(9) for p in peers
    ]
    looked = [windows for windows in host_windows(calls) if len(windows.lives)]
    gate = triage(scorer, looked[0])

    told = [n for w in looked for n in gate.notices(w, pair_scores_of(scorer, w, p=1e-9))]

    assert sorted(notice.peer or "" for notice in told) == sorted(peers)


def test_another_kind_at_another_peer_is_told(scorer: Scorer) -> None:
    early, late = windows_of(scan()), beacon(6)
    gate = triage(scorer, early)
    gate.notices(early, scores_of(scorer, early, kind="scan", p=1e-9))

    other = gate.notices(late, pair_scores_of(scorer, late, kind="beacon"))

    assert [(notice.kind, notice.peer) for notice in other] == [("beacon", "203.0.113.9")]


def test_after_the_hour_the_same_peer_is_told_again(scorer: Scorer) -> None:
    windows = guesses()
    gate = triage(scorer, windows, repeats=Repeats(after=0.0, pair_after=0.0))
    gate.notices(windows, scores_of(scorer, windows, kind="brute_force", p=1e-9))

    again = gate.notices(windows, pair_scores_of(scorer, windows, kind="beacon"))

    assert [notice.peer for notice in again] == ["203.0.113.9"]


def test_the_peer_is_called_what_the_host_calls_it(scorer: Scorer) -> None:
    windows = guesses()
    names = Names()
    names.take(named(naming()))
    windows = with_names(windows, names)

    def name(**given: Any) -> str | None:
        gate = triage(scorer, windows, **given)
        scores = scores_of(scorer, windows, kind="brute_force")
        return notice_of(gate.notices(windows, scores)).peer_name

    assert name(names=names) == "cdn.example"
    assert name(names=Names()) is None


def test_alerts_of_the_sensor_are_told_with_the_peer_and_of_the_host_where_none_is_named(
    scorer: Scorer,
) -> None:
    acts = Acts()
    peers = {"203.0.113.9": "with the peer", "203.0.113.10": "with another"}
    acts.take(acted(*(act(kind="alert", peer=peer, what=what) for peer, what in peers.items())))

    def alerts(windows: HostWindows, kind: str, **given: Any) -> tuple[str, ...]:
        windows = with_acts(windows, acts)
        scores = scores_of(scorer, windows, kind=kind)
        notice = next(
            notice
            for notice in triage(scorer, windows, **given).notices(windows, scores)
            if notice.host == HOST
        )
        return notice.alerts

    assert alerts(guesses(), "brute_force", acts=acts) == ("with the peer",)
    assert set(alerts(windows_of(scan()), "scan", acts=acts)) == set(peers.values())
    assert alerts(guesses(), "brute_force") == ()


def test_a_second_look_has_its_own_p_value_and_severity(scorer: Scorer) -> None:
    windows = guesses()
    gate = triage(scorer, windows)
    minute = scores_of(scorer, windows, kind="scan", p=1e-9)
    gate.notices(windows, minute)
    both = pair_scores_of(scorer, windows, kind="beacon", p=9e-4)
    both = replace(both, p_values=np.stack((minute.p_values[0], *both.p_values[1:])))

    notice = notice_of(gate.notices(windows, replace(both, kinds=minute.kinds)))

    assert (notice.scale, notice.kind) == ("pair", "beacon")
    assert notice.p_value == pytest.approx(9e-4 * np.sum(windows.lives.host == 0))
    assert notice.severity == "high"


def hour_scores_of(
    scorer: Scorer, windows: HostWindows, *, kind: str = "lateral_movement", p: float = 1e-5
) -> Scores:
    """Usual minutes, and a verdict of our choice on all hours."""
    minute, looks = scores_of(scorer, windows, kind="benign", p=0.5), len(windows.hours)
    kinds = np.full((looks, len(HOUR_KINDS)), 0.05 / (len(HOUR_KINDS) - 1), dtype=np.float32)
    kinds[:, HOUR_KINDS.index(kind)] = 0.95
    hours = LifeScores(np.full(looks, 5.0, np.float32), np.full(looks, p), kinds, HOUR_KINDS)
    of_hours, own = least(hours.p_value, windows.hours.host, len(windows.names))
    p_values = np.stack((*minute.p_values[:2], of_hours))
    return replace(minute, p_values=p_values, hours=hours, own_hours=own)


def logins(peers: int) -> HostWindows:
    """Remote logins at some inside peers, in one minute."""
    return windows_of(
        [
            connection(uid=f"L{n}", start=START + n, resp=f"10.0.0.{n + 20}", resp_port=445)
            for n in range(peers)
        ]
    )


def test_a_notice_by_a_hosts_hours_says_so_and_names_its_kind(scorer: Scorer) -> None:
    windows = logins(3)
    scores = hour_scores_of(scorer, windows)

    notice = notice_of(triage(scorer, windows).notices(windows, scores))

    assert (notice.scale, notice.kind, notice.score) == ("hours", "lateral_movement", 5.0)
    assert notice.techniques == ("T1021",)
    assert notice.peer is None


@pytest.mark.parametrize(("peers", "told"), [(1, 0), (2, 1)])
def test_lateral_movement_takes_two_new_peers(scorer: Scorer, peers: int, told: int) -> None:
    windows = logins(peers)
    notices = triage(scorer, windows).notices(windows, hour_scores_of(scorer, windows))

    assert [notice.host for notice in notices] == [HOST] * told


@pytest.mark.parametrize(("connections", "told"), [(4, 0), (5, 1)])
def test_other_kinds_take_five_connections_over_the_hours(
    scorer: Scorer, connections: int, told: int
) -> None:
    windows = logins(connections)
    notices = triage(scorer, windows).notices(windows, hour_scores_of(scorer, windows, kind="scan"))

    assert [notice.host for notice in notices] == [HOST] * told


def test_hours_tell_beside_what_a_minute_told_and_once_a_kind(scorer: Scorer) -> None:
    windows = logins(6)
    gate = triage(scorer, windows)
    gate.notices(windows, scores_of(scorer, windows, kind="scan", p=1e-9))

    kinds = ("scan", "scan", "lateral_movement")
    told = [gate.notices(windows, hour_scores_of(scorer, windows, kind=kind)) for kind in kinds]

    assert [[n.kind for n in each if n.host == HOST] for each in told] == [
        ["scan"], [], ["lateral_movement"],
    ]  # fmt: skip


def test_the_reasons_of_hours_are_of_hours(tmp_path: Path) -> None:
    write_model(tmp_path, hours=hour_onnx_model())
    model, windows = Scorer(tmp_path), logins(6)

    notice = notice_of(triage(model, windows).notices(windows, hour_scores_of(model, windows)))

    assert notice.drivers
    assert {driver.feature for driver in notice.drivers} <= {*HOURS, *AROUND}


def test_hours_that_are_odd_too_are_told_where_a_minute_has_too_little(scorer: Scorer) -> None:
    windows = logins(3)
    scores = hour_scores_of(scorer, windows, p=1e-4)
    hosts = len(windows.names)
    p_values = np.stack((np.full(hosts, 1e-9), *scores.p_values[1:]))
    both = replace(scores, p_values=p_values, kinds=kinds_of(hosts, "dns_tunnel", 0.95))

    notice = notice_of(triage(scorer, windows).notices(windows, both))

    assert (notice.scale, notice.kind) == ("hours", "lateral_movement")
