"""What kept results are known by: digests of the code and of the data that made them."""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Final

import netheed

SIZE: Final = 16
"""Bytes."""


def digest(*parts: str) -> str:
    """Of some texts in their order."""
    made = blake2b(digest_size=SIZE)
    for part in parts:
        made.update(part.encode() + b"\0")
    return made.hexdigest()


def code(makers: Iterable[str]) -> str:
    """Of modules, and all modules of rooms, by their places in the package."""
    made = blake2b(digest_size=SIZE)
    root = Path(netheed.__file__).parent
    for path in (root / name for name in makers):
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            made.update(module.relative_to(root).as_posix().encode() + b"\0")
            made.update(module.read_bytes() + b"\0")
    return made.hexdigest()
