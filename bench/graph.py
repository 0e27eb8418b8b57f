"""`make graph`: which room imports which, as ARCHITECTURE.md draws it."""

from collections import defaultdict

import grimp

NOUNS = ("records", "errors", "classes")
"""Everything may import these; arrows to them would hide the others."""


def main() -> None:
    """Print a line a room, from the edges to the nouns."""
    print("\n".join(lines()))


def lines() -> list[str]:
    """`room -> the rooms that it imports`, those first that are imported by few."""
    arrows = rooms()
    depth = {room: _depth(room, arrows) for room in arrows}
    order = sorted(arrows, key=lambda room: (-depth[room], room))
    return [f"{room} -> {', '.join(sorted(arrows[room]))}" for room in order if arrows[room]]


def rooms() -> dict[str, set[str]]:
    """Each room (a folder or a module of the package) and the rooms that it imports."""
    graph = grimp.build_graph("netheed")
    arrows = defaultdict[str, set[str]](set)
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            here, there = _room(module), _room(imported)
            arrows[here] |= {there} - {here, "netheed", *NOUNS}
    arrows.pop("netheed", None)
    return {room: arrows[room] for room in arrows if room not in NOUNS}


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def _depth(room: str, arrows: dict[str, set[str]]) -> int:
    return 1 + max((_depth(there, arrows) for there in arrows.get(room, ())), default=0)


if __name__ == "__main__":
    main()
