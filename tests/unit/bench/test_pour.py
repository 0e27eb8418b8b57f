"""What is poured is what a Suricata would write now."""

from bench.pour import LONGEST, TIMEOUTS, Pour
from netheed.core.networks import DEFAULT_LOCAL, AddressWords
from netheed.records import Tally
from netheed.sources.reader import Reader

NOW = 1_700_000_000


def test_every_line_is_a_flow_of_a_local_host_that_ended_its_timeout_ago() -> None:
    tally, problems = Tally(), []
    reader = Reader("eve.json", AddressWords(DEFAULT_LOCAL), tally, problems.append)
    pour = Pour(500, hosts=40)

    lines = pour.at(NOW).splitlines()
    columns = reader.columns(lines)

    assert (len(lines), len(columns), tally.bad, problems) == (500, 500, 0, [])
    ends = columns.rows["start"] + columns.rows["duration"]
    earliest = max(until for _, until in TIMEOUTS.values())
    assert NOW - earliest <= ends.min() <= ends.max() < NOW - 9
    assert 0.0 <= columns.rows["duration"].min() <= columns.rows["duration"].max() <= LONGEST
    assert all(address.startswith("10.") for address in columns.orig)
    assert 20 < len(set(columns.orig)) <= 40


def test_no_two_lines_have_the_same_id_and_hosts_meet_others_each_time() -> None:
    pour = Pour(300)

    first, second = (pour.at(NOW + at).splitlines() for at in range(2))

    ids = {line.split(b'"flow_id":')[1].split(b",")[0] for line in (*first, *second)}
    assert len(ids) == pour.made == 600
    assert [line.split(b'"dest_ip"')[1][:20] for line in first] != [
        line.split(b'"dest_ip"')[1][:20] for line in second
    ]


def test_equal_seeds_give_equal_lines() -> None:
    assert Pour(50, seed=3).at(NOW) == Pour(50, seed=3).at(NOW) != Pour(50, seed=4).at(NOW)
