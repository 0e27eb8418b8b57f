"""Lines of one file, from the first or from any later one on: what they say, counted once."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.errors import BadRecordError
from netheed.records import Tally
from netheed.sources.intake import Intake
from netheed.sources.lines import LONGEST_LINE
from netheed.sources.reader import PATIENCE, Reader
from tests.lines import CONN_JSON, EVE_FLOW, TSV_HEADER, TSV_ROW, changed

# The fields in another order than Zeek's own: without its header a row would be misread.
HEADER = TSV_HEADER.replace(b"id.orig_h\tid.orig_p\t", b"id.orig_p\tid.orig_h\t").replace(
    b"addr\tport\taddr", b"port\taddr\taddr"
)
ROW = TSV_ROW.replace(b"10.0.0.5\t40000", b"40000\t10.0.0.5")
MIXED = [
    *HEADER.splitlines(),
    *[ROW.rstrip(b"\n")] * 5,
    b"words",
    EVE_FLOW.rstrip(b"\n"),
    b"",
    CONN_JSON.rstrip(b"\n"),
    changed(EVE_FLOW, event_type="dns").rstrip(b"\n"),
    None,
    *[ROW.rstrip(b"\n")] * 3,
    b"#close\t2023-11-14-22-13-20",
]


def reader(*, after: int = 0) -> tuple[Reader, Tally, list[BadRecordError]]:
    tally, bad = Tally(), []
    return Reader("conn.log", AddressWords(), tally, bad.append, after=after), tally, bad


def told(parts: list[Columns]) -> list[str]:
    return [repr(c) for part in parts for c in part.connections(np.arange(len(part)))]


def lines(data: bytes) -> list[bytes | None]:
    return list(data.splitlines())


def test_what_a_header_says_holds_for_the_lines_of_the_next_blocks() -> None:
    reading, tally, bad = reader()

    parts = [reading.columns(lines(block)) for block in (HEADER, ROW, ROW * 2)]

    assert [len(part) for part in parts] == [0, 1, 2]
    assert "orig='10.0.0.5', orig_port=40000" in told(parts)[2]
    assert (tally.connections, bad) == (3, [])


@given(st.lists(st.integers(0, len(MIXED)), max_size=6))
def test_it_does_not_matter_how_lines_are_cut_into_blocks(cuts: list[int]) -> None:
    whole, whole_tally, whole_bad = reader()
    pieces, pieces_tally, pieces_bad = reader()
    edges = sorted({0, len(MIXED), *cuts})

    expected = told([whole.columns(MIXED)])
    found = told([pieces.columns(MIXED[a:b]) for a, b in pairwise(edges)])

    assert found == expected
    assert (pieces_tally, pieces.number) == (whole_tally, len(MIXED))
    assert [str(error) for error in pieces_bad] == [str(error) for error in whole_bad]
    assert len(expected) == 10
    assert [error.where for error in whole_bad] == ["conn.log:14", "conn.log:19"]


@pytest.mark.parametrize("line", range(8, len(MIXED)))
def test_behind_any_line_it_goes_on_with_the_header_alone(line: int) -> None:
    whole, _, whole_bad = reader()
    whole.columns(MIXED[:line])
    bad_before = len(whole_bad)
    expected = told([whole.columns(MIXED[line:])])
    again, tally, bad = reader()

    again.resume(MIXED[:8], line)
    found = told([again.columns(MIXED[line:])])

    assert found == expected
    assert tally.connections == len(found)
    assert [str(error) for error in bad] == [str(error) for error in whole_bad[bad_before:]]


def test_a_header_that_is_read_again_is_neither_counted_nor_told() -> None:
    reading, tally, bad = reader()

    reading.resume([*lines(HEADER), b"#fields\tts\tnonsense", b"#what\tis this"], 12)

    assert (tally, bad, reading.number) == (Tally(), [], 12)


def test_what_is_bad_behind_a_resumption_is_told_with_its_place_in_the_file() -> None:
    reading, tally, bad = reader()
    reading.resume(lines(HEADER), 1000)

    reading.columns([*lines(ROW), b"half a\trow", None])

    assert [error.where for error in bad] == ["conn.log:1002", "conn.log:1003"]
    assert str(LONGEST_LINE) in bad[1].reason
    assert (tally.connections, tally.bad) == (1, 2)


def test_a_byte_order_mark_is_only_one_in_the_first_line() -> None:
    first, _, _ = reader()
    later, later_tally, _ = reader()
    later.resume([], 5)

    assert len(first.columns([b"\xef\xbb\xbf" + CONN_JSON.rstrip(b"\n")])) == 1
    assert len(later.columns([b"\xef\xbb\xbf" + CONN_JSON.rstrip(b"\n")])) == 0
    assert later_tally.connections == 0


def test_lines_of_an_earlier_run_teach_the_format_and_give_nothing() -> None:
    data = lines(HEADER + ROW * 3)
    reading, tally, _ = reader(after=10)

    parts = [reading.columns(data[:9]), reading.columns(data[9:])]

    assert [len(part) for part in parts] == [0, 1]
    assert (tally.connections, reading.number) == (1, 11)


def test_lines_of_no_format_are_borne_with_for_a_while_and_then_told_once() -> None:
    reading, tally, bad = reader()

    for _ in range(PATIENCE - 1):
        reading.columns([b"strange"])
    borne = (reading.given_up, list(bad))
    reading.columns([b"strange", *lines(EVE_FLOW)])
    reading.columns(lines(EVE_FLOW))
    reading.finish()

    assert borne == (False, [])
    assert reading.given_up
    assert [error.where for error in bad] == ["conn.log:1"]
    assert (tally.connections, tally.bad) == (0, 1)


def test_a_short_file_of_no_format_is_told_at_its_end() -> None:
    reading, _, bad = reader()
    reading.columns([b"strange"])
    before = list(bad)

    reading.finish()

    assert before == []
    assert [error.where for error in bad] == ["conn.log:1"]


@pytest.mark.parametrize("header", [[], lines(HEADER)], ids=["json", "tsv"])
def test_a_file_that_was_recognised_before_a_restart_is_not_given_up_after_it(
    header: list[bytes | None],
) -> None:
    reading, _, bad = reader()
    reading.resume(header, 5000)

    reading.columns([b"\x00garbage"] * (PATIENCE + 20))
    found = reading.columns(lines(CONN_JSON))

    assert len(found) == 1
    assert len(bad) == PATIENCE + 20


def test_nothing_gives_nothing() -> None:
    reading, tally, bad = reader()

    assert len(reading.columns([])) == 0
    reading.finish()

    assert (tally, bad, reading.number) == (Tally(), [], 0)


@pytest.mark.parametrize(
    ("begins", "line", "other"),
    [
        (EVE_FLOW, EVE_FLOW, changed(EVE_FLOW, event_type="alert")),
        (CONN_JSON, CONN_JSON, b"{}\n"),
        (TSV_HEADER + TSV_ROW, TSV_ROW, b"\n"),
    ],
    ids=["eve", "zeek_json", "zeek_tsv"],
)
def test_a_sample_leaves_out_connections_and_nothing_else(
    begins: bytes, line: bytes, other: bytes
) -> None:
    reading, tally, bad = reader()
    reading.columns(lines(begins))
    reading.intake = Intake(halvings=2, draw=np.random.default_rng(5))

    got = reading.columns(lines(line * 1000 + other + line * 1000 + b"{words\n"))

    assert len(got) + tally.lost["sampled"] == 2000
    assert 400 < len(got) < 600
    assert set(got.rows["halvings"].tolist()) == {2}
    assert sum(tally.skipped.values()) + tally.bad + (other == b"\n") >= 2
    assert bad[-1].where == f"conn.log:{len(lines(begins)) + 2002}"


def test_a_file_is_known_before_anything_of_it_is_left_out() -> None:
    reading, tally, _ = reader()
    reading.intake = Intake(halvings=8)

    assert len(reading.columns(lines(EVE_FLOW * 50))) == 50
    assert tally.lost == {}
