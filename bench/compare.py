"""`python -m bench.compare BEFORE AFTER`: two results of `make bench` side by side, as Markdown.

Rows that both have are compared by name; the last column is how many times as fast the second is.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from bench.page import TITLES
from bench.results import Result, read, shown


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    arguments = parser.parse_args()
    print("\n".join(compared(read(arguments.before), read(arguments.after))))


def compared(before: Result, after: Result) -> Iterator[str]:
    """The lines of all tables."""
    for group, title in TITLES.items():
        old = {row.name: row for row in before.of(group)}
        both = [(old[row.name], row) for row in after.of(group) if row.name in old]
        if both:
            yield f"\n### {title}\n"
            yield "| what | before | after | times as good |"
            yield "|---|---:|---:|---:|"
        for was, now in both:
            yield f"| {now.name} | {shown(was)} | {shown(now)} | {was.value / now.value:.2f} |"


if __name__ == "__main__":
    main()
