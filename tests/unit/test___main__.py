"""`python -m netheed` is the command `netheed`."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from netheed.cli import main


@pytest.mark.parametrize("arguments", [["--version"], ["score", "nowhere"], ["nothing"]])
def test_the_package_is_run_as_the_command_is(arguments: list[str]) -> None:
    command = CliRunner().invoke(main, arguments, prog_name="netheed")

    package = subprocess.run(  # noqa: S603 - our own package
        [sys.executable, "-m", "netheed", *arguments], capture_output=True, text=True, check=False
    )

    told = (package.returncode, package.stdout, package.stderr)
    assert told == (command.exit_code, command.stdout, command.stderr)
