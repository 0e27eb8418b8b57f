"""Short texts end to end: what many waiting connections are called, a byte a character."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from netheed.core.state import State

NONE: Final = np.iinfo(np.uint16).max
"""The length of a text that is not there; others are shorter."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Texts, None where there is none. A text costs its characters and two bytes, no object."""

    text: str
    """All texts, one after the other."""
    lengths: NDArray[np.uint16]
    """Characters of each, NONE for None."""

    @classmethod
    def of(cls, texts: Sequence[str | None]) -> Self:
        """Raises ValueError for a text of NONE characters or more."""
        try:
            return cls("".join(texts), _lengths(texts))  # type: ignore[arg-type]
        except TypeError:  # some are None
            known = [text or "" for text in texts]
            lengths = _lengths(known)
            lengths[[text is None for text in texts]] = NONE
            return cls("".join(known), lengths)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Several one after the other."""
        lengths = np.concatenate([part.lengths for part in parts])
        return cls("".join([part.text for part in parts]), lengths)

    def snapshot(self) -> State:
        """Its bytes and lengths."""
        data = self.text.encode("utf-8", "surrogatepass")
        return {"text": np.frombuffer(data, dtype=np.uint8), "lengths": self.lengths}

    @classmethod
    def restored(cls, state: State) -> Self:
        """The inverse of `snapshot`. Raises KeyError or ValueError for another's."""
        text = state["text"].tobytes().decode("utf-8", "surrogatepass")
        lengths = state["lengths"].astype(np.uint16, casting="safe")
        if int(lengths[lengths != NONE].sum(dtype=np.int64)) != len(text):
            raise ValueError("texts of another length")
        return cls(text, lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    def told(self, at: NDArray[Any] | slice) -> list[str | None]:
        """The texts at some places, in that order."""
        lengths = np.where(self.lengths == NONE, 0, self.lengths)
        ends = np.cumsum(lengths)
        begins, ends, known = (ends - lengths)[at], ends[at], self.lengths[at] != NONE
        text, places = self.text, zip(begins.tolist(), ends.tolist(), strict=True)
        if known.all():
            return [text[begin:end] for begin, end in places]
        pairs = zip(places, known.tolist(), strict=True)
        return [text[begin:end] if there else None for (begin, end), there in pairs]

    def take(self, at: NDArray[Any] | slice) -> Self:
        """The texts at some places, packed again."""
        return self.of(self.told(at))


def _lengths(texts: Sequence[str]) -> NDArray[np.uint16]:
    lengths = np.fromiter(map(len, texts), np.uint32, len(texts))
    if lengths.max(initial=0) >= NONE:
        raise ValueError(f"a text of {NONE} characters or more")
    return lengths.astype(np.uint16)
