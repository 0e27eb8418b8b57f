from netheed.doctor.findings import Level, advice, missing, ok, paste


def test_each_word_has_its_level():
    assert [one.level for one in (ok("a"), missing("b"), advice("c"))] == [
        Level.OK,
        Level.MISSING,
        Level.ADVICE,
    ]


def test_lines_stay_with_their_file():
    found = missing("it is not loaded", paste("local.zeek", "@load packages"))

    assert found.pastes == (("local.zeek", ("@load packages",)),)
