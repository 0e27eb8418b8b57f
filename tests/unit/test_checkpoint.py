"""A whole state can be read back wherever the write of the next one was cut off."""

import errno
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from netheed.checkpoint import Checkpoints, lock
from netheed.errors import NetheedError

CALLS = ("open", "write", "fsync", "link", "unlink", "replace")
OLDEST, OLD, NEW = b"oldest\n" * 40, b"old\n" * 70, b"new\n" * 100
MOST = 60
"""More calls than a write makes."""

Act = Callable[[int, str, Callable[..., Any], tuple[Any, ...]], Any]


@contextmanager
def every_call(act: Act) -> Iterator[None]:
    """Let `act` stand before each call of CALLS: its number from 1, name, function, arguments."""
    real = {name: getattr(os, name) for name in CALLS}
    count = 0

    def instead(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            return act(count, name, lambda *given: real[name](*given, **named), arguments)

        return call

    try:
        for name in CALLS:
            setattr(os, name, instead(name))
        yield
    finally:
        for name, function in real.items():
            setattr(os, name, function)


def killed_at(fatal: int, *, half: bool) -> Act:
    """The process ends in that call; what it writes is there half or not at all."""

    def act(number: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if number == fatal:
            if half and name == "write":
                descriptor, data = arguments
                real(descriptor, data[: len(data) // 2])
            os._exit(9)
        return real(*arguments)

    return act


def survives(checkpoints: Checkpoints, data: bytes, fatal: int, *, half: bool = False) -> bool:
    """Write in another process that dies at its call `fatal`; False where it did."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of others; the child has none
        child = os.fork()
    if child == 0:
        try:
            with every_call(killed_at(fatal, half=half)):
                checkpoints.write([data])
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 0


def deaths(make: Callable[[], Checkpoints], *, half: bool = False) -> Iterator[Checkpoints]:
    """What lies there after a death at each call of a write of NEW, and after one that is done."""
    for fatal in range(1, MOST):
        checkpoints = make()
        done = survives(checkpoints, NEW, fatal, half=half)
        yield checkpoints
        if done:
            assert fatal > 6
            return
    pytest.fail("the write never ends")


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[..., Checkpoints]:
    """Makes directories with some states written one after the other."""
    count = 0

    def make(*states: bytes) -> Checkpoints:
        nonlocal count
        count += 1
        directory = tmp_path / str(count)
        directory.mkdir()
        for state in states:
            Checkpoints(directory).write([state])
        return Checkpoints(directory)

    return make


def read(checkpoints: Checkpoints) -> list[bytes]:
    return list(checkpoints.read())


def test_the_newest_comes_first_and_then_the_one_before(fresh) -> None:
    checkpoints = fresh(OLDEST, OLD, NEW)

    assert read(checkpoints) == [NEW, OLD]


@pytest.mark.parametrize("data", [b"", b"\n", b"\0" * 100, b"no newline", bytes(range(256)) * 5000])
def test_any_bytes_come_back(fresh, data: bytes) -> None:
    assert read(fresh(data)) == [data]


def test_pieces_come_back_as_one_of_the_length_that_is_given(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path).write(iter([OLD, b"", NEW])) == len(OLD + NEW)

    assert read(Checkpoints(tmp_path)) == [OLD + NEW]


def test_nothing_is_read_where_nothing_was_written(tmp_path: Path) -> None:
    with capture_logs() as events:
        assert read(Checkpoints(tmp_path)) == []

    assert events == []


def test_nobody_else_may_read_a_state(fresh) -> None:
    assert fresh(OLD).newest.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("half", [False, True], ids=["between", "in the middle of a write"])
@pytest.mark.parametrize("before", [(OLD,), (OLDEST, OLD)], ids=["first", "later"])
def test_a_death_at_any_call_leaves_the_old_state_or_the_new_one(fresh, before, half: bool) -> None:
    firsts = []
    for checkpoints in deaths(lambda: fresh(*before), half=half):
        found = read(checkpoints)
        assert found[0] in (OLD, NEW)
        assert set(found) <= {*before, NEW}
        firsts.append(found[0])

    assert firsts == sorted(firsts, key=[OLD, NEW].index)
    assert {firsts[0], firsts[-1]} == {OLD, NEW}


def test_a_death_at_any_call_of_the_first_write_leaves_nothing_or_a_whole_state(fresh) -> None:
    outcomes = [tuple(read(checkpoints)) for checkpoints in deaths(fresh, half=True)]

    assert set(outcomes) == {(), (NEW,)}


def test_two_deaths_in_a_row_leave_a_whole_state_and_the_next_write_succeeds(fresh) -> None:
    for first in range(1, MOST):
        done = False
        for second in range(1, MOST):
            checkpoints = fresh(OLDEST, OLD)
            done = survives(checkpoints, b"between", first)
            again = survives(checkpoints, NEW, second)
            assert read(checkpoints)[0] in (OLD, b"between", NEW)
            checkpoints.write([b"last"])
            assert read(checkpoints)[0] == b"last"
            assert len(read(checkpoints)) == 2
            if again:
                break
        if done:
            return
    pytest.fail("the write never ends")


def test_a_damaged_state_never_takes_the_place_of_the_whole_one_before(fresh) -> None:
    def damaged() -> Checkpoints:
        checkpoints = fresh(OLDEST, OLD)
        checkpoints.newest.write_bytes(checkpoints.newest.read_bytes()[:-1])
        return checkpoints

    firsts = [read(checkpoints)[0] for checkpoints in deaths(damaged)]

    assert set(firsts) == {OLDEST, NEW}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
def test_an_error_at_any_call_leaves_the_old_state_and_a_later_write_succeeds(
    fresh, code: int, lasting: bool
) -> None:
    for fatal in range(1, MOST):
        checkpoints = fresh(OLDEST, OLD)
        failed, codes = [], []

        def act(
            number: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...]
        ) -> Any:
            if number == fatal or (lasting and number > fatal):  # noqa: B023 - used at once
                failed.append(name)  # noqa: B023
                raise OSError(code, os.strerror(code))
            return real(*arguments)

        try:
            with every_call(act):
                checkpoints.write([NEW])
        except OSError as error:
            codes.append(error.errno)
        if not failed:
            assert read(checkpoints) == [NEW, OLD]
            return
        assert codes in ([code], [])
        found = read(checkpoints)
        # What failed last may be the forcing of the directory: NEW is there, only not for sure.
        assert found[0] == OLD or found == [NEW, OLD]
        checkpoints.write([b"later"])
        assert read(checkpoints)[0] == b"later"
        assert not (checkpoints.directory / "checkpoint.new").exists()
    pytest.fail("the write never ends")


def test_an_error_before_the_new_state_has_its_name_leaves_the_old_one_newest(fresh) -> None:
    checkpoints = fresh(OLDEST, OLD)

    def act(_: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if name == "replace" and Path(arguments[1]) == checkpoints.newest:
            raise OSError(errno.EIO, "broken")
        return real(*arguments)

    with every_call(act), pytest.raises(OSError, match="broken"):
        checkpoints.write([NEW])

    assert read(checkpoints)[0] == OLD


def test_a_disk_that_takes_a_few_bytes_a_call_takes_all_of_them(fresh) -> None:
    checkpoints = fresh(OLD)

    def act(_: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if name == "write":
            return real(arguments[0], arguments[1][:7])
        return real(*arguments)

    with every_call(act):
        checkpoints.write([NEW])

    assert read(checkpoints) == [NEW, OLD]


def test_a_state_is_on_the_disk_before_it_has_its_name_and_the_name_before_the_end(fresh) -> None:
    checkpoints = fresh(OLDEST, OLD)
    opened: dict[int, str] = {}
    done: list[tuple[str, ...]] = []

    def act(_: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        result = real(*arguments)
        if name == "open":
            opened[result] = Path(arguments[0]).name
        elif name in ("write", "fsync"):
            done.append((name, opened[arguments[0]]))
        else:
            done.append((name, *(Path(path).name for path in arguments)))
        return result

    with every_call(act):
        checkpoints.write([NEW])

    names = [step for step in done if step[0] != "unlink"]
    assert names == [
        *[("write", "checkpoint.new")] * 3,
        ("fsync", "checkpoint.new"),
        ("link", "checkpoint", "checkpoint.link"),
        ("replace", "checkpoint.link", "checkpoint.previous"),
        ("replace", "checkpoint.new", "checkpoint"),
        ("fsync", checkpoints.directory.name),
    ]


def told_damaged(checkpoints: Checkpoints, data: bytes) -> None:
    """The newest holds `data`: the previous one is given, and the damage told."""
    checkpoints.newest.write_bytes(data)

    with capture_logs() as events:
        found = read(checkpoints)

    assert found == [OLD]
    place = str(checkpoints.newest)
    assert [(e["event"], e["path"], e["bytes"]) for e in events] == [
        ("checkpoint_damaged", place, len(data))
    ]


def test_a_state_torn_at_any_length_is_told_and_the_one_before_given(fresh) -> None:
    checkpoints = fresh(OLD, NEW)
    whole = checkpoints.newest.read_bytes()

    for length in range(len(whole)):
        told_damaged(checkpoints, whole[:length])


def test_a_state_with_any_byte_flipped_is_told_and_the_one_before_given(fresh) -> None:
    checkpoints = fresh(OLD, NEW)
    whole = bytearray(checkpoints.newest.read_bytes())

    for place in range(len(whole)):
        whole[place] ^= 0x20
        told_damaged(checkpoints, bytes(whole))
        whole[place] ^= 0x20


@pytest.mark.parametrize(
    "make",
    [
        lambda whole: whole + b"more",
        lambda whole: whole[: len(whole) // 2] + b"\0" * (len(whole) - len(whole) // 2),
        lambda whole: b"\0" * len(whole),
        lambda _: b"\xff\xfe garbage \n\n" * 99,
        lambda whole: whole * 2,
    ],
    ids=["longer", "half zeros", "zeros", "garbage", "twice"],
)
def test_what_is_no_whole_state_is_told_and_the_one_before_given(fresh, make) -> None:
    checkpoints = fresh(OLD, NEW)

    told_damaged(checkpoints, make(checkpoints.newest.read_bytes()))


def test_a_state_that_cannot_be_read_is_told_and_the_one_before_given(fresh) -> None:
    checkpoints = fresh(OLD, NEW)
    checkpoints.newest.unlink()
    checkpoints.newest.mkdir()

    with capture_logs() as events:
        found = read(checkpoints)

    assert found == [OLD]
    assert [(e["event"], e["reason"]) for e in events] == [
        ("checkpoint_unreadable", "Is a directory")
    ]


def test_a_second_owner_of_a_directory_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = lock(tmp_path)

    with pytest.raises(NetheedError, match=f"{tmp_path}: another netheed runs"):
        lock(tmp_path)
    os.close(first)

    os.close(lock(tmp_path))


def test_a_directory_is_free_again_when_its_owner_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from netheed.checkpoint import lock;"
        f"lock(Path({str(tmp_path)!r})); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"\n"
        with pytest.raises(NetheedError, match="another netheed runs"):
            lock(tmp_path)
        owner.kill()

    os.close(lock(tmp_path))


def test_a_directory_that_cannot_be_locked_is_named(tmp_path: Path) -> None:
    with pytest.raises(NetheedError, match=f"{tmp_path}/gone: No such file or directory"):
        lock(tmp_path / "gone")
