"""Zeek's values in JSON: each an object with its type's name, a struct a type.

`{"@data-type":"count","data":8}`; an unset field is `none`. The type's name is the struct's tag, so
that the decoder picks the struct and refuses what is of another type.
"""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

Natural = Annotated[int, Meta(ge=0, le=2**53)]
Word = Annotated[str, Meta(max_length=64)]
List = Annotated[str, Meta(max_length=256)]


class Value(Struct, gc=False, tag_field="@data-type"):
    """What all have in common: the place of the type's name."""


class Unset(Struct, frozen=True, gc=False, tag_field="@data-type", tag="none"):
    """An optional field without a value."""

    data: ClassVar[None] = None


class Count(Value, gc=False, tag="count"):
    """Never beyond what a JSON number holds exactly."""

    data: Natural


class Real(Value, gc=False, tag="real"):
    """A double; Zeek writes six decimals."""

    data: float


class Text(Value, gc=False, tag="string"):
    """One word."""

    data: Word


class Words(Value, gc=False, tag="string"):
    """Several words, or a history of letters."""

    data: List


class Address(Value, gc=False, tag="address"):
    """An IP address, not looked at yet."""

    data: Word


class Port(Value, gc=False, tag="port"):
    """`443/tcp`, not looked at yet."""

    data: Word


class Unread(Struct, gc=False):
    """A value of any type, passed over."""


UNSET = Unset()
