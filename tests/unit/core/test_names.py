"""What each host calls its peers, and how many hosts know a name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core.names import NameFacts, Names
from netheed.core.state import pack, unpack
from netheed.records import Naming
from tests.connections import WORDS
from tests.names import named, naming

NOON = 1_700_000_000.0
HOST, PEER = WORDS["10.0.0.5"], WORDS["203.0.113.9"]


def known(*namings: Naming, end: float = NOON + 60, limit: int = 1024) -> Names:
    names = Names(limit=limit)
    names.take(named(*namings))
    names.learn(end)
    return names


def facts(names: Names, now: float = NOON + 60, peer: int = PEER) -> NameFacts:
    host = np.array([HOST], dtype=np.uint64)
    return names.of(host, np.array([peer], dtype=np.uint64), now)


def test_a_host_calls_a_peer_by_the_name_that_was_last() -> None:
    names = known(naming(), naming(time=NOON + 2, kind="sni", name="www.example"))

    assert names.told(HOST, PEER) == "www.example"
    assert facts(names).named.tolist() == [1.0]


def test_what_was_spoken_stands_against_what_was_resolved_for_an_hour() -> None:
    spoken, resolved = (
        naming(kind="sni", name="www.example"),
        naming(time=NOON + 9, name="x.example"),
    )
    names = known(spoken, resolved)
    assert names.told(HOST, PEER) == "www.example"

    names.take(named(naming(time=NOON + 3700, name="x.example")))
    names.learn(NOON + 3720)
    assert names.told(HOST, PEER) == "x.example"


def test_the_order_in_which_records_come_decides_nothing() -> None:
    names = known(naming(time=NOON + 2, name="www.example"))
    names.take(named(naming(time=NOON + 1)))
    names.learn(NOON + 120)

    assert names.told(HOST, PEER) == "www.example"


def test_a_name_counts_from_the_window_of_its_time_on() -> None:
    names = known(naming(time=NOON + 61))
    assert names.told(HOST, PEER) is None

    names.learn(NOON + 120)
    assert names.told(HOST, PEER) == "cdn.example"


def test_a_name_that_comes_late_helps_later_windows() -> None:
    names = known(end=NOON + 600)
    names.take(named(naming()))
    names.learn(NOON + 660)

    assert names.told(HOST, PEER) == "cdn.example"


def test_another_host_and_another_peer_have_no_name() -> None:
    names = known(naming())

    assert names.told(WORDS["10.0.0.6"], PEER) is None
    assert names.told(HOST, WORDS["203.0.113.10"]) is None
    assert names.told(PEER, HOST) is None


def test_that_dns_gave_the_address_is_known_and_not_of_a_name_that_was_only_spoken() -> None:
    assert facts(known(naming())).resolved.tolist() == [1.0]
    assert facts(known(naming(kind="sni"))).resolved.tolist() == [0.0]
    assert facts(Names()).resolved.tolist() == [0.0]


def test_at_a_time_before_the_name_nothing_is_known() -> None:
    found = facts(known(naming(time=NOON + 30)), now=NOON + 30)

    assert (found.named.tolist(), found.resolved.tolist()) == ([0.0], [0.0])


def test_for_how_long_a_name_is_known_counts_from_whoever_knew_it_first() -> None:
    names = known(naming(host="10.0.0.6", time=NOON), naming(time=NOON + 1800))
    names.learn(NOON + 3600)

    assert facts(names, now=NOON + 7200).name_age.tolist() == [2.0]
    assert facts(known(naming(name=None, kind="sni", ja3="x"))).name_age.tolist() == [0.0]


def test_peers_that_a_host_has_named_are_counted_once_each() -> None:
    names = known(naming(), naming(time=NOON + 1), naming(peer="203.0.113.10", time=NOON + 2))

    assert facts(names).host_names.tolist() == [2.0]
    assert facts(Names()).host_names.tolist() == [0.0]


def test_who_else_shows_the_mark_that_a_pair_showed_last() -> None:
    old, new = (naming(kind="sni", ja3=ja3, time=NOON + at) for at, ja3 in enumerate("ab"))
    other = naming(host="10.0.0.6", peer="198.51.100.1", kind="sni", ja3="b", time=NOON + 9)
    names = known(new, other, old)

    assert facts(names).mark_hosts.tolist() == [2.0]
    assert facts(known(naming())).mark_hosts.tolist() == [0.0]
    assert facts(names, now=NOON + 3601).mark_age.tolist() == [1.0]


def test_ja4_comes_before_ja3_and_an_agent_stands_where_there_is_neither() -> None:
    many = [naming(host=f"10.0.0.{n}", kind="sni", ja3="common") for n in (6, 7, 8)]
    both = naming(kind="sni", ja3="common", ja4="rare")
    assert facts(known(*many, both)).mark_hosts.tolist() == [1.0]

    agents = [naming(host=f"10.0.0.{n}", kind="http_host", agent="curl/8") for n in (5, 6)]
    assert facts(known(*agents)).mark_hosts.tolist() == [2.0]


def test_how_many_hosts_met_the_issuer_is_known_though_nobody_said_a_name() -> None:
    hosts = [naming(host=f"10.0.0.{n}", kind="sni", name=None, issuer="CN=x") for n in (5, 6)]

    assert facts(known(*hosts)).issuer_hosts.tolist() == [2.0]
    assert facts(known(*hosts)).named.tolist() == [0.0]


def test_how_many_hosts_know_a_name_and_since_when() -> None:
    hosts = [naming(host=f"10.0.0.{n}", time=NOON + n) for n in (5, 6, 7)]
    names = known(*hosts, naming(host="10.0.0.6", time=NOON + 9), naming(name="b.example"))

    assert facts(names).name_hosts.tolist() == [3.0]
    knowing = names.knowing("name", ["cdn.example", "b.example", "c.example"])
    assert knowing.hosts.tolist() == [3.0, 1.0, 0.0]
    assert knowing.first.tolist()[0] == NOON + 5
    assert np.isnan(knowing.first[2])


def test_a_host_is_counted_once_however_often_it_comes() -> None:
    names = known(naming())
    for minute in range(1, 5):
        names.take(named(naming(time=NOON + 60 * minute)))
        names.learn(NOON + 60 * minute + 60)

    assert names.knowing("name", ["cdn.example"]).hosts.tolist() == [1.0]


def test_a_name_is_known_by_who_asked_though_no_address_was_given() -> None:
    names = known(naming(peer=None, rcode="NXDOMAIN"))

    assert names.knowing("name", ["cdn.example"]).hosts.tolist() == [1.0]


def test_how_many_hosts_show_a_mark() -> None:
    agents = [naming(host=f"10.0.0.{n}", kind="http_host", agent="curl/8") for n in (5, 6)]
    names = known(*agents, naming(kind="sni", ja3="curl/8", name=None))

    assert names.knowing("agent", ["curl/8", "wget"]).hosts.tolist() == [2.0, 0.0]
    assert names.knowing("ja3", ["curl/8"]).hosts.tolist() == [1.0]


def test_a_made_up_name_is_told_by_a_number() -> None:
    assert facts(known(naming(name="xk7qzv0pw3jd.biz"))).generated[0] > 0.8
    assert facts(known(naming(name="update.microsoft.com"))).generated[0] < 0.2


def test_past_the_limit_the_longest_unseen_go_and_none_is_an_error() -> None:
    names = Names(limit=64)
    for at in range(300):
        peer, name = f"198.51.{at // 200}.{at % 200}", f"n{at}.example"
        names.take(named(naming(time=NOON + at, peer=peer, name=name, ja3=name)))
        names.learn(NOON + at + 1)

    assert names.told(HOST, WORDS["198.51.1.99"]) == "n299.example"
    assert names.told(HOST, WORDS["198.51.0.0"]) is None
    assert names.nbytes < 64 * 500


def test_a_pair_whose_name_was_forgotten_is_called_nothing() -> None:
    names = known(naming(), limit=64)
    for at in range(200):
        names.take(named(naming(time=NOON + 60 + at, peer=None, name=f"n{at}.example")))
        names.learn(NOON + 61 + at)

    found = facts(names, now=NOON + 900)
    assert names.told(HOST, PEER) is None
    assert (found.named[0], found.name_hosts[0]) == (1.0, 0.0)


def test_too_many_that_wait_are_learned_before_their_time_and_counted() -> None:
    names = Names(limit=64)
    names.take(named(*(naming(time=NOON + at, name=f"n{at}.example") for at in range(65))))

    assert names.hurried == 65
    assert names.told(HOST, PEER) == "n64.example"


def test_names_from_2099_hold_no_place_for_ever() -> None:
    names = known(naming(), limit=64)
    for _ in range(3):
        names.take(named(*(naming(time=4e9, name="x.example") for _ in range(60))))
    names.take(named(naming(time=NOON + 70, name="true.example")))
    names.learn(NOON + 120)

    assert names.told(HOST, PEER) == "true.example"


some = st.lists(
    st.builds(
        naming,
        time=st.integers(0, 600).map(lambda beat: NOON + beat),
        host=st.integers(1, 5).map(lambda n: f"10.0.0.{n}"),
        peer=st.none() | st.integers(1, 90).map(lambda n: f"203.0.113.{n}"),
        name=st.none() | st.integers(1, 90).map(lambda n: f"n{n}.example"),
        kind=st.sampled_from(("dns", "sni", "http_host")),
        ja3=st.sampled_from((None, "a", "b")),
        agent=st.sampled_from((None, "c", "d")),
    ),
    max_size=60,
)


def state(names: Names) -> bytes:
    return pack(names.snapshot())


@settings(max_examples=60, deadline=None)
@given(some, some)
def test_names_stopped_anywhere_and_restored_know_the_same(
    early: list[Naming], late: list[Naming]
) -> None:
    one, other = known(*early, end=NOON + 300, limit=64), Names(limit=64)
    other.restore(unpack(state(one), "kept"))
    for names in (one, other):
        names.take(named(*late))
        names.learn(NOON + 400)
        names.learn(NOON + 700)

    assert state(one) == state(other)


@settings(max_examples=60, deadline=None)
@given(some, st.integers(1, 20))
def test_how_a_log_is_cut_into_batches_changes_nothing(namings: list[Naming], size: int) -> None:
    whole, cut = Names(limit=64), Names(limit=64)
    whole.take(named(*namings))
    for at in range(0, len(namings), size):
        cut.take(named(*reversed(namings[at : at + size])))
    for names in (whole, cut):
        names.learn(NOON + 200)
        names.learn(NOON + 700)

    assert state(whole) == state(cut)


def test_a_state_of_another_shape_is_refused() -> None:
    kept = Names().snapshot() | {"waiting": np.zeros(3)}

    with pytest.raises(ValueError, match="what waits has another shape"):
        Names().restore(kept)
