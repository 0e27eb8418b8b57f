"""The command `netheed`."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

import click

from netheed import __version__, build, config, logs
from netheed.errors import NetheedError
from netheed.exits import told
from netheed.options import reading
from netheed.records import ScoredWindow, Tally
from netheed.sinks import SINKS
from netheed.sinks.formats.jsonl import encode_window
from netheed.sinks.lines import LinesSink
from netheed.sinks.output import open_output, refuse_overwriting
from netheed.sources import SOURCES
from netheed.sources.files import find_files


def _hunting() -> ModuleType:
    from netheed import hunting  # noqa: PLC0415

    return hunting


def _laboratory() -> ModuleType:
    from netheed import laboratory  # noqa: PLC0415

    return laboratory


def _service() -> ModuleType:
    from netheed import service  # noqa: PLC0415

    return service


OTHERS: Final[dict[str, Callable[[], click.Command]]] = {
    "adapters": lambda: _laboratory().adapters,
    "beacons": lambda: _hunting().beacons,
    "check": lambda: _service().check,
    "doctor": lambda: _service().examine,
    "evaluate": lambda: _laboratory().evaluate,
    "learn": lambda: _laboratory().learn,
    "run": lambda: _service().run,
    "train": lambda: _laboratory().train,
}
"""Those beside `score`, which needs nothing of what they load."""


class Commands(click.Group):
    """`score`, and those of OTHERS, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them."""
        self._load(OTHERS)
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """None where there is no such command; then all are there to be suggested."""
        if cmd_name not in self.commands:
            self._load([cmd_name] if cmd_name in OTHERS else OTHERS)
        return super().get_command(ctx, cmd_name)

    def _load(self, names: Iterable[str]) -> None:
        for name in names:
            self.add_command(OTHERS[name](), name)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "obj": time.time}
)
@click.version_option(__version__)
def main() -> None:
    """Anomaly verdicts for Zeek and Suricata, inside the tools you already use."""
    logs.configure()


@main.command()
@reading(SINKS, "notices")
@click.option(
    "--windows",
    "windows_file",
    type=click.Path(path_type=Path),
    help="File for every scored window, as JSON lines.",
)
def score(  # noqa: PLR0913, PLR0917 - one parameter an option, as click wants it
    paths: tuple[Path, ...],
    form: str,
    output: Path | None,
    windows_file: Path | None,
    local: tuple[str, ...],
    model: Path | None,
    config_file: Path | None,
) -> None:
    """Find odd hosts in conn.log and EVE files or folders of them; the format is recognised.

    `-` is standard input.
    """
    with told():
        settings = config.chosen(config_file, local, model)
        files = find_files(paths)
        read, written = filter(None, [config_file]), filter(None, [windows_file])
        refuse_overwriting([*files, *read], [output, *written])
        tally, bad = Tally(), logs.FirstBadRecords()
        with config.placed(config_file):
            pipeline = build.pipeline(settings, tally, together=build.TOGETHER)
        words = build.words(settings)
        archive = SOURCES["archive"](paths=files, words=words, tally=tally, on_bad=bad)
        began = time.process_time()
        with open_output(output) as file, _windows(windows_file) as windows:
            sink = SINKS[form](file)
            for tick in pipeline.run(archive):
                if windows is not None:
                    windows.write(tick.scored())
                sink.write(tick.notices)
            sink.close()
        bad.finish()
        click.echo(summary(tally, time.process_time() - began), err=True)
        if tally.bad and not tally.connections:
            raise NetheedError("nothing could be read")


@contextmanager
def _windows(path: Path | None) -> Iterator[LinesSink[ScoredWindow] | None]:
    if path is None:
        yield None
        return
    with open_output(path) as file:
        yield LinesSink(file, encode_window)


def summary(tally: Tally, seconds: float) -> str:
    """What was read, lost and found, in two lines."""
    skipped = ", ".join(f"{kind} {count}" for kind, count in sorted(tally.skipped.items()))
    losses = ", ".join(f"{cause} {count}" for cause, count in tally.shed.items() if count)
    rate = tally.connections / seconds if seconds > 0 else 0.0
    twice = tally.lost.get("seen_twice", 0)
    beside = f"seen twice {twice}, " if twice else ""
    beside += f"names {tally.named}, " if tally.named else ""
    beside += f"acts {tally.acted}, " if tally.acted else ""
    return (
        f"connections {tally.connections}, {beside}bad lines {tally.bad}, late {tally.late},"
        f" skipped {sum(tally.skipped.values())}{f' ({skipped})' if skipped else ''}"
        f"{f', past the limits: {losses}' if losses else ''}\n"
        f"windows {tally.windows}, notices {tally.notices}, {rate:.0f} connections per CPU-second"
    )
