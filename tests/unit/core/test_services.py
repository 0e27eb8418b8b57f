"""Service words and ports."""

import numpy as np

from netheed.core.services import (
    DNS,
    INFRASTRUCTURE,
    LOGIN,
    OTHER,
    UNKNOWN,
    WEB,
    group_of_word,
    groups,
)


def group(word: str | None, port: int) -> int:
    return int(groups(np.array([group_of_word(word)], dtype=np.int8), np.array([port]))[0])


def test_the_word_comes_before_the_port() -> None:
    assert group("ssh", 443) == LOGIN


def test_without_a_word_the_port_decides() -> None:
    assert group(None, 443) == WEB
    assert group(None, 40123) == UNKNOWN


def test_a_word_without_a_group_is_not_unknown() -> None:
    assert group("modbus", 502) == OTHER


def test_local_name_chatter_is_not_dns() -> None:
    assert group("dns", 5353) == INFRASTRUCTURE
    assert group("dns", 53) == DNS
