"""The clients do what they are there for."""

import asyncio
import random

from bench.crowd import Crowd


def test_each_kind_of_client_makes_connections_though_nobody_answers() -> None:
    crowd = Crowd("127.0.3.1", "127.0.4.1", random.Random(1))

    asyncio.run(crowd.talk(1.0, 0.2))

    assert set(crowd.made) == {"page", "name", "scan", "guess", "beacon", "flood"}
    assert (
        crowd.made["flood"] > crowd.made["scan"] > crowd.made["guess"] >= crowd.made["beacon"] == 1
    )
