"""Lines are written as they come, in every form of the table of sinks."""

from pathlib import Path

import pytest

from netheed.sinks import SINKS
from netheed.sinks.formats import FORMATS
from netheed.sinks.formats.jsonl import encode_window
from netheed.sinks.lines import LinesSink
from netheed.sinks.output import open_output
from tests.makers import make_notice, make_window


@pytest.mark.parametrize("form", FORMATS)
def test_notices_are_in_the_file_in_their_form_as_soon_as_they_are_written(
    tmp_path: Path, form: str
) -> None:
    notice = make_notice()

    with open_output(tmp_path / "notices") as output:
        sink = SINKS[form](output)
        sink.write([notice, notice])
        written = (tmp_path / "notices").read_bytes()
        sink.close()

    assert written == FORMATS[form](notice) * 2 == (tmp_path / "notices").read_bytes()


def test_windows_are_lines_too(tmp_path: Path) -> None:
    with open_output(tmp_path / "windows") as output:
        LinesSink(output, encode_window).write([make_window(), make_window()])

    assert (tmp_path / "windows").read_bytes() == encode_window(make_window()) * 2


def test_every_form_of_a_notice_is_a_choice_and_the_table_is_the_first() -> None:
    assert list(SINKS) == ["table", *FORMATS]
