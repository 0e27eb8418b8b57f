"""Namings as columns."""

import numpy as np
import pytest

from netheed.core import namings
from tests.connections import WORDS
from tests.names import named, naming


def test_addresses_and_texts_become_words() -> None:
    (row,) = named(naming(ja3="a0e9", kind="sni"))

    assert (row["host"], row["peer"]) == (WORDS["10.0.0.5"], WORDS["203.0.113.9"])
    assert row["name"] == namings.word("name", "cdn.example")
    assert row["ja3"] == namings.word("ja3", "a0e9")
    assert (row["ja4"], row["agent"], row["issuer"]) == (0, 0, 0)
    assert namings.KINDS[row["kind"]] == "sni"
    assert namings.read(row["text"]) == "cdn.example"


def test_equal_texts_of_different_kinds_are_different_words() -> None:
    assert namings.word("ja3", "x") != namings.word("agent", "x")
    assert namings.word("name", None) == namings.word("name", "") == 0


def test_what_is_not_there_is_0() -> None:
    (row,) = named(naming(peer=None, name=None, ja3="a0e9"))

    assert (row["peer"], row["name"], row["generated"]) == (0, 0, 0.0)
    assert namings.read(row["text"]) == ""


def test_a_long_name_keeps_its_end_and_a_word_of_its_own() -> None:
    one, other = named(naming(name="a" * 200 + ".example"), naming(name="b" * 200 + ".example"))

    assert namings.read(one["text"]).endswith(".example")
    assert len(namings.read(one["text"])) == namings.SHOWN
    assert one["name"] != other["name"]


@pytest.mark.parametrize("name", ["\x1b[2J\x00x", "пример.рф", "\udcff", "ä" * 255])
def test_any_text_can_be_kept(name: str) -> None:
    (row,) = named(naming(name=name))

    assert len(row["text"]) <= namings.SHOWN
    namings.read(row["text"]).encode()


def test_no_namings_are_an_empty_column() -> None:
    assert len(namings.columns([], WORDS)) == 0
    assert not np.shares_memory(namings.columns([], WORDS), named(naming()))
