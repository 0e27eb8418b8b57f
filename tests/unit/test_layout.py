from importlib import resources
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "plugin" / "netheed"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def mirror(module: Path) -> Path:
    """The test file of a module: plugin/netheed/sinks/eve.py -> tests/unit/sinks/test_eve.py."""
    place = module.relative_to(PACKAGE)
    return REPOSITORY / "tests" / "unit" / place.with_name(f"test_{place.name}")


def test_every_module_has_its_test_file():
    missing = [mirror(module) for module in MODULES if not mirror(module).is_file()]

    assert not missing, "\n".join(str(path.relative_to(REPOSITORY)) for path in missing)


def test_every_folder_of_modules_is_a_package():
    folders = {module.parent for module in MODULES}

    # setup.cfg finds packages by this file; a folder without it would be missing from the wheel.
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_shipped_model_is_found_as_package_data():
    found = resources.files("netheed.models") / "default" / "CARD.md"

    assert Path(str(found)).samefile(REPOSITORY / "models" / "default" / "CARD.md")
