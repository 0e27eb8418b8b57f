"""Programs of Debian, for tests that show our packaging to those who will read it."""

import os
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PACKAGING = REPOSITORY / "packaging"


def program(package: str, name: str = "") -> Path:
    """A program of a package, which `.ci/debian-package` fetches once.

    Skips where it cannot be had; fails there where NETHEED_REQUIRE_PACKAGING is set.
    """
    command = [REPOSITORY / ".ci" / "debian-package", package, name or package]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if found.returncode:
        absent(found.stderr.strip().splitlines()[-1])
    return Path(found.stdout.strip())


def absent(reason: str) -> None:
    """What a test needs is not here."""
    if os.environ.get("NETHEED_REQUIRE_PACKAGING"):
        pytest.fail(reason)
    pytest.skip(reason)


def ran(*command: object) -> subprocess.CompletedProcess[str]:
    """What a program said, on both outputs, and how it ended."""
    return subprocess.run(  # noqa: S603
        [*map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
