"""Acts as columns."""

from netheed.core import act_rows, namings
from netheed.core.act_rows import ALERT, FAILED_LOGON, SHOWN
from netheed.core.networks import AddressWords
from tests.acts import act, acted
from tests.connections import WORDS


def test_each_act_is_a_row_of_words() -> None:
    (row,) = acted(act(kind="failed_logon", what="ntlm"))

    assert (row["time"], row["kind"]) == (1_700_000_000.5, FAILED_LOGON)
    assert (row["host"], row["peer"]) == (WORDS["10.0.0.5"], WORDS["10.0.0.9"])
    assert (row["site"], row["what"], row["text"]) == (0, 0, b"")


def test_no_acts_are_no_rows() -> None:
    assert len(acted()) == 0


def test_of_an_alert_the_signature_is_kept_its_beginning_in_whole_characters() -> None:
    (row,) = acted(act(kind="alert", what="ü" * 200))

    assert row["kind"] == ALERT
    assert namings.read(row["text"]) == "ü" * (SHOWN // 2)
    (long,) = acted(act(kind="alert", what="x" + "ü" * 200))
    assert namings.read(long["text"]) == "x" + "ü" * (SHOWN // 2 - 1)


def test_an_act_is_of_the_site_of_its_origin() -> None:
    (row,) = act_rows.columns([act()], AddressWords(site="Lyon"))

    assert row["site"] == act_rows.site_word("Lyon") != 0
    assert row["host"] != WORDS["10.0.0.5"]
