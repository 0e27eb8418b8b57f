"""Protocol 4: promised against realised false alarms, and what shortcuts alone would give."""

from collections import defaultdict
from functools import partial
from typing import Any, Final

import numpy as np

from netheed.training.attention import AS_SHIPPED
from netheed.training.calibrate import calibrate
from netheed.training.cells import METHODS
from netheed.training.days import SETTINGS
from netheed.training.measures import expected_calibration_error
from netheed.training.notices import worth
from netheed.training.report.page import Picture, Section, Table
from netheed.training.report.pictures import reliability
from netheed.training.report.results import Results, Run, mean, said
from netheed.training.splits import NETWORKS

PROMISED: Final = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0001)


def sections(results: Results) -> list[Section]:
    """Protocol 4 and the shortcut probe."""
    return [_benign_days(results), _probe(results)]


def _benign_days(results: Results) -> Section:
    realised = {
        network: [mean(runs, partial(_realised, p)) for p in PROMISED]
        for network in NETWORKS
        if (runs := results.of("2", network, AS_SHIPPED))
    }
    title = "Promised and realised false-alarm rate of windows"
    rows = tuple((n, *_windows(results, n), *map(_share, rates)) for n, rates in realised.items())
    table = Table(
        title=title,
        columns=("network", "benign windows", "ECE", *(f"p {p:g}" for p in PROMISED)),
        rows=rows,
        note="p-values are conformal per host group, from benign windows of other networks that "
        "training never saw: exact only where the new network is like those. ECE: expected "
        "calibration error of the probability of an attack.",
    )
    parts: list[Table | Picture] = [table]
    if realised:
        series = {network: tuple(rates) for network, rates in realised.items()}
        png = reliability(title, PROMISED, series)
        parts.append(Picture(name="promises", title=title, png=png))
    return Section(
        title="Protocol 4: benign days of networks that were never seen",
        text=(
            "The detectors of protocol 2, at p-values calibrated on other networks. A notice is an "
            "odd window with the evidence that triage asks for, once an hour for the same kind at "
            "the same host; p 0.001 is the default setting. Host-days on which an attack stands "
            "are left out. With fewer than ten thousand benign windows of a group to calibrate "
            "with, as here, no p-value is as low as 0.0001: to be silent there is no merit.",
        ),
        parts=(*parts, _by_network(results), _by_method(results)),
    )


def _share(value: float) -> str:
    return f"{value:.5f}"


def _windows(results: Results, network: str) -> tuple[str, str]:
    runs = results.of("2", network, AS_SHIPPED)
    return str(int((~runs[0].tested.attacked).sum())), said(mean(runs, _ece))


def _realised(promised: float, run: Run) -> float:
    calibration = calibrate(
        run.arrays["calibration"].astype(np.float32),
        run.arrays["calibration_group"].astype(np.int64),
    )
    benign = ~run.tested.attacked
    p_value = worth(
        run.tested.score[benign], run.arrays["group"].astype(np.int64)[benign], calibration
    )
    return float((p_value <= promised).mean())


def _ece(run: Run) -> float:
    probability = 1.0 - run.arrays["benign"].astype(np.float32)
    return expected_calibration_error(probability, run.tested.attacked)


Day = dict[str, Any]
"""What `training.days` says of one network, method and seed."""


def _by_network(results: Results) -> Table:
    days = [day for day in results.kept("day") if day["method"] == AS_SHIPPED]
    rows = []
    for network in NETWORKS:
        chosen = [day for day in days if day["network"] == network]
        if chosen:
            rows.append((network, str(chosen[0]["host_days"]), *_rates(chosen)))
    return Table(
        title=f"Notices per host and day without an attack: {AS_SHIPPED}, by network",
        columns=("network", "host-days", *(f"p {at:g}" for at in SETTINGS)),
        rows=tuple(rows),
        note="Mean over the seeds.",
    )


def _by_method(results: Results) -> Table:
    by_method = defaultdict[str, list[Day]](list)
    for day in results.kept("day"):
        by_method[day["method"]].append(day)
    rows = [
        (method, str(len({d["seed"] for d in by_method[method]})), *_rates(by_method[method]))
        for method in METHODS
        if method in by_method
    ]
    return Table(
        title="Notices per host and day without an attack: every method, all networks together",
        columns=("method", "seeds", *(f"p {at:g}" for at in SETTINGS)),
        rows=tuple(rows),
        note="Methods that know no kinds are held to the evidence of an unknown one.",
    )


def _rates(days: list[Day]) -> list[str]:
    host_days = sum(day["host_days"] for day in days)
    notices = [sum(day["notices"][f"{at:g}"] for day in days) for at in SETTINGS]
    return [f"{count / host_days:.4f}" for count in notices]


def _probe(results: Results) -> Section:
    kept = [facts for seeds in results.kept("probe") for facts in seeds]
    rows = []
    for at in dict.fromkeys((f["protocol_of"], f["split_of"]) for f in kept):
        chosen = [f for f in kept if (f["protocol_of"], f["split_of"]) == at]
        found = (
            said(float(np.mean([f[name] for f in chosen])))
            for name in ("shortcuts", "features", "chance")
        )
        rows.append((f"{at[0]} {at[1]}", str(len(chosen)), *found))
    return Section(
        title="Shortcut probe",
        text=(
            "A random forest that sees only ports, the end of the address, the time and the place "
            "in line, beside one that sees our features; both learn from the recordings alone. "
            "Where it is far above chance, the split itself can be guessed and a good result there "
            "says little: so it is on 1i, where the same attacker stands on both sides at the same "
            "hours. On every split where the network or the day was never seen, shortcuts fall far "
            "behind the features.",
        ),
        parts=(
            Table(
                title="Mean AP of shortcuts",
                columns=("protocol", "seeds", "shortcuts", "our features", "chance"),
                rows=tuple(rows),
            ),
        ),
    )
