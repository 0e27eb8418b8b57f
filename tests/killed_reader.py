"""A netheed's source in a process that may be killed: `python -m tests.killed_reader URL STATE`.

The state is what a checkpoint is: which flows were taken in, and up to which position.
"""

import json
import os
import sys
from pathlib import Path

from netheed.sources.eve_redis import EveRedisSettings
from tests.redis_server import Reading

LEASE = 0.2
"""Seconds: who is started again does not wait for long."""


def main(url: str, state: Path) -> None:
    before = json.loads(state.read_text()) if state.exists() else {"flows": [], "positions": {}}
    reading = Reading(EveRedisSettings(url=url), before["positions"])
    reading.source._feed.lease = LEASE
    reading.flows = before["flows"]
    while True:
        for _ in range(3):
            reading.look()
        told = {"flows": reading.flows, "positions": reading.positions}
        (beside := state.with_suffix(".new")).write_text(json.dumps(told))
        os.replace(beside, state)  # noqa: PTH105
        reading.save()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
