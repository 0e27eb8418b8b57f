"""Lines in blocks."""

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.sources import lines as lines_module
from netheed.sources.lines import blocks_of_lines, open_any


class Drips(BytesIO):
    """Gives as many bytes at a time as it is told, as a slow file does."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self.size_of_read = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.size_of_read)


@given(st.lists(st.binary(max_size=9).map(lambda b: b.replace(b"\n", b"")), max_size=9),
       st.integers(1, 30), st.booleans())  # fmt: skip
def test_lines_are_the_same_whatever_the_blocks(
    lines: list[bytes], size: int, final_newline: bool
) -> None:
    data = b"\n".join(lines) + (b"\n" if final_newline else b"")

    got = [line for block in blocks_of_lines(Drips(data, size)) for line in block]

    expected = data.split(b"\n")
    assert got == (expected[:-1] if expected[-1] == b"" else expected)


@given(st.integers(1, 40), st.integers(0, 60))
def test_a_line_past_the_cap_is_none_whatever_the_blocks(size: int, longer: int) -> None:
    longest = lines_module.LONGEST_LINE
    lines_module.LONGEST_LINE = 16  # type: ignore[misc]
    try:
        data = b"short\n" + b"x" * (17 + longer) + b"\nlast"
        got = [line for block in blocks_of_lines(Drips(data, size)) for line in block]
    finally:
        lines_module.LONGEST_LINE = longest  # type: ignore[misc]

    assert got == [b"short", None, b"last"]


@contextmanager
def fifo_with(path: Path, pieces: list[bytes]) -> Iterator[Path]:
    """A FIFO into which another thread writes, each piece alone."""

    def write() -> None:
        with path.open("wb", buffering=0) as file:
            for piece in pieces:
                file.write(piece)

    os.mkfifo(path)
    writer = Thread(target=write)
    writer.start()
    yield path
    writer.join()


DATA = b"".join(b"line %d\n" % number for number in range(40_000))


@pytest.mark.parametrize("data", [DATA, gzip.compress(DATA), b"", b"x"],
                         ids=["plain", "gzip", "nothing", "one byte"])  # fmt: skip
def test_a_fifo_gives_every_byte_of_what_was_written(tmp_path: Path, data: bytes) -> None:
    with (
        fifo_with(tmp_path / "fifo", [data[:1], data[1:]]) as path,
        open_any(path) as file,
    ):
        got = b"\n".join(line or b"" for block in blocks_of_lines(file) for line in block)

    assert got == (data if len(data) < 2 else DATA[:-1])


def test_a_pipe_that_does_not_wait_is_an_error_and_no_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.write(writing, b"one\n")
    pipe = os.fdopen(reading, "rb")
    monkeypatch.setattr(lines_module, "_open", lambda _: pipe)

    with pytest.raises(BlockingIOError), open_any(Path("pipe")) as file:
        list(blocks_of_lines(file))
    os.close(writing)
