import re

from netheed.sinks.formats.signatures import SIGNATURES, signature
from netheed.triage.policy import TECHNIQUES, UNKNOWN


def test_every_kind_that_triage_knows_has_its_signature():
    assert set(SIGNATURES) == {*TECHNIQUES, UNKNOWN}


def test_sids_and_texts_are_unique_and_in_the_local_range():
    sids = [one.sid for one in SIGNATURES.values()]

    assert len(set(sids)) == len(sids) == len({one.text for one in SIGNATURES.values()})
    assert all(re.fullmatch(r"19001\d\d", str(sid)) for sid in sids)


def test_a_kind_of_a_model_to_come_shares_the_unknown_one():
    assert signature("sabotage") == SIGNATURES["unknown"]
