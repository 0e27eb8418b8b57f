"""The commands beside a live sensor: `run`, `check` and `doctor`."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib import import_module
from io import FileIO
from pathlib import Path

import click

from netheed import build, checkpoint, config, doctor, logs, metrics
from netheed.checkpoint import Checkpoints
from netheed.config import LIVE_LATENESS, Settings
from netheed.daemon import Daemon, restored
from netheed.doctor import report
from netheed.doctor.machine import Case, Machine, may_exist
from netheed.errors import ConfigError, NetheedError
from netheed.exits import told
from netheed.model.scorer import Scorer
from netheed.pipeline import Pipeline, ScoredTick
from netheed.ports import Problem
from netheed.records import Tally
from netheed.sinks import LiveSink
from netheed.sinks.formats.clean import clean
from netheed.sinks.formats.jsonl import encode_window
from netheed.sources.live import Around, LiveSource
from netheed.store import Store
from netheed.zeek.door import Door, Lines
from netheed.zeek.line import Line
from netheed.zeek.pace import Sparse

CONFIG = click.option(
    "--config", "file", type=click.Path(path_type=Path), required=True, help="A YAML file."
)


@click.command()
@CONFIG
def run(file: Path) -> None:
    """Score what sensors see as they see it, and give the notices back."""
    with told(), ExitStack() as held:
        settings = config.read(file)
        if not settings.sources:
            raise ConfigError("none is configured", where=f"{file}: sources")
        logs.configure_json()
        threading.excepthook = _crashed
        daemon = _daemon(settings, held)
        try:
            daemon.run()
        except NetheedError:
            raise
        except Exception:  # noqa: BLE001
            # The only broad one: whoever restarts us goes on from the checkpoint.
            logs.log.exception("crashed")
            raise SystemExit(1) from None


@click.command()
@CONFIG
@click.option("--offline", is_flag=True, help="Look at the configuration only, not around it.")
def check(file: Path, *, offline: bool) -> None:
    """Say whether `run` would work with this configuration, and if not, what is wrong.

    In three stages: fields, wiring, environment.
    """
    with told():
        settings = config.read(file)
        click.echo("fields: well-formed")
        parts = _parts(settings)
        click.echo(f"wiring: {len(parts)} sources and sinks, model {_model(settings).manifest.id}")
        if offline:
            return
        found = [
            f"{place}.{what.setting}: {what.reason}" for place, what in _problems(settings, parts)
        ]
        for problem in found:
            click.echo(clean(f"environment: {problem}"), err=True)
        if found:
            raise NetheedError(f"{file}: {len(found)} problems in its environment")
        click.echo("environment: in order")


@click.command(name="doctor")
@click.option(
    "--prefix", metavar="DIR", help="Where Zeek is installed, if not where it is looked for."
)
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default="/etc/netheed/netheed.yaml",
    show_default=True,
    help="A YAML file; what it names is looked at.",
)
@click.option(
    "--as", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_obj
def examine(clock: Callable[[], float], prefix: str | None, file: Path, form: str) -> None:
    """Look at the Zeek on this machine, and say what is missing and what to paste where.

    Nothing is changed. The exit code is 1 where something is missing.
    """
    search = tuple(os.environ.get("PATH", "").split(os.pathsep))
    machine = Machine(now=clock(), search=search)
    found = doctor.examine(_case(machine, prefix, file))
    shown = report.text if form == "text" else report.as_json
    click.echo(shown(found, str(file)))
    if report.something_is_missing(found):
        raise SystemExit(1)


def _crashed(what: threading.ExceptHookArgs) -> None:
    """A defect in the thread of a sink: half a netheed is worse than one that is started again."""
    found = (what.exc_type, what.exc_value or what.exc_type(), what.exc_traceback)
    logs.log.error("crashed", exc_info=found)
    os._exit(1)


def _case(machine: Machine, prefix: str | None, file: Path) -> Case:
    """The configuration may be missing, or wrong: that is a finding too."""
    settings, unread, parts = None, "", {}
    try:
        read = config.read(file)
        settings, parts = read, _parts(read)
    except ConfigError as error:
        unread = str(error) if may_exist(file) else ""
    problems = tuple(_problems(settings or Settings(), parts))
    return Case(
        machine=machine,
        prefix=prefix and str(Path(prefix).absolute()),
        file=str(file),
        settings=settings,
        unread=unread,
        problems=problems,
    )


def _parts(settings: Settings) -> dict[str, LiveSource | LiveSink]:
    """Sources and sinks by their place in the configuration."""
    link = build.links(settings)
    around = Around(build.words(settings), Tally(), logs.BadRecords(), link)
    sources, sinks = build.sources(settings, around), build.sinks(settings, link)
    return {f"sources[{at}]": source for at, source in enumerate(sources)} | {
        f"sinks[{at}]": sink for at, sink in enumerate(sinks)
    }


def _problems(
    settings: Settings, parts: Mapping[str, LiveSource | LiveSink]
) -> Iterator[tuple[str, Problem]]:
    for place, part in parts.items():
        yield from ((place, problem) for problem in part.problems())
    directory = Path(settings.daemon.state)
    existing = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield "daemon", Problem("state", f"{directory}: cannot be written")


def _model(settings: Settings) -> Scorer:
    return Scorer(build.model_directory(settings))


def _daemon(settings: Settings, held: ExitStack) -> Daemon:
    """All parts of a run; `held` closes what must be closed."""
    # numpy imports it when it first asks for a percentile: there may be no file to be opened then.
    import_module("numpy.ma")
    directory = _state_directory(settings)
    held.callback(os.close, checkpoint.lock(directory))
    store = held.enter_context(closing(Store(directory / "notices.sqlite")))
    model = _model(settings)
    pipeline = restored(lambda: _pipeline(settings, model), Checkpoints(directory))
    link = _held_links(build.links(settings), held)
    around = Around(build.words(settings), pipeline.tally, logs.BadRecords(), link)
    daemon = Daemon(
        pipeline=pipeline,
        sources=build.sources(settings, around),
        deliveries=build.deliveries(settings, store, link),
        checkpoints=Checkpoints(directory),
        every=settings.daemon.checkpoint_every,
        idle_after=settings.daemon.idle_after,
        on_tick=held.enter_context(_windows_file(settings.daemon.windows)),
    )
    if settings.daemon.metrics is not None:
        collector = metrics.NetheedCollector(
            tally=pipeline.tally,
            pipeline=pipeline,
            deliveries=daemon.deliveries,
            figures=daemon.figures,
        )
        held.callback(metrics.serve(collector, settings.daemon.metrics))
    return daemon


def _held_links(link: Lines, held: ExitStack) -> Lines:
    """Each is stopped in the end, after the sinks have had their time."""

    def linked(door: Door) -> Line:
        found = link(door)
        held.callback(found.stop)
        return found

    return linked


def _pipeline(settings: Settings, model: Scorer) -> Pipeline:
    return build.pipeline(settings, Tally(), model, lateness=LIVE_LATENESS)


def _state_directory(settings: Settings) -> Path:
    directory = Path(settings.daemon.state)
    try:
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        reason = f"{directory}: {error.strerror}"
        raise ConfigError(reason, where="daemon.state") from None
    return directory


@contextmanager
def _windows_file(path: str | None) -> Iterator[Callable[[ScoredTick], None]]:
    """What writes the windows of a tick. After a crash some come again: they are the same.

    A disk that is full costs windows of the file, which is told, and nothing else.
    """
    if path is None:
        yield lambda _: None
        return
    told = Sparse({})
    try:
        file = FileIO(path, "ab")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", where="daemon.windows") from None

    def write(tick: ScoredTick) -> None:
        try:
            _append(file, b"".join(map(encode_window, tick.scored())))
        except OSError as error:
            if told("windows_not_written"):
                logs.log.error("windows_not_written", path=path, reason=error.strerror)

    with file:
        yield write


def _append(file: FileIO, lines: bytes) -> None:
    """Whole lines or none."""
    before, rest = os.fstat(file.fileno()).st_size, memoryview(lines)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        with suppress(OSError):  # a pipe has no end to cut
            # Never longer: somebody may have emptied it meanwhile.
            os.ftruncate(file.fileno(), min(before, os.fstat(file.fileno()).st_size))
        raise
