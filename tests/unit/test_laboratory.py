"""The laboratory's commands as a user meets them."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner, Result

from netheed import cli
from netheed.build import SHIPPED
from netheed.errors import NetheedError
from netheed.model.manifest import MODEL
from netheed.training.ablations import Ablations
from netheed.training.datasets import Recording
from netheed.training.learn import ADAPTER, Lesson
from netheed.training.train import Plan
from tests.connections import connection
from tests.lines import CONN_JSON, changed
from tests.unit.training.exported_model import export_model


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def told(result: Result) -> str:
    """The one line of a command that failed."""
    assert result.exit_code == 1
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    return line


def rehearsal(count: int, _: np.random.Generator) -> list[Recording]:
    """Networks of one host for forty minutes: simulated ones take seconds."""
    usual = [connection(uid=f"B{minute}", start=60.0 * minute) for minute in range(40)]
    made = Recording(name="small", family="small", connections=usual, labels=["benign"] * 40)
    return [made] * count


@pytest.fixture(autouse=True)
def here(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a folder `data`."""
    folder = tmp_path_factory.mktemp("here")
    (folder / "data").mkdir()
    monkeypatch.chdir(folder)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Has the model `base`, the traffic conn.log, and the model `site` that learned from it."""
    folder = tmp_path_factory.mktemp("laboratory")
    export_model(folder / "base")
    lines = (changed(CONN_JSON, ts=1_700_000_000.0 + 60 * minute) for minute in range(40))
    (folder / "conn.log").write_bytes(b"".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("netheed.training.learn.scenes", rehearsal)
        learned = run(
            "learn", folder / "conn.log", "--model", folder / "base", "--output", folder / "site",
            "--site", "north office",
        )  # fmt: skip
        assert learned.exit_code == 0, learned.output
        yield folder


def model(directory: Path) -> bytes:
    return (directory / MODEL).read_bytes()


def test_what_was_learned_scores_the_same_logs(place: Path):
    result = run("score", place / "conn.log", "--model", place / "site")

    assert result.exit_code == 0
    assert "windows 40" in result.stderr


def test_the_list_tells_each_adapter_and_where_there_is_none(place: Path):
    result = run("adapters", "list", place / "site", place / "base")

    rows = [line for line in result.stdout.splitlines() if "laboratory" in line]
    assert result.exit_code == 0
    assert len(rows) == 2
    assert "mean AP of simulated attacks" in result.stdout
    assert "north office" in rows[0]
    assert "attention-" in rows[0]
    assert "none" in rows[1]


def test_an_adapter_goes_out_and_in_again(place: Path, tmp_path: Path):
    plain, again = tmp_path / "plain", tmp_path / "again"

    removed = run("adapters", "remove", place / "site", "--output", plain)
    applied = run(
        "adapters", "apply", place / "site" / ADAPTER, "--model", plain, "--output", again
    )

    assert (removed.exit_code, applied.exit_code) == (0, 0)
    assert removed.stderr.startswith(f"{plain}: attention-")
    assert applied.stderr.startswith(f"{again}: attention-")
    assert model(plain) == model(place / "base")
    assert model(again) == model(place / "site") != model(plain)


def test_an_adapter_of_another_model_is_refused_in_one_line(place: Path, tmp_path: Path):
    result = run(
        "adapters", "apply", place / "site" / ADAPTER,
        "--model", place / "site", "--output", tmp_path / "out",
    )  # fmt: skip

    assert "belongs to attention-" in told(result)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["train", "nowhere", "--output", "out"], "netheed: nowhere: no such folder of recordings"),
        (["evaluate", "nowhere", "--output", "out"], "netheed: nowhere: no such folder of rec"),
        (["evaluate", "nowhere", "--quick", "--output", "out"], "netheed: nowhere: no such folder"),
        (["evaluate", "nowhere", "--ablations", "--output", "o"], "netheed: nowhere: no such fold"),
        (
            ["learn", "nowhere", "--output", "out", "--model", "nothing"],
            "netheed: nothing/manifest.yaml: No such file or directory",
        ),
        (["adapters", "list", "nowhere"], "netheed: nowhere/manifest.yaml: No such file"),
        (["adapters", "remove", "nowhere", "--output", "out"], "netheed: nowhere/manifest.yaml"),
    ],
    ids=["train", "evaluate", "quick", "ablations", "no model", "list", "remove"],
)
def test_what_is_wrong_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: str
):
    monkeypatch.chdir(tmp_path)

    assert told(run(*arguments)).startswith(expected)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["learn"], ["adapters", "apply"]], ids=["learn", "apply"])
def test_what_is_not_there_is_told_in_one_line(place: Path, tmp_path: Path, command: list[str]):
    result = run(*command, "nowhere", "--model", place / "base", "--output", tmp_path / "out")

    assert told(result).lower() == "netheed: nowhere: no such file or " + (
        "folder" if command == ["learn"] else "directory"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["learn"], ["adapters", "apply"]], ids=["learn", "apply"])
def test_a_model_without_weights_to_go_on_from_is_told_in_one_line(
    place: Path, tmp_path: Path, command: list[str]
):
    model = tmp_path / "model"
    shutil.copytree(SHIPPED, model, ignore=shutil.ignore_patterns("weights.npz"))
    manifest = model / "manifest.yaml"
    manifest.write_text(re.sub(r"\n  weights\.npz: .*", "", manifest.read_text()))

    result = run(*command, place / "conn.log", "--model", model, "--output", tmp_path / "out")

    assert told(result) == (
        f"netheed: {model}: has no weights.npz to learn on from; `netheed train` makes one"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "data", "--output", "out"],
        ["evaluate", "data", "--output", "out"],
        ["learn", "data", "--output", "out"],
        ["adapters", "list", "data"],
        ["adapters", "apply", "data", "--output", "out"],
        ["adapters", "remove", "data", "--output", "out"],
    ],
    ids=["train", "evaluate", "learn", "list", "apply", "remove"],
)
def test_a_missing_extra_is_told_with_what_to_install(tmp_path: Path, arguments: list[str]):
    program = "import sys; sys.modules['torch'] = None; from netheed.cli import main; main()"

    done = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "netheed: torch is missing: pip install 'netheed[train]'\n"


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["train", "data"], "--output"),
        (["train", "data", "--output", "out", "--scenes", "23"], "23 is not in the range x>=24"),
        (["evaluate", "data", "--output", "out", "--seeds", "0"], "0 is not in the range"),
        (["evaluate", "d", "--output", "o", "--quick", "--report-only"], "one at a time"),
        (["evaluate", "d", "--output", "o", "--quick", "--only", "2 / "], "one at a time"),
        (["evaluate", "d", "--output", "o", "--quick", "--seeds", "3"], "comparison alone"),
        (["evaluate", "d", "--output", "o", "--ablations", "--seeds", "3"], "comparison alone"),
        (["learn", "--output", "out"], "Missing argument"),
        (["adapters", "list"], "Missing argument"),
    ],
    ids=[
        "no output",
        "few scenes",
        "no seed",
        "quick report",
        "quick cells",
        "quick seeds",
        "ablations seeds",
        "no logs",
        "no directory",
    ],
)
def test_a_wrong_call_is_told_how_it_is_right(arguments: list[str], about: str):
    result = run(*arguments)

    assert result.exit_code == 2
    assert about in result.stderr


def test_train_does_what_its_options_say(monkeypatch: pytest.MonkeyPatch):
    plans: list[Plan] = []
    monkeypatch.setattr("netheed.training.train.train", lambda plan, _: plans.append(plan))

    run("train", "data", "--output", "out")
    run(
        "train", "data", "--output", "out", "--scenes", "30", "--epochs", "2", "--trials", "3",
        "--seed", "7", "--commit", "abc", "--cache", "kept", "--report", "told",
    )  # fmt: skip

    assert plans == [
        Plan(data=Path("data"), output=Path("out"), settings={"epochs": 10}),
        Plan(
            data=Path("data"),
            output=Path("out"),
            scenes=30,
            settings={"epochs": 2},
            trials=3,
            seed=7,
            commit="abc",
            windows=Path("kept"),
            report=Path("told"),
        ),
    ]


def test_learn_does_what_its_options_say(monkeypatch: pytest.MonkeyPatch):
    lessons: list[Lesson] = []

    def learn(lesson: Lesson, _: object) -> None:
        lessons.append(lesson)
        raise NetheedError("enough")

    monkeypatch.setattr("netheed.training.learn.learn", learn)
    run("learn", "a.log", "b.log", "--output", "out")
    run(
        "learn", "a.log", "--output", "out", "--model", "base", "--site", "north",
        "--local-net", "192.0.2.0/24", "--local-net", "198.51.100.0/24",
    )  # fmt: skip

    assert lessons == [
        Lesson(paths=(Path("a.log"), Path("b.log")), model=SHIPPED, output=Path("out")),
        Lesson(
            paths=(Path("a.log"),),
            model=Path("base"),
            output=Path("out"),
            site="north",
            local=("192.0.2.0/24", "198.51.100.0/24"),
        ),
    ]


@pytest.mark.parametrize(
    ("options", "asked"),
    [([], [""]), (["--only", "1i / grouped"], ["1i / grouped"]), (["--report-only"], [])],
    ids=["all", "some", "report only"],
)
def test_evaluate_works_out_and_then_reports(
    monkeypatch: pytest.MonkeyPatch, options: list[str], asked: list[str]
):
    done: list[object] = []

    def evaluate(
        data: Path, cache: Path, output: Path, part: object, *, workers: int, told: object
    ) -> None:
        done.append((data, cache, output, part, workers))

    monkeypatch.setattr("netheed.training.comparison.evaluate.evaluate", evaluate)
    monkeypatch.setattr("netheed.training.report.report.report", done.append)
    options = ["--cache", "kept", "--seeds", "3", "--workers", "1", *options]
    result = run("evaluate", "data", "--output", "out", *options)

    worked_out = [(Path("data"), Path("kept"), Path("out"), (3, only), 1) for only in asked]
    assert done == [*worked_out, Path("out")]
    assert result.stderr == "out/report.md, out/report.html\n"


@pytest.mark.parametrize("failures", [(), (("windows", "OSError()"),)], ids=["well", "failed"])
def test_a_quick_judgement_is_reported_and_ends_with_1_where_a_cell_failed(
    monkeypatch: pytest.MonkeyPatch, failures: tuple[tuple[str, str], ...]
):
    done: list[object] = []
    outcome = SimpleNamespace(failures=failures, seconds=61.2)

    def evaluate(data: Path, cache: Path, *, workers: int, told: object) -> object:
        done.append((data, cache, workers))
        return outcome

    monkeypatch.setattr("netheed.training.quick.evaluate", evaluate)
    monkeypatch.setattr("netheed.training.report.quick.report", lambda *given: done.append(given))
    result = run("evaluate", "data", "--quick", "--output", "out", "--cache", "kept")

    assert done == [(Path("data"), Path("kept"), 2), (outcome, Path("out"))]
    assert result.exit_code == (1 if failures else 0)
    assert result.stderr == "out/quick.md: 61 seconds\n"


def test_ablations_are_worked_out_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Ablations(rows=(), failures=(), seconds=2.0, worked=0)
    done: list[object] = []
    monkeypatch.setattr(
        "netheed.training.ablations.evaluate",
        lambda data, cache, *, workers, told: done.append((data, cache, workers)) or found,
    )
    monkeypatch.setattr(
        "netheed.training.report.ablations.report", lambda *given: done.append(given)
    )

    result = run("evaluate", "data", "--output", "out", "--cache", "kept", "--ablations")

    assert done == [(Path("data"), Path("kept"), 2), (found, Path("out"))]
    assert result.stderr == "out/ablations.md: 2 seconds\n"
