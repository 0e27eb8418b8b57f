"""The table at the end of a run."""

import os
import pty
from pathlib import Path

from netheed.sinks.output import Output, open_output
from netheed.sinks.table import WIDTH, TableSink
from tests.makers import make_notice


def test_the_table_holds_all_notices_and_comes_at_the_end(tmp_path: Path) -> None:
    with open_output(tmp_path / "table") as output:
        sink = TableSink(output)
        sink.write([make_notice(host="10.0.0.1")])
        sink.write([make_notice(host="10.0.0.2"), make_notice(host="10.0.0.3")])
        before = (tmp_path / "table").read_text()
        sink.close()

    text = (tmp_path / "table").read_text()
    assert before == ""
    assert text.count("when (UTC)") == 1
    assert all(f"10.0.0.{n}" in text for n in (1, 2, 3))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "\x1b" not in text


def test_a_run_without_notices_says_so(tmp_path: Path) -> None:
    with open_output(tmp_path / "table") as output:
        TableSink(output).close()

    assert (tmp_path / "table").read_text() == "no notices\n"


def test_a_terminal_gets_colours() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb", buffering=0) as terminal:
        sink = TableSink(Output(terminal, "terminal", ours=False))
        sink.write([make_notice(severity="critical")])
        sink.close()
        shown = os.read(ours, 65_536)
    os.close(ours)

    assert b"\x1b[" in shown
