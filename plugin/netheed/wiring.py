"""The parts of a running netheed, put together and taken apart again."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from importlib import import_module
from pathlib import Path

from netheed import __version__, build, checkpoint, edges, logs, metrics, overlaps
from netheed.checkpoint import Checkpoints
from netheed.config import Settings
from netheed.daemon import Daemon, restored
from netheed.errors import ConfigError, ModelError, NetheedError, SurroundingsError
from netheed.model.scorer import Scorer
from netheed.overload import Overload
from netheed.pipeline import Pipeline, ScoredTick
from netheed.records import Tally
from netheed.signals import Asked
from netheed.sinks.formats.jsonl import encode_window
from netheed.sinks.line_file import LineFile
from netheed.sources import lateness_of
from netheed.sources.intake import Intake
from netheed.sources.live import Around
from netheed.store import FILE, Store
from netheed.zeek.door import Door, Lines
from netheed.zeek.line import Line
from netheed.zeek.pace import Sparse


def daemon(settings: Settings, held: ExitStack, asked: Asked, file: Path | None = None) -> Daemon:
    """All parts of a run; `held` closes what must be closed. Raises NetheedError.

    `file` is where the settings come from.
    """
    # numpy imports it when it first asks for a percentile: there may be no file to be opened then.
    import_module("numpy.ma")
    scorer, link = planned(settings, file)
    directory = Path(settings.daemon.state)
    with _wanted_by("daemon.state"):
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        held.callback(os.close, checkpoint.lock(directory))
        store = held.enter_context(closing(Store(directory / FILE)))
    checkpoints = Checkpoints(directory)
    pipeline = restored(lambda: _pipeline(settings, scorer), checkpoints)
    lines: list[Line] = []
    link = _held_lines(link, held, lines)
    overload = Overload(intake=Intake(), most_lag=settings.daemon.most_lag)
    around = Around(
        build.words(settings), pipeline.tally, logs.BadRecords(), link, intake=overload.intake
    )
    made = Daemon(
        pipeline=pipeline,
        sources=edges.sources(settings, around),
        deliveries=edges.deliveries(settings, store, link),
        checkpoints=checkpoints,
        every=settings.daemon.checkpoint_every,
        idle_after=settings.daemon.idle_after,
        on_tick=held.enter_context(_windows(settings.daemon.windows)),
        asked=asked,
        overload=overload,
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
        with _wanted_by("daemon.metrics"):
            held.callback(metrics.serve(collector, settings.daemon.metrics))
    return made


def planned(settings: Settings, file: Path | None) -> tuple[Scorer, Lines]:
    """What can be known before anything is opened. Raises SettingError or ModelError."""
    link = edges.links(settings)
    overlaps.check(settings, file)
    scorer = _model(settings)
    _pipeline(settings, scorer)
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
    of_each = (lateness_of(one, settings.windows.lateness) for one in settings.sources)
    longest = max(of_each, default=0.0)
    try:
        return build.pipeline(settings, Tally(), scorer, lateness=longest)
    except MemoryError as error:
        raise SurroundingsError(f"there is no such memory: {error}", where="limits") from None


@contextmanager
def _wanted_by(setting: str) -> Iterator[None]:
    """What this machine does not give is told with the setting that asks for it."""
    try:
        yield
    except OSError as error:
        reason = ": ".join(filter(None, [error.filename, error.strerror or str(error)]))
        raise SurroundingsError(reason, where=setting) from None
    except NetheedError as error:
        raise SurroundingsError(str(error), where=setting) from None


@contextmanager
def _windows(path: str | None) -> Iterator[Callable[[ScoredTick], None]]:
    """What writes the windows of a tick. After a crash some come again: they are the same.

    A disk that is full costs windows of the file, which is told, and nothing else.
    """
    if path is None:
        yield lambda _: None
        return
    told, file = Sparse({}), LineFile(path=Path(path), durable=False)
    with _wanted_by("daemon.windows"):
        file.open()

    def write(tick: ScoredTick) -> None:
        try:
            file.append(b"".join(map(encode_window, tick.scored())))
        except OSError as error:
            if told("windows_not_written"):
                logs.log.error("windows_not_written", path=path, reason=error.strerror)

    with closing(file):
        yield write
