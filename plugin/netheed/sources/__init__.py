"""Where connections come from: which sources there are, by the name that a configuration gives."""

from collections.abc import Callable
from typing import Final

from netheed.ports import Source
from netheed.sources.archive import Archive

SOURCES: Final[dict[str, Callable[..., Source]]] = {
    "archive": Archive,
}
"""Each is made with its own settings, and with `words`, `tally` and `on_bad`."""
