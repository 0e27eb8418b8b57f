"""What every test may ask for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from netheed import logs
from sample.suricata import NoSuricataError, find_suricata

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings that are not ours to publish; skips where it is absent."""
    folder = Path(os.environ.get("NETHEED_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder} (NETHEED_SHARED names another place)")
    return folder


@pytest.fixture(scope="session")
def suricata() -> Path:
    """A real one; skips where there is none and it need not be."""
    try:
        return find_suricata()
    except NoSuricataError as reason:
        if os.environ.get("NETHEED_REQUIRE_SURICATA"):
            raise
        pytest.skip(f"no Suricata: {reason}")


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Iterator[None]:
    """What one test has configured is gone for the next: its standard error is closed by then."""
    yield
    logs.log.configured_by = None
    structlog.reset_defaults()
