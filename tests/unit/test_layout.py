from importlib import resources
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "plugin" / "netheed"
MODULES = sorted(
    path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"
)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_has_its_test_file(module: Path):
    mirror = REPOSITORY / "tests" / "unit" / module.with_name(f"test_{module.name}")

    assert mirror.is_file(), f"plugin/netheed/{module} wants {mirror.relative_to(REPOSITORY)}"


def test_every_folder_of_modules_is_a_package():
    folders = {PACKAGE / module.parent for module in MODULES}

    # setup.cfg finds packages by this file: without it a folder is missing from the wheel.
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_shipped_models_are_found_as_package_data():
    found = resources.files("netheed.models") / "default" / "CARD.md"

    assert Path(str(found)).samefile(REPOSITORY / "models" / "default" / "CARD.md")
