"""The laboratory's commands: train, evaluate, learn, adapters. They need the extra [train]."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource
from rich.console import Console
from rich.table import Table

from netheed.build import SHIPPED
from netheed.errors import NetheedError
from netheed.sinks.formats.clean import clean

PATH: Final = click.Path(path_type=Path)
WIDE: Final = 320
"""Columns of a table that goes into a file or a pipe: no path is broken."""


@contextmanager
def _laboratory() -> Iterator[None]:
    """Errors that the user can act on, and a missing extra, become one line and exit code 1."""
    try:
        yield
    except ModuleNotFoundError as error:
        click.echo(f"netheed: {error.name} is missing: pip install 'netheed[train]'", err=True)
        sys.exit(1)
    except NetheedError as error:
        click.echo(f"netheed: {clean(str(error))}", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"netheed: {clean(f'{error.filename}: {error.strerror}')}", err=True)
        sys.exit(1)


def _told(text: str) -> None:
    click.echo(clean(text), err=True)


@click.command()
@click.argument("data", type=PATH)
@click.option("--output", type=PATH, required=True, help="A model directory.")
@click.option(
    "--scenes",
    type=click.IntRange(24),
    default=60,
    show_default=True,
    help="Simulated networks to add.",
)
@click.option("--epochs", type=click.IntRange(1), default=10, show_default=True)
@click.option("--trials", type=click.IntRange(0), default=0, help="Of Bayesian optimisation.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--commit", default="unknown", help="Revision of the code, for the manifest.")
@click.option("--cache", type=PATH, help="Folder that keeps windows once made.")
@click.option("--report", type=PATH, help="Folder of a report for the card to quote.")
def train(  # noqa: PLR0913, PLR0917  one parameter an option
    data: Path,
    output: Path,
    scenes: int,
    epochs: int,
    trials: int,
    seed: int,
    commit: str,
    cache: Path | None,
    report: Path | None,
) -> None:
    """Train a model on research recordings below DATA."""
    with _laboratory():
        from netheed.training.train import Plan  # noqa: PLC0415
        from netheed.training.train import train as work  # noqa: PLC0415

        _needs(data)
        work(
            Plan(
                data=data,
                output=output,
                scenes=scenes,
                trials=trials,
                settings={"epochs": epochs},
                seed=seed,
                commit=commit,
                windows=cache,
                report=report,
            ),
            _told,
        )


@click.command()
@click.argument("data", type=PATH)
@click.option("--output", type=PATH, required=True, help="Folder for the report.")
@click.option(
    "--cache",
    type=PATH,
    default=Path(".cache/evaluate"),
    show_default=True,
    help="What was worked out: a run that is stopped goes on from there.",
)
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--only",
    default="",
    metavar="WORDS",
    help="Work out only what has this in its name: '1i / grouped / LSTM / seed'.",
)
@click.option("--report-only", is_flag=True, help="Write the report of what lies in --output.")
@click.option("--quick", is_flag=True, help="Judge the detector alone, in minutes, by one seed.")
@click.option(
    "--ablations", is_flag=True, help="Fit pairs and hours without each group of features."
)
def evaluate(  # noqa: PLR0913  one parameter an option
    data: Path,
    output: Path,
    cache: Path,
    seeds: int,
    workers: int,
    only: str,
    *,
    report_only: bool,
    quick: bool,
    ablations: bool,
) -> None:
    """Compare the detector with all baselines on the recordings below DATA."""
    if quick + ablations + report_only + bool(only) > 1:
        raise click.UsageError("--quick, --ablations, --report-only and --only go one at a time")
    source = click.get_current_context().get_parameter_source("seeds")
    if (quick or ablations) and source is not ParameterSource.DEFAULT:
        raise click.UsageError("--seeds is of the comparison alone")
    if quick:
        _quick(data, output, cache, workers)
        return
    if ablations:
        _ablations(data, output, cache, workers)
        return
    with _laboratory():
        from netheed.training.comparison import evaluate as comparison  # noqa: PLC0415
        from netheed.training.report.report import report  # noqa: PLC0415

        if not report_only:
            _needs(data)
            part = comparison.Part(seeds, only)
            comparison.evaluate(data, cache, output, part, workers=workers, told=_told)
        report(output)
        _told(f"{output / 'report.md'}, {output / 'report.html'}")


def _quick(data: Path, output: Path, cache: Path, workers: int) -> None:
    with _laboratory():
        from netheed.training import quick  # noqa: PLC0415
        from netheed.training.report import quick as written  # noqa: PLC0415

        _needs(data)
        outcome = quick.evaluate(data, cache, workers=workers, told=_told)
        written.report(outcome, output)
        _told(f"{output / 'quick.md'}: {outcome.seconds:.0f} seconds")
        if outcome.failures:
            sys.exit(1)


def _needs(data: Path) -> None:
    if not data.is_dir():
        raise NetheedError(f"{data}: no such folder of recordings")


def _ablations(data: Path, output: Path, cache: Path, workers: int) -> None:
    with _laboratory():
        from netheed.training import ablations  # noqa: PLC0415
        from netheed.training.report import ablations as written  # noqa: PLC0415

        _needs(data)
        found = ablations.evaluate(data, cache, workers=workers, told=_told)
        written.report(found, output)
        _told(f"{output / 'ablations.md'}: {found.seconds:.0f} seconds")
        if found.failures:
            sys.exit(1)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--output", type=PATH, required=True, help="The new model directory.")
@click.option("--model", type=PATH, default=SHIPPED, help="The model to adapt.")
@click.option("--site", default="site", show_default=True, help="A name for the adapter.")
@click.option("--local-net", "local", multiple=True, help="A network of yours (repeatable).")
def learn(
    paths: tuple[Path, ...], output: Path, model: Path, site: str, local: tuple[str, ...]
) -> None:
    """Adapt a model to this site from its unlabelled logs; the old model stays as it is."""
    with _laboratory():
        from netheed.training.learn import Lesson  # noqa: PLC0415
        from netheed.training.learn import learn as work  # noqa: PLC0415

        lesson = Lesson(paths=paths, model=model, output=output, site=site, local=local)
        manifest = work(lesson, _told)
        _told(f"{output}: {manifest.id}")


@click.group()
def adapters() -> None:
    """What sites have learned: list, apply, remove."""


@adapters.command("list")
@click.argument("directories", nargs=-1, required=True, type=PATH)
def list_(directories: tuple[Path, ...]) -> None:
    """The adapter in each of these model directories."""
    with _laboratory():
        from netheed.training.learn import KEPT, adapter_in  # noqa: PLC0415

        table = Table("model", "site", "base", "windows", "hosts", "from", "to", "bytes", KEPT)
        for directory in directories:
            found = adapter_in(directory)
            if found is None:
                table.add_row(str(directory), "none")
                continue
            adapter, said = found
            facts = (said.site, said.base, said.windows, said.hosts, said.first, said.last)
            table.add_row(str(directory), *map(str, facts), str(adapter.nbytes), said.kept)
        Console(width=None if sys.stdout.isatty() else WIDE).print(table)


@adapters.command("apply")
@click.argument("adapter", type=PATH)
@click.option("--model", type=PATH, default=SHIPPED, help="The model that it belongs to.")
@click.option("--output", type=PATH, required=True, help="The new model directory.")
def apply_(adapter: Path, model: Path, output: Path) -> None:
    """Write a model with the file ADAPTER in it."""
    _changed(lambda learn: learn.apply(adapter, model, output).id, output)


@adapters.command("remove")
@click.argument("directory", type=PATH)
@click.option("--output", type=PATH, required=True, help="The new model directory.")
def remove_(directory: Path, output: Path) -> None:
    """Write the model of DIRECTORY without its adapter."""
    _changed(lambda learn: learn.remove(directory, output).id, output)


def _changed(work: Callable[..., str], output: Path) -> None:
    with _laboratory():
        from netheed.training import learn as site  # noqa: PLC0415

        _told(f"{output}: {work(site)}")
