"""What each host did at its peers, and what the sensor has raised alerts of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core import act_rows
from netheed.core.acts import RAISED, ActFacts, Acts, Raised
from netheed.core.networks import AddressWords
from netheed.core.state import pack, unpack
from netheed.records import Act
from tests.acts import act, acted
from tests.connections import WORDS

NOON = 1_700_000_000.0
HOURS = 3600.0
HOST, PEER, OUTSIDE = WORDS["10.0.0.5"], WORDS["10.0.0.9"], WORDS["203.0.113.9"]


def known(*done: Act, end: float = NOON + 60, limit: int = 1024) -> Acts:
    acts = Acts(limit=limit)
    acts.take(acted(*done))
    acts.learn(end)
    return acts


def facts(acts: Acts, now: float = NOON + 60, host: int = HOST, site: str = "") -> ActFacts:
    return acts.of(np.array([host], dtype=np.uint64), [site], now)


def raised(acts: Acts, host: int = HOST, peer: int = PEER, now: float = NOON + 60) -> Raised:
    hosts, peers = (np.array([word], dtype=np.uint64) for word in (host, peer))
    return acts.raised(hosts, np.array([7]), (hosts, peers), now)


def told(acts: Acts, row: int = 7, **given: float) -> list[str | None]:
    """Signatures of the pair, or of the host where the row is -1."""
    return [acts.text(word) for word in raised(acts, **given).at(0, row)]  # type: ignore[arg-type]


def alert(at: float, what: str, **given: str) -> Act:
    return act(kind="alert", time=NOON + at, what=what, **given)


def test_peers_count_when_a_share_is_used_for_the_first_time_at_each() -> None:
    again = [act(time=NOON + n) for n in range(3)]
    acts = known(*again, act(time=NOON + 9, peer="10.0.0.10"))

    assert facts(acts).admin_peers[0] == pytest.approx(2.0, rel=0.01)
    assert facts(acts).call_peers.tolist() == [0.0]

    acts.take(acted(act(time=NOON + 70)))
    acts.learn(NOON + 120)
    assert facts(acts, NOON + 120).admin_peers[0] == pytest.approx(2.0, rel=0.01)


def test_calls_are_counted_by_peers_and_failed_logons_each() -> None:
    calls = [act(kind="remote_call", what=f"svcctl::{n}") for n in range(3)]
    failed = [act(kind="failed_logon", what="ntlm", time=NOON + n) for n in range(5)]
    found = facts(known(*calls, *failed))

    assert found.call_peers[0] == pytest.approx(1.0, rel=0.01)
    assert found.failed_logons[0] == pytest.approx(5.0, rel=0.01)
    assert found.admin_peers.tolist() == [0.0]


def test_all_fades_over_eight_hours() -> None:
    acts = known(act(time=NOON), act(kind="failed_logon", time=NOON))

    later = facts(acts, NOON + 8 * HOURS)
    assert later.admin_peers[0] == pytest.approx(np.exp(-1))
    acts.take(acted(act(time=NOON + 8 * HOURS, peer="10.0.0.10")))
    acts.learn(NOON + 9 * HOURS)
    assert facts(acts, NOON + 8 * HOURS).admin_peers[0] == pytest.approx(1 + np.exp(-1))


def test_an_act_that_comes_late_has_faded_already() -> None:
    acts = known(act(time=NOON + 8 * HOURS), end=NOON + 9 * HOURS)
    acts.take(acted(act(time=NOON, peer="10.0.0.10")))
    acts.learn(NOON + 10 * HOURS)

    assert facts(acts, NOON + 8 * HOURS).admin_peers[0] == pytest.approx(1 + np.exp(-1))


def test_an_act_is_of_the_client_and_not_of_the_server() -> None:
    acts = known(act())

    assert facts(acts, host=PEER).admin_peers.tolist() == [0.0]
    assert facts(Acts()).admin_peers.tolist() == [0.0]


def test_an_act_counts_from_the_window_of_its_time_on() -> None:
    acts = known(act(time=NOON + 61))
    assert not acts

    acts.learn(NOON + 120)
    assert facts(acts).admin_peers[0] > 0.99


def test_that_acts_are_logged_is_known_of_each_site_and_an_alert_is_no_such_act() -> None:
    acts = Acts()
    acts.take(act_rows.columns([act()], AddressWords(site="Lyon")))
    acts.take(act_rows.columns([alert(0, "x")], AddressWords(site="Berlin")))
    acts.learn(NOON + 60)

    sites = {site: facts(acts, site=site).acts_logged[0] for site in ("Lyon", "Berlin", "")}
    assert sites == {"Lyon": 1.0, "Berlin": 0.0, "": 0.0}
    assert facts(known(act())).acts_logged.tolist() == [1.0]


def test_the_last_three_signatures_are_told_the_newest_first_and_each_once() -> None:
    rising = [alert(n, f"signature {n}") for n in range(5)]
    acts = known(*rising, alert(9, "signature 3"))

    assert told(acts) == ["signature 3", "signature 4", "signature 2"]
    assert told(acts, row=-1) == told(acts)

    acts.take(acted(alert(70, "signature 0")))
    acts.learn(NOON + 120)
    assert told(acts, now=NOON + 120) == ["signature 0", "signature 3", "signature 4"]


def test_a_pair_has_its_own_alerts_and_a_host_those_of_all_its_pairs() -> None:
    acts = known(alert(1, "a"), alert(2, "b", peer="203.0.113.9"))

    assert told(acts) == ["a"]
    assert told(acts, peer=OUTSIDE) == ["b"]
    assert told(acts, row=-1) == ["b", "a"]


def test_an_alert_is_of_each_local_end_and_of_a_stranger_only_where_neither_is() -> None:
    acts = known(alert(1, "a"), alert(2, "b", host="203.0.113.9", peer="10.0.0.6"))

    assert told(acts, row=-1, host=PEER, peer=HOST) == ["a"]
    assert told(acts, host=PEER, peer=HOST) == ["a"]
    assert told(acts, row=-1, host=WORDS["10.0.0.6"]) == ["b"]
    assert told(acts, row=-1, host=OUTSIDE) == []

    strangers = known(alert(1, "c", host="203.0.113.9", peer="198.51.100.1"))
    assert told(strangers, row=-1, host=OUTSIDE) == ["c"]
    assert told(strangers, row=-1, host=WORDS["198.51.100.1"]) == []


def test_an_alert_is_told_for_eight_hours() -> None:
    acts = known(alert(0, "a"))

    assert told(acts, now=NOON + 8 * HOURS) == ["a"]
    assert told(acts, now=NOON + 8 * HOURS + 1) == []
    assert told(acts, now=NOON) == []
    assert facts(acts).acts_logged.tolist() == [0.0]


def test_nowhere_are_any_alerts_where_none_was_raised() -> None:
    assert raised(known(act())).at(0, 7) == Raised.none().at(0, -1) == []


def test_past_the_limit_the_longest_unseen_go_and_none_is_an_error() -> None:
    acts = Acts(limit=64)
    for at in range(300):
        peer = f"198.51.{at // 200}.{at % 200}"
        acts.take(acted(alert(at, f"s{at}", peer=peer), act(time=NOON + at, peer=peer)))
        acts.learn(NOON + at + 1)

    assert told(acts, peer=WORDS["198.51.1.99"], now=NOON + 300) == ["s299"]
    assert told(acts, peer=WORDS["198.51.0.0"], now=NOON + 300) == []
    assert told(acts, row=-1, now=NOON + 300) == ["s299", "s298", "s297"]
    assert acts.nbytes < 64 * 550


def test_a_signature_that_was_forgotten_is_told_by_nothing() -> None:
    assert known(alert(0, "a")).text(1234) is None


def test_too_many_that_wait_are_learned_before_their_time_and_counted() -> None:
    acts = Acts(limit=64)
    acts.take(acted(*(alert(at, f"s{at}") for at in range(65))))

    assert acts.hurried == 65
    assert told(acts, now=NOON + 120)[0] == "s64"


def test_a_flood_of_one_alert_is_one_signature() -> None:
    acts = known(*(alert(n / 100, "flood") for n in range(500)), alert(1, "other"), limit=1024)

    assert told(acts) == ["flood", "other"]


some = st.lists(
    st.builds(
        act,
        time=st.integers(0, 600).map(lambda beat: NOON + beat),
        host=st.integers(1, 5).map(lambda n: f"10.0.0.{n}"),
        peer=st.integers(1, 90).map(lambda n: f"{'10.0.1' if n < 9 else '203.0.113'}.{n}"),
        kind=st.sampled_from(act_rows.KINDS),
        what=st.integers(1, 9).map(lambda n: f"what {n}"),
    ),
    max_size=60,
)


def state(acts: Acts) -> bytes:
    return pack(acts.snapshot())


@settings(max_examples=60, deadline=None)
@given(some, some)
def test_acts_stopped_anywhere_and_restored_know_the_same(
    early: list[Act], late: list[Act]
) -> None:
    one, other = known(*early, end=NOON + 300, limit=64), Acts(limit=64)
    other.restore(unpack(state(one), "kept"))
    for acts in (one, other):
        acts.take(acted(*late))
        acts.learn(NOON + 400)
        acts.learn(NOON + 700)

    assert state(one) == state(other)


@settings(max_examples=60, deadline=None)
@given(some, st.integers(1, 20))
def test_how_a_log_is_cut_into_batches_changes_nothing(done: list[Act], size: int) -> None:
    whole, cut = Acts(limit=64), Acts(limit=64)
    whole.take(acted(*done))
    for at in range(0, len(done), size):
        cut.take(acted(*reversed(done[at : at + size])))
    for acts in (whole, cut):
        acts.learn(NOON + 200)
        acts.learn(NOON + 700)

    assert state(whole) == state(cut)


@settings(max_examples=60, deadline=None)
@given(some)
def test_what_is_kept_of_alerts_is_what_a_list_would_say(done: list[Act]) -> None:
    acts = known(*done, end=NOON + 700)

    for host in {one.host for one in done}:
        last: dict[str, float] = {}
        for one in done:
            ends = {one.host, one.peer if one.peer.startswith("10.") else ""}
            if one.kind == "alert" and host in ends:
                last[one.what] = max(one.time, last.get(one.what, 0.0))
        expected = sorted(last.values(), reverse=True)[:RAISED]
        found = told(acts, row=-1, host=WORDS[host], now=NOON + 700)
        assert [last[str(text)] for text in found] == expected
