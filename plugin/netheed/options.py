"""What every command that reads files takes: which files, how, and where what it says goes."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import click

_PATH: Final = click.Path(path_type=Path)
_UNTRIED: Final = click.Path(path_type=Path, readable=False)
"""What is wrong with it is told by whoever opens it."""


def reading(
    forms: Iterable[str], what: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command `paths`, `form`, `output`, `local`, `model` and `config_file`.

    The first of `forms` is the default; `what` is what it says, in a word.
    """
    names = list(forms)
    options: tuple[Callable[..., Any], ...] = (
        click.argument("paths", nargs=-1, required=True, type=_PATH),
        click.option(
            "--as",
            "form",
            type=click.Choice(names),
            default=names[0],
            show_default=True,
            help=f"Form of the {what}.",
        ),
        click.option("--output", type=_PATH, help=f"File for the {what}."),
        click.option(
            "--local-net",
            "local",
            multiple=True,
            metavar="CIDR",
            help="A network whose hosts are watched, beside the private ones. Repeatable.",
        ),
        click.option("--model", type=_UNTRIED, help="A model directory."),
        click.option("--config", "config_file", type=_UNTRIED, help="A YAML file."),
    )

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated
