"""Errors that the user can act on become one line and an exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from netheed.errors import ConfigError, ModelError, NetheedError
from netheed.sinks.formats.clean import clean

CONFIGURATION_ERROR: Final = 78
"""EX_CONFIG of sysexits.h, as Vector uses it."""


@contextmanager
def told() -> Iterator[None]:
    """End the command with 78 or 1 and the reason on standard error.

    Reasons may name files that others have named: what a terminal would obey is written out.
    """
    try:
        yield
    except (ConfigError, ModelError) as error:
        click.echo(f"netheed: {clean(str(error))}", err=True)
        sys.exit(CONFIGURATION_ERROR)
    except NetheedError as error:
        click.echo(f"netheed: {clean(str(error))}", err=True)
        sys.exit(1)
