"""docs/install.md names what there is."""

import re

import pytest

from tests.debian import PACKAGING, REPOSITORY

TEXT = (REPOSITORY / "docs" / "install.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"(?:packaging|tests)/[\w*./-]*[\w*]", TEXT)))


@pytest.mark.parametrize("name", NAMED)
def test_every_file_that_is_named_is_there(name: str) -> None:
    assert [*REPOSITORY.glob(name)]


def test_every_folder_of_packaging_is_explained() -> None:
    folders = {path.name for path in PACKAGING.iterdir() if path.is_dir()}

    # `make deb` is how the package is come by.
    assert [name for name in folders - {"deb"} if f"packaging/{name}/" not in TEXT] == []


def test_every_target_of_make_that_is_named_is_one() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")

    for target in re.findall(r"(?:^|`)make ([a-z-]+)", TEXT, re.MULTILINE):
        assert f"\n{target}: " in makefile
