"""What `run` would meet is told before it runs, with the place of the setting."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from netheed import checkpoint, environment
from netheed.checkpoint import Checkpoints
from netheed.config import DaemonSettings, Settings
from netheed.core import state as states
from netheed.sinks import JsonlSettings, SinkSettings
from netheed.sinks.suricata_dataset import SuricataDatasetSettings
from tests.taken import taken_port

Found = list[tuple[str, str]]


def found(folder: Path, *sinks: SinkSettings, **daemon: str) -> Found:
    """Of a configuration whose state lies in a folder, if nothing else is said."""
    made = DaemonSettings(**{"state": str(folder / "state"), **daemon})
    settings = Settings(daemon=made, sinks=sinks)
    return list(environment.problems(settings))


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that another user can go into; tmp_path is below one that nobody else can."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def as_another_user(told: Callable[[], Found]) -> Found:
    """What a user without rights would be told."""
    if os.geteuid() != 0:
        return told()
    os.seteuid(65534)
    try:
        return told()
    finally:
        os.seteuid(0)


def test_where_all_can_be_made_there_is_no_problem_and_nothing_is_made(tmp_path: Path) -> None:
    assert found(tmp_path, windows=str(tmp_path / "windows")) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("daemon", "told"),
    [
        ({"state": "/proc/netheed"}, ("daemon.state", "/proc: No such file or directory")),
        ({"state": "{}/file"}, ("daemon.state", "{}/file: Not a directory")),
        ({"state": "{}/file/below"}, ("daemon.state", "{}/file: Not a directory")),
        ({"windows": "{}"}, ("daemon.windows", "{}: Is a directory")),
        ({"windows": "{}/no/w"}, ("daemon.windows", "{}/no: No such file or directory")),
        ({"windows": "{}/file/w"}, ("daemon.windows", "{}/file/w: Not a directory")),
    ],
    ids=str,
)
def test_what_cannot_be_made_is_told_with_its_place(
    tmp_path: Path, daemon: dict[str, str], told: tuple[str, str]
) -> None:
    (tmp_path / "file").touch()
    there = {name: path.format(tmp_path) for name, path in daemon.items()}

    assert found(tmp_path, **there) == [(told[0], told[1].format(tmp_path))]


def test_what_lies_in_a_state_that_has_still_to_be_made_is_no_problem(tmp_path: Path) -> None:
    sink = JsonlSettings(path=f"{tmp_path}/state/notices")

    assert found(tmp_path, sink, windows=f"{tmp_path}/state/../state/windows") == []
    assert found(tmp_path, JsonlSettings(path=f"{tmp_path}/state/below/notices")) != []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dangling", "a link to nothing"),
        ("loop", "a link to nothing"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_state_that_could_not_be_made_is_told(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    state = tmp_path / name

    assert found(tmp_path, state=str(state)) == [("daemon.state", f"{state}: {told}")]


def test_own_files_that_are_none_are_told(tmp_path: Path) -> None:
    state = tmp_path / "state"
    (state / "checkpoint").mkdir(parents=True)
    os.mkfifo(state / "lock")
    (state / "notices.sqlite").symlink_to(state / "nothing")

    assert found(tmp_path) == [
        ("daemon.state", f"{state}/checkpoint: is no file"),
        ("daemon.state", f"{state}/lock: is no file"),
        ("daemon.state", f"{state}/notices.sqlite: No such file or directory"),
    ]


def test_a_state_behind_a_closed_door_is_told_as_any_other(public: Path) -> None:
    closed = public / "closed"
    (closed / "state").mkdir(parents=True)
    closed.chmod(0)

    try:
        told = as_another_user(lambda: found(closed))
    finally:
        closed.chmod(0o755)

    assert told == [("daemon.state", f"{closed}: Permission denied")]


def test_a_state_that_cannot_be_listed_is_told(public: Path) -> None:
    (public / "state").mkdir()
    (public / "state").chmod(0o333)

    told = as_another_user(lambda: found(public))

    assert told == [("daemon.state", f"{public}/state: cannot be listed")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files of another user")
def test_a_state_of_another_user_is_told(public: Path) -> None:
    (public / "state").mkdir()
    (public / "state").chmod(0o777)
    (public / "state" / "notices.sqlite").touch(mode=0o600)

    told = as_another_user(lambda: found(public))

    file = public / "state" / "notices.sqlite"
    assert told == [("daemon.state", f"{file}: not this user's to read and write")]


@pytest.mark.parametrize("running", [False, True])
def test_a_port_is_tried_unless_a_netheed_runs_on_the_state(tmp_path: Path, running: bool) -> None:
    (tmp_path / "state").mkdir()
    held = checkpoint.lock(tmp_path / "state")
    if not running:
        os.close(held)
    with taken_port() as listen:
        told = found(tmp_path, metrics=listen)
    if running:
        os.close(held)

    expected = ("daemon.metrics", f"{listen}: Address already in use")
    assert told == ([] if running else [expected])


def warned(folder: Path) -> Found:
    return list(environment.warnings(DaemonSettings(state=str(folder))))


def earlier_state() -> bytes:
    """As an earlier version packed it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(states, "VERSION", 3)
        return states.pack({"x": np.arange(9)})


def test_a_state_that_run_would_take_up_brings_no_warning(tmp_path: Path) -> None:
    Checkpoints(tmp_path).write([states.pack({})])

    assert warned(tmp_path) == []


def test_no_state_brings_no_warning(tmp_path: Path) -> None:
    assert warned(tmp_path / "state") == []


def test_a_damaged_state_brings_a_warning(tmp_path: Path) -> None:
    Checkpoints(tmp_path).write([states.pack({})])
    newest = Checkpoints(tmp_path).newest
    newest.write_bytes(newest.read_bytes()[:-1])

    told = f"{newest}: is damaged; run goes on without it"
    assert warned(tmp_path) == [("daemon.state", told)]


def test_a_state_of_an_earlier_version_brings_a_warning(tmp_path: Path) -> None:
    Checkpoints(tmp_path).write([earlier_state()])

    ((where, told),) = warned(tmp_path)

    assert where == "daemon.state"
    assert told.startswith(f"{tmp_path}/checkpoint: a state of version 3, this netheed reads ")


def test_the_state_before_is_looked_at_too(tmp_path: Path) -> None:
    for data in (earlier_state(), states.pack({})):
        Checkpoints(tmp_path).write([data])

    ((_, told),) = warned(tmp_path)

    assert told.startswith(f"{tmp_path}/checkpoint.previous: a state of version 3")


def test_a_lock_that_was_looked_at_is_free(tmp_path: Path) -> None:
    settings = DaemonSettings(state=str(tmp_path))
    os.close(checkpoint.lock(tmp_path))

    assert not environment.is_running(settings)
    held = checkpoint.lock(tmp_path)
    assert environment.is_running(settings)
    os.close(held)


def test_a_ledger_below_a_state_that_has_still_to_be_made_is_no_problem(tmp_path: Path) -> None:
    state, missing = tmp_path / "state", f"{tmp_path}/socket: No such file or directory"

    def of(ledger: Path) -> Found:
        socket = str(tmp_path / "socket")
        return found(tmp_path, SuricataDatasetSettings(socket=socket, ledger=str(ledger)))

    assert of(state / "ledger") == [("sinks[0].socket", missing)]
    assert of(tmp_path / "else" / "ledger") == [
        ("sinks[0].ledger", f"{tmp_path}/else: No such file or directory"),
        ("sinks[0].socket", missing),
    ]
