"""How much a name looks made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.generated import generated, likeliness

WORDS = ("update.microsoft.com", "www.google.com", "connectivity-check.ubuntu.com", "github.com")
MADE_UP = ("xk7qzv0pw3jd", "xjhqwkzpqv.biz", "kq3v9z.com", "d3ag4hukkh62yn.cloudfront.net")


def test_random_characters_look_more_generated_than_words() -> None:
    assert generated("xk7qzv0pw3jd") > generated("update.microsoft.com")


@pytest.mark.parametrize("name", WORDS)
def test_a_name_of_words_looks_like_none(name: str) -> None:
    assert generated(name) < 0.2


@pytest.mark.parametrize("name", MADE_UP)
def test_one_random_label_is_enough(name: str) -> None:
    assert generated(name) > 0.8


@pytest.mark.parametrize("name", ["", "a.b.c", "x.com", "com"])
def test_too_little_to_tell_is_no_suspicion(name: str) -> None:
    assert generated(name) == 0.0


def test_the_last_label_says_nothing_because_a_registry_chose_it() -> None:
    assert generated("mail.xn--zqwxkj") == generated("mail.com")


@given(st.text(max_size=300))
def test_any_text_has_a_value_between_0_and_1(name: str) -> None:
    assert 0.0 <= generated(name) <= 1.0


def test_a_label_of_one_character_has_no_pairs() -> None:
    assert likeliness("a") == 0.0
