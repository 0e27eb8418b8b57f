"""What kept results are known by: digests of the code and of the data that made them."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
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
    root = _root()
    for path in (root / name for name in makers):
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            made.update(module.relative_to(root).as_posix().encode() + b"\0")
            made.update(module.read_bytes() + b"\0")
    return made.hexdigest()


def with_imports(module: str, within: str) -> str:
    """Of a module and all that it imports, directly or not, out of the room `within`.

    Both are named as they are imported. By what the code says: comments and docstrings count
    nothing. A constant that is taken from a module takes all of that module with it: too much is
    digested, never too little.
    """
    made = blake2b(digest_size=SIZE)
    for path in sorted(_reached(module, f"{within}.")):
        made.update(path.relative_to(_root()).as_posix().encode() + b"\0")
        made.update(ast.dump(_code_of(path)).encode() + b"\0")
    return made.hexdigest()


def _reached(module: str, within: str) -> set[Path]:
    met: set[Path] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _place(name) if name.startswith(within) else None
        if path is not None and path not in met:
            met.add(path)
            waiting += _imported(_code_of(path))
    return met


@cache
def _code_of(path: Path) -> ast.Module:
    """Without what is only said."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_said(each)]  # type: ignore[attr-defined]
    return tree


def _is_said(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _imported(tree: ast.Module) -> Iterator[str]:
    """What could be a module, by the names in its imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _place(name: str) -> Path | None:
    """Of a module, None of what is none."""
    path = _root().joinpath(*name.split(".")[1:])
    found = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in found if each.is_file()), None)


def _root() -> Path:
    return Path(netheed.__file__).parent
