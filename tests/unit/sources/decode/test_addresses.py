"""Canonical text of addresses."""

import pytest

from netheed.sources.decode.addresses import canonical


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("FE80::1%eth0", "fe80::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
    ],
)
def test_an_address_has_one_text(text: str, expected: str) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.256", "::g", "1" * 100, "10.0.0.01"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical(text)
