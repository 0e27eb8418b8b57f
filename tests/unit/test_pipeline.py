"""The loop: every connection is scored once, in order of time, and counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from netheed import build
from netheed.config import Settings
from netheed.core.windows import Windows
from netheed.pipeline import Pipeline
from netheed.records import Connection, Tally
from tests.connections import connection
from tests.model_directory import write_model


@dataclass(frozen=True)
class ListSource:
    """Batches from lists, one origin."""

    batches_of: list[list[Connection]]

    def batches(self, windows: Windows) -> Iterator[tuple[str, list[Connection]]]:
        windows.begin("list")
        for batch in self.batches_of:
            yield "list", batch
        windows.finish("list")


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    write_model(tmp_path)
    return build.pipeline(Settings(model=str(tmp_path)), Tally())


def minutes(count: int) -> list[Connection]:
    return [connection(start=1_700_000_000.0 + 60 * n, uid=str(n)) for n in range(count)]


def test_every_window_is_scored_once_and_in_order(pipeline: Pipeline) -> None:
    batches = [[c] for c in minutes(90)]

    verdicts = list(pipeline.run(ListSource(batches)))

    starts = [verdict.windows.tick.start for verdict in verdicts]
    assert starts == sorted(set(starts))
    assert sum(len(v.windows.tick.connections) for v in verdicts) == 90
    assert pipeline.tally.windows == 90


def test_windows_are_scored_while_records_still_come(pipeline: Pipeline) -> None:
    seen = 0

    def counted() -> Iterator[list[Connection]]:
        nonlocal seen
        for c in minutes(90):
            seen += 1
            yield [c]

    first = next(pipeline.run(ListSource(counted())))  # type: ignore[arg-type]

    assert first.windows.tick.start <= 1_700_000_000.0
    assert seen < 90


def test_late_connections_are_counted(pipeline: Pipeline) -> None:
    late = connection(start=1_600_000_000.0)

    list(pipeline.run(ListSource([minutes(5), [late]])))

    assert pipeline.tally.late == 1
