"""One line a record, written as soon as it is known."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from netheed.sinks.output import Output

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class LinesSink(Generic[Record]):
    """Notices in one of the forms of `formats`, or scored windows."""

    output: Output
    encode: Callable[[Record], bytes]

    def write(self, records: Iterable[Record], /) -> None:
        """Write them together."""
        self.output.writelines(map(self.encode, records))

    def close(self) -> None:
        """Nothing is kept back."""
