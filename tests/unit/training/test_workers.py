"""Processes that work out cells."""

from concurrent.futures import Future
from pathlib import Path

import pytest

from netheed.training.desk import Desk
from netheed.training.workers import finish, own_desk, pool
from tests.unit.training.quick_desk import in_this_process


def test_a_process_has_a_desk_that_goes_by_the_same_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    in_this_process(monkeypatch)
    desk = Desk(tmp_path, tmp_path / "kept")

    with pool(desk, 1) as processes:
        own = processes.submit(own_desk).result()

    assert own == desk


def test_what_failed_is_told_with_its_error_and_the_others_go_on():
    good, bad = Future[None](), Future[None]()
    good.set_result(None)
    bad.set_exception(ValueError("x"))
    told: list[str] = []

    assert finish({good: "one", bad: "two"}, told.append) == [("two", "ValueError('x')")]
    assert sorted(line.split(": ", 1)[1] for line in told) == ["one", "two: ValueError('x')"]
