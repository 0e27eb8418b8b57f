"""A million connections at once, and what became of them: `python -m bench.burst`."""

from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import click

from bench.fault_scenarios import burst
from bench.faults import played


@click.command()
@click.option("--connections", default=1_000_000, show_default=True)
def main(connections: int) -> None:
    """Print the figures."""
    begun = monotonic()
    with TemporaryDirectory() as folder:
        figures = played(burst, Path(folder), connections=connections)
    lost = ", ".join(f"{count:,} {cause}" for cause, count in figures.lost.items()) or "none"
    print(f"produced {figures.produced:,}, scored {figures.scored:,}, lost {lost}")
    print(f"waiting {figures.waiting:,}, late {figures.late:,}, balance {figures.balance}")
    print(f"{monotonic() - begun:.0f} s in all, peak memory {figures.peak} MiB")


if __name__ == "__main__":
    main()
