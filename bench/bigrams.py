"""`python -m bench.bigrams LOG...`: make `plugin/netheed/core/bigrams.py` of the names in logs.

The logs are Zeek's or Suricata's, of benign recordings; of each name only counts of neighbouring
characters are left.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.generated import ALPHABET, SHORTEST
from netheed.core.networks import AddressWords
from netheed.records import Naming, Tally
from netheed.sources.lines import blocks_of_lines, open_any
from netheed.sources.reader import Reader

PLACE: Final = Path(__file__).parents[1] / "plugin" / "netheed" / "core" / "bigrams.py"
STEP: Final = 0.05
"""Nats of one step of a weight."""
SMOOTHING: Final = 0.5
"""Times that each pair is taken to have been seen besides."""
RANDOM: Final = 4000
"""Labels of random letters and digits that are set against those of the logs."""


def main() -> None:
    """Read the logs that are named, write the weights and say what they tell apart."""
    labels = sorted({label for name in names(map(Path, sys.argv[1:])) for label in usable(name)})
    log_odds = weights(labels)
    ours, random = values(log_odds, labels), values(log_odds, random_labels())
    # The middle is where as many random labels look like words as the other way round.
    ends = np.linspace(random.min(), ours.max(), 2000)
    wrong = np.array([(ours < end).mean() - (random >= end).mean() for end in ends])
    middle = float(ends[np.argmin(np.abs(wrong))])
    width = float((np.median(ours) - np.median(random)) / 8)
    PLACE.write_text(module(log_odds, middle, width), encoding="utf-8")
    print(f"{len(labels)} labels; {(ours < middle).mean():.1%} of them look generated,")
    print(f"and {(random < middle).mean():.1%} of {len(random)} random ones")


def names(paths: Iterable[Path]) -> set[str]:
    """Every name in some files."""
    found: set[str] = set()
    for path in paths:
        reader = Reader(str(path), AddressWords(), Tally(), lambda _: None)
        with open_any(path) as file:
            for block in blocks_of_lines(file):
                reader.columns(block)
                namings: list[Naming] = reader.taken()
                found |= {naming.name for naming in namings if naming.name}
    return found


def usable(name: str) -> list[str]:
    """The labels that `generated` looks at, and that are DNS's."""
    labels = name.split(".")
    kept = labels[: max(1, len(labels) - 1)]
    return [label for label in kept if len(label) >= SHORTEST and not set(label) - set(ALPHABET)]


def weights(labels: Iterable[str]) -> NDArray[np.int8]:
    """Log odds of each pair against chance, in STEP nats."""
    size = len(ALPHABET)
    seen = np.full((size, size), SMOOTHING)
    for label in labels:
        places = [ALPHABET.index(character) for character in label]
        np.add.at(seen, (places[:-1], places[1:]), 1.0)
    odds = np.log(seen / seen.sum(axis=1, keepdims=True) * size)
    return np.clip(np.round(odds / STEP), -127, 127).astype(np.int8)


def values(log_odds: NDArray[np.int8], labels: Iterable[str]) -> NDArray[np.float64]:
    """The mean log odds of each label's pairs, nats."""
    each = ([ALPHABET.index(character) for character in label] for label in labels)
    return np.array([STEP * log_odds[at[:-1], at[1:]].mean() for at in each])


def random_labels() -> list[str]:
    """Letters and digits by chance, 8 to 20 of them, always the same."""
    draw = np.random.default_rng(1)
    letters = np.array(list(ALPHABET[:36]))
    return ["".join(draw.choice(letters, draw.integers(8, 21))) for _ in range(RANDOM)]


def module(log_odds: NDArray[np.int8], middle: float, width: float) -> str:
    """The Python file."""
    rows = (bytes((row.astype(np.int16) + 128).astype(np.uint8)).hex() for row in log_odds)
    lines = "\n".join(f'    "{row}",' for row in rows)
    return (
        '"""Weights of `generated.py`: made by `python -m bench.bigrams`, not by hand."""\n\n'
        "from typing import Final\n\n"
        f"STEP: Final = {STEP}\n"
        f"MIDDLE: Final = {middle:.4f}\n"
        '"""Nats where a label looks as much made up as not."""\n'
        f"WIDTH: Final = {width:.4f}\n"
        f"ROWS: Final = (\n{lines}\n)\n"
        '"""A row for each first character, two hexadecimal digits a second one, 80 is none."""\n'
    )


if __name__ == "__main__":
    main()
