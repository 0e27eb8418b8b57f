"""The parts of a running netheed, put together and taken apart again."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from importlib import import_module
from pathlib import Path

from netheed import __version__, build, checkpoint, logs, metrics, overlaps
from netheed.checkpoint import Checkpoints
from netheed.config import LIVE_LATENESS, Settings
from netheed.daemon import Daemon, restored
from netheed.errors import ConfigError, ModelError
from netheed.model.scorer import Scorer
from netheed.pipeline import Pipeline, ScoredTick
from netheed.records import Tally
from netheed.signals import Asked
from netheed.sinks.formats.jsonl import encode_window
from netheed.sinks.line_file import LineFile
from netheed.sources.live import Around
from netheed.store import Store
from netheed.zeek.door import Door, Lines
from netheed.zeek.line import Line
from netheed.zeek.pace import Sparse


def daemon(settings: Settings, held: ExitStack, asked: Asked) -> Daemon:
    """All parts of a run; `held` closes what must be closed. Raises NetheedError."""
    # numpy imports it when it first asks for a percentile: there may be no file to be opened then.
    import_module("numpy.ma")
    scorer, link = planned(settings)
    directory = _state_directory(settings)
    held.callback(os.close, checkpoint.lock(directory))
    store = held.enter_context(closing(Store(directory / "notices.sqlite")))
    pipeline = restored(lambda: _pipeline(settings, scorer), Checkpoints(directory))
    lines: list[Line] = []
    link = _held_lines(link, held, lines)
    around = Around(build.words(settings), pipeline.tally, logs.BadRecords(), link)
    made = Daemon(
        pipeline=pipeline,
        sources=build.sources(settings, around),
        deliveries=build.deliveries(settings, store, link),
        checkpoints=Checkpoints(directory),
        every=settings.daemon.checkpoint_every,
        idle_after=settings.daemon.idle_after,
        on_tick=held.enter_context(_windows(settings.daemon.windows)),
        asked=asked,
        made_of={
            "version": __version__,
            "model": scorer.manifest.id,
            "state": str(directory),
        },
    )
    if settings.daemon.metrics is not None:
        collector = metrics.NetheedCollector(
            tally=pipeline.tally,
            pipeline=pipeline,
            deliveries=made.deliveries,
            figures=made.figures,
            lines=lines,
        )
        held.callback(metrics.serve(collector, settings.daemon.metrics))
    return made


def planned(settings: Settings) -> tuple[Scorer, Lines]:
    """What can be known before anything is opened. Raises ConfigError or ModelError."""
    link = build.links(settings)
    overlaps.check(settings)
    scorer = _model(settings)
    build.checked_lateness(settings, scorer.manifest, LIVE_LATENESS)
    return scorer, link


def _model(settings: Settings) -> Scorer:
    """The configured one, else the shipped one. Raises ConfigError or ModelError."""
    try:
        return Scorer(build.model_directory(settings))
    except ModelError as error:
        if settings.model is None:
            raise
        raise ConfigError(str(error), where="model") from None


def _held_lines(link: Lines, held: ExitStack, lines: list[Line]) -> Lines:
    """Each is stopped in the end, after the sinks have had their time."""

    def linked(door: Door) -> Line:
        found = link(door)
        if all(found is not line for line in lines):
            lines.append(found)
            held.callback(found.stop)
        return found

    return linked


def _pipeline(settings: Settings, scorer: Scorer) -> Pipeline:
    return build.pipeline(settings, Tally(), scorer, lateness=LIVE_LATENESS)


def _state_directory(settings: Settings) -> Path:
    directory = Path(settings.daemon.state)
    try:
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        reason = f"{directory}: {error.strerror}"
        raise ConfigError(reason, where="daemon.state") from None
    return directory


@contextmanager
def _windows(path: str | None) -> Iterator[Callable[[ScoredTick], None]]:
    """What writes the windows of a tick. After a crash some come again: they are the same.

    A disk that is full costs windows of the file, which is told, and nothing else.
    """
    if path is None:
        yield lambda _: None
        return
    told, file = Sparse({}), LineFile(path=Path(path), durable=False)
    try:
        file.open()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", where="daemon.windows") from None

    def write(tick: ScoredTick) -> None:
        try:
            file.append(b"".join(map(encode_window, tick.scored())))
        except OSError as error:
            if told("windows_not_written"):
                logs.log.error("windows_not_written", path=path, reason=error.strerror)

    with closing(file):
        yield write
