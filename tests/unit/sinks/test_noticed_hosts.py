"""Suricata holds whom netheed has noticed, for as long as it should, whatever is restarted."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from netheed.errors import NetheedError
from netheed.ports import Problem
from netheed.records import Notice
from netheed.sinks.ledger import Ledger
from netheed.sinks.noticed_hosts import NoticedHosts
from netheed.sinks.suricata_dataset import networks
from netheed.suricata.holds import Dataset, HostBit
from tests.fake_suricata import FakeSuricata, listening
from tests.makers import make_notice

SET = "netheed-noticed-ip"
HOUR = 3600.0


@dataclass
class Site:
    """A machine with a clock, a Suricata that may be restarted, and netheeds one after another."""

    folder: Path
    now: float = 1_700_000_000.0
    fake: FakeSuricata = field(default_factory=FakeSuricata)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    running: ExitStack = field(default_factory=ExitStack)

    @property
    def socket(self) -> Path:
        return self.folder / "s"

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.folder / "ledger.json")

    def netheed(self, **given: Any) -> NoticedHosts:
        fields = {"kept": Dataset(SET), "patience": 10.0} | given
        return NoticedHosts(
            socket=str(self.socket),
            ledger=self.ledger,
            clock=lambda: self.now,
            tell=lambda event, **said: self.told.append((event, said)),
            **fields,
        )

    def stop_suricata(self) -> None:
        self.running.close()

    def start_suricata(self, *saved: str) -> None:
        """A new one with what an older one saved when it ended."""
        self.stop_suricata()
        self.fake = FakeSuricata(sets={SET: set(saved), "others": {"192.0.2.1"}})
        self.running.enter_context(listening(self.socket, self.fake))

    @property
    def held(self) -> set[str]:
        return self.fake.sets[SET]

    @property
    def commands(self) -> list[str]:
        return [command for command, _ in self.fake.asked]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    made.start_suricata()
    with made.running:
        yield made


def test_an_address_of_a_network_that_is_never_held_is_not_whatever_the_ledger_says(
    site: Site,
) -> None:
    site.ledger.write({"10.0.0.1": site.now + HOUR, "10.0.0.7": site.now + HOUR})
    netheed = site.netheed(never=networks(["10.0.0.0/30", "2001:db8::/32"]))

    netheed.write([of("10.0.0.2"), of("10.0.0.5"), of("2001:db8::5")])

    assert site.held == {"10.0.0.5", "10.0.0.7"}
    assert site.told == []


def test_a_remark_is_about_nobody_who_could_be_held(site: Site) -> None:
    site.netheed().write([make_notice(remark="sensor_silent", severity="critical")])

    assert site.held == set()
    assert site.told == []


def of(host: str, **given: Any) -> Notice:
    return make_notice(host=host, **given)


def test_a_noticed_host_is_held_and_let_go_of_when_its_time_is_over(site: Site) -> None:
    sink = site.netheed()

    sink.write([of("10.0.0.5"), of("2001:DB8:0::5", site="berlin")])
    assert site.held == {"10.0.0.5", "2001:db8::5"}
    site.now += HOUR - 1
    sink.tend()
    assert site.held == {"10.0.0.5", "2001:db8::5"}
    site.now += 1
    sink.tend()

    assert site.held == set()


def test_a_notice_seen_again_extends_the_hold(site: Site) -> None:
    sink = site.netheed()

    sink.write([of("10.0.0.5")])
    site.now += HOUR - 1
    sink.write([of("10.0.0.5")])
    site.now += HOUR - 1
    sink.tend()
    assert site.held == {"10.0.0.5"}
    site.now += 1
    sink.tend()

    assert site.held == set()
    assert site.commands.count("dataset-add") == 1


def test_the_ledger_is_on_disk_before_suricata_hears_of_it(site: Site) -> None:
    sink = site.netheed()
    site.stop_suricata()

    with pytest.raises(NetheedError, match="no Suricata listens"):
        sink.write([of("10.0.0.5")])

    assert site.ledger.read() == {"10.0.0.5": site.now + HOUR}


def test_suricata_hears_nothing_of_what_the_disk_does_not_take(site: Site) -> None:
    sink = site.netheed()
    site.ledger.beside.mkdir()

    with pytest.raises(NetheedError, match=r"ledger\.json: Is a directory"):
        sink.write([of("10.0.0.5")])

    assert site.fake.asked == []


def test_where_nothing_is_due_suricata_is_not_asked(site: Site) -> None:
    sink = site.netheed()
    sink.write([of("10.0.0.5")])
    before = list(site.fake.versions)

    sink.tend()
    sink.write([of("10.0.0.5"), of("10.0.0.6", severity="medium")])

    assert site.fake.versions == before


def test_a_netheed_that_is_started_again_holds_what_is_still_valid_and_nothing_else(
    site: Site,
) -> None:
    site.ledger.write({"10.0.0.5": site.now + 10, "10.0.0.6": site.now - 10})
    site.start_suricata("10.0.0.6", "10.0.0.99")

    with capture_logs() as events:
        site.netheed().tend()

    assert site.fake.sets == {SET: {"10.0.0.5"}, "others": {"192.0.2.1"}}
    (event,) = events
    assert (event["event"], event["hosts"]) == ("suricata_told", 1)


def test_a_suricata_that_was_restarted_is_told_again_without_a_notice(site: Site) -> None:
    sink = site.netheed()
    sink.write([of("10.0.0.5"), of("10.0.0.6")])

    site.start_suricata("10.0.0.99")
    sink.tend()

    assert site.fake.sets == {SET: {"10.0.0.5", "10.0.0.6"}, "others": {"192.0.2.1"}}


def test_a_suricata_that_was_away_is_told_what_is_due_by_then(site: Site) -> None:
    sink = site.netheed()
    sink.write([of("10.0.0.5")])
    site.stop_suricata()
    site.now += HOUR / 2
    for _ in range(3):
        with pytest.raises(NetheedError):
            sink.write([of("10.0.0.6")])
    site.now += HOUR / 2

    site.start_suricata("10.0.0.5")
    sink.tend()

    assert site.held == {"10.0.0.6"}


def test_what_suricata_refused_once_is_told_when_it_takes_it(site: Site) -> None:
    sink = site.netheed()
    site.fake.raw["dataset-add"] = b'{"message":"busy","return":"NOK"}\n'
    with pytest.raises(NetheedError, match="netheed-noticed-ip: busy"):
        sink.write([of("10.0.0.5")])

    site.fake.raw.clear()
    sink.tend()

    assert site.held == {"10.0.0.5"}


def test_past_the_most_the_one_that_ends_first_goes_and_is_counted(site: Site) -> None:
    sink = site.netheed(most=2)

    for n in range(6):
        sink.write([of(f"10.0.0.{n}")])
        site.now += 1

    assert site.held == {"10.0.0.4", "10.0.0.5"}
    assert site.ledger.read().keys() == site.held
    assert sink.displaced == 4
    assert [(event, said["host"], said["count"]) for event, said in site.told] == [
        ("host_displaced", "10.0.0.0", 1),
        ("host_displaced", "10.0.0.1", 2),
        ("host_displaced", "10.0.0.3", 4),
    ]


@pytest.mark.parametrize(
    ("who", "held"),
    [
        ("host", {"10.0.0.5"}),
        ("peer", {"203.0.113.9"}),
        ("both", {"10.0.0.5", "203.0.113.9"}),
    ],
)
def test_host_peer_or_both_are_held(site: Site, who: str, held: set[str]) -> None:
    site.netheed(who=who).write([of("10.0.0.5", peer="203.0.113.9")])

    assert site.held == held


def test_a_notice_without_a_peer_holds_no_peer(site: Site) -> None:
    site.netheed(who="peer").write([of("10.0.0.5", peer=None)])

    assert site.fake.asked == []


def test_what_is_less_severe_is_not_held_and_needs_no_suricata(site: Site) -> None:
    site.stop_suricata()

    site.netheed().write([of("10.0.0.5", severity="medium"), of("10.0.0.6", severity="low")])

    assert site.ledger.read() == {}


def test_what_is_more_severe_is_held(site: Site) -> None:
    site.netheed(severity="medium").write(
        [of(f"10.0.0.{n}", severity=s) for n, s in enumerate(("low", "medium", "high", "critical"))]
    )

    assert site.held == {"10.0.0.1", "10.0.0.2", "10.0.0.3"}


@pytest.mark.parametrize(
    "host",
    ["\x1bhost", "10.0.0.0/8", "224.0.0.251", "ff02::fb", "0.0.0.0", "::", "127.0.0.1",  # noqa: S104
     "255.255.255.255"],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_hosts_address_is_told_and_its_neighbours_are_held(
    site: Site, host: str
) -> None:
    site.netheed().write([of("10.0.0.4"), of(host, id="bad"), of("10.0.0.6")])

    assert site.held == {"10.0.0.4", "10.0.0.6"}
    ((event, said),) = site.told
    assert (event, said["notice"]) == ("verdict_refused", "bad")
    assert said["reason"].isprintable()


def test_a_date_that_was_wrong_once_holds_nobody_longer(site: Site) -> None:
    site.ledger.write({"10.0.0.5": site.now + 1e9})
    sink = site.netheed()
    sink.tend()
    assert site.held == {"10.0.0.5"}

    site.now += HOUR
    sink.tend()

    assert site.held == set()


def test_a_bit_is_put_with_the_seconds_that_are_left_and_again_when_they_grow(site: Site) -> None:
    sink = site.netheed(kept=HostBit())
    sink.write([of("10.0.0.5")])
    assert site.fake.bits["netheed"] == {"10.0.0.5": 3600}

    site.now += 600
    site.start_suricata()
    sink.tend()
    assert site.fake.bits["netheed"] == {"10.0.0.5": 3000}

    sink.write([of("10.0.0.5")])
    assert site.fake.bits["netheed"] == {"10.0.0.5": 3600}


def test_a_netheed_that_ends_leaves_an_empty_set_and_its_ledger(site: Site) -> None:
    sink = site.netheed()
    sink.write([of("10.0.0.5")])

    sink.close()
    assert site.held == set()
    sink.tend()

    assert site.held == {"10.0.0.5"}


@pytest.mark.parametrize("before", [lambda _: None, NoticedHosts.tend], ids=["never", "once"])
def test_ending_beside_a_dead_suricata_is_no_error(
    site: Site, before: Callable[[NoticedHosts], None]
) -> None:
    sink = site.netheed()
    before(sink)
    site.stop_suricata()

    sink.close()


def test_where_all_is_well_there_is_no_problem_and_nothing_is_changed(site: Site) -> None:
    site.start_suricata("10.0.0.5")

    assert list(site.netheed().problems()) == []
    assert list(site.netheed(kept=HostBit()).problems()) == []
    assert site.held == {"10.0.0.5"}


def test_every_problem_is_told_with_its_setting(site: Site) -> None:
    site.ledger.path.mkdir()
    site.fake.sets.clear()
    by_set = list(site.netheed().problems())
    site.stop_suricata()
    left = list(site.netheed().problems())
    site.socket.unlink()
    missing = list(site.netheed().problems())

    ledger = Problem("ledger", f"{site.ledger.path}: is no file")
    said = f"{SET}: set not found or wrong type; no rule that is loaded asks for it"
    assert by_set == [ledger, Problem("set", said)]
    assert left == [
        ledger,
        Problem("socket", f"{site.socket}: no Suricata listens there any more"),
    ]
    assert missing == [ledger, Problem("socket", f"{site.socket}: No such file or directory")]
