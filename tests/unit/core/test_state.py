"""Saved states."""

import io
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from netheed.core import state as states
from netheed.core.state import VERSION, check_version, joined, pack, packed, part, unpack, words
from netheed.errors import StateError


def test_a_state_comes_back_as_it_was() -> None:
    state = joined({"a": {"x": np.arange(3.0), "names": words(["ä", "/b"])}, "b": {"x": words([])}})

    got = unpack(pack(state), "here")

    assert got.keys() == state.keys()
    assert part(got, "a")["names"].tolist() == ["ä", "/b"]
    assert part(got, "a")["x"].tolist() == [0.0, 1.0, 2.0]
    assert part(got, "b")["x"].tolist() == []


@pytest.mark.parametrize("at", [0, 10, 60, -30, -1])
def test_a_state_that_was_cut_or_changed_is_refused_with_its_place(at: int) -> None:
    whole = pack({"x": np.arange(100)})
    broken = bytearray(whole)
    broken[at] ^= 0xFF

    for data in (whole[: len(whole) // 2], b"", b"no state"):
        with pytest.raises(StateError, match="here: is no saved state"):
            unpack(data, "here")
    with suppress(StateError):  # a change may hit bytes that nobody reads
        assert unpack(bytes(broken), "here")["x"].tolist() == list(range(100))


def test_objects_are_no_state() -> None:
    with pytest.raises(TypeError, match="no plain arrays: b"):
        pack({"a": np.arange(3), "b": np.array([{}], dtype=object)})


def test_of_a_file_the_version_alone_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(b"a line before\n" + pack({"x": np.arange(9)}))

    with path.open("rb") as file:
        file.readline()
        check_version(file, "here")


def test_another_version_in_a_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "VERSION", 3)
    earlier = pack({"x": np.arange(9)})
    monkeypatch.undo()

    with pytest.raises(StateError, match="here: a state of version 3, this netheed reads"):
        check_version(io.BytesIO(earlier), "here")


@pytest.mark.parametrize("lone", [False, True], ids=["words", "a lone array"])
def test_a_file_of_something_else_is_no_state(lone: bool) -> None:
    file = io.BytesIO()
    if lone:
        np.save(file, np.arange(3))
    else:
        file.write(b"just words")
    file.seek(0)

    with pytest.raises(StateError, match="here: is no saved state"):
        check_version(file, "here")


def test_a_state_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "VERSION", 99)
    later = pack({})
    monkeypatch.undo()

    told = f"here: a state of version 99, this netheed reads {states.VERSION}"
    with pytest.raises(StateError, match=told):
        unpack(later, "here")


def test_a_state_from_before_the_acts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "VERSION", 7)
    earlier = pack({})
    monkeypatch.undo()

    with pytest.raises(StateError, match="here: a state of version 7, this netheed reads 8"):
        unpack(earlier, "here")


def test_a_state_with_a_pickle_in_it_is_refused_unread() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        inner = io.BytesIO()
        np.save(inner, np.array([{"a": 1}], dtype=object), allow_pickle=True)
        archive.writestr("version.npy", inner.getvalue())

    with pytest.raises(StateError, match="is no saved state"):
        unpack(buffer.getvalue(), "here")


def test_no_piece_holds_more_than_the_largest_array() -> None:
    state = {str(n): np.arange(100_000) for n in range(20)}

    sizes = [len(piece) for piece in packed(state)]

    assert max(sizes) <= 8 * 100_000
    assert sum(sizes) > 20 * 8 * 100_000


def test_what_numpy_packs_itself_is_read_alike() -> None:
    state = {"x": np.arange(9).reshape(3, 3), "name": words(["a", "bc"])}
    with BytesIO() as file:
        np.savez(file, version=np.array(VERSION), **state)
        theirs = unpack(file.getvalue(), "here")

    ours = unpack(pack(state), "here")

    assert {name: array.tolist() for name, array in ours.items()} == {
        name: array.tolist() for name, array in theirs.items()
    }
