"""The one table of attack classes: each entry whole, nothing shipped ever changed."""

import re

import pytest

from netheed.classes import CLASSES, UNKNOWN, AttackClass, attack_class
from netheed.core.features import HostWindows
from netheed.core.vector import FEATURES

SHIPPED = {
    "unknown": (1900100, "NETHEED Anomalous host"),
    "scan": (1900101, "NETHEED Anomalous host, looks like a scan"),
    "brute_force": (1900102, "NETHEED Anomalous host, looks like password guessing"),
    "dns_tunnel": (1900103, "NETHEED Anomalous host, looks like a DNS tunnel"),
    "beacon": (1900104, "NETHEED Anomalous host, looks like a beacon"),
    "exfiltration": (1900105, "NETHEED Anomalous host, looks like exfiltration"),
    "flood": (1900106, "NETHEED Anomalous host, looks like a flood"),
    "lateral_movement": (1900107, "NETHEED Anomalous host, looks like lateral movement"),
}

each = pytest.mark.parametrize(("name", "entry"), CLASSES.items(), ids=list(CLASSES))


@each
def test_a_floor_asks_for_something_of_features_that_exist(name: str, entry: AttackClass) -> None:
    assert entry.floor
    assert set(entry.floor) <= set(FEATURES)
    assert all(least > 0 for least in entry.floor.values())


@each
def test_words_are_said_and_the_sid_is_of_our_range(name: str, entry: AttackClass) -> None:
    assert entry.words.strip()
    assert entry.words.isascii()
    assert entry.words.isprintable()
    assert '"' not in entry.words
    assert ";" not in entry.words
    assert 1900100 <= entry.sid <= 1900199


@each
def test_an_attack_has_its_technique_and_what_is_unknown_has_none(
    name: str, entry: AttackClass
) -> None:
    assert bool(entry.techniques) == (name != UNKNOWN)
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", technique) for technique in entry.techniques)


@each
def test_a_named_peer_is_one_that_windows_have(name: str, entry: AttackClass) -> None:
    assert entry.peer is None or f"{entry.peer}_row" in HostWindows.__annotations__


def test_no_two_classes_share_a_sid_or_words() -> None:
    assert len({entry.sid for entry in CLASSES.values()}) == len(CLASSES)
    assert len({entry.words for entry in CLASSES.values()}) == len(CLASSES)


@pytest.mark.parametrize("name", SHIPPED)
def test_what_a_siem_knows_of_a_class_never_changes(name: str) -> None:
    assert (CLASSES[name].sid, CLASSES[name].signature) == SHIPPED[name]


def test_a_name_that_the_table_does_not_know_has_the_unknown_class() -> None:
    assert attack_class("sabotage") is attack_class("") is CLASSES[UNKNOWN]
