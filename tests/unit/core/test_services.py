"""Service words and ports."""

import numpy as np
import pytest

from netheed.core.services import (
    DNS,
    FILES,
    GROUP_OF_PORT,
    INFRASTRUCTURE,
    IS_ADMINISTRATION,
    IS_CHATTER,
    LOGIN,
    MAIL,
    OTHER,
    SERVICE_RANK,
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


GROUPS = {
    DNS: [53],
    WEB: [80, 443, 3128, 8000, 8008, 8080, 8081, 8443, 8888],
    LOGIN: [21, 22, 23, 2222, 2323, 3389, 5900, 5985, 5986],
    FILES: [20, 69, 139, 445, 548, 873, 2049],
    MAIL: [25, 110, 143, 465, 587, 993, 995],
    INFRASTRUCTURE: [67, 68, 88, 123, 161, 162, 389, 514, 546, 547, 636, 1812, 1813],
}
"""What the shipped model was trained with."""
KNOWN_ABOVE_1023 = [
    1194, 1433, 1521, 1812, 1813, 1883, 1900, 2049, 2222, 3128, 3268, 3306, 3389, 3702, 4786,
    5060, 5061, 5222, 5353, 5355, 5432, 5601, 5672, 5900, 5985, 5986, 6379, 6443, 6667, 8000,
    8008, 8080, 8081, 8086, 8443, 8883, 8888, 9092, 9100, 9200, 10443, 11211, 20000, 27017,
    44818, 47808, 51820,
]  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_the_ports_that_the_model_was_trained_with(group: int) -> None:
    assert np.flatnonzero(group == GROUP_OF_PORT).tolist() == GROUPS[group]


def test_a_port_says_no_other_group() -> None:
    assert set(GROUP_OF_PORT.tolist()) == {UNKNOWN, *GROUPS}


def test_chatter_has_the_ports_that_the_model_was_trained_with() -> None:
    assert np.flatnonzero(IS_CHATTER).tolist() == [137, 138, 1900, 3702, 5353, 5355]


def test_every_port_below_1024_looks_most_like_a_service() -> None:
    assert [port for port, rank in enumerate(SERVICE_RANK) if rank == 2] == list(range(1, 1024))


def test_above_1023_only_known_services_look_like_one() -> None:
    found = [port for port, rank in enumerate(SERVICE_RANK) if rank == 1]

    # 2323 is the other port of telnet, and was a log-in service for the groups alone.
    assert found == sorted([*KNOWN_ABOVE_1023, 2323])


def test_ports_of_remote_administration_are_few() -> None:
    ports = np.flatnonzero(IS_ADMINISTRATION).tolist()

    assert ports == [22, 135, 139, 445, 3389, 5900, 5985, 5986]
