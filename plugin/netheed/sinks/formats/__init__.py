"""How notices are written: one file a form, pure functions from a notice to a line."""

from collections.abc import Callable
from typing import Final

from netheed.records import Notice
from netheed.sinks.formats import ecs, eve, jsonl, ocsf

FORMATS: Final[dict[str, Callable[[Notice], bytes]]] = {
    "jsonl": jsonl.encode_notice,
    "eve": eve.encode_notice,
    "ecs": ecs.encode_notice,
    "ocsf": ocsf.encode_notice,
}
