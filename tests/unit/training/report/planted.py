"""Kept results of a few methods, as they lie beside a report."""

import numpy as np

from netheed.training.attention import AS_SHIPPED, NAME
from netheed.training.comparison.cell import Cell
from netheed.training.comparison.kept import Job, Kept
from netheed.training.comparison.plan import ONE_SENSOR
from netheed.training.comparison.result import (
    PROMISED,
    BenignDays,
    Result,
    at_threshold,
    curve,
    ranked,
)
from netheed.training.learn import WAY
from netheed.training.measures import Tested
from netheed.training.probe import Probe, Probed
from netheed.training.search import Searched
from netheed.training.sites import Adapted, Way
from netheed.training.splits import NETWORKS, names

METHODS = (AS_SHIPPED, NAME, "random forest", "rules")


def result(cell, *, better=0.0):
    """Of 200 benign and 40 attack windows; `better` parts the two further."""
    rng = np.random.default_rng(cell.seed)
    attack = np.array(["benign"] * 200 + ["scan"] * 30 + ["DDoS"] * 10)
    score = rng.normal(0, 1, 240) + np.where(attack == "benign", 0.0, 1.0 + better)
    tested = Tested(
        score=score.astype(np.float32),
        kind=np.where(attack == "benign", 0, 1),
        attack=attack,
        host=np.arange(240) % 24,
        end=np.arange(240) * 60.0,
    )
    days = BenignDays(
        host_days=8,
        windows={"0.002": 3, "0.001": 1},
        notices={"0.002": 2, "0.001": 1},
        realised={f"{each:g}": each / 2 for each in PROMISED},
        calibration_error=0.25,
    )
    return Result(
        cell=cell,
        train_windows=100,
        train_kinds=[90, 10],
        test_windows=240,
        benign_windows=200,
        fit_seconds=1.5,
        judge_seconds=0.1,
        ten_runs_seconds=0.24,
        ranked=ranked(tested, cell.seed),
        kinds_f1=0.5,
        kinds_recall={"benign": 0.75, **({"scan": cell.seed / 4} if cell.protocol == "2" else {})},
        at_threshold=at_threshold(tested, 0.5, cell.seed),
        curve=curve(tested),
        benign_days=days if cell.protocol == "2" else None,
    )


def results():
    """Two seeds of METHODS on every split, an ablation and variations."""
    for protocol, split in names():
        for method in METHODS:
            for change in ("", "hour") if protocol == "3" else ("",):
                for seed in (0, 1):
                    cell = Cell(
                        protocol=protocol, split=split, method=method, seed=seed, change=change
                    )
                    yield result(cell, better=1.0 if method == NAME else 0.0)
    for network in NETWORKS:
        yield result(_changed("2", network, NAME, "without experts"), better=-0.5)
        yield result(_changed("2", network, AS_SHIPPED, "wider"), better=0.5)
        if network != "cicids2017":
            yield result(_changed("2", network, AS_SHIPPED, ONE_SENSOR))
    yield result(_changed("1i", "grouped", AS_SHIPPED, "wider"))


def _changed(protocol, split, method, change):
    return Cell(protocol=protocol, split=split, method=method, seed=0, change=change)


def folder_of_results(folder):
    """All of them, a site, a probe and a search, under `folder`."""
    kept = Kept(folder / "cache")
    way = Way(
        windows={"0.01": 3, "0.002": 3},
        notices={"0.01": 3, "0.002": 3},
        recall={"0.01": 0.5, "0.002": 0.25},
        old_attacks=0.75,
    )
    site = Adapted(
        site="x",
        start="as shipped",
        seed=0,
        hour_windows=1,
        day_windows=1,
        ways={"none": way, WAY: Way(**_fields(way) | {"adapter_bytes": 99})},
        few_steps={"ordinary": [0.5, 0.4, 0.3, 0.2, 0.1]},
    )
    probed = Probed(protocol="2", split="iot23", features=0.75, shortcuts=0.125, chance=0.0625)
    said = {Job("cell", str(each.cell), str(n)): each for n, each in enumerate(results())}
    said[Job("site", "x", "x")] = site
    said[Job("probe", "x", "x")] = Probe([probed])
    said[Job("search", "x", "x")] = Searched({}, [])
    for seconds, (job, each) in enumerate(said.items()):
        kept.write(job, each, seconds)
    kept.lay(folder / "out", said)
    return folder / "out"


def _fields(way):
    return {name: getattr(way, name) for name in way.__struct_fields__}
