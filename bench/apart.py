"""A whole run in a process of its own, as a user starts it: what was there before has its say else.

`python -m bench.apart FILE` is that process; it prints the run as JSON.
"""

import argparse
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import msgspec

from bench import stages
from bench.stages import Whole


def whole(path: Path, *, width: float | None = None, steady_from: int = 0) -> Whole:
    """See stages.whole."""
    command = [sys.executable, "-m", "bench.apart", str(path), "--steady-from", str(steady_from)]
    if width is not None:
        command += ["--width", str(width)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
    return msgspec.json.decode(done.stdout, type=Whole)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--width", type=float)
    parser.add_argument("--steady-from", type=int, default=0)
    given = parser.parse_args()
    run = stages.whole(given.file, width=given.width, steady_from=given.steady_from)
    sys.stdout.buffer.write(msgspec.json.encode(asdict(run)))


if __name__ == "__main__":
    main()
