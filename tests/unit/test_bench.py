"""The benchmarks follow the package that they measure."""

from importlib import import_module
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
OURS = {"bench", "netheed", "tests"}


@pytest.mark.parametrize("name", sorted(path.stem for path in BENCH.glob("*.py")))
def test_every_benchmark_finds_what_it_imports(name: str) -> None:
    try:
        import_module(f"bench.{name}")
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] in OURS:
            raise
        pytest.skip(f"needs {error.name}, of `pip install -e '.[bench]'`")
