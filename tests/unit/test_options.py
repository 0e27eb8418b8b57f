"""Commands that read files take the same options."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from netheed import cli, hunting
from netheed.options import reading

SHARED = ("paths", "form", "output", "local", "model", "config_file")


def given(*arguments: str) -> dict[str, Any]:
    """What a command of its own is called with."""
    called: dict[str, Any] = {}

    @click.command()
    @reading(["short", "long"], "answer")
    @click.option("--own")
    def command(**values: Any) -> None:
        called.update(values)

    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return called


def test_a_command_is_given_what_was_asked_for_beside_its_own() -> None:
    arguments = "--as long --output o --local-net a --local-net b --model m --config c --own x"

    assert given("one", "two", *arguments.split()) == {
        "paths": (Path("one"), Path("two")),
        "form": "long",
        "output": Path("o"),
        "local": ("a", "b"),
        "model": Path("m"),
        "config_file": Path("c"),
        "own": "x",
    }


def test_the_first_form_is_taken_where_none_is_asked_for() -> None:
    assert given("one")["form"] == "short"


@pytest.mark.parametrize("name", SHARED)
def test_score_and_beacons_ask_alike_for_what_they_share(name: str) -> None:
    asked = (
        next(one for one in command.params if one.name == name).to_info_dict()
        for command in (cli.score, hunting.beacons)
    )

    score, beacons = (
        {k: v for k, v in one.items() if k in {"opts", "multiple", "nargs"}} for one in asked
    )

    assert score == beacons
