"""`make outputs`: every notice and scored window of the sample and the recordings, as files.

Two revisions that should say the same are compared by it: make the folder with each of them, then
`diff -r BEFORE AFTER`.
"""

import argparse
from pathlib import Path

from click.testing import CliRunner

from netheed.cli import main as netheed
from netheed.training.datasets import load

SAMPLE = Path(__file__).parents[1] / "sample"


def main() -> None:
    """Score each input by itself with the shipped model and default settings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    inputs = [(SAMPLE / name, ()) for name in ("suricata", "zeek", "zeek-json")]
    inputs += [(recording.path, recording.local) for recording in load(arguments.shared / "data")]
    for number, (path, local) in enumerate(inputs):
        print(score(path, local, arguments.output / f"{number:02}-{path.stem}"))


def score(path: Path, local: tuple[str, ...], output: Path) -> str:
    """Write OUTPUT.notices and OUTPUT.windows; the first line of the command's summary."""
    nets = [word for net in local for word in ("--local-net", net)]
    files = ["--output", f"{output}.notices", "--windows", f"{output}.windows"]
    done = CliRunner().invoke(netheed, ["score", str(path), "--as", "jsonl", *files, *nets])
    told = [line for line in done.stderr.splitlines() if line.startswith("connections ")]
    return f"{output.name}: {' '.join(told) or done.stderr}"


if __name__ == "__main__":
    main()
