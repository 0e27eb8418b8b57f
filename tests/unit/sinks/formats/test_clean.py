import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.sinks.formats.clean import LONGEST, clean

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too


@given(ANY_TEXT)
def test_no_control_or_format_character_or_surrogate_remains(text: str):
    left = {unicodedata.category(character) for character in clean(text)}

    assert left.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})


@given(ANY_TEXT)
def test_cleaned_text_stays_as_it_is(text: str):
    assert clean(clean(text)[:LONGEST]) == clean(text)[:LONGEST]


@pytest.mark.parametrize("text", ["", "dc01$.corp.example", "Zürich 東京 \\x1b", "[red]"])
def test_plain_text_of_any_language_stays_as_it_is(text: str):
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\nb\x00", "a\\x0d\\x0ab\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("exe.\u202egpj", "exe.\\u202egpj"),
        ("\u2028\ufeff", "\\u2028\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_hidden_characters_are_written_out(text: str, shown: str):
    assert clean(text) == shown


def test_long_text_is_cut_and_says_so():
    assert clean("a" * LONGEST) == "a" * LONGEST
    assert clean("a" * (LONGEST + 1)) == "a" * LONGEST + "..."
