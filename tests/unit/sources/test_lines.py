"""Lines in blocks."""

from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from netheed.sources import lines as lines_module
from netheed.sources.lines import blocks_of_lines


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
