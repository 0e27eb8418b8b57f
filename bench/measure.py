"""CPU seconds by pyperf, all in one process, so that ratios are of one run.

pyperf would start a process for each value, and each would record its inputs again; its worker mode
does the same counting inside the process that asks.
"""

import gc
import platform
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Final

import pyperf

Job = Callable[[], object]

MACHINE: Final = ("cpu_model_name", "cpu_count", "python_version")
"""What is told of a machine: nothing by which one could find it."""


def _runner() -> pyperf.Runner:
    runner = pyperf.Runner()
    runner.parse_args(["--worker", "--quiet", "--loops=1", "--warmups=0", "--values=1"])
    return runner


@dataclass(slots=True)
class Stopwatch:
    """There can be one in a process."""

    values: int = 3
    """Times that a job is done; the best counts, because other programs only make it slower."""
    _runner: pyperf.Runner = field(default_factory=_runner)

    def seconds(self, name: str, prepare: Callable[[], Job], values: int | None = None) -> float:
        """CPU seconds of the job that `prepare` makes anew, and unmeasured, for each value."""

        def measured(loops: int) -> float:
            return sum(cpu_seconds(prepare()) for _ in range(loops))

        self._runner.args.values = values or self.values
        with redirect_stdout(StringIO()):  # a worker tells its parent each value
            bench = self._runner.bench_time_func(name, measured)
        return float(min(bench.get_values()))


def cpu_seconds(job: Job) -> float:
    """Of doing it once, with the garbage of others collected before."""
    gc.collect()
    began = time.process_time()
    job()
    return time.process_time() - began


def machine() -> dict[str, str]:
    """What pyperf finds out about this machine and a reader may know."""
    told = pyperf.Run([1.0]).get_metadata()
    return {name: str(told[name]) for name in MACHINE if name in told} | {
        "system": f"{platform.system()} {platform.machine()}"
    }
