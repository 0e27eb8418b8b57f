"""What hosts did at their peers, as columns: what goes into the core beside connections."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.namings import word
from netheed.core.networks import AddressWords
from netheed.records import Act, ActKind

ActRows = NDArray[np.void]

SHOWN: Final = 128
"""Bytes of a signature that are kept to be shown; of a longer one the beginning."""
KINDS: Final[tuple[ActKind, ...]] = ("admin_share", "remote_call", "failed_logon", "alert")
ADMIN_SHARE, REMOTE_CALL, FAILED_LOGON, ALERT = range(len(KINDS))

ACT: Final = np.dtype(
    [
        ("time", "f8"),
        ("host", "u8"),
        ("peer", "u8"),
        ("site", "u8"),
        ("what", "u8"),
        ("kind", "i1"),
        ("text", f"S{SHOWN}"),
    ]
)
"""One act. `host` and `peer` are address words, `site` is a word, 0 for none, `kind` a place in
KINDS; `what` is a word and `text` what it says, of alerts, which are shown."""

NONE: Final[ActRows] = np.empty(0, dtype=ACT)


def columns(acts: Sequence[Act], words: AddressWords) -> ActRows:
    """One pass a column. Raises ValueError for what is no address."""
    if not acts:
        return NONE
    rows = np.zeros(len(acts), dtype=ACT)
    rows["time"] = [act.time for act in acts]
    rows["host"] = words.all_of([act.host for act in acts]).words
    rows["peer"] = words.all_of([act.peer for act in acts]).words
    rows["site"] = site_word(words.site)
    rows["kind"] = [KINDS.index(act.kind) for act in acts]
    for at in np.flatnonzero(rows["kind"] == ALERT).tolist():
        rows["what"][at] = word("signature", acts[at].what)
        rows["text"][at] = _shown(acts[at].what)
    return rows


def site_word(site: str) -> int:
    """A site as a number, the same in every run; 0 for none."""
    return word("site", site)


def _shown(text: str) -> bytes:
    """Whole characters of its beginning."""
    return text.encode("utf-8", "replace")[:SHOWN].decode("utf-8", "ignore").encode()
