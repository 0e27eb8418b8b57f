"""YAML files that others wrote, read strictly: plain values of bounded size, made a type."""

from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import Node

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 32
MAX_SCALAR: Final = 4096
"""Characters; below the 4300 digits at which Python refuses a number."""

Form = TypeVar("Form")


class StrictYamlError(Exception):
    """The reason, in one line, why a file was not read; whoever asked for it knows the place."""


def read(path: Path, form: type[Form]) -> Form:
    """The file's one document; an empty file is an empty mapping. Raises StrictYamlError."""
    try:
        data = _Loader(_capped(path)).get_single_data()
        return msgspec.convert({} if data is None else data, form)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise StrictYamlError(f"{place}{error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        # msgspec.ValidationError is a ValueError, and so is what the scanner lets out.
        raise StrictYamlError(" ".join(str(error).split())) from None


def _capped(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StrictYamlError(error.strerror or "cannot be read") from None
    if len(data) > MAX_BYTES:
        raise StrictYamlError(f"larger than {MAX_BYTES >> 20} MiB")
    return data


class _Loader(yaml.SafeLoader):
    """Neither aliases, which unfold to any size, nor tags, whose constructors trust their text."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        fault = self._fault(event)
        if fault is not None:
            raise ConstructorError(None, None, fault, event.start_mark)
        self.depth += 1
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _fault(self, event: Any) -> str | None:
        if isinstance(event, yaml.AliasEvent):
            return "aliases are not read"
        if event.tag is not None:
            return "tags are not read"
        if self.depth >= MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH}"
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > MAX_SCALAR:
            return f"a value longer than {MAX_SCALAR} characters"
        return None

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, OverflowError) as error:
            raise ConstructorError(None, None, str(error), node.start_mark) from None
