"""`python -m bench.models DIR...`: model directories side by side, one line each, as Markdown.

What a manifest says of its making and of its own calibration part, and which attacks of the bundled
sample the model notices. Recall is measured on each model's own simulated attacks: compare it only
between models of the same plan.

With `--data`, also the average precision of each recorded attack among the benign windows of its
network, by the minutes alone, where the model has not learned from the recording of the attack.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netheed import build
from netheed.config import Settings
from netheed.core.vector import FEATURES
from netheed.model import manifest as manifests
from netheed.model.scorer import Scorer
from netheed.model.session import Session
from netheed.ports import BATCH
from netheed.records import Notice, Tally
from netheed.sources.archive import Archive
from netheed.sources.files import find_files
from netheed.training.corpus import Corpus, Store, corpus
from netheed.training.examples import Examples
from netheed.training.measures import Tested, attacks, average_precision, recall_at
from netheed.training.splits import NETWORKS, tested_of

AT = 1e-2
"""Share of the benign windows that may be above."""
SAMPLE = Path(__file__).parents[1] / "sample"
UNTOLD = "-"
"""Of what a manifest does not tell: `relaid` since recorded attacks are always laid elsewhere too,
and the making of a model with a site's adapter."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, help="research recordings")
    parser.add_argument("--windows", type=Path, default=Path(".cache/evaluate/windows"))
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    lines = list(table(arguments.models))
    if arguments.data:
        lines += ["", *unlearned(arguments.models, arguments.data, arguments.windows)]
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.output:
        arguments.output.write_text(text)


def table(models: list[Path]) -> Iterator[str]:
    """The lines of the table."""
    yield "| model | code | scenes | relaid | seed | recall at 1e-3 | sample: missed | false |"
    yield "|---|---|---|---|---|---|---|---|"
    for directory in models:
        yield _row(directory)


def _row(directory: Path) -> str:
    tally = Tally()
    pipeline = build.pipeline(Settings(model=str(directory)), tally)
    words = build.words(Settings())
    archive = Archive(paths=find_files([SAMPLE / "zeek"]), words=words, tally=tally, on_bad=print)
    notices = [notice for tick in pipeline.run(archive) for notice in tick.notices]
    missed, false = _against_truth(notices)
    manifest = Scorer(directory).manifest
    recall: Any = manifest.metrics.get("recall_at_0.001", {})
    shown = ", ".join(f"{kind} {share:.2f}" for kind, share in recall.items())
    cells = (manifest.id, *_making(manifest.training), shown or UNTOLD, ", ".join(missed) or "none")
    return f"| {' | '.join(cells)} | {false} |"


def _making(made: dict[str, Any]) -> Iterator[str]:
    """Code, scenes, relaid, seed; the first models have a recipe instead of settings."""
    recipe = made.get("recipe")
    told = {"relaid": 0, **made, "seed": recipe["seed"]} if recipe else made
    for name in ("commit", "scenes", "relaid", "seed"):
        yield str(told.get(name, UNTOLD))


def _against_truth(notices: list[Notice]) -> tuple[list[str], int]:
    attacks = json.loads((SAMPLE / "truth.json").read_text())["attacks"]
    told = {(notice.host, notice.kind) for notice in notices}
    missed = [f"{a['pace']} {a['kind']}" for a in attacks if (a["host"], a["kind"]) not in told]
    culprits = {attack["host"] for attack in attacks}
    return missed, sum(notice.host not in culprits for notice in notices)


def unlearned(models: list[Path], data: Path, windows: Path) -> Iterator[str]:
    """The lines of the second table: AP / recall at AT, a column a model."""
    made = corpus(data, Store(folder=windows), scenes_of=0)
    columns = [_of_attacks(directory, made) for directory in models]
    yield f"| attack | {' | '.join(model.name for model in models)} |"
    yield f"|---|{'---|' * len(models)}"
    for attack in columns[0]:
        cells = [column[attack] for column in columns]
        if any(cell != UNTOLD for cell in cells):
            yield f"| {attack} | {' | '.join(cells)} |"


def _of_attacks(directory: Path, made: Corpus) -> dict[str, str]:
    """Network and attack -> what the model is worth there, UNTOLD where it has learned it."""
    manifest, graph = manifests.read(directory)
    session = Session.of(graph, manifest, width=len(FEATURES))
    learned = set(manifest.training["recordings"])  # type: ignore[call-overload]
    found = {}
    for network, families in NETWORKS.items():
        test = tested_of(made, network)
        score = _scores(session, manifest.sequence_length, test)
        tested = Tested.of(test, score, test.label)
        for attack in attacks(tested):
            of = {p.name for p in made.pieces if attack in p.examples.attack}
            own = {name for name in of if any(family in name for family in families)}
            beside = tested.beside(attack)
            worth = f"{average_precision(beside):.3f} / {recall_at(beside, AT):.3f}"
            found[f"{network}: {attack}"] = UNTOLD if own & learned else worth
    return found


def _scores(session: Session, length: int, windows: Examples) -> NDArray[np.float32]:
    """Of each window with its history."""
    rows = windows.history(length)
    batches = (rows[at : at + BATCH] for at in range(0, len(rows), BATCH))
    return np.concatenate([session.run(*_sequences(windows, each)).score for each in batches])


def _sequences(
    windows: Examples, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    there = rows >= 0
    vectors = windows.vectors[np.maximum(rows, 0)].astype(np.float32)
    vectors[~there] = 0.0
    return vectors, there.astype(np.float32)


if __name__ == "__main__":
    main()
