"""`python -m bench.verdicts BEFORE AFTER`: how verdicts of `make outputs` differ.

Both are folders that `python -m bench.outputs --output FOLDER` wrote, each at its own revision.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np


def main() -> None:
    """Print the comparison; every recording of the first folder must be in the second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    arguments = parser.parse_args()
    print("\n".join(compared(arguments.before, arguments.after)))


def compared(before: Path, after: Path) -> Iterator[str]:
    """What changed, a line each."""
    moved: list[float] = []
    kinds = 0
    notices = [0, 0]
    for path in sorted(before.glob("*.windows")):
        old, new = _windows(path), _windows(after / path.name)
        if old.keys() != new.keys():
            yield f"{path.stem}: {len(old.keys() ^ new.keys())} windows are in one only"
        common = old.keys() & new.keys()
        moved.extend(abs(old[key]["score"] - new[key]["score"]) for key in common)
        kinds += sum(old[key]["class"] != new[key]["class"] for key in common)
        told = [_notices(folder / f"{path.stem}.notices") for folder in (before, after)]
        notices = [count + len(of) for count, of in zip(notices, told, strict=True)]
        yield from (f"{path.stem}: gone {notice}" for notice in sorted(told[0] - told[1]))
        yield from (f"{path.stem}: new {notice}" for notice in sorted(told[1] - told[0]))
    median, high, most = np.quantile(moved, (0.5, 0.99, 1.0))
    yield f"{len(moved)} windows, {kinds} of another kind; notices {notices[0]}, then {notices[1]}"
    yield f"scores move by {median:.4f} in the median, {high:.4f} in 99 of 100, {most:.4f} at most"


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _windows(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    return {(window["host"], window["start"]): window for window in _lines(path)}


def _notices(path: Path) -> set[tuple[str, str, str, str]]:
    return {(n["start"], n["host"], n["class"], n["severity"]) for n in _lines(path)}


if __name__ == "__main__":
    main()
