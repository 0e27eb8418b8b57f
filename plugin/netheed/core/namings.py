"""What peers are called, as columns: what goes into the core beside connections."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.generated import generated
from netheed.core.networks import AddressWords
from netheed.records import Naming, NamingKind

Namings = NDArray[np.void]

SHOWN: Final = 128
"""Bytes of a name that are kept to be shown; of a longer one the end."""
KINDS: Final[tuple[NamingKind, ...]] = ("dns", "sni", "http_host")
DNS: Final = KINDS.index("dns")
FACTS: Final = ("ja3", "ja4", "issuer", "agent")
"""Texts that are counted and not kept."""

NAMING: Final = np.dtype(
    [
        ("time", "f8"),
        ("host", "u8"),
        ("peer", "u8"),
        ("name", "u8"),
        *((fact, "u8") for fact in FACTS),
        ("generated", "f4"),
        ("kind", "i1"),
        ("text", f"S{SHOWN}"),
    ]
)
"""One naming. `host` and `peer` are address words, `name` and the facts text words; 0 is none.
`generated` is how much the name looks made up, `kind` a place in KINDS, `text` the name."""

NONE: Final[Namings] = np.empty(0, dtype=NAMING)


def columns(namings: Sequence[Naming], words: AddressWords) -> Namings:
    """One pass a column. Raises ValueError for what is no address."""
    if not namings:
        return NONE
    rows = np.zeros(len(namings), dtype=NAMING)
    rows["time"] = [naming.time for naming in namings]
    rows["host"] = words.all_of([naming.host for naming in namings]).words
    with_peer = [place for place, naming in enumerate(namings) if naming.peer is not None]
    rows["peer"][with_peer] = words.all_of([namings[at].peer or "" for at in with_peer]).words
    rows["kind"] = [KINDS.index(naming.kind) for naming in namings]
    rows["name"] = [word("name", naming.name) for naming in namings]
    for fact in FACTS:
        rows[fact] = [word(fact, getattr(naming, fact)) for naming in namings]
    rows["generated"] = [generated(naming.name or "") for naming in namings]
    rows["text"] = [_shown(naming.name) for naming in namings]
    return rows


def word(what: str, text: str | None) -> int:
    """A text as a number, the same in every run; 0 for none. `what` is `name` or one of FACTS."""
    if not text:
        return 0
    key = blake2b(text.encode("utf-8", "replace"), digest_size=8, person=what.encode()).digest()
    return int.from_bytes(key, "big") or 1


def read(text: Any) -> str:
    """What `text` of a naming says."""
    return bytes(text).decode("utf-8", "replace")


def _shown(name: str | None) -> bytes:
    return (name or "").encode("utf-8", "replace")[-SHOWN:]
