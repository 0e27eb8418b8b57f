"""Addresses as words."""

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
