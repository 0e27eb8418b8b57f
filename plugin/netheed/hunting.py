"""The commands for hunters: what no notice told."""

from pathlib import Path

import click

from netheed import build, config, logs
from netheed.beacons import MOST, Ranking
from netheed.core.networks import parsed
from netheed.errors import ModelError, NetheedError
from netheed.exits import told
from netheed.options import reading
from netheed.records import Tally
from netheed.sinks.formats.beacons import BEACON_FORMS
from netheed.sinks.output import open_output, refuse_overwriting
from netheed.sources import SOURCES
from netheed.sources.files import find_files


def _address(text: str) -> str:
    """As hosts are called. Raises BadParameter."""
    try:
        return str(parsed(text))
    except ValueError:
        raise click.BadParameter(f"{text!r} is no address") from None


@click.command()
@reading(BEACON_FORMS, "list")
@click.option("--top", type=click.IntRange(1), default=50, show_default=True, help="Pairs to list.")
@click.option("--external", is_flag=True, help="Only pairs with a peer outside.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="ADDRESS",
    type=_address,
    help="Only pairs that this host calls. Repeatable.",
)
def beacons(  # noqa: PLR0913, PLR0917 - one parameter an option, as click wants it
    paths: tuple[Path, ...],
    form: str,
    top: int,
    external: bool,
    hosts: tuple[str, ...],
    output: Path | None,
    local: tuple[str, ...],
    model: Path | None,
    config_file: Path | None,
) -> None:
    """Rank who calls whom again and again, in the files or folders that `score` reads.

    A pair is listed from its fourth connection on, or from one that lasted half an hour, whatever
    the threshold of notices is: the least p-value first, among equal ones the highest score.
    """
    with told():
        settings = config.chosen(config_file, local, model)
        files = find_files(paths)
        refuse_overwriting([*files, *filter(None, [config_file])], [output])
        tally, bad = Tally(), logs.FirstBadRecords()
        with config.placed(config_file):
            pipeline = build.pipeline(settings, tally, together=build.TOGETHER)
        if pipeline.model.pairs is None:
            raise ModelError(f"{build.model_directory(settings)}: this model knows no pairs")
        ranking = Ranking(MOST, pipeline.core.names, external=external, hosts=frozenset(hosts))
        words = build.words(settings)
        archive = SOURCES["archive"](paths=files, words=words, tally=tally, on_bad=bad)
        with open_output(output) as file:
            ranking.take(pipeline.run(archive))
            ranked = ranking.ranked()
            file.write(BEACON_FORMS[form](ranked[:top], file.file.isatty()))
        bad.finish()
        click.echo(
            f"connections {tally.connections}, bad lines {tally.bad}, late {tally.late}, "
            f"pairs {len(ranked) + ranking.left_out}, {min(top, len(ranked))} of them listed",
            err=True,
        )
        if tally.bad and not tally.connections:
            raise NetheedError("nothing could be read")
