"""What both sensors' records of names have in common."""

import pytest

from netheed.sources.decode import naming as shared
from tests.names import naming


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CDN.Example.", "cdn.example"),
        (" cdn.example ", "cdn.example"),
        ("", None),
        (".", None),
        (None, None),
        ("203.0.113.9", None),
        ("2001:DB8::9", None),
    ],
)
def test_a_name_is_lower_case_without_its_dot_and_no_address(
    text: str | None, name: str | None
) -> None:
    assert shared.name_of(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cdn.example:8080", "cdn.example"),
        ("cdn.example", "cdn.example"),
        ("203.0.113.9:80", None),
        ("[2001:db8::9]:80", None),
        ("[2001:db8::9]", None),
        ("2001:db8::9", None),
        ("", None),
    ],
)
def test_a_header_may_end_in_a_port(text: str, name: str | None) -> None:
    assert shared.name_of_header(text) == name


def test_an_endless_name_keeps_its_end() -> None:
    name = shared.name_of("a" * 10_000 + ".example")

    assert name is not None
    assert (len(name), name[-8:]) == (255, ".example")
    assert shared.fact("x" * 10_000) == "x" * 256


def test_each_address_of_an_answer_is_named_once() -> None:
    said = naming(peer=None)

    found = shared.answer(said, ["edge.example", "203.0.113.9", "203.0.113.9", "2001:db8::1"])

    assert [one.peer for one in found] == ["203.0.113.9", "2001:db8::1"]
    assert {one.name for one in found} == {"cdn.example"}


def test_an_answer_without_addresses_is_told_as_one() -> None:
    said = naming(peer=None, rcode="NXDOMAIN")

    assert shared.answer(said, ["edge.example"]) == (said,)


def test_an_answer_of_ten_thousand_addresses_is_cut() -> None:
    addresses = (f"10.{n >> 8}.{n & 255}.7" for n in range(10_000))

    assert len(shared.answer(naming(peer=None), addresses)) == shared.ADDRESSES


def test_the_name_of_an_address_is_none_of_a_peer() -> None:
    said = naming(peer=None, name="9.113.0.203.in-addr.arpa")

    assert shared.answer(said, ["203.0.113.9"]) == ()


@pytest.mark.parametrize(
    "wrong", [{"host": "nobody"}, {"peer": "::x"}, {"time": float("nan")}, {"time": -1.0}]
)
def test_what_is_no_address_or_time_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        shared.checked(naming(**wrong))
