"""Kept results of a few methods, worked out on the small corpus."""

import json

import numpy as np

from netheed.training.attention import AS_SHIPPED, NAME
from netheed.training.cells import ONE_SENSOR
from netheed.training.splits import names

METHODS = (AS_SHIPPED, NAME, "random forest", "rules")


def keep(folder, cell, *, better=0.0):
    """A cell of 200 benign and 40 attack windows; `better` parts the two further."""
    rng = np.random.default_rng(cell["seed"])
    attack = np.array(["benign"] * 200 + ["scan"] * 30 + ["DDoS"] * 10)
    score = rng.normal(0, 1, 240) + np.where(attack == "benign", 0.0, 1.0 + better)
    key = "-".join(str(cell[name]) for name in ("protocol", "split", "method", "change", "seed"))
    key = key.replace(" ", "_")
    with (folder / f"{key}.npz").open("wb") as file:
        np.savez(
            file,
            score=score.astype(np.float32),
            kind=np.where(attack == "benign", 0, 1),
            attack=attack,
            host=np.arange(240) % 24,
            end=np.arange(240) * 60.0,
            benign=(score < 1).astype(np.float32),
            group=np.ones(240, dtype=np.int64),
            calibration=rng.normal(0, 1, 1000).astype(np.float32),
            calibration_group=np.ones(1000, dtype=np.int64),
        )
    facts = {"threshold": 0.5, "test_windows": 240, "fit_seconds": 1.5, "ten_runs_seconds": 0.24}
    (folder / f"{key}.json").write_text(json.dumps({**cell, **facts}))


def folder_of_results(folder):
    """Two seeds of METHODS on every split, an ablation, a site, a probe and a day."""
    cells = [
        {"protocol": protocol, "split": split, "method": method, "change": change, "seed": seed}
        for protocol, split in names()
        for method in METHODS
        for change in (("", "hour") if protocol == "3" else ("",))
        for seed in (0, 1)
    ]
    for cell in cells:
        keep(folder, cell, better=1.0 if cell["method"] == NAME else 0.0)
    for network in ("iot23", "ctu-sme", "stratosphere", "office", "cicids2017"):
        cell = {"protocol": "2", "split": network, "method": NAME, "seed": 0}
        keep(folder, {**cell, "change": "without experts"}, better=-0.5)
        keep(folder, {**cell, "method": AS_SHIPPED, "change": "wider"}, better=0.5)
        if network != "cicids2017":
            keep(folder, {**cell, "method": AS_SHIPPED, "change": ONE_SENSOR})
    cell = {"protocol": "1i", "split": "grouped", "method": AS_SHIPPED, "seed": 0}
    keep(folder, {**cell, "change": "wider"})
    row = {f"{what}_at_{p}": 3 for what in ("windows", "notices") for p in ("0.01", "0.001")}
    row |= {"recall_at_0.01": 0.5, "recall_at_0.001": 0.25, "old_attacks": 0.75}
    site = {
        "site": "x",
        "start": "as shipped",
        "rows": {"none": row, "adapter": row | {"adapter_bytes": 99}},
    }
    site["few_steps"] = {"ordinary": [0.5, 0.4, 0.3, 0.2, 0.1]}
    (folder / "site-0-as_shipped-0.json").write_text(json.dumps(site))
    probe = {"protocol_of": "2", "split_of": "iot23", "seed_of": 0}
    probe |= {"features": 0.75, "shortcuts": 0.125, "chance": 0.0625}
    (folder / "probe-0.json").write_text(json.dumps([probe]))
    day = {"network": "iot23", "host_days": 8, "method": AS_SHIPPED, "seed": 0}
    day |= {"windows": {"0.001": 3, "0.0001": 1}, "notices": {"0.001": 2, "0.0001": 1}}
    (folder / "day-0000.json").write_text(json.dumps(day))
    (folder / "search-x.json").write_text(json.dumps({"settings": {}, "trials": []}))
    return folder
