import json
import math

from hypothesis import given
from hypothesis import strategies as st

from netheed.sinks.formats.documents import line, present

ANY_TEXT = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
    max_leaves=8,
)


@given(VALUES)
def test_any_value_becomes_one_line_of_valid_json(value: object):
    written = line({"value": value})

    assert written.endswith(b"\n")
    assert len(written.decode().splitlines()) == 1  # also by U+0085, U+2028, U+2029
    json.loads(written, parse_constant=_refuse)


def test_text_is_cleaned_at_any_depth():
    assert line({"a": [{"b": ("\x1b",)}]}) == b'{"a":[{"b":["\\\\x1b"]}]}\n'


def test_numbers_that_json_cannot_say_become_null():
    assert line({"a": math.nan, "b": [math.inf, -math.inf]}) == b'{"a":null,"b":[null,null]}\n'


def test_only_what_is_missing_is_left_out():
    assert present({"a": None, "b": 0, "c": "", "d": False}) == {"b": 0, "c": "", "d": False}


def _refuse(word: str):
    raise AssertionError(f"{word} is no JSON")
