"""Whoever tests the serving path needs no PyTorch."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
LABORATORY = ("tests/unit/training/", "tests/unit/test_laboratory.py")
IMPORTS = """
import importlib.util, sys
sys.modules["torch"] = None
for number, path in enumerate(sys.argv[1:]):
    spec = importlib.util.spec_from_file_location(f"test_module_{number}", path)
    try:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    except ModuleNotFoundError as error:
        print(f"{path}: {error}")
    except BaseException as error:
        # A module may skip itself, or its decorators may fail for another reason than this one.
        if type(error).__name__ != "Skipped":
            raise
"""


def test_no_test_outside_the_laboratory_imports_torch() -> None:
    modules = [
        str(path)
        for path in sorted((REPOSITORY / "tests").rglob("test_*.py"))
        if not str(path.relative_to(REPOSITORY)).startswith(LABORATORY)
    ]

    done = subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-c", IMPORTS, *modules],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert len(modules) > 30
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
