"""Zeek's values."""

import msgspec
import pytest

from netheed.zeek.values import Count, Text, Unset

COUNT = msgspec.json.Decoder(Count | Unset)


def test_a_value_is_picked_by_the_name_of_its_type() -> None:
    assert COUNT.decode(b'{"@data-type":"count","data":8}').data == 8
    assert COUNT.decode(b'{"@data-type":"none","data":{}}').data is None


@pytest.mark.parametrize(
    "text",
    [
        b'{"@data-type":"integer","data":8}',
        b'{"@data-type":"count","data":-1}',
        b'{"@data-type":"count","data":1.5}',
        b'{"@data-type":"count","data":9007199254740993}',
        b'{"@data-type":"count"}',
        b"8",
    ],
)
def test_another_type_or_size_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        COUNT.decode(text)


def test_a_long_text_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"@data-type":"string","data":"%s"}' % (b"x" * 65), type=Text)
