"""Suricata holds addresses as the words of its commands ask for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netheed.errors import NetheedError
from netheed.suricata.command import Session, session
from netheed.suricata.holds import Dataset, Hold, HostBit
from tests.fake_suricata import FakeSuricata, listening

SET = "netheed-noticed-ip"
HOLDS: dict[str, Hold] = {"dataset": Dataset(SET), "hostbits": HostBit()}


@contextmanager
def asking(folder: Path, fake: FakeSuricata) -> Iterator[Session]:
    path = folder / "s"
    with listening(path, fake), session(str(path)) as ask:
        yield ask


@pytest.fixture(params=HOLDS)
def hold(request: pytest.FixtureRequest) -> Hold:
    return HOLDS[request.param]


def held(fake: FakeSuricata) -> set[str]:
    return fake.sets[SET] | fake.bits["netheed"].keys()


def test_what_is_put_is_held_until_it_is_taken_however_often(tmp_path: Path, hold: Hold) -> None:
    fake = FakeSuricata()
    with asking(tmp_path, fake) as ask:
        hold.put(ask, "10.0.0.5", 60.0)
        hold.put(ask, "10.0.0.5", 60.0)
        hold.put(ask, "2001:db8::5", 60.0)
        assert held(fake) == {"10.0.0.5", "2001:db8::5"}

        hold.take(ask, "10.0.0.5")
        hold.take(ask, "10.0.0.5")
        hold.take(ask, "10.0.0.6")
        assert held(fake) == {"2001:db8::5"}


def test_nothing_is_wrong_where_a_rule_asks_and_nothing_is_changed_by_looking(
    tmp_path: Path, hold: Hold
) -> None:
    fake = FakeSuricata()
    with asking(tmp_path, fake) as ask:
        assert hold.problem(ask) is None

    assert held(fake) == set()


@pytest.mark.parametrize(("kind", "setting"), [("dataset", "set"), ("hostbits", "by")])
def test_where_no_rule_asks_it_is_told_with_the_setting_and_nothing_is_put(
    tmp_path: Path, kind: str, setting: str
) -> None:
    hold = HOLDS[kind]
    with asking(tmp_path, FakeSuricata(sets={}, bits={})) as ask:
        problem = hold.problem(ask)
        with pytest.raises(NetheedError, match="not found"):
            hold.put(ask, "10.0.0.5", 60.0)
        with pytest.raises(NetheedError, match="not found"):
            hold.take(ask, "10.0.0.5")

    assert problem is not None
    assert problem.setting == setting
    assert "no rule that is loaded asks for it" in problem.reason


def test_a_dataset_is_emptied_and_no_other_is_touched(tmp_path: Path) -> None:
    fake = FakeSuricata(sets={SET: {"10.0.0.5"}, "others": {"10.0.0.6"}})
    with asking(tmp_path, fake) as ask:
        Dataset(SET).clear(ask)
        with pytest.raises(NetheedError, match="netheed-else: set not found"):
            Dataset("netheed-else").clear(ask)

    assert fake.sets == {SET: set(), "others": {"10.0.0.6"}}


def test_a_bit_that_is_put_again_ends_later(tmp_path: Path) -> None:
    fake = FakeSuricata()
    with asking(tmp_path, fake) as ask:
        HostBit().put(ask, "10.0.0.5", 60.0)
        HostBit().put(ask, "10.0.0.5", 90.2)
        assert fake.bits["netheed"] == {"10.0.0.5": 91}

        HostBit().put(ask, "10.0.0.6", 0.001)
        HostBit().clear(ask)
        assert fake.bits["netheed"] == {"10.0.0.5": 91, "10.0.0.6": 1}
