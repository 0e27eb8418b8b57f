"""Many connections at once, and what became of them.

python -m bench.burst                  # a million as fast as a socket takes them
python -m bench.burst --rate 28000     # as fast as a real Zeek was seen to send
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from bench.fault_scenarios import burst
from bench.faults import site_in


@click.command()
@click.option("--connections", default=1_000_000, show_default=True)
@click.option("--rate", default=float("inf"), help="Connections a second.  [default: no limit]")
def main(connections: int, rate: float) -> None:
    """Print the figures."""
    with TemporaryDirectory() as folder, site_in(Path(folder), seed=1) as site:
        burst(site, connections, rate)
        figures = site.figures()
    lost = ", ".join(f"{count:,} {cause}" for cause, count in figures.lost.items()) or "none"
    reached = connections / site.burst_seconds
    print(f"produced {figures.produced:,}, {reached:,.0f} a second; lost {lost}")
    print(f"scored {figures.scored:,}, waiting {figures.waiting:,}, late {figures.late:,}")
    print(f"balance {figures.balance}, peak memory {figures.peak} MiB")


if __name__ == "__main__":
    main()
