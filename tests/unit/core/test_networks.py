"""Addresses as words."""

import numpy as np
import pytest

from netheed.core.networks import GROUP, LOCAL, AddressWords
from netheed.errors import ConfigError


@pytest.mark.parametrize(
    "text",
    ["10.1.2.3", "172.31.0.1", "192.168.1.7", "100.64.0.1", "169.254.9.9", "fd00::1", "fe80::1"],
)
def test_private_addresses_are_local_hosts(text: str) -> None:
    assert AddressWords()[text] & (LOCAL | GROUP) == LOCAL


@pytest.mark.parametrize("text", ["203.0.113.9", "172.32.0.1", "2001:db8::1"])
def test_public_addresses_are_remote_hosts(text: str) -> None:
    assert AddressWords()[text] & (LOCAL | GROUP) == 0


@pytest.mark.parametrize(
    "text",
    ["224.0.0.251", "255.255.255.255", "192.168.1.255", "0.0.0.0", "::", "ff02::fb"],  # noqa: S104
)
def test_multicast_broadcast_and_nobody_are_groups(text: str) -> None:
    assert AddressWords()[text] & GROUP


@pytest.mark.parametrize("text", ["203.0.113.255", "8.8.8.255", "198.51.255.255"])
def test_a_remote_address_that_ends_in_255_is_a_host(text: str) -> None:
    assert AddressWords()[text] & GROUP == 0


def test_a_local_network_has_its_own_broadcast_address_and_no_other() -> None:
    words = AddressWords(["192.168.0.0/16", "192.168.4.0/23", "203.0.113.64/26"])

    assert words["192.168.5.255"] & GROUP
    assert words["192.168.4.255"] & GROUP == 0
    assert words["203.0.113.127"] & GROUP
    assert words["203.0.113.255"] & (GROUP | LOCAL) == 0
    assert words["192.168.9.255"] & GROUP


def test_a_link_between_two_hosts_has_no_broadcast_address() -> None:
    assert AddressWords(["203.0.113.254/31"])["203.0.113.255"] & GROUP == 0


def test_the_same_private_address_at_two_sites_is_two_hosts() -> None:
    berlin, lyon, plain = AddressWords(site="berlin"), AddressWords(site="lyon"), AddressWords()

    assert len({w["192.168.1.5"] for w in (berlin, lyon, plain)}) == 3
    assert len({w["fd00::1"] for w in (berlin, lyon, plain)}) == 3
    assert all(w["192.168.1.5"] & (LOCAL | GROUP) == LOCAL for w in (berlin, lyon))


@pytest.mark.parametrize("text", ["203.0.113.9", "2001:db8::1", "224.0.0.251", "10.255.255.255"])
def test_what_is_no_local_host_is_the_same_at_every_site(text: str) -> None:
    assert AddressWords(site="berlin")[text] == AddressWords(site="lyon")[text]


def test_a_network_of_ones_own_is_local() -> None:
    assert AddressWords(["147.32.0.0/16"])["147.32.81.167"] & LOCAL


def test_words_tell_addresses_apart() -> None:
    words = AddressWords()
    texts = [f"10.0.{a}.{b}" for a in range(20) for b in range(200)]
    texts += [f"2001:db8::{a:x}" for a in range(1, 2000)]

    assert len({words[text] for text in texts}) == len(texts)


def test_the_word_of_an_address_is_the_same_in_every_run() -> None:
    assert AddressWords()["2001:db8::1"] == 13122331717474481280
    assert AddressWords()["10.0.0.1"] == (10 * 2**24 + 1) << 2 | LOCAL


def test_a_network_that_is_none_is_named_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"networks\.local\[1\].*300"):
        AddressWords(["10.0.0.0/8", "300.0.0.0/8"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("FE80::1%eth0", "fe80::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
    ],
)
def test_an_address_has_one_text(text: str, expected: str) -> None:
    assert AddressWords().of([text]).texts.tolist() == [expected]


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.256", "::g", "1" * 100, "10.0.0.01"])
def test_what_is_no_address_has_no_word_and_is_not_remembered(text: str) -> None:
    words = AddressWords()

    found = words.of(["10.0.0.1", text])

    assert (found.words[0] != 0, found.words[1], found.texts[1]) == (True, 0, None)
    with pytest.raises(ValueError, match=r".+"):
        words[text]
    assert words.of(["10.0.0.2", "10.0.0.1"]).texts.tolist() == ["10.0.0.2", "10.0.0.1"]


def test_a_full_table_of_addresses_starts_again_and_says_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("netheed.core.networks.MAX_KNOWN", 100)
    few, many = AddressWords(), AddressWords()
    texts = [f"10.0.{n // 256}.{n % 256}" for n in range(3000)]

    by_tens = [many.of(texts[at : at + 10]).words for at in range(0, 3000, 10)]

    assert np.concatenate(by_tens).tolist() == few.of(texts).words.tolist()
