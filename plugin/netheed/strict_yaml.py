"""YAML files that others wrote, read strictly: plain values of bounded size, made a type."""

import re
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
import yaml
from msgspec import Meta
from yaml.composer import Composer
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.resolver import Resolver

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 32
MAX_SCALAR: Final = 4096
"""Characters; below the 4300 digits at which Python refuses a number."""

FileName = Annotated[str, Meta(min_length=1, pattern=r"\A[^\0\ud800-\udfff]*\Z")]
"""A path that the system can be asked for."""
Seconds = Annotated[float, Meta(gt=0, le=30 * 86_400)]
"""A month at the most: what waits for it is held in memory."""

Form = TypeVar("Form")

_PLACED: Final = re.compile(
    r"(?P<reason>.*) - at `(?P<key>key` in `)?\$\.?(?P<place>.*)`", re.DOTALL
)
_FIELD: Final = re.compile(r"Object (?P<fault>.*) field `(?P<name>.*)`", re.DOTALL)
_FAULTS: Final = {"contains unknown": "is not known here", "missing required": "is missing"}
"""What msgspec says of a key, and what we do."""


class StrictYamlError(Exception):
    """Why a file was not read, in one line; whoever asked for it knows the file.

    `place` is the path of the key, like `sources[0].path`, and empty where it is none.
    """

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.reason = reason
        self.place = place


def read(path: Path, form: type[Form]) -> Form:
    """The file's one document; an empty file is an empty mapping. Raises StrictYamlError."""
    try:
        data = _loaded(_capped(path))
        return msgspec.convert({} if data is None else data, form)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise StrictYamlError(f"{place}{error.problem or error.context}") from None
    except msgspec.ValidationError as error:
        raise _placed(str(error)) from None
    except (yaml.YAMLError, ValueError) as error:
        # The scanner lets a ValueError out.
        raise StrictYamlError(_one_line(str(error))) from None


def _loaded(data: bytes) -> Any:
    """By libyaml where PyYAML was built with it, in a small part of the time.

    What is no plain value to it is read again by PyYAML's own parser, which says where and why.
    """
    if yaml.__with_libyaml__:
        try:
            return _Plain(data).document()
        except (yaml.YAMLError, ValueError, TypeError, OverflowError):
            pass
    return _Loader(data, yaml.SafeLoader).get_single_data()


def _capped(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StrictYamlError(error.strerror or "cannot be read") from None
    if len(data) > MAX_BYTES:
        raise StrictYamlError(f"larger than {MAX_BYTES >> 20} MiB")
    return data


def _placed(text: str) -> StrictYamlError:
    """What msgspec says, with the place in front."""
    reason, place = text, ""
    if told := _PLACED.fullmatch(text):
        reason, place = f"{'a key: ' if told['key'] else ''}{told['reason']}", told["place"]
    if (key := _FIELD.fullmatch(reason)) and key["fault"] in _FAULTS:
        reason, place = _FAULTS[key["fault"]], f"{place}.{key['name']}".removeprefix(".")
    return StrictYamlError(_one_line(reason), _one_line(place))


def _one_line(text: str) -> str:
    return " ".join(text.split())


class _NotPlainError(ValueError):
    """Something that only _Loader reads, or refuses with a reason."""


class _Plain(SafeConstructor, Resolver):
    """libyaml's events made values as they come: no tree of nodes is built of them.

    It lets through what _Loader lets through and is plain, with the same values.
    """

    def __init__(self, data: bytes) -> None:
        SafeConstructor.__init__(self)
        Resolver.__init__(self)
        self.next: Callable[[], Any] = yaml.CSafeLoader(data).get_event
        self.made_by: Mapping[str | None, Callable[..., Any]] = self.yaml_constructors
        self.tag_of: Callable[..., str] = self.resolve

    def document(self) -> Any:
        """The only one, None where there is none. Raises what get_event raises, or ValueError."""
        self.next()
        if isinstance(self.next(), yaml.StreamEndEvent):
            return None
        value = self._value(self.next(), 0)
        self.next()
        if not isinstance(self.next(), yaml.StreamEndEvent):
            raise _NotPlainError
        return value

    def _value(self, event: Any, depth: int) -> Any:
        form = type(event)
        if form is yaml.AliasEvent or event.anchor or event.tag is not None or depth >= MAX_DEPTH:
            raise _NotPlainError
        if form is yaml.ScalarEvent:
            return self._scalar(event)
        return (self._items if form is yaml.SequenceStartEvent else self._fields)(depth + 1)

    def _items(self, depth: int) -> list[Any]:
        items = []
        while type(event := self.next()) is not yaml.SequenceEndEvent:
            items.append(self._value(event, depth))
        return items

    def _fields(self, depth: int) -> dict[Hashable, Any]:
        fields: dict[Hashable, Any] = {}
        while type(event := self.next()) is not yaml.MappingEndEvent:
            key = self._value(event, depth)
            if key in fields:
                raise _NotPlainError
            fields[key] = self._value(self.next(), depth)
        return fields

    def _scalar(self, event: Any) -> Any:
        if len(event.value) > MAX_SCALAR:
            raise _NotPlainError
        tag = self.tag_of(ScalarNode, event.value, event.implicit)
        made = self.made_by.get(tag)
        if made is None:
            raise _NotPlainError
        return made(self, ScalarNode(tag, event.value))


class _Loader(Composer, SafeConstructor, Resolver):
    """Neither aliases, which unfold to any size, nor tags, whose constructors trust their text.

    A key that stands twice is an error too: PyYAML would take the last.
    """

    depth = 0

    def __init__(self, data: bytes, parser: Any) -> None:
        for part in (Composer, SafeConstructor, Resolver):
            part.__init__(self)
        events = parser(data)
        self.check_event = events.check_event
        self.peek_event = events.peek_event
        self.get_event = events.get_event

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()
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

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        known = set()
        for key, _ in node.value:
            if not isinstance(key, ScalarNode):
                continue
            if (key.tag, key.value) in known:
                fault = f"the key {key.value:.64} is there twice"
                raise ConstructorError(None, None, fault, key.start_mark)
            known.add((key.tag, key.value))
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, OverflowError) as error:
            raise ConstructorError(None, None, str(error), node.start_mark) from None
