"""All parts of a run, and what holds them."""

import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from netheed import overlaps, wiring
from netheed.config import DaemonSettings, Settings
from netheed.errors import SurroundingsError
from netheed.signals import Asked
from netheed.sinks import SinkSettings
from netheed.sinks.zeek_websocket import ZeekWebSocketSinkSettings
from netheed.sources.zeek_websocket import ZeekWebSocketSettings
from tests.model_directory import write_model


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as held:
        yield held


def settings(folder: Path, *, sinks: tuple[SinkSettings, ...] = (), **daemon: str) -> Settings:
    write_model(folder / "model")
    return Settings(
        model=str(folder / "model"),
        sources=(ZeekWebSocketSettings(),),
        sinks=sinks,
        daemon=DaemonSettings(state=str(folder / "state"), **daemon),
    )


def test_what_a_state_holds_is_for_its_owner_alone(tmp_path: Path, held: ExitStack) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    for name in ("notices.sqlite", "checkpoint.new"):
        (tmp_path / "state" / name).touch(mode=0o644)  # of an earlier version
    made = wiring.daemon(settings(tmp_path), held, Asked())
    made.checkpoints.write([b"something"])

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()
    }

    assert {"notices.sqlite", "checkpoint"} <= modes.keys() <= set(overlaps.OWN)
    assert {mode & 0o077 for mode in modes.values()} == {0}


def test_a_second_netheed_on_one_state_is_refused(tmp_path: Path, held: ExitStack) -> None:
    wiring.daemon(settings(tmp_path), held, Asked())

    with ExitStack() as other, pytest.raises(SurroundingsError, match=r"daemon\.state: .*another"):
        wiring.daemon(settings(tmp_path), other, Asked())


def test_source_and_sink_share_one_line_which_ends_with_what_holds_it(tmp_path: Path) -> None:
    both = settings(tmp_path, sinks=(ZeekWebSocketSinkSettings(),))

    with ExitStack() as held:
        made = wiring.daemon(both, held, Asked())
        line = made.sources[0].link  # type: ignore[attr-defined]
        assert made.deliveries.to[0].sink.link is line  # type: ignore[attr-defined]
        assert not line.stopped.is_set()

    assert line.stopped.is_set()


def test_a_file_of_windows_that_cannot_be_is_named(tmp_path: Path, held: ExitStack) -> None:
    wrong = settings(tmp_path, windows=str(tmp_path / "gone" / "windows"))

    with pytest.raises(SurroundingsError, match=r"daemon\.windows: .*gone/windows: No such file"):
        wiring.daemon(wrong, held, Asked())


def test_a_state_that_cannot_be_made_is_named(tmp_path: Path, held: ExitStack) -> None:
    (tmp_path / "state").touch()

    with pytest.raises(SurroundingsError, match=r"daemon\.state: .*/state: File exists"):
        wiring.daemon(settings(tmp_path), held, Asked())
