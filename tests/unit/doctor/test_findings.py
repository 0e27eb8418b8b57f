import pytest

from netheed.doctor.findings import Level, advice, missing, ok, paste, rights, span


def test_each_word_has_its_level():
    assert [one.level for one in (ok("a"), missing("b"), advice("c"))] == [
        Level.OK,
        Level.MISSING,
        Level.ADVICE,
    ]


def test_lines_stay_with_their_file():
    found = missing("it is not loaded", paste("local.zeek", "@load packages"))

    assert found.pastes == (("local.zeek", ("@load packages",)),)


def test_rights_are_for_the_user_that_asks_and_a_folder_of_any_name():
    (first, later) = rights("/logs of; eve").lines

    assert first == """sudo setfacl -R -m "u:$(id -un):rX" '/logs of; eve'"""
    assert " -d " in later


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(119, "119 seconds"), (120, "2 minutes"), (7200, "2 hours"), (172_800, "2 days")],
)
def test_a_span_is_told_in_its_largest_unit(seconds, words):
    assert span(seconds) == words
