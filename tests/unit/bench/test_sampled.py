"""The fast attacks of the bundled sample are found in a sample of its connections too."""

import numpy as np

from bench import sampled
from netheed import build
from netheed.config import Settings
from netheed.model.scorer import Scorer


def test_the_fast_scan_is_found_in_every_fourth_connection_and_says_so() -> None:
    columns, truth = sampled.bundled()
    fast = next(one for one in truth if (one["kind"], one.get("pace")) == ("scan", "fast"))
    part = sampled.through(columns, 2, np.random.default_rng(4))

    notices = sampled.notices_of(part, Scorer(build.model_directory(Settings())))

    own = [n for n in notices if n.host == fast["host"] and n.kind == "scan"]
    assert own
    assert {one.sampled for one in notices} == {0.25}
    assert own[0].connections % 4 == 0
