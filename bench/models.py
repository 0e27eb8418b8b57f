"""`python -m bench.models DIR...`: model directories side by side, one line each, as Markdown.

What a manifest says of its making and of its own calibration part, and which attacks of the bundled
sample the model notices. Recall is measured on each model's own simulated attacks: compare it only
between models of the same plan.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from netheed import build
from netheed.config import Settings
from netheed.model.scorer import Scorer
from netheed.records import Notice, Tally
from netheed.sources.archive import Archive
from netheed.sources.files import find_files

SAMPLE = Path(__file__).parents[1] / "sample"
UNTOLD = "-"
"""Of what a manifest does not tell: `relaid` since recorded attacks are always laid elsewhere too,
and the making of a model with a site's adapter."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    text = "\n".join(table(arguments.models)) + "\n"
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


if __name__ == "__main__":
    main()
