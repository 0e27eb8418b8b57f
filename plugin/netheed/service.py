"""The commands beside a live sensor: `run`, `check` and `doctor`."""

import os
import threading
from collections.abc import Callable, Iterator, Sized
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from netheed import config, doctor, environment, logs, wiring
from netheed.config import Settings
from netheed.doctor import report
from netheed.doctor.machine import Case, Machine, may_exist
from netheed.errors import ConfigError, ModelError, NetheedError, SettingError
from netheed.exits import told
from netheed.signals import Asked
from netheed.sinks.formats.clean import clean

CONFIG = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, readable=False),
    required=True,
    help="A YAML file.",
)


@click.command()
@CONFIG
def run(file: Path) -> None:
    """Score what sensors see as they see it, and give the notices back."""
    with told(), ExitStack() as held:
        settings = held.enter_context(_configured(file))
        logs.configure_json()
        threading.excepthook = _crashed
        asked = Asked()
        held.enter_context(asked.listening())
        try:
            daemon = wiring.daemon(settings, held, asked, file)
            for where, reason in environment.problems_of_files(settings):
                logs.warn("not_ready", where=where, reason=reason)
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
    with told(), _configured(file) as settings:
        click.echo("fields: well-formed")
        scorer, _ = wiring.planned(settings, file)
        click.echo(f"wiring: {_counted(settings)}, model {scorer.manifest.id}")
        if offline:
            return
        if environment.is_running(settings.daemon):
            click.echo("environment: a netheed runs on this state now; its port is not tried")
        for where, reason in environment.warnings(settings.daemon):
            click.echo(clean(f"environment: {where}: warning: {reason}"), err=True)
        found = list(environment.problems(settings))
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
    "--suricata-yaml", metavar="FILE", help="Suricata's configuration, if not its usual one."
)
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, readable=False),
    default="/etc/netheed/netheed.yaml",
    show_default=True,
    help="A YAML file; what it names is looked at.",
)
@click.option(
    "--as", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_obj
def examine(
    clock: Callable[[], float],
    prefix: str | None,
    suricata_yaml: str | None,
    file: Path,
    form: str,
) -> None:
    """Look at Zeek and Suricata on this machine, and say what is missing and what to paste where.

    Nothing is changed. The exit code is 1 where something is missing.
    """
    search = tuple(os.environ.get("PATH", "").split(os.pathsep))
    machine = Machine(now=clock(), search=search)
    found = doctor.examine(_case(machine, prefix, suricata_yaml, file))
    shown = report.text if form == "text" else report.as_json
    click.echo(shown(found, str(file)))
    if report.something_is_missing(found):
        raise SystemExit(1)


@contextmanager
def _configured(file: Path) -> Iterator[Settings]:
    """Settings that `run` can take; what is found wrong with them later is told with their file."""
    with config.placed(file):
        settings = config.read(file)
        if not settings.sources:
            raise ConfigError("none is configured", where="sources")
        yield settings


def _crashed(what: threading.ExceptHookArgs) -> None:
    """A defect in the thread of a sink: half a netheed is worse than one that is started again."""
    found = (what.exc_type, what.exc_value or what.exc_type(), what.exc_traceback)
    logs.log.error("crashed", exc_info=found)
    os._exit(1)


def _case(machine: Machine, prefix: str | None, suricata_yaml: str | None, file: Path) -> Case:
    settings, unread = _usable(file)
    return Case(
        machine=machine,
        prefix=prefix and str(Path(prefix).absolute()),
        suricata_yaml=suricata_yaml and str(Path(suricata_yaml).absolute()),
        file=str(file),
        settings=settings,
        unread=unread,
        problems=() if unread else tuple(environment.problems(settings or Settings())),
    )


def _usable(file: Path) -> tuple[Settings | None, str]:
    """The settings, or why they cannot be used; neither where there is no file."""
    try:
        with config.placed(file):
            settings = config.read(file)
            wiring.planned(settings, file)
            return settings, ""
    except (SettingError, ModelError) as error:
        return None, str(error) if may_exist(file) else ""


def _counted(settings: Settings) -> str:
    return f"{_number(settings.sources, 'source')}, {_number(settings.sinks, 'sink')}"


def _number(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
