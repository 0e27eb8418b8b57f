"""The commands beside a live sensor: `run`, `check` and `doctor`."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sized
from contextlib import ExitStack
from pathlib import Path

import click

from netheed import build, config, doctor, logs, wiring
from netheed.config import Settings
from netheed.doctor import report
from netheed.doctor.machine import Case, Machine, may_exist
from netheed.errors import ConfigError, NetheedError
from netheed.exits import told
from netheed.records import Tally
from netheed.signals import Asked
from netheed.sinks import LiveSink
from netheed.sinks.formats.clean import clean
from netheed.sources.live import Around, LiveSource

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
        asked = Asked()
        held.enter_context(asked.listening())
        daemon = wiring.daemon(settings, held, asked)
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
        click.echo(f"wiring: {_counted(settings)}, model {wiring.model(settings).manifest.id}")
        if offline:
            return
        found = list(_problems(settings, parts))
        for where, reason in found:
            click.echo(clean(f"environment: {where}: {reason}"), err=True)
        if found:
            raise NetheedError(f"{file}: {_number(found, 'problem')} in its environment")
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
) -> Iterator[tuple[str, str]]:
    """Where and why, each reason once: a source and a sink may want the same Zeek."""
    places: dict[str, list[str]] = {}
    for place, part in parts.items():
        for problem in part.problems():
            places.setdefault(problem.reason, []).append(f"{place}.{problem.setting}")
    directory = Path(settings.daemon.state)
    existing = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        places[f"{directory}: cannot be written"] = ["daemon.state"]
    yield from ((", ".join(where), reason) for reason, where in places.items())


def _counted(settings: Settings) -> str:
    return f"{_number(settings.sources, 'source')}, {_number(settings.sinks, 'sink')}"


def _number(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
